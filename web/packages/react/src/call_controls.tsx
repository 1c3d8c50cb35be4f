import type { ReactNode } from "react";
import { DevicesIcon, InterruptIcon, LeaveIcon, MicrophoneIcon, MicrophoneOffIcon } from "./icons.tsx";
import { SpeakerIcon, SpeakerOffIcon } from "./icons.tsx";
import type { RealtimeAgent } from "./use_realtime_agent.ts";

type ControlProps = { label: string; children: ReactNode; onClick: () => void } & {
  look?: "danger" | "active";
  disabled?: boolean;
  expanded?: boolean;
};

function ControlButton({ label, children, onClick, look, disabled, expanded }: ControlProps) {
  return (
    <button
      type="button"
      className="an-control"
      data-look={look}
      disabled={disabled}
      aria-expanded={expanded}
      onClick={onClick}
    >
      {children}
      <span>{label}</span>
    </button>
  );
}

type CallControlsProps = { call: RealtimeAgent; isChoosing: boolean; onChoose: () => void };

/** The buttons of a live call. */
export function CallControls({ call, isChoosing, onChoose }: CallControlsProps) {
  const isSilent = call.isMuted || call.noMicrophoneMode;
  const isBusy = call.agentState === "speaking" || call.agentState === "thinking";
  return (
    <div className="an-controls" role="group" aria-label="Call controls">
      <ControlButton
        label={call.isMuted ? "Unmute" : "Mute"}
        onClick={call.toggleMute}
        disabled={call.microphone !== "on"}
        {...(call.isMuted && { look: "active" as const })}
      >
        {isSilent ? <MicrophoneOffIcon /> : <MicrophoneIcon />}
      </ControlButton>
      <ControlButton
        label={call.isSpeakerMuted ? "Unmute speaker" : "Mute speaker"}
        onClick={call.toggleSpeaker}
        {...(call.isSpeakerMuted && { look: "active" as const })}
      >
        {call.isSpeakerMuted ? <SpeakerOffIcon /> : <SpeakerIcon />}
      </ControlButton>
      <ControlButton label="Interrupt" onClick={call.interrupt} disabled={!call.isConnected || !isBusy}>
        <InterruptIcon />
      </ControlButton>
      <ControlButton label="Devices" onClick={onChoose} expanded={isChoosing}>
        <DevicesIcon />
      </ControlButton>
      <ControlButton label="Leave" onClick={call.leaveCall} look="danger">
        <LeaveIcon />
      </ControlButton>
    </div>
  );
}
