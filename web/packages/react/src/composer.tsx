import type { RefObject } from "react";
import { useState } from "react";
import { SendIcon } from "./icons.tsx";

export type ComposerProps = {
  isConnected: boolean;
  sendText: (text: string) => void;
  field?: RefObject<HTMLTextAreaElement | null>;
};

/** Typed words into the call. Enter sends, Shift and Enter begins a new line. */
export function Composer({ isConnected, sendText, field }: ComposerProps) {
  const [text, setText] = useState("");
  const canSend = isConnected && text.trim() !== "";
  const submit = () => {
    if (!canSend) return;
    sendText(text);
    setText("");
  };
  return (
    <form
      className="an-composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={field}
        aria-label="Message"
        placeholder="Type instead of speaking"
        rows={1}
        maxLength={16_000}
        value={text}
        enterKeyHint="send"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          submit();
        }}
      />
      <button type="submit" className="an-button" data-look="primary" disabled={!canSend}>
        <SendIcon /> Send
      </button>
    </form>
  );
}
