import type { Microphone, MicrophoneResult } from "./microphone.ts";

/** The microphone's stream while a call has one: opens it, switches it, and gives it back. */
export class MicrophoneInput {
  #stream: MediaStream | null = null;

  /** `onEnded` is called when the device is unplugged or taken away. */
  constructor(
    private readonly microphone: Microphone,
    private readonly onEnded: () => void,
  ) {}

  get track(): MediaStreamTrack | null {
    return this.#stream?.getAudioTracks()[0] ?? null;
  }

  /** Null when nobody wants the stream any more by the time it is granted; it is given back then. */
  async open(deviceId: string, isWanted: () => boolean): Promise<MicrophoneResult | null> {
    const result = await this.microphone.open(deviceId);
    if (!isWanted()) {
      stop(result.stream);
      return null;
    }
    this.release();
    this.#stream = result.stream;
    const { track } = this;
    if (track !== null) {
      track.onended = () => {
        this.#stream = null;
        this.onEnded();
      };
    }
    return result;
  }

  setEnabled(enabled: boolean): void {
    if (this.track !== null) this.track.enabled = enabled;
  }

  release(): void {
    stop(this.#stream);
    this.#stream = null;
  }
}

function stop(stream: MediaStream | null): void {
  stream?.getTracks().forEach((track) => track.stop());
}
