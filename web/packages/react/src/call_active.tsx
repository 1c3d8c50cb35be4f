import { useEffect, useRef, useState } from "react";
import { AgentStatus } from "./agent_status.tsx";
import { CallControls } from "./call_controls.tsx";
import { Hints } from "./call_connect.tsx";
import { Composer } from "./composer.tsx";
import { DeviceChoice } from "./device_choice.tsx";
import { LevelMeter } from "./level_meter.tsx";
import { MicrophoneNotice } from "./notices.tsx";
import { Transcript } from "./transcript.tsx";
import type { RealtimeAgent } from "./use_realtime_agent.ts";

export type CallActiveProps = { call: RealtimeAgent; agentName: string; hints?: readonly string[] };

/** A live call: transcript, both voices, controls, typed words. Takes the focus when it appears. */
export function CallActive({ call, agentName, hints = [] }: CallActiveProps) {
  const [isChoosing, setChoosing] = useState(false);
  const region = useRef<HTMLElement>(null);
  const message = useRef<HTMLTextAreaElement>(null);
  const { interrupt, isConnected, noMicrophoneMode } = call;
  useEffect(() => region.current?.focus(), []);
  useEffect(() => {
    // Somebody who can only type wants to type; a focus they have moved elsewhere stays theirs.
    const untouched = document.activeElement === region.current;
    if (isConnected && noMicrophoneMode && untouched) message.current?.focus();
  }, [isConnected, noMicrophoneMode]);
  useInterruptKey(interrupt);
  return (
    <section ref={region} className="an-call" aria-label={`Call with ${agentName}`} tabIndex={-1}>
      <Transcript
        timeline={call.timeline}
        agentName={agentName}
        participants={call.participants}
        participantId={call.session?.participantId ?? null}
        onCancelTool={call.cancelTool}
        empty={isConnected ? <Opening agentName={agentName} hints={hints} /> : <Waiting {...call} />}
      />
      <div className="an-dock">
        <MicrophoneNotice {...call} />
        {isChoosing && <DeviceChoice {...call} />}
        <Voices call={call} agentName={agentName} />
        <Composer isConnected={isConnected} sendText={call.sendText} field={message} />
        <CallControls call={call} isChoosing={isChoosing} onChoose={() => setChoosing(!isChoosing)} />
        <ConnectionLine call={call} />
      </div>
    </section>
  );
}

function Opening({ agentName, hints }: { agentName: string; hints: readonly string[] }) {
  return (
    <>
      <p>You are connected. Say something to {agentName}, or type.</p>
      <Hints hints={hints} />
    </>
  );
}

/** Seen, not read out: the agent's state says the same to those who listen. */
function Waiting({ connectionState }: Pick<RealtimeAgent, "connectionState">) {
  return <p aria-live="off">{connectionState === "reconnecting" ? "Reconnecting…" : "Connecting…"}</p>;
}

/** Escape interrupts the agent, wherever the focus is, unless a dialog is open: there it closes the dialog. */
function useInterruptKey(interrupt: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) interrupt();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [interrupt]);
}

/** The two voices face each other, with whose turn it is between them. */
function Voices({ call, agentName }: CallActiveProps) {
  const others = call.participants.filter(({ id, connected }) => connected !== false && id !== call.session?.participantId);
  return (
    <div className="an-voices">
      <div className="an-voice" data-side="you" data-muted={call.isMuted}>
        <span>{call.isMuted ? "You, muted" : "You"}</span>
        <LevelMeter stream={call.inputStream} label="Your microphone's level" towards="left" />
      </div>
      <AgentStatus connectionState={call.connectionState} agentState={call.agentState} />
      <div className="an-voice" data-side="agent" data-muted={call.isSpeakerMuted}>
        <LevelMeter stream={call.outputStream} label="The agent's level" towards="right" />
        <span>{call.isSpeakerMuted ? `${agentName}, muted` : agentName}</span>
      </div>
      {others.length > 0 && <p className="an-others">Also here: {others.map(({ name }) => name).join(", ")}</p>}
    </div>
  );
}

function ConnectionLine({ call }: { call: RealtimeAgent }) {
  const answered = call.latency?.first_audio_ms;
  return (
    <p className="an-connection" data-state={call.connectionState}>
      <span>Connection: {call.connectionState}</span>
      {call.iceState !== null && <span>ICE: {call.iceState}</span>}
      {typeof answered === "number" && (
        <span title="From your silence to the first sound of the answer">Answered in {Math.round(answered)} ms</span>
      )}
    </p>
  );
}
