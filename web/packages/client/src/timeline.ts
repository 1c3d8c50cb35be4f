// What was said and done, in order. Pure: every function returns a new list or the same one.

import type { ToolCallState, TranscriptEntry } from "./protocol.ts";

export type EntryItem = {
  kind: "entry";
  at: number;
  entry: TranscriptEntry;
  /** Text that was already shown but never heard, because the agent was interrupted. */
  unheard: string;
};
export type ToolItem = { kind: "tool"; at: number; call: ToolCallState };
export type TimelineItem = EntryItem | ToolItem;
export type Timeline = readonly TimelineItem[];

/** An item of `GET /api/conversations/{id}`. */
export type HistoryItem = TranscriptEntry | (ToolCallState & { role: "tool"; at: number });

/** Adds an entry or replaces the one with its id. A new entry goes where its time belongs, whatever order it came in. */
export function putEntry(timeline: Timeline, entry: TranscriptEntry): Timeline {
  const index = timeline.findIndex((item) => item.kind === "entry" && item.entry.id === entry.id);
  const known = timeline[index];
  if (known?.kind === "entry") {
    return timeline.with(index, { ...known, entry, unheard: unheardText(known, entry) });
  }
  return insert(timeline, { kind: "entry", at: entry.at, entry, unheard: "" });
}

/** Adds a tool call or replaces the one with its id. Without a time of its own it follows what is there. */
export function putToolCall(timeline: Timeline, call: ToolCallState, at?: number): Timeline {
  const index = timeline.findIndex((item) => item.kind === "tool" && item.call.id === call.id);
  const known = timeline[index];
  if (known?.kind === "tool") {
    return timeline.with(index, { ...known, call: mergeCall(known.call, call) });
  }
  return insert(timeline, { kind: "tool", at: at ?? timeline.at(-1)?.at ?? 0, call });
}

export function timelineFromHistory(items: readonly HistoryItem[]): Timeline {
  return items.reduce<Timeline>((timeline, item) => {
    if (item.role === "tool") {
      const { role: _role, at, ...call } = item;
      return putToolCall(timeline, call, at);
    }
    return putEntry(timeline, item);
  }, []);
}

function insert(timeline: Timeline, item: TimelineItem): Timeline {
  const before = timeline.findLastIndex((other) => other.at <= item.at) + 1;
  return timeline.toSpliced(before, 0, item);
}

/** Later states of a call leave out what has been said before, such as its arguments. */
function mergeCall(old: ToolCallState, update: ToolCallState): ToolCallState {
  return { ...update, arguments: update.arguments ?? old.arguments ?? null, output: update.output ?? old.output ?? null };
}

function unheardText(known: EntryItem, entry: TranscriptEntry): string {
  if (!entry.interrupted) return "";
  const shown = known.entry.text + known.unheard;
  return shown.startsWith(entry.text) ? shown.slice(entry.text.length) : "";
}
