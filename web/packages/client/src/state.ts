// The whole state of a call as a person sees it, and the two closed unions around it: what can happen, what follows.

import type { MicrophoneStatus } from "./microphone.ts";
import type {
  AgentStateChanged,
  ClientMessage,
  ParticipantInfo,
  ServerMessage,
  ToolCallState,
  TranscriptEntry,
  TurnLatency,
} from "./protocol.ts";
import type { Timeline } from "./timeline.ts";

export type AgentState = AgentStateChanged["state"];

/** `failed` is over until somebody retries; `idle` is before a call and after leaving one. */
export type ConnectionState = "idle" | "connecting" | "connected" | "reconnecting" | "failed";

export type JoinRequest = {
  conversationId?: string | undefined;
  agent?: string | undefined;
  voice?: string | undefined;
  prompt?: string | undefined;
};

export type CallError = { code: string; message: string; fatal: boolean };

export type SessionInfo = { sessionId: string; participantId: string; resumeToken: string; agent: string };

export type DeviceChoice = { id: string; label: string };
export type Devices = {
  inputs: readonly DeviceChoice[];
  outputs: readonly DeviceChoice[];
  /** Empty for the system's default. */
  inputId: string;
  outputId: string;
  canChooseOutput: boolean;
};

export type CallState = {
  connectionState: ConnectionState;
  iceState: RTCIceConnectionState | null;
  agentState: AgentState | null;
  request: JoinRequest;
  conversationId: string | null;
  session: SessionInfo | null;
  timeline: Timeline;
  participants: readonly ParticipantInfo[];
  latency: TurnLatency | null;
  microphone: MicrophoneStatus;
  isMuted: boolean;
  isSpeakerMuted: boolean;
  inputStream: MediaStream | null;
  outputStream: MediaStream | null;
  devices: Devices;
  error: CallError | null;
  reconnect: { since: number; attempts: number } | null;
};

export type CallEvent =
  | { type: "join_requested"; request: JoinRequest; history: Timeline }
  | { type: "retry_requested" }
  | { type: "leave_requested" }
  | { type: "message"; message: ServerMessage }
  | { type: "transport_lost"; now: number; code: string; reason: string; retriable: boolean }
  | { type: "ice_changed"; state: RTCIceConnectionState }
  | { type: "output_opened"; stream: MediaStream }
  | { type: "microphone_changed"; status: MicrophoneStatus; stream: MediaStream | null }
  | { type: "devices_changed"; devices: Partial<Devices> }
  | { type: "mute_toggled" }
  | { type: "speaker_toggled" }
  | { type: "interrupt_requested" }
  | { type: "tool_cancel_requested"; callId: string }
  | { type: "text_submitted"; text: string }
  | { type: "error_dismissed" };

export type CallEffect =
  | { type: "connect"; request: JoinRequest; afterMs: number; timeoutMs: number }
  | { type: "disconnect" }
  | { type: "release_microphone" }
  | { type: "enable_microphone"; enabled: boolean }
  | { type: "send"; message: ClientMessage }
  | { type: "start_playback"; itemId: string; rtpTimestamp: number | null }
  | { type: "flush_playback"; itemId: string }
  | { type: "settle_playback" };

export const initialState: CallState = {
  connectionState: "idle",
  iceState: null,
  agentState: null,
  request: {},
  conversationId: null,
  session: null,
  timeline: [],
  participants: [],
  latency: null,
  microphone: "off",
  isMuted: false,
  isSpeakerMuted: false,
  inputStream: null,
  outputStream: null,
  devices: { inputs: [], outputs: [], inputId: "", outputId: "", canChooseOutput: false },
  error: null,
  reconnect: null,
};

/** A call is on, or is being brought back. */
export function isInCall(state: CallState): boolean {
  return state.connectionState !== "idle" && state.connectionState !== "failed";
}

export function transcriptOf(timeline: Timeline): TranscriptEntry[] {
  return timeline.flatMap((item) => (item.kind === "entry" ? [item.entry] : []));
}

export function toolCallsOf(timeline: Timeline): ToolCallState[] {
  return timeline.flatMap((item) => (item.kind === "tool" ? [item.call] : []));
}
