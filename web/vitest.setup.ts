// What jsdom has not: sizes, sound and media queries. Each stand-in does nothing, as a page at rest would.

import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

class StillObserver implements ResizeObserver {
  observe(): void {
    return;
  }
  unobserve(): void {
    return;
  }
  disconnect(): void {
    return;
  }
}

class SilentAudioContext {
  state = "running";
  outputLatency = 0;
  createMediaStreamSource() {
    return { connect: () => undefined, disconnect: () => undefined };
  }
  createAnalyser() {
    return { fftSize: 1024, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(0) };
  }
}

Object.assign(globalThis, {
  ResizeObserver: StillObserver,
  AudioContext: SilentAudioContext,
  matchMedia: () => ({ matches: false }),
});
HTMLMediaElement.prototype.play = () => Promise.resolve();

afterEach(cleanup);
