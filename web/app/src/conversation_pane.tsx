import type { AgentInfo, Api, Conversation, Timeline } from "@antiphon/client";
import { isInCall, timelineFromHistory } from "@antiphon/client";
import type { AgentCard, RealtimeAgent } from "@antiphon/react";
import { CallUI, Transcript } from "@antiphon/react";
import { useCallback, useMemo, useState } from "react";
import { ConversationHeader } from "./conversation_header.tsx";
import { sentence, useRemote } from "./remote.ts";

export type ConversationPaneProps = {
  api: Api;
  call: RealtimeAgent;
  openId: string | null;
  version: string;
  onOpen: (id: string | null) => void;
  onChanged: () => void;
};

/** The open conversation: the live call, one to read and continue, or a new one. */
export function ConversationPane(props: ConversationPaneProps) {
  const { api, call, openId, version, onOpen } = props;
  const [agentName, setAgentName] = useState<string | null>(null);
  const agents = useRemote(
    useCallback(() => api.agents(), [api]),
    "",
  );
  const { conversation, problem } = useConversation(api, openId, version);
  const timeline = useTimeline(call, openId, conversation);
  const active = isInCall(call);
  const isElsewhere = active && openId !== null && call.conversationId !== null && call.conversationId !== openId;
  const isLoading = openId !== null && timeline.length === 0 && conversation === null && !active;
  const agent = cardOf(agents.data, active ? call.session?.agent : (conversation?.agent ?? agentName));
  const isNew = openId === null && !active;
  const error = problem ?? (isNew ? agents.error : null);
  return (
    <>
      <Header {...props} conversation={conversation} isLive={active && !isElsewhere} />
      {error !== null && (
        <p className="an-notice" data-kind="error" role="alert">
          {error}
        </p>
      )}
      {isElsewhere && <Elsewhere call={call} agent={agent} timeline={timeline} onOpen={onOpen} />}
      {isLoading && problem === null && <p className="an-empty">Loading…</p>}
      {isNew && agents.data !== null && agents.data.length > 1 && (
        <AgentChoice agents={agents.data} value={agent.name} onChange={setAgentName} />
      )}
      {!isLoading && (
        <div className="pane" hidden={isElsewhere}>
          <CallUI
            call={call}
            agent={agent}
            request={{ conversationId: openId ?? undefined, agent: openId === null ? (agentName ?? undefined) : undefined }}
            history={isNew ? [] : timeline}
          />
        </div>
      )}
    </>
  );
}

function useConversation(api: Api, openId: string | null, version: string) {
  const load = useCallback(
    async () => (openId === null ? null : { openId, conversation: await api.conversation(openId).catch(keepError) }),
    [api, openId],
  );
  const { data } = useRemote(load, version);
  const loaded = data?.openId === openId ? data.conversation : null;
  const isProblem = typeof loaded === "string";
  return { conversation: isProblem ? null : loaded, problem: isProblem ? loaded : null };
}

/** A failure belongs to the conversation it was asked for, as its content would. */
function keepError(error: unknown): string {
  return sentence(error);
}

/** What the server has; where the call of this page has seen more, what the call has. */
function useTimeline(call: RealtimeAgent, openId: string | null, conversation: Conversation | null): Timeline {
  const stored = useMemo(() => timelineFromHistory(conversation?.items ?? []), [conversation]);
  return call.conversationId === openId && call.timeline.length > stored.length ? call.timeline : stored;
}

function cardOf(agents: readonly AgentInfo[] | null, name: string | null | undefined): AgentCard {
  const known = agents?.find((agent) => agent.name === name);
  if (known) return known;
  return name ? { name } : (agents?.[0] ?? { name: "Agent" });
}

type HeaderProps = ConversationPaneProps & { conversation: Conversation | null; isLive: boolean };

function Header({ api, conversation, isLive, onOpen, onChanged }: HeaderProps) {
  const [problem, setProblem] = useState<string | null>(null);
  if (conversation === null) {
    return <title>Antiphon</title>;
  }
  const { id, title } = conversation;
  const attempt = (action: Promise<void>, next: () => void) => {
    setProblem(null);
    action.then(next, (error: unknown) => setProblem(sentence(error)));
  };
  const remove = () => attempt(api.deleteConversation(id), () => onOpen(null));
  const shown = title || "New conversation";
  return (
    <>
      <title>{`${shown} · Antiphon`}</title>
      <ConversationHeader
        key={id}
        title={shown}
        onRename={(name) => attempt(api.renameConversation(id, name), onChanged)}
        {...(!isLive && { onDelete: remove })}
      />
      {problem !== null && (
        <p className="an-notice" data-kind="error" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

type ElsewhereProps = {
  call: RealtimeAgent;
  agent: AgentCard;
  timeline: Timeline;
  onOpen: (id: string | null) => void;
};

/** Reading one conversation while the call goes on in another. */
function Elsewhere({ call, agent, timeline, onOpen }: ElsewhereProps) {
  return (
    <div className="pane">
      <div className="an-notice" data-kind="call">
        <p>Your call goes on in another conversation.</p>
        <button type="button" className="an-button" data-look="primary" onClick={() => onOpen(call.conversationId)}>
          Back to the call
        </button>
      </div>
      <Transcript timeline={timeline} agentName={agent.name} />
    </div>
  );
}

type AgentChoiceProps = { agents: readonly AgentInfo[]; value: string; onChange: (name: string) => void };

function AgentChoice({ agents, value, onChange }: AgentChoiceProps) {
  return (
    <div className="an-field agent-choice">
      <label htmlFor="agent">Agent</label>
      <select id="agent" value={value} onChange={(event) => onChange(event.target.value)}>
        {agents.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}
