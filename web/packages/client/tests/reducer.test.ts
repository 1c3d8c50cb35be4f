import { describe, expect, it } from "vitest";
import type { CallEffect, CallEvent, CallState, ServerMessage } from "../src/index.ts";
import { initialState, reduce } from "../src/index.ts";

const session: ServerMessage = {
  type: "session",
  session_id: "s1",
  conversation_id: "c1",
  participant_id: "p1",
  resume_token: "r1",
  agent: "Ada",
  audio: { transport: "track", sample_rate: 48_000 },
};
const says = (message: ServerMessage): CallEvent => ({ type: "message", message });
const join: CallEvent = { type: "join_requested", request: { agent: "ada" }, history: [] };
const speaking: CallEvent = { type: "microphone_changed", status: "on", stream: null };
const lost = (now: number, retriable = true): CallEvent => ({
  type: "transport_lost",
  now,
  code: "connection_lost",
  reason: "Gone.",
  retriable,
});

function play(...events: CallEvent[]): { state: CallState; effects: CallEffect[] } {
  const start: { state: CallState; effects: CallEffect[] } = { state: initialState, effects: [] };
  return events.reduce(({ state, effects }, event) => {
    const step = reduce(state, event);
    return { state: step.state, effects: [...effects, ...step.effects] };
  }, start);
}

function after(state: CallState, event: CallEvent) {
  return reduce(state, event);
}

const { state: live } = play(join, speaking, says(session));

describe("joining and leaving", () => {
  it("connects, and is connected when the server's session message comes", () => {
    const { state, effects } = play(join);
    expect(state.connectionState).toBe("connecting");
    expect(effects).toEqual([{ type: "connect", request: { agent: "ada" }, afterMs: 0, timeoutMs: 20_000 }]);
    expect(live).toMatchObject({ connectionState: "connected", conversationId: "c1", agentState: "initializing" });
    expect(live.session).toEqual({ sessionId: "s1", participantId: "p1", resumeToken: "r1", agent: "Ada" });
  });

  it("does not join twice", () => {
    expect(after(live, join)).toEqual({ state: live, effects: [] });
  });

  it("says goodbye, hangs up and gives the microphone back, and keeps what was said", () => {
    const heard = after(live, says({ type: "transcript_entry", data: entry("Hello") })).state;
    const { state, effects } = after(heard, { type: "leave_requested" });
    expect(effects).toEqual([
      { type: "send", message: { type: "control", action: "leave" } },
      { type: "disconnect" },
      { type: "release_microphone" },
    ]);
    expect(state).toMatchObject({ connectionState: "idle", agentState: null, session: null, conversationId: "c1" });
    expect(state.timeline).toHaveLength(1);
  });

  it("does not listen to what is said after the call", () => {
    const { state } = after(live, { type: "leave_requested" });
    expect(after(state, says(session)).state).toBe(state);
  });

  it("tells the server that a device without a microphone is mute", () => {
    const { effects } = play(join, { type: "microphone_changed", status: "denied", stream: null }, says(session));
    expect(effects).toContainEqual({ type: "send", message: { type: "control", action: "mute" } });
  });
});

describe("the agent", () => {
  it("goes through its states and lets the playback settle when it stops speaking", () => {
    const talking = after(live, says({ type: "agent_state", state: "speaking" })).state;
    expect(talking.agentState).toBe("speaking");
    const quiet = after(talking, says({ type: "agent_state", state: "listening" }));
    expect(quiet.effects).toEqual([{ type: "settle_playback" }]);
  });

  it("plays and flushes items by name", () => {
    expect(after(live, says({ type: "audio_started", item_id: "i", rtp_timestamp: 7 })).effects).toEqual([
      { type: "start_playback", itemId: "i", rtpTimestamp: 7 },
    ]);
    expect(after(live, says({ type: "audio_started", item_id: "i" })).effects).toEqual([
      { type: "start_playback", itemId: "i", rtpTimestamp: null },
    ]);
    expect(after(live, says({ type: "audio_flush", item_id: "i" })).effects).toEqual([
      { type: "flush_playback", itemId: "i" },
    ]);
  });

  it("shows tools, people and latency", () => {
    const events: ServerMessage[] = [
      { type: "tool_call", data: { id: "t", name: "clock", state: "running" } },
      { type: "participants", data: [{ id: "p1", name: "Desk" }] },
      { type: "latency", data: { item_id: "i", first_audio_ms: 410 } },
    ];
    const state = events.reduce((before, message) => after(before, says(message)).state, live);
    expect(state.timeline).toMatchObject([{ kind: "tool", call: { id: "t" } }]);
    expect(state).toMatchObject({ participants: [{ name: "Desk" }], latency: { first_audio_ms: 410 } });
  });

  it("ignores what a newer server says", () => {
    const unknown = says({ type: "weather", sky: "blue" } as unknown as ServerMessage);
    expect(after(live, unknown)).toEqual({ state: live, effects: [] });
  });
});

