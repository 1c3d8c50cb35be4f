// How much of an item of speech this device has really played. Pure arithmetic, and the reporter that sends it.

import type { Clock } from "./clock.ts";
import type { Playback } from "./protocol.ts";

export const REPORT_EVERY_MS = 250;
/** Reports go on this long after the agent is done: the last words are still in the jitter buffer then. */
export const SETTLE_MS = 1_500;
/** Nobody waits longer than this for speech to become audible again. */
const LONGEST_MUTE_MS = 500;
const RTP_UNITS_PER_MS = 48;

export type PlayingItem = {
  itemId: string;
  /** Where the item begins on the track: 48 kHz, modulo 2**32; null when the server does not say. */
  rtpTimestamp: number | null;
  /** When the announcement came, on the page's clock. */
  arrivedAt: number;
};

export type PlaybackReading = {
  now: number;
  /** What the receiver has just rendered; null when nothing came yet, undefined when the browser cannot tell. */
  rtpTimestamp: number | null | undefined;
  jitterBufferMs: number;
  outputLatencyMs: number;
};

/** `a - b` for timestamps that wrap at 2**32 (RFC 3550, 5.1): differences above 2**31 are negative. */
export function rtpDifference(a: number, b: number): number {
  return (a - b) | 0;
}

/** Milliseconds of the item that have left the loudspeaker, never negative. */
export function playedMs(item: PlayingItem, reading: PlaybackReading): number {
  if (item.rtpTimestamp === null || reading.rtpTimestamp === undefined) {
    return clamp(reading.now - item.arrivedAt - reading.jitterBufferMs - reading.outputLatencyMs);
  }
  if (reading.rtpTimestamp === null) return 0;
  const rendered = rtpDifference(reading.rtpTimestamp, item.rtpTimestamp) / RTP_UNITS_PER_MS;
  return clamp(rendered - reading.outputLatencyMs);
}

/** Milliseconds until the item's first sample is rendered; 0 when that cannot be known. */
export function untilAudibleMs(item: PlayingItem, reading: PlaybackReading): number {
  if (item.rtpTimestamp === null || typeof reading.rtpTimestamp !== "number") return 0;
  return clamp(rtpDifference(item.rtpTimestamp, reading.rtpTimestamp) / RTP_UNITS_PER_MS);
}

function clamp(ms: number): number {
  return Math.max(0, Math.round(ms));
}

export interface PlaybackOutput {
  playedMs(item: PlayingItem): number;
  untilAudibleMs(item: PlayingItem): number;
  setOutputEnabled(enabled: boolean): void;
}

/** Sends `playback` while items play, and answers a flush at once: silence first, then the final figure. */
export class PlaybackReporter {
  /** What may be sounding, oldest first: one item, or two while the next is announced and the last still plays. */
  #items: PlayingItem[] = [];
  #cancelReport: () => void = () => undefined;
  #cancelUnmute: () => void = () => undefined;
  #stopAt = Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly output: PlaybackOutput,
    private readonly send: (message: Playback) => void,
  ) {}

  start(itemId: string, rtpTimestamp: number | null): void {
    const now = this.clock.now();
    const item = { itemId, rtpTimestamp, arrivedAt: now };
    // Items that are through were kept for a late flush; they have had their last report.
    this.#items = now < this.#stopAt ? [...this.#items, item] : [item];
    this.#stopAt = Infinity;
    this.#unmute(Math.min(this.output.untilAudibleMs(item), LONGEST_MUTE_MS));
    this.#schedule();
  }

  /** Silence, then what was heard. An item that was never announced was not heard at all. */
  flush(itemId: string): void {
    const index = this.#items.findIndex((item) => item.itemId === itemId);
    const item = this.#items[index];
    if (item === undefined || index === this.#items.length - 1) {
      this.#cancelUnmute();
      this.output.setOutputEnabled(false);
    }
    const heard = item === undefined ? 0 : this.output.playedMs(item);
    this.send({ type: "playback", item_id: itemId, played_ms: heard, final: true });
    this.#items = this.#items.filter((other) => other !== item);
    if (this.#items.length === 0) this.#cancelReport();
  }

  /** The agent has no more to say: the reports end once the buffers must be empty. */
  settle(): void {
    this.#stopAt = Math.min(this.#stopAt, this.clock.now() + SETTLE_MS);
  }

  stop(): void {
    this.#cancelUnmute();
    this.#cancelReport();
    this.#items = [];
  }

  #unmute(afterMs: number): void {
    this.#cancelUnmute();
    if (afterMs === 0) this.output.setOutputEnabled(true);
    else this.#cancelUnmute = this.clock.after(afterMs, () => this.output.setOutputEnabled(true));
  }

  #schedule(): void {
    this.#cancelReport();
    this.#cancelReport = this.clock.after(REPORT_EVERY_MS, () => {
      this.#report();
      if (this.clock.now() < this.#stopAt) this.#schedule();
    });
  }

  /** Every item once; items before one that is audible have had their last report. */
  #report(): void {
    const figures = this.#items.map((item) => this.output.playedMs(item));
    this.#items.forEach((item, index) => {
      this.send({ type: "playback", item_id: item.itemId, played_ms: figures[index] ?? 0 });
    });
    this.#items = this.#items.slice(Math.max(0, figures.findLastIndex((figure) => figure > 0)));
  }
}
