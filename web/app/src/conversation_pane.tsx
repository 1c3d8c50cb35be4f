import type { AgentInfo, Api, Conversation, Timeline } from "@antiphon/client";
import { isInCall, timelineFromHistory } from "@antiphon/client";
import type { AgentCard, RealtimeAgent } from "@antiphon/react";
import { CallUI, Transcript } from "@antiphon/react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { ConversationHeader } from "./conversation_header.tsx";
import { openConversation } from "./location.ts";
import type { Failure, Remote } from "./remote.ts";
import { sentence, useRemote } from "./remote.ts";

export type ConversationPaneProps = {
  api: Api;
  call: RealtimeAgent;
  agents: Remote<AgentInfo[]>;
  openId: string | null;
  version: string;
  onOpen: (id: string | null) => void;
  onChanged: () => void;
};

/** The open conversation: the live call, one to read and continue, or a new one, also where there is none to open. */
export function ConversationPane(props: ConversationPaneProps) {
  const { api, call, agents, openId: addressedId, version, onOpen, onChanged } = props;
  const [agentName, setAgentName] = useState<string | null>(null);
  const { data: conversation, error: problem } = useConversation(api, addressedId, version);
  const isMissing = problem?.isMissing ?? false;
  const openId = isMissing && !isInCall(call) ? null : addressedId;
  const timeline = useTimeline(call, openId, conversation);
  const active = isInCall(call);
  const isElsewhere = active && openId !== null && call.conversationId !== null && call.conversationId !== openId;
  const isKnown = openId === null || conversation !== null || call.conversationId === openId;
  const isLoading = !isKnown && !active;
  const agent = cardOf(agents.data, active ? call.session?.agent : (conversation?.agent ?? agentName));
  const isNew = openId === null && !active;
  // A call on the page tells of its own troubles.
  const isCallShown = !isLoading && !isElsewhere && (active || call.error !== null);
  const error = isCallShown ? null : (problem ?? (isNew ? agents.error : null));
  useEffect(() => {
    // The call that begins here is a new conversation, which gets its own address.
    if (isMissing && call.connectionState === "connecting") openConversation(null, { replace: true });
  }, [isMissing, call.connectionState]);
  return (
    <>
      <Header {...props} conversation={conversation} isLive={active && !isElsewhere} />
      {error !== null && <Trouble error={error} {...(isLoading && { onRetry: onChanged })} />}
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

type TroubleProps = { error: Failure; onRetry?: () => void };

function Trouble({ error, onRetry }: TroubleProps) {
  return (
    <div className="an-notice" data-kind="error" role="alert">
      <p>{error.isMissing ? "There is no such conversation. It may have been deleted." : error.message}</p>
      {onRetry && (
        <button type="button" className="an-button" onClick={onRetry}>
          Retry
        </button>
      )}
    </div>
  );
}

function useConversation(api: Api, openId: string | null, version: string): Remote<Conversation | null> {
  const load = useCallback(async () => (openId === null ? null : api.conversation(openId)), [api, openId]);
  return useRemote(load, version);
}

/** What the server has, once a call in it is over; until then, where the call of this page has seen more, what that has. */
function useTimeline(call: RealtimeAgent, openId: string | null, conversation: Conversation | null): Timeline {
  const stored = useMemo(() => timelineFromHistory(conversation?.items ?? []), [conversation]);
  const isOver = conversation !== null && !conversation.live;
  const hasMore = call.conversationId === openId && call.timeline.length > stored.length;
  return hasMore && !isOver ? call.timeline : stored;
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
