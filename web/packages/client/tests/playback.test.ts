import { describe, expect, it } from "vitest";
import type { PlaybackReading, PlayingItem } from "../src/index.ts";
import { playedMs, PlaybackReporter, rtpDifference, untilAudibleMs } from "../src/index.ts";
import { ManualClock } from "./fakes.ts";

const item = (rtpTimestamp: number | null): PlayingItem => ({ itemId: "i", rtpTimestamp, arrivedAt: 1_000 });
const reading = (more: Partial<PlaybackReading>): PlaybackReading => ({
  now: 1_000,
  rtpTimestamp: null,
  jitterBufferMs: 0,
  outputLatencyMs: 0,
  ...more,
});

describe("RTP arithmetic", () => {
  it("counts across the wrap of 32 bits in both directions", () => {
    expect(rtpDifference(10, 4)).toBe(6);
    expect(rtpDifference(5, 2 ** 32 - 5)).toBe(10);
    expect(rtpDifference(2 ** 32 - 5, 5)).toBe(-10);
  });

  it("reports nothing before the first sample is rendered", () => {
    expect(playedMs(item(48_000), reading({ rtpTimestamp: 47_040 }))).toBe(0);
    expect(playedMs(item(100), reading({ rtpTimestamp: 2 ** 32 - 860 }))).toBe(0);
    expect(playedMs(item(100), reading({ rtpTimestamp: null, now: 60_000 }))).toBe(0);
  });

  it("reports rendered samples less the delay to the loudspeaker", () => {
    expect(playedMs(item(1_000), reading({ rtpTimestamp: 49_000 }))).toBe(1_000);
    expect(playedMs(item(1_000), reading({ rtpTimestamp: 49_000, outputLatencyMs: 40 }))).toBe(960);
    expect(playedMs(item(2 ** 32 - 24_000), reading({ rtpTimestamp: 24_000 }))).toBe(1_000);
    expect(playedMs(item(1_000), reading({ rtpTimestamp: 1_480, outputLatencyMs: 40 }))).toBe(0);
  });

  it("counts from the message where nobody tells timestamps, less the jitter buffer", () => {
    expect(playedMs(item(null), reading({ now: 1_500, jitterBufferMs: 80 }))).toBe(420);
    expect(playedMs(item(77), reading({ now: 1_500, rtpTimestamp: undefined, outputLatencyMs: 20 }))).toBe(480);
    expect(playedMs(item(null), reading({ now: 1_050, jitterBufferMs: 80 }))).toBe(0);
  });

  it("says when an announced item becomes audible", () => {
    expect(untilAudibleMs(item(4_800), reading({ rtpTimestamp: 0 }))).toBe(100);
    expect(untilAudibleMs(item(0), reading({ rtpTimestamp: 4_800 }))).toBe(0);
    expect(untilAudibleMs(item(null), reading({ rtpTimestamp: 4_800 }))).toBe(0);
    expect(untilAudibleMs(item(4_800), reading({}))).toBe(0);
  });
});

/** A reporter over an output whose track stands at `rendered`, with every item's start in its name's place. */
function reporter() {
  const clock = new ManualClock();
  const said: unknown[] = [];
  const output = {
    rendered: 0,
    enabled: true,
    playedMs: (playing: PlayingItem) => playedMs(playing, reading({ rtpTimestamp: output.rendered })),
    untilAudibleMs: (playing: PlayingItem) => untilAudibleMs(playing, reading({ rtpTimestamp: output.rendered })),
    setOutputEnabled: (enabled: boolean) => (output.enabled = enabled),
  };
  const playback = new PlaybackReporter(clock, output, ({ item_id: id, played_ms: ms, final }) => {
    said.push(final ? [id, ms, "final"] : [id, ms]);
  });
  const run = (ms: number) => {
    output.rendered += ms * 48;
    clock.advance(ms);
  };
  return { clock, output, playback, said, run };
}

describe("playback reports", () => {
  it("reports four times a second while an item plays", () => {
    const { playback, said, run } = reporter();
    playback.start("a", 0);
    for (let quarter = 0; quarter < 4; quarter++) run(250);
    expect(said).toEqual([
      ["a", 250],
      ["a", 500],
      ["a", 750],
      ["a", 1_000],
    ]);
  });

  it("is silent at once on a flush and answers with what was heard", () => {
    const { output, playback, said, run, clock } = reporter();
    playback.start("a", 0);
    run(100);
    playback.flush("a");
    expect(output.enabled).toBe(false);
    expect(said).toEqual([["a", 100, "final"]]);
    expect(clock.pending).toBe(0);
  });

  it("answers a flush of something that was never heard with nothing", () => {
    const { output, playback, said } = reporter();
    playback.start("a", 480);
    playback.flush("a");
    playback.flush("b");
    expect(said).toEqual([
      ["a", 0, "final"],
      ["b", 0, "final"],
    ]);
    expect(output.enabled).toBe(false);
  });

  it("stays silent until the next item is really next", () => {
    const { output, playback, run } = reporter();
    playback.start("a", 0);
    run(100);
    playback.flush("a");
    playback.start("b", output.rendered + 60 * 48);
    run(50);
    expect(output.enabled).toBe(false);
    run(20);
    expect(output.enabled).toBe(true);
  });

  it("never waits long for sound, whatever the timestamps say", () => {
    const { output, playback, run } = reporter();
    playback.flush("a");
    playback.start("b", 10_000 * 48);
    run(500);
    expect(output.enabled).toBe(true);
  });

  it("reports the last words of an item after the next was announced", () => {
    const { output, playback, said, run } = reporter();
    playback.start("a", 0);
    run(200);
    playback.start("b", output.rendered + 100 * 48);
    run(250);
    expect(said).toEqual([
      ["a", 450],
      ["b", 150],
    ]);
    run(250);
    expect(said.slice(2)).toEqual([["b", 400]]);
  });

  it("does not silence the newer item when an older one is flushed late", () => {
    const { output, playback, run } = reporter();
    playback.start("a", 0);
    run(100);
    playback.start("b", output.rendered);
    playback.flush("a");
    expect(output.enabled).toBe(true);
  });

  it("stops reporting once the agent is done and the buffers are empty, and still answers a late flush", () => {
    const { playback, said, run, clock } = reporter();
    playback.start("a", 0);
    playback.settle();
    for (let quarter = 0; quarter < 20; quarter++) run(250);
    expect(clock.pending).toBe(0);
    expect(said).toHaveLength(6);
    playback.flush("a");
    expect(said.at(-1)).toEqual(["a", 5_000, "final"]);
  });

  it("leaves a finished item alone when the next begins", () => {
    const { output, playback, said, run } = reporter();
    playback.start("a", 0);
    playback.settle();
    for (let quarter = 0; quarter < 8; quarter++) run(250);
    said.length = 0;
    playback.start("b", output.rendered);
    run(250);
    expect(said).toEqual([["b", 250]]);
  });
});
