import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { fakeCall } from "../../client/tests/fake_call.ts";
import { useRealtimeAgent } from "../src/index.ts";

it("gives the state of the call and joins with its options", async () => {
  const { call, join, transport } = fakeCall();
  const { result } = renderHook(() => useRealtimeAgent({ call, agent: "ada", voice: "en" }));
  expect(result.current).toMatchObject({ isConnected: false, latestTranscript: null, noMicrophoneMode: false });
  act(() => result.current.join({ voice: "de" }));
  expect(call.getSnapshot().request).toMatchObject({ agent: "ada", voice: "de" });
  await act(() => join());
  const entry = { id: "a", role: "agent" as const, text: "Hello", final: true, at: 1 };
  act(() => transport().events.message({ type: "transcript_entry", data: entry }));
  expect(result.current).toMatchObject({ isConnected: true, transcript: [entry], latestTranscript: entry });
});

it("keeps the same functions over its life", () => {
  const { call } = fakeCall();
  const { result, rerender } = renderHook(() => useRealtimeAgent({ call }));
  const { sendText, join } = result.current;
  rerender();
  expect(result.current.sendText).toBe(sendText);
  expect(result.current.join).toBe(join);
});
