import { describe, expect, it } from "vitest";
import { ApiError, NO_MICROPHONE } from "../src/index.ts";
import { fakeCall, session } from "./fake_call.ts";
import { memoryPreferences, settled } from "./fakes.ts";

describe("a call", () => {
  it("joins with the microphone and is told of every change", async () => {
    const { call, transport, join, devices } = fakeCall();
    const seen: string[] = [];
    call.subscribe(() => seen.push(call.getSnapshot().connectionState));
    await join();
    expect(seen[0]).toBe("connecting");
    expect(call.getSnapshot()).toMatchObject({ connectionState: "connected", microphone: "on" });
    expect(transport().microphones).toEqual([devices.opened[0]]);
    expect(devices.asked[0]).toEqual({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  });

  it("types, interrupts, and mutes the microphone at the source", async () => {
    const { call, transport, join, devices } = fakeCall();
    await join();
    call.sendText("  hello ");
    call.sendText("   ");
    call.interrupt();
    call.toggleMute();
    expect(devices.opened[0]?.enabled).toBe(false);
    expect(transport().sent).toEqual([
      { type: "text", text: "hello" },
      { type: "control", action: "interrupt" },
      { type: "control", action: "mute" },
    ]);
  });

  it("leaves: says so, hangs up, stops the microphone", async () => {
    const { call, transport, join, devices, clock } = fakeCall();
    await join();
    transport().events.message({ type: "audio_started", item_id: "i" });
    call.leave();
    expect(transport().sent).toEqual([{ type: "control", action: "leave" }]);
    expect(transport().isClosed).toBe(true);
    expect(devices.opened[0]?.readyState).toBe("ended");
    expect(call.getSnapshot()).toMatchObject({ connectionState: "idle", inputStream: null, microphone: "off" });
    expect(clock.pending).toBe(0);
  });

  it("leaves when the page goes away", async () => {
    const { call, transport, join, page } = fakeCall();
    const detach = call.attach();
    await join();
    page.dispatchEvent(new Event("pagehide"));
    expect(transport().sent).toEqual([{ type: "control", action: "leave" }]);
    detach();
  });

  it("lets go of a microphone that is granted after leaving", async () => {
    const { call, devices, transport } = fakeCall();
    call.join();
    call.leave();
    await settled();
    expect(devices.opened[0]?.readyState).toBe("ended");
    expect(transport().microphones).toEqual([]);
  });

  it("answers a flush with silence first", async () => {
    const { transport, join } = fakeCall();
    await join();
    transport().events.message({ type: "audio_started", item_id: "i", rtp_timestamp: 0 });
    transport().played = 321;
    transport().events.message({ type: "audio_flush", item_id: "i" });
    expect(transport().isOutputEnabled).toBe(false);
    expect(transport().sent).toEqual([{ type: "playback", item_id: "i", played_ms: 321, final: true }]);
  });
});

describe("without a microphone", () => {
  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "missing"],
    ["NotReadableError", "busy"],
    ["TypeMismatchError", "failed"],
  ])("goes on by typing after %s", async (name, status) => {
    const { call, transport, join, devices } = fakeCall();
    devices.refusal = new DOMException("", name);
    await join();
    expect(call.getSnapshot()).toMatchObject({ connectionState: "connected", microphone: status });
    expect(transport().microphones).toEqual([null]);
    call.sendText("hi");
    expect(transport().sent).toContainEqual({ type: "text", text: "hi" });
  });

  it("says that an insecure page cannot have one", async () => {
    const { call, join } = fakeCall({ hasDevices: false });
    await join();
    expect(call.getSnapshot()).toMatchObject({ connectionState: "connected", microphone: "insecure" });
  });

  it("tries again when asked, in the running call", async () => {
    const { call, transport, join, devices } = fakeCall();
    devices.refusal = new DOMException("", "NotAllowedError");
    await join();
    devices.refusal = null;
    await call.retryMicrophone();
    expect(transport().microphones).toEqual([null, devices.opened[0]]);
    expect(transport().sent).toEqual([
      { type: "control", action: "mute" },
      { type: "control", action: "unmute" },
    ]);
  });

  it("goes on in silence when the device is pulled out", async () => {
    const { call, transport, join, devices } = fakeCall();
    await join();
    devices.opened[0]?.onended?.();
    expect(call.getSnapshot().microphone).toBe("missing");
    expect(transport().microphones.at(-1)).toBeNull();
  });
});

