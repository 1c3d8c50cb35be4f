import type { EntryItem, ParticipantInfo, Timeline } from "@antiphon/client";
import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { DownIcon } from "./icons.tsx";
import { ToolLine } from "./tool_line.tsx";

export type TranscriptProps = {
  timeline: Timeline;
  agentName: string;
  participants?: readonly ParticipantInfo[];
  /** This device's participant; what others say carries their name. */
  participantId?: string | null;
  /** Stops a running tool; left out, there is no button for it. */
  onCancelTool?: (callId: string) => void;
  /** Shown while there is nothing to read. */
  empty?: ReactNode;
};

/** What was said and done, newest last. Stays at the end unless the person has scrolled up to read. */
export function Transcript(props: TranscriptProps) {
  const log = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const end = useRef(0);
  useEffect(() => {
    if (isAtEnd && log.current !== null) return keepAtEnd(log.current, end);
  }, [isAtEnd]);
  return (
    <div className="an-transcript">
      <div
        ref={log}
        className="an-log"
        role="log"
        aria-label="Transcript"
        tabIndex={0}
        onScroll={({ currentTarget }) => {
          // An end that has just moved was moved by new words, not by the person: it is about to be followed.
          if (!isAtEnd || endOf(currentTarget) === end.current) {
            setAtEnd(endOf(currentTarget) - currentTarget.scrollTop < 48);
          }
        }}
      >
        <div className="an-lines">
          <Lines {...props} />
        </div>
      </div>
      {!isAtEnd && (
        <button type="button" className="an-button an-to-end" onClick={() => setAtEnd(true)}>
          <DownIcon /> Latest
        </button>
      )}
    </div>
  );
}

function endOf({ scrollHeight, clientHeight }: HTMLElement): number {
  return scrollHeight - clientHeight;
}

/** Scrolls to the end now, and again whenever the log or what is in it changes its size. Notes where the end is. */
function keepAtEnd(log: HTMLElement, end: { current: number }): () => void {
  const observer = new ResizeObserver(() => {
    end.current = endOf(log);
    log.scrollTop = end.current;
  });
  observer.observe(log);
  for (const content of log.children) observer.observe(content);
  return () => observer.disconnect();
}

function Lines({ timeline, agentName, participants = [], participantId = null, onCancelTool, empty }: TranscriptProps) {
  const speaker = ({ role, participant_id: id }: EntryItem["entry"]) => {
    if (role !== "user") return role === "agent" ? agentName : "System";
    if (!id || id === participantId) return "You";
    return participants.find((participant) => participant.id === id)?.name ?? "You";
  };
  const shown = timeline.filter((item) => item.kind === "tool" || item.entry.text !== "" || item.entry.interrupted);
  if (shown.length === 0) return <div className="an-empty">{empty ?? <p>Nothing has been said yet.</p>}</div>;
  return (
    <ol>
      {shown.map((item) =>
        item.kind === "tool" ? (
          <ToolLine key={`tool ${item.call.id}`} item={item} onCancel={onCancelTool} />
        ) : (
          // A final entry is a new element, so that screen readers announce it once, whole.
          <EntryLine key={`${item.entry.id} ${item.entry.final}`} item={item} speaker={speaker(item.entry)} />
        ),
      )}
    </ol>
  );
}

function EntryLine({ item, speaker }: { item: EntryItem; speaker: string }) {
  const { entry, unheard } = item;
  return (
    <li className="an-line" data-role={entry.role} data-partial={!entry.final} aria-live={entry.final ? undefined : "off"}>
      <span className="an-speaker">{speaker}</span>
      <p className="an-text">
        {entry.text}
        {entry.interrupted && unheard === "" && "…"}
        {unheard !== "" && (
          <del>
            <span className="an-hidden">Not heard: </span>
            {unheard}
          </del>
        )}
        {entry.interrupted && <span className="an-tag">interrupted</span>}
        {!entry.final && !entry.interrupted && <span className="an-tag">…</span>}
      </p>
      <Time at={item.at} />
    </li>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

function Time({ at }: { at: number }) {
  const date = new Date(at * 1000);
  return (
    <time className="an-time" dateTime={date.toISOString()}>
      {clock.format(date)}
    </time>
  );
}
