import { describe, expect, it } from "vitest";
import type { Timeline, TranscriptEntry } from "../src/index.ts";
import { putEntry, putToolCall, timelineFromHistory } from "../src/index.ts";

const entry = (id: string, at: number, more: Partial<TranscriptEntry> = {}): TranscriptEntry => ({
  id,
  role: "agent",
  text: id,
  final: true,
  at,
  ...more,
});
const ids = (timeline: Timeline) => timeline.map((item) => (item.kind === "entry" ? item.entry.id : item.call.id));

describe("timeline", () => {
  it("replaces a partial entry by the final one with its id, in its place", () => {
    const partial = putEntry(putEntry([], entry("a", 1, { text: "Hel", final: false })), entry("b", 2));
    const final = putEntry(partial, entry("a", 1, { text: "Hello" }));
    expect(ids(final)).toEqual(["a", "b"]);
    expect(final[0]).toMatchObject({ entry: { text: "Hello", final: true }, unheard: "" });
  });

  it("puts a transcript that comes late before the reply that it caused", () => {
    const reply = putEntry([], entry("reply", 20));
    expect(ids(putEntry(reply, entry("question", 10, { role: "user" })))).toEqual(["question", "reply"]);
  });

  it("keeps what was shown but never heard when the agent is interrupted", () => {
    let timeline = putEntry([], entry("a", 1, { text: "one two three four", final: false }));
    timeline = putEntry(timeline, entry("a", 1, { text: "one two", final: false, interrupted: true }));
    expect(timeline[0]).toMatchObject({ unheard: " three four" });
    timeline = putEntry(timeline, entry("a", 1, { text: "one two", interrupted: true }));
    expect(timeline[0]).toMatchObject({ entry: { text: "one two" }, unheard: " three four" });
    timeline = putEntry(timeline, entry("a", 1, { text: "one two three", interrupted: true }));
    expect(timeline[0]).toMatchObject({ unheard: " four" });
  });

  it("does not claim words as unheard that were never shown", () => {
    const timeline = putEntry([], entry("a", 1, { text: "one too", final: false }));
    expect(putEntry(timeline, entry("a", 1, { text: "one two", interrupted: true }))[0]).toMatchObject({ unheard: "" });
  });

  it("puts a tool call after what was said before it and keeps its arguments when it is done", () => {
    let timeline = putEntry([], entry("question", 5));
    timeline = putToolCall(timeline, { id: "t", name: "clock", state: "running", arguments: "{}" });
    timeline = putEntry(timeline, entry("answer", 6));
    timeline = putToolCall(timeline, { id: "t", name: "clock", state: "done", output: "noon" });
    expect(ids(timeline)).toEqual(["question", "t", "answer"]);
    expect(timeline[1]).toMatchObject({ call: { state: "done", arguments: "{}", output: "noon" } });
  });

  it("reads a stored conversation", () => {
    const timeline = timelineFromHistory([
      entry("q", 1, { role: "user" }),
      { id: "t", name: "clock", state: "done", at: 2, role: "tool", output: "noon" },
      entry("a", 3),
    ]);
    expect(ids(timeline)).toEqual(["q", "t", "a"]);
    expect(timeline[1]).toEqual({
      kind: "tool",
      at: 2,
      call: { id: "t", name: "clock", state: "done", output: "noon" },
    });
  });
});
