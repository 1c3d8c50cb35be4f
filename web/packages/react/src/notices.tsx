import { explainMicrophone } from "@antiphon/client";
import type { RealtimeAgent } from "./use_realtime_agent.ts";

type Notice = Pick<RealtimeAgent, "error" | "dismissError">;

/** What went wrong. The way to go on is where calls begin, or the call itself. */
export function ErrorNotice({ error, dismissError }: Notice) {
  if (error === null) return null;
  return (
    <div className="an-notice" data-kind="error" role="alert">
      <p>{error.message}</p>
      <button type="button" className="an-button" data-look="quiet" onClick={dismissError}>
        Dismiss
      </button>
    </div>
  );
}

type MicrophoneNoticeProps = Pick<RealtimeAgent, "microphone" | "retryMicrophone">;

/** Why there is no microphone, while typing goes on, and a way to try again. */
export function MicrophoneNotice({ microphone, retryMicrophone }: MicrophoneNoticeProps) {
  const explanation = explainMicrophone(microphone);
  if (explanation === "") return null;
  const canRetry = !["asking", "insecure", "declined"].includes(microphone);
  return (
    <div className="an-notice" data-kind="microphone" role="status" aria-label="Microphone">
      <p>{explanation}</p>
      {canRetry && (
        <button type="button" className="an-button" onClick={retryMicrophone}>
          Try microphone again
        </button>
      )}
    </div>
  );
}
