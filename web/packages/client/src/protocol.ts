// Generated from src/antiphon/wire/browser.py by `npm run generate`. Do not edit.
// schema sha256: 4e82b11726a558472556a006ffda07c9a7f7550f94092b262a51a3773b653057

export type ClientMessage = AudioChunk | Control | Text | Image | Playback | ToolCancel | Resume;
export type ServerMessage =
  | SessionStarted
  | AgentStateChanged
  | AudioStarted
  | AudioChunk
  | AudioFlush
  | TranscriptUpdated
  | ToolCallUpdated
  | ParticipantsChanged
  | LatencyMeasured
  | Error;

export interface Protocol {
  client: ClientMessage;
  server: ServerMessage;
}
/**
 * Sound: base64 of PCM16 little-endian mono at 24 kHz. `item_id` is set on the agent's speech only.
 */
export interface AudioChunk {
  type: "audio_chunk";
  data: string;
  item_id?: string | null;
}
/**
 * A button: `mute` and `unmute` this device's microphone, `interrupt` the agent, `leave` the call.
 */
export interface Control {
  type: "control";
  action: "mute" | "unmute" | "interrupt" | "leave";
}
/**
 * Typed input.
 */
export interface Text {
  type: "text";
  text: string;
}
/**
 * A picture as a data URI (PNG or JPEG).
 */
export interface Image {
  type: "image";
  data: string;
}
/**
 * What this device has really played of one item, in milliseconds. `final` answers an `audio_flush`.
 */
export interface Playback {
  type: "playback";
  item_id: string;
  played_ms: number;
  final?: boolean;
}
/**
 * Stop a tool that is running.
 */
export interface ToolCancel {
  type: "tool_cancel";
  call_id: string;
}
/**
 * Coming back after a lost connection; events after `last_event` are sent again.
 */
export interface Resume {
  type: "resume";
  token: string;
  last_event?: number;
}
/**
 * The first message to a device.
 */
export interface SessionStarted {
  type: "session";
  session_id: string;
  conversation_id: string;
  participant_id: string;
  resume_token: string;
  agent: string;
  audio: AudioFormat;
}
/**
 * How sound travels to and from this device.
 */
export interface AudioFormat {
  transport: "track" | "channel" | "websocket";
  sample_rate: number;
  channels?: number;
}
/**
 * What the agent is doing now.
 */
export interface AgentStateChanged {
  type: "agent_state";
  state: "initializing" | "listening" | "thinking" | "speaking";
}
/**
 * One item of the agent's speech begins on this device's track at `rtp_timestamp` (48 kHz, modulo 2**32), so that
 * the device can say exactly what it has played. Absent timestamp: count from the arrival of this message.
 */
export interface AudioStarted {
  type: "audio_started";
  item_id: string;
  rtp_timestamp?: number | null;
}
/**
 * Barge-in: drop what is queued of this item, and answer with a `playback` whose `final` is true.
 */
export interface AudioFlush {
  type: "audio_flush";
  item_id: string;
}
export interface TranscriptUpdated {
  type: "transcript_entry";
  data: TranscriptEntry;
}
/**
 * One line of the conversation; partial and final versions share an `id`. `at` is Unix seconds.
 */
export interface TranscriptEntry {
  id: string;
  role: "user" | "agent" | "system";
  text: string;
  final: boolean;
  participant_id?: string | null;
  heard_ms?: number | null;
  interrupted?: boolean;
  at: number;
}
export interface ToolCallUpdated {
  type: "tool_call";
  data: ToolCallState;
}
/**
 * One call. `output` is the newest word on its progress while it is running, then its result.
 */
export interface ToolCallState {
  id: string;
  name: string;
  state: "running" | "done" | "failed" | "cancelled";
  arguments?: string | null;
  output?: string | null;
}
/**
 * Who is in the call; the whole list each time.
 */
export interface ParticipantsChanged {
  type: "participants";
  data: ParticipantInfo[];
}
export interface ParticipantInfo {
  id: string;
  name: string;
  muted?: boolean;
  speaking?: boolean;
  connected?: boolean;
}
export interface LatencyMeasured {
  type: "latency";
  data: TurnLatency;
}
/**
 * One turn's waterfall, in milliseconds after the person fell silent; a stage that did not happen is absent.
 */
export interface TurnLatency {
  item_id: string;
  turn_end_ms?: number | null;
  transcript_ms?: number | null;
  first_token_ms?: number | null;
  first_audio_ms?: number | null;
}
/**
 * Something went wrong. `fatal`: the call is over. Never a stack trace, never a key.
 */
export interface Error {
  type: "error";
  code: string;
  message: string;
  fatal?: boolean;
}
