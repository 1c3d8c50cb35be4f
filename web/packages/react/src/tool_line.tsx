import type { ToolItem } from "@antiphon/client";
import { ToolIcon } from "./icons.tsx";

export type ToolLineProps = { item: ToolItem; onCancel?: ((callId: string) => void) | undefined };

/** A tool call: what it is doing while it runs, with a button to stop it; then what came of it. */
export function ToolLine({ item: { call }, onCancel }: ToolLineProps) {
  const isRunning = call.state === "running";
  const result = isRunning ? null : call.output;
  const heading = (
    <>
      <ToolIcon /> <code>{call.name}</code> <span className="an-tag">{call.state}</span>
    </>
  );
  return (
    <li className="an-tool" data-state={call.state}>
      <div className="an-tool-head">
        {call.arguments || result ? (
          <details>
            <summary>{heading}</summary>
            {call.arguments && <ToolText label="Arguments" text={call.arguments} />}
            {result && <ToolText label="Result" text={result} />}
          </details>
        ) : (
          <p>{heading}</p>
        )}
        {isRunning && onCancel !== undefined && (
          <button
            type="button"
            className="an-button an-tool-cancel"
            aria-label={`Cancel ${call.name}`}
            onClick={() => onCancel(call.id)}
          >
            Cancel
          </button>
        )}
      </div>
      {isRunning && call.output && (
        // It changes twice a second: to be read, not to be read out.
        <p className="an-tool-progress" aria-live="off">
          {call.output}
        </p>
      )}
    </li>
  );
}

function ToolText({ label, text }: { label: string; text: string }) {
  return (
    <>
      <p className="an-tool-label">{label}</p>
      <pre>{text}</pre>
    </>
  );
}
