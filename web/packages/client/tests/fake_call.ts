// A call over fakes, for the tests of everything that stands on one.

import type { ServerMessage } from "../src/index.ts";
import { CallClient, Microphone } from "../src/index.ts";
import { FakeMediaDevices, FakeTransport, ManualClock, memoryPreferences, settled } from "./fakes.ts";

export const session: ServerMessage = {
  type: "session",
  session_id: "s1",
  conversation_id: "c1",
  participant_id: "p1",
  resume_token: "r1",
  agent: "Ada",
  audio: { transport: "track", sample_rate: 48_000 },
};

/** A client whose transports, devices and clock are in the test's hands. */
export function fakeCall({ hasDevices = true, preferences = memoryPreferences() } = {}) {
  const transports: FakeTransport[] = [];
  const devices = new FakeMediaDevices();
  const clock = new ManualClock();
  const page = new EventTarget();
  const next = { failure: null as Error | null };
  const call = new CallClient({
    createTransport: (events) => {
      const transport = new FakeTransport(events);
      transport.failure = next.failure;
      transports.push(transport);
      return transport;
    },
    microphone: new Microphone(hasDevices ? (devices as unknown as MediaDevices) : undefined),
    preferences,
    clock,
    resumeAudio: () => undefined,
    canChooseOutput: true,
    page,
  });
  const transport = () => {
    const last = transports.at(-1);
    if (last === undefined) throw new Error("No transport was made");
    return last;
  };
  const join = async () => {
    call.join();
    await settled();
    transport().events.message(session);
  };
  return { call, transports, transport, devices, clock, page, next, join, preferences };
}
