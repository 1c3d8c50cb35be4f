export type * from "./protocol.ts";
export type { AgentInfo, Conversation, ConversationPage, ConversationSummary, Fetch, SessionGrant } from "./api.ts";
export { Api, ApiError } from "./api.ts";
export type { LevelReader, SilentTrack } from "./audio.ts";
export { AudioEngine, loudness } from "./audio.ts";
export { createCall, pageAudio } from "./browser_call.ts";
export type { CallParts } from "./call.ts";
export { CallClient } from "./call.ts";
export type { Clock } from "./clock.ts";
export { browserClock } from "./clock.ts";
export type { MicrophoneResult, MicrophoneStatus } from "./microphone.ts";
export { explainMicrophone, isUsable, isWithoutMicrophone, Microphone, NO_MICROPHONE } from "./microphone.ts";
export type { PlaybackOutput, PlaybackReading, PlayingItem } from "./playback.ts";
export { playedMs, PlaybackReporter, rtpDifference, untilAudibleMs } from "./playback.ts";
export type { Preferences } from "./preferences.ts";
export { storedPreferences } from "./preferences.ts";
export type { Step } from "./reducer.ts";
export { reduce } from "./reducer.ts";
export type {
  AgentState,
  CallEffect,
  CallError,
  CallEvent,
  CallState,
  ConnectionState,
  DeviceChoice,
  Devices,
  JoinRequest,
  SessionInfo,
} from "./state.ts";
export { initialState, isInCall, toolCallsOf, transcriptOf } from "./state.ts";
export { Store } from "./store.ts";
export type { EntryItem, HistoryItem, Timeline, TimelineItem, ToolItem } from "./timeline.ts";
export { putEntry, putToolCall, timelineFromHistory } from "./timeline.ts";
export type { Transport, TransportEvents, TransportFactory } from "./transport.ts";
export { parseServerMessage } from "./transport.ts";
export type { WebRtcParts } from "./webrtc.ts";
export { WebRtcTransport } from "./webrtc.ts";
