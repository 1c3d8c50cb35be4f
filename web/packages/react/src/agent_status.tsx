import type { AgentState, ConnectionState } from "@antiphon/client";

const STATES: Record<AgentState, string> = {
  initializing: "Initializing",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
};

const CONNECTIONS: Record<Exclude<ConnectionState, "connected">, string> = {
  idle: "Not connected",
  connecting: "Connecting",
  reconnecting: "Reconnecting",
  failed: "Not connected",
};

export type AgentStatusProps = { connectionState: ConnectionState; agentState: AgentState | null };

/**
 * What the agent is doing, in one word. Screen readers hear changes of the connection; the turns of a conversation are
 * left unspoken, or they would talk over the agent.
 */
export function AgentStatus({ connectionState, agentState }: AgentStatusProps) {
  const connected = connectionState === "connected";
  const text = connected ? STATES[agentState ?? "initializing"] : CONNECTIONS[connectionState];
  return (
    <div
      className="an-status"
      role="status"
      aria-label="Agent state"
      aria-live={connected ? "off" : "polite"}
      data-state={connected ? (agentState ?? "initializing") : connectionState}
    >
      {text}
    </div>
  );
}