describe("devices", () => {
  it("are listed by name, without the ones that browsers hide", async () => {
    const { call, devices } = fakeCall();
    const detach = call.attach();
    devices.devices = [
      { kind: "audioinput", deviceId: "", label: "" },
      { kind: "audioinput", deviceId: "default", label: "Default" },
      { kind: "audioinput", deviceId: "m1", label: "Desk microphone" },
      { kind: "audiooutput", deviceId: "o1", label: "" },
    ];
    devices.dispatchEvent(new Event("devicechange"));
    await settled();
    expect(call.getSnapshot().devices).toMatchObject({
      inputs: [{ id: "m1", label: "Desk microphone" }],
      outputs: [{ id: "o1", label: "Device 1" }],
      canChooseOutput: true,
    });
    detach();
  });

  it("are remembered, and changed within a call", async () => {
    const { call, transport, join, devices, preferences } = fakeCall({ preferences: memoryPreferences({ input: "m1" }) });
    await join();
    await call.chooseDevice("input", "m2");
    expect(devices.asked.map(({ audio }) => (audio as MediaTrackConstraints).deviceId)).toEqual(["m1", "m2"]);
    expect(devices.opened.map(({ readyState }) => readyState)).toEqual(["ended", "live"]);
    expect(transport().microphones).toEqual(devices.opened);
    expect(preferences.get("input")).toBe("m2");
  });

  it("can be none at all, by choice", async () => {
    const { call, join, devices } = fakeCall({ preferences: memoryPreferences({ input: NO_MICROPHONE }) });
    await join();
    expect(devices.asked).toEqual([]);
    expect(call.getSnapshot().microphone).toBe("declined");
  });
});

describe("trouble", () => {
  it("shows why the server refused, and tries again when asked", async () => {
    const { call, next, transports } = fakeCall();
    next.failure = new ApiError("All places are taken.", 503);
    call.join();
    await settled();
    expect(call.getSnapshot()).toMatchObject({
      connectionState: "failed",
      error: { code: "connect_failed", message: "All places are taken." },
    });
    expect(transports[0]?.isClosed).toBe(true);
    next.failure = null;
    call.retry();
    expect(call.getSnapshot().connectionState).toBe("connecting");
  });

  it("gives an attempt up that takes too long", async () => {
    const { call, clock } = fakeCall();
    call.join();
    await settled();
    clock.advance(20_000);
    expect(call.getSnapshot()).toMatchObject({ connectionState: "failed", error: { fatal: true } });
  });

  it("comes back by itself with a new transport and the same microphone", async () => {
    const { call, clock, join, transports, devices } = fakeCall();
    await join();
    transports[0]?.events.lost("Gone.");
    expect(call.getSnapshot().connectionState).toBe("reconnecting");
    expect(devices.opened[0]?.readyState).toBe("live");
    clock.advance(500);
    await settled();
    transports[1]?.events.message(session);
    expect(call.getSnapshot().connectionState).toBe("connected");
    expect(transports[1]?.microphones).toEqual([devices.opened[0]]);
  });

  it("does not listen to a transport that was replaced", async () => {
    const { call, clock, join, transports } = fakeCall();
    await join();
    transports[0]?.events.lost("Gone.");
    clock.advance(500);
    transports[0]?.events.message({ type: "agent_state", state: "speaking" });
    transports[0]?.events.lost("Gone again.");
    expect(call.getSnapshot()).toMatchObject({ connectionState: "reconnecting", agentState: null });
  });

  it("does not come back after the person has left", async () => {
    const { call, clock, join, transports } = fakeCall();
    await join();
    transports[0]?.events.lost("Gone.");
    call.leave();
    clock.advance(60_000);
    expect(transports).toHaveLength(1);
  });
});
