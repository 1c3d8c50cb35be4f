// (state, event) -> {state, effects}. Pure: no clock, no I/O; time comes with the events that need it.

import { isUsable } from "./microphone.ts";
import type { AgentState, CallEffect, CallEvent, CallState } from "./state.ts";
import { initialState, isInCall } from "./state.ts";
import type { ClientMessage, ServerMessage, SessionStarted } from "./protocol.ts";
import { putEntry, putToolCall } from "./timeline.ts";

export const CONNECT_TIMEOUT_MS = 20_000;
export const RECONNECT_LIMIT_MS = 30_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 8_000;
/** Less time than this is not worth an attempt. */
const SHORTEST_ATTEMPT_MS = 2_000;

export type Step = { state: CallState; effects: readonly CallEffect[] };

const step = (state: CallState, ...effects: CallEffect[]): Step => ({ state, effects });

export function reduce(state: CallState, event: CallEvent): Step {
  switch (event.type) {
    case "join_requested":
      return isInCall(state) ? step(state) : join(state, event);
    case "retry_requested":
      return retry(state);
    case "leave_requested":
      return leave(state);
    case "message":
      return isInCall(state) ? reduceMessage(state, event.message) : step(state);
    case "transport_lost":
      return lose(state, event);
    case "ice_changed":
      return step({ ...state, iceState: event.state });
    case "output_opened":
      return step({ ...state, outputStream: event.stream });
    case "microphone_changed":
      return changeMicrophone(state, event);
    case "devices_changed":
      return step({ ...state, devices: { ...state.devices, ...event.devices } });
    case "mute_toggled":
      return toggleMute(state);
    case "speaker_toggled":
      return step({ ...state, isSpeakerMuted: !state.isSpeakerMuted });
    case "interrupt_requested":
      return whenConnected(state, { type: "control", action: "interrupt" });
    case "tool_cancel_requested":
      return whenConnected(state, { type: "tool_cancel", call_id: event.callId });
    case "text_submitted":
      return whenConnected(state, { type: "text", text: event.text });
    case "error_dismissed":
      return step({ ...state, error: null });
  }
}

const ended = { agentState: null, iceState: null, session: null, participants: [], outputStream: null, reconnect: null };

function join(state: CallState, event: CallEvent & { type: "join_requested" }): Step {
  const next: CallState = {
    ...initialState,
    devices: state.devices,
    isSpeakerMuted: state.isSpeakerMuted,
    connectionState: "connecting",
    request: event.request,
    conversationId: event.request.conversationId ?? null,
    timeline: event.history,
  };
  return step(next, { type: "connect", request: event.request, afterMs: 0, timeoutMs: CONNECT_TIMEOUT_MS });
}

function retry(state: CallState): Step {
  if (isInCall(state)) return step(state);
  const request = { ...state.request, conversationId: state.conversationId ?? undefined };
  return join(state, { type: "join_requested", request, history: state.timeline });
}

function leave(state: CallState): Step {
  const farewell: CallEffect[] =
    state.connectionState === "connected" ? [{ type: "send", message: { type: "control", action: "leave" } }] : [];
  const next: CallState = { ...state, ...ended, connectionState: "idle", error: null };
  return step(next, ...farewell, { type: "disconnect" }, { type: "release_microphone" });
}

function lose(state: CallState, event: CallEvent & { type: "transport_lost" }): Step {
  if (!isInCall(state)) return step(state);
  const since = state.reconnect?.since ?? event.now;
  const attempts = state.reconnect === null ? 0 : state.reconnect.attempts + 1;
  const left = since + RECONNECT_LIMIT_MS - event.now;
  const neverConnected = state.connectionState === "connecting";
  if (neverConnected || !event.retriable || left <= SHORTEST_ATTEMPT_MS) {
    return fail(state, event.code, event.reason);
  }
  const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** attempts, LONGEST_BACKOFF_MS, left - SHORTEST_ATTEMPT_MS);
  const next: CallState = { ...state, ...ended, connectionState: "reconnecting", reconnect: { since, attempts } };
  const request = { ...state.request, conversationId: state.conversationId ?? undefined };
  return step(next, { type: "disconnect" }, { type: "connect", request, afterMs: backoff, timeoutMs: left - backoff });
}

function fail(state: CallState, code: string, message: string): Step {
  const error = { code, message, fatal: true };
  const next: CallState = { ...state, ...ended, connectionState: "failed", error };
  return step(next, { type: "disconnect" }, { type: "release_microphone" });
}

function changeMicrophone(state: CallState, event: CallEvent & { type: "microphone_changed" }): Step {
  const next: CallState = { ...state, microphone: event.status, inputStream: event.stream };
  const effects: CallEffect[] = event.stream === null ? [] : [{ type: "enable_microphone", enabled: !state.isMuted }];
  const became = isUsable(event.status) !== isUsable(state.microphone);
  if (state.connectionState === "connected" && became && !state.isMuted) {
    const action = isUsable(event.status) ? "unmute" : "mute";
    effects.push({ type: "send", message: { type: "control", action } });
  }
  return step(next, ...effects);
}

function toggleMute(state: CallState): Step {
  const isMuted = !state.isMuted;
  const effects: CallEffect[] = [{ type: "enable_microphone", enabled: !isMuted }];
  if (state.connectionState === "connected" && isUsable(state.microphone)) {
    effects.push({ type: "send", message: { type: "control", action: isMuted ? "mute" : "unmute" } });
  }
  return step({ ...state, isMuted }, ...effects);
}

function whenConnected(state: CallState, message: ClientMessage): Step {
  return state.connectionState === "connected" ? step(state, { type: "send", message }) : step(state);
}

/** What the server says during a call. Unknown types change nothing: the server may be newer than this page. */
function reduceMessage(state: CallState, message: ServerMessage): Step {
  switch (message.type) {
    case "session":
      return start(state, message);
    case "agent_state":
      return changeAgentState(state, message.state);
    case "audio_started":
      return step(state, {
        type: "start_playback",
        itemId: message.item_id,
        rtpTimestamp: message.rtp_timestamp ?? null,
      });
    case "audio_flush":
      return step(state, { type: "flush_playback", itemId: message.item_id });
    case "transcript_entry":
      return step({ ...state, timeline: putEntry(state.timeline, message.data) });
    case "tool_call":
      return step({ ...state, timeline: putToolCall(state.timeline, message.data) });
    case "participants":
      return step({ ...state, participants: message.data });
    case "latency":
      return step({ ...state, latency: message.data });
    case "error":
      if (message.fatal) return fail(state, message.code, message.message);
      return step({ ...state, error: { code: message.code, message: message.message, fatal: false } });
    case "audio_chunk": // Sound is the transport's affair.
    default:
      return step(state);
  }
}

function start(state: CallState, message: SessionStarted): Step {
  const next: CallState = {
    ...state,
    connectionState: "connected",
    conversationId: message.conversation_id,
    session: {
      sessionId: message.session_id,
      participantId: message.participant_id,
      resumeToken: message.resume_token,
      agent: message.agent,
    },
    agentState: state.agentState ?? "initializing",
    error: null,
    reconnect: null,
  };
  const silent = state.isMuted || !isUsable(state.microphone);
  return silent ? step(next, { type: "send", message: { type: "control", action: "mute" } }) : step(next);
}

function changeAgentState(state: CallState, agentState: AgentState): Step {
  const stopped = state.agentState === "speaking" && agentState !== "speaking";
  const next: CallState = { ...state, agentState };
  return stopped ? step(next, { type: "settle_playback" }) : step(next);
}
