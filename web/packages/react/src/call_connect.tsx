import type { RefObject } from "react";
import { useId } from "react";
import { AgentStatus } from "./agent_status.tsx";
import { DeviceChoice } from "./device_choice.tsx";
import { CallIcon } from "./icons.tsx";
import type { RealtimeAgent } from "./use_realtime_agent.ts";

/** What a person is told of an agent before a call. */
export type AgentCard = { name: string; description?: string; offline?: boolean; hints?: readonly string[] };

export type CallConnectProps = {
  call: RealtimeAgent;
  agent: AgentCard;
  onJoin: () => void;
  /** The short form, below a conversation that is already there. */
  compact?: boolean;
  joinButton?: RefObject<HTMLButtonElement | null>;
};

/** Before a call: who will answer, what they can do, which devices to use, and the button that joins, or tries again. */
export function CallConnect({ call, agent, onJoin, compact = false, joinButton }: CallConnectProps) {
  const hasFailed = call.connectionState === "failed" && call.error !== null;
  return (
    <section className="an-connect" data-compact={compact} aria-label={`Join a call with ${agent.name}`}>
      {!compact && <Introduction agent={agent} />}
      <DeviceChoice {...call} />
      <div className="an-join">
        <button
          ref={joinButton}
          type="button"
          className="an-button"
          data-look="primary"
          data-size="large"
          onClick={hasFailed ? call.retry : onJoin}
        >
          <CallIcon /> {hasFailed ? "Retry" : "Join"}
        </button>
        <AgentStatus connectionState={call.connectionState} agentState={call.agentState} />
      </div>
      {(!compact || !window.isSecureContext) && <MicrophoneNote />}
    </section>
  );
}

function MicrophoneNote() {
  return (
    <p className="an-note">
      {window.isSecureContext
        ? "Your browser will ask for the microphone. If you say no, you can still type and hear the answers."
        : "The microphone needs HTTPS or localhost, and this page has neither. You can join, type and hear the answers."}
    </p>
  );
}

function Introduction({ agent }: { agent: AgentCard }) {
  const { name, description, offline, hints = [] } = agent;
  return (
    <div className="an-introduction">
      <h1>{name}</h1>
      {offline && <p className="an-badge">Runs offline, on this server alone</p>}
      {description && <p>{description}</p>}
      <Hints hints={hints} />
    </div>
  );
}

/** Examples of what the agent understands. */
export function Hints({ hints }: { hints: readonly string[] }) {
  const id = useId();
  if (hints.length === 0) return null;
  return (
    <>
      <p className="an-hints-label" id={id}>
        Things to say
      </p>
      <ul className="an-hints" aria-labelledby={id}>
        {hints.map((hint) => (
          <li key={hint}>{hint}</li>
        ))}
      </ul>
    </>
  );
}
