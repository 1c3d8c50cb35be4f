import type { JoinRequest, Timeline } from "@antiphon/client";
import { isInCall } from "@antiphon/client";
import { useEffect, useRef } from "react";
import { AgentAudio } from "./agent_audio.tsx";
import { CallActive } from "./call_active.tsx";
import type { AgentCard } from "./call_connect.tsx";
import { CallConnect } from "./call_connect.tsx";
import { ErrorNotice } from "./notices.tsx";
import { Transcript } from "./transcript.tsx";
import type { RealtimeAgent } from "./use_realtime_agent.ts";

export type CallUIProps = {
  call: RealtimeAgent;
  agent: AgentCard;
  /** What Join asks for; what is left out comes from the hook's options. */
  request?: JoinRequest;
  /** What the conversation already holds; left out, what the last call left. */
  history?: Timeline;
};

/** The whole flow: join, talk, leave, read, join again. */
export function CallUI({ call, agent, request = {}, history = call.timeline }: CallUIProps) {
  const active = isInCall(call);
  const joinButton = useRef<HTMLButtonElement>(null);
  const wasActive = useRef(active);
  useEffect(() => {
    if (wasActive.current && !active) joinButton.current?.focus();
    wasActive.current = active;
  }, [active]);
  const hasHistory = history.length > 0;
  return (
    <div className="an-ui" data-active={active}>
      <AgentAudio stream={call.outputStream} muted={call.isSpeakerMuted} outputId={call.devices.outputId} />
      <ErrorNotice {...call} />
      {active ? (
        <CallActive call={call} agentName={agent.name} hints={agent.hints ?? []} />
      ) : (
        <>
          {hasHistory && <Transcript timeline={history} agentName={agent.name} />}
          <CallConnect
            call={call}
            agent={agent}
            compact={hasHistory}
            joinButton={joinButton}
            onJoin={() => call.join(request, history)}
          />
        </>
      )}
    </div>
  );
}
