// Stand-ins for the browser, written by hand: a clock that is turned, tracks, a peer connection, a transport.

import type { Clock, Transport, TransportEvents } from "../src/index.ts";
import type { ClientMessage, PlayingItem, Preferences } from "../src/index.ts";

export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Map<number, { at: number; run: () => void }>();
  #next = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + ms, run });
    return () => this.#timers.delete(id);
  }

  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#now = next[1].at;
      next[1].run();
    }
    this.#now = end;
  }
}

/** Lets promises that are ready settle. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

export class FakeTrack {
  kind = "audio";
  enabled = true;
  readyState = "live";
  onended: (() => void) | null = null;

  stop(): void {
    this.readyState = "ended";
  }
}

export function fakeStream(track = new FakeTrack()): MediaStream {
  const tracks = () => [track];
  return { getTracks: tracks, getAudioTracks: tracks } as unknown as MediaStream;
}

/** A device list and a permission that the test decides on. */
export class FakeMediaDevices extends EventTarget {
  devices: Partial<MediaDeviceInfo>[] = [];
  readonly asked: MediaStreamConstraints[] = [];
  readonly opened: FakeTrack[] = [];
  refusal: DOMException | null = null;

  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    this.asked.push(constraints);
    if (this.refusal !== null) return Promise.reject(this.refusal);
    const track = new FakeTrack();
    this.opened.push(track);
    return Promise.resolve(fakeStream(track));
  }

  enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return Promise.resolve(this.devices as MediaDeviceInfo[]);
  }
}

export function memoryPreferences(values: Record<string, string> = {}): Preferences {
  const map = new Map(Object.entries(values));
  return { get: (key) => map.get(key) ?? null, set: (key, value) => void map.set(key, value) };
}

export class FakeTransport implements Transport {
  readonly sent: ClientMessage[] = [];
  readonly microphones: (MediaStreamTrack | null)[] = [];
  isClosed = false;
  isOutputEnabled = true;
  played = 0;
  failure: Error | null = null;

  constructor(readonly events: TransportEvents) {}

  connect(_request: unknown, microphone: MediaStreamTrack | null): Promise<void> {
    this.microphones.push(microphone);
    return this.failure === null ? Promise.resolve() : Promise.reject(this.failure);
  }

  send(message: ClientMessage): boolean {
    this.sent.push(message);
    return true;
  }

  replaceMicrophone(track: MediaStreamTrack | null): Promise<void> {
    this.microphones.push(track);
    return Promise.resolve();
  }

  playedMs(_item: PlayingItem): number {
    return this.played;
  }

  untilAudibleMs(_item: PlayingItem): number {
    return 0;
  }

  setOutputEnabled(enabled: boolean): void {
    this.isOutputEnabled = enabled;
  }

  close(): void {
    this.isClosed = true;
  }
}
