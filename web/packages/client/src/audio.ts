// The page's one AudioContext: silence to send without a microphone, levels for meters, the output's delay.

export interface SilentTrack {
  track: MediaStreamTrack;
  stop(): void;
}

export interface LevelReader {
  /** Loudness now, 0 to 1 on a decibel scale: 0 is -60 dBFS and less, 1 is full scale. */
  read(): number;
  stop(): void;
}

const QUIETEST_DB = -60;

export class AudioEngine {
  #context: AudioContext | null = null;

  constructor(private readonly createContext: () => AudioContext = () => new AudioContext()) {}

  /** To be called from a click: browsers keep a context silent that no gesture has started. */
  resume(): void {
    // The promise stays open as long as the browser waits for a gesture: nobody may wait for it.
    if (this.context().state === "suspended") void this.context().resume();
  }

  silence(): SilentTrack {
    const destination = this.context().createMediaStreamDestination();
    const [track] = destination.stream.getAudioTracks();
    if (track === undefined) throw new Error("A media stream destination has one audio track");
    return { track, stop: () => track.stop() };
  }

  levels(stream: MediaStream): LevelReader {
    const context = this.context();
    const source = context.createMediaStreamSource(stream);
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return {
      read: () => {
        analyser.getFloatTimeDomainData(samples);
        return loudness(samples);
      },
      stop: () => source.disconnect(),
    };
  }

  /** Milliseconds between a rendered sample and the loudspeaker; 0 where the browser does not say. */
  outputLatencyMs(): number {
    const latency: number | undefined = this.#context?.outputLatency;
    return latency === undefined || !Number.isFinite(latency) ? 0 : latency * 1000;
  }

  private context(): AudioContext {
    this.#context ??= this.createContext();
    return this.#context;
  }
}

/** Root mean square of samples in -1..1, on a decibel scale from 0 (silence) to 1 (full scale). */
export function loudness(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = 10 * Math.log10(power);
  return Math.min(1, Math.max(0, 1 - decibels / QUIETEST_DB));
}