describe("muting, typing, interrupting", () => {
  it("switches the microphone off and on and says so", () => {
    const muted = after(live, { type: "mute_toggled" });
    expect(muted.effects).toEqual([
      { type: "enable_microphone", enabled: false },
      { type: "send", message: { type: "control", action: "mute" } },
    ]);
    const again = after(muted.state, { type: "mute_toggled" });
    expect(again.effects).toContainEqual({ type: "send", message: { type: "control", action: "unmute" } });
  });

  it("keeps a muted microphone off when another device is chosen", () => {
    const muted = after(live, { type: "mute_toggled" }).state;
    const stream = {} as MediaStream;
    const { effects } = after(muted, { type: "microphone_changed", status: "on", stream });
    expect(effects).toEqual([{ type: "enable_microphone", enabled: false }]);
  });

  it("unmutes for the server when a microphone comes at last", () => {
    const denied = play(join, { type: "microphone_changed", status: "denied", stream: null }, says(session)).state;
    expect(after(denied, speaking).effects).toContainEqual({
      type: "send",
      message: { type: "control", action: "unmute" },
    });
  });

  it("sends text and interruptions only while connected", () => {
    expect(after(live, { type: "text_submitted", text: "hi" }).effects).toEqual([
      { type: "send", message: { type: "text", text: "hi" } },
    ]);
    expect(after(initialState, { type: "text_submitted", text: "hi" }).effects).toEqual([]);
    expect(after(initialState, { type: "interrupt_requested" }).effects).toEqual([]);
    expect(after(live, { type: "tool_cancel_requested", callId: "t" }).effects).toEqual([
      { type: "send", message: { type: "tool_cancel", call_id: "t" } },
    ]);
    expect(after(initialState, { type: "tool_cancel_requested", callId: "t" }).effects).toEqual([]);
  });

  it("mutes the speaker without a word to the server", () => {
    expect(after(live, { type: "speaker_toggled" })).toMatchObject({ state: { isSpeakerMuted: true }, effects: [] });
  });
});

describe("when the connection is lost", () => {
  it("comes back into the same conversation, waiting longer each time", () => {
    const first = after(live, lost(1_000));
    expect(first.state).toMatchObject({ connectionState: "reconnecting", conversationId: "c1", session: null });
    expect(first.effects).toEqual([
      { type: "disconnect" },
      { type: "connect", request: { agent: "ada", conversationId: "c1" }, afterMs: 500, timeoutMs: 29_500 },
    ]);
    const second = after(first.state, lost(2_000));
    expect(second.effects[1]).toMatchObject({ afterMs: 1_000, timeoutMs: 28_000 });
    expect(after(second.state, says(session)).state).toMatchObject({ connectionState: "connected", reconnect: null });
  });

  it("gives up after thirty seconds, with something to retry", () => {
    let state = live;
    let now = 0;
    let step = after(state, lost(now));
    while (step.state.connectionState === "reconnecting") {
      const connect = step.effects.find((effect) => effect.type === "connect");
      now += connect?.afterMs ?? 0;
      expect(now).toBeLessThanOrEqual(30_000);
      state = step.state;
      step = after(state, lost(now));
    }
    expect(now).toBeGreaterThan(25_000);
    expect(step.state).toMatchObject({ connectionState: "failed", error: { message: "Gone.", fatal: true } });
    const retried = after(step.state, { type: "retry_requested" });
    expect(retried.state).toMatchObject({ connectionState: "connecting", error: null });
    expect(retried.effects[0]).toMatchObject({ request: { conversationId: "c1" } });
  });

  it("does not go on where the server has refused, or where it never connected", () => {
    expect(after(live, lost(0, false)).state.connectionState).toBe("failed");
    expect(after(play(join).state, lost(0)).state.connectionState).toBe("failed");
  });

  it("ends the call on a fatal error and keeps it after a passing one", () => {
    const error = (fatal: boolean) => says({ type: "error", code: "model", message: "No.", fatal });
    const fatal = after(live, error(true));
    expect(fatal.state).toMatchObject({ connectionState: "failed", error: { message: "No." } });
    expect(fatal.effects).toEqual([{ type: "disconnect" }, { type: "release_microphone" }]);
    const passing = after(live, error(false)).state;
    expect(passing).toMatchObject({ connectionState: "connected", error: { message: "No.", fatal: false } });
    expect(after(passing, { type: "error_dismissed" }).state.error).toBeNull();
  });
});

function entry(text: string) {
  return { id: text, role: "agent" as const, text, final: true, at: 1 };
}
