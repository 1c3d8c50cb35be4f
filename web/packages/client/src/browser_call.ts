// Puts a call together from what the browser offers. The only file of this package that reads browser globals.

import { Api } from "./api.ts";
import { AudioEngine } from "./audio.ts";
import { CallClient } from "./call.ts";
import { browserClock } from "./clock.ts";
import { Microphone } from "./microphone.ts";
import { storedPreferences } from "./preferences.ts";
import { WebRtcTransport } from "./webrtc.ts";

/** The page's audio: one context for silence, meters and the output's delay. */
export const pageAudio = new AudioEngine();

/** A call with the server at `baseUrl`; empty for the server that this page came from. */
export function createCall(baseUrl = ""): CallClient {
  const api = new Api(baseUrl);
  const mediaDevices: MediaDevices | undefined = navigator.mediaDevices;
  return new CallClient({
    createTransport: (events) =>
      new WebRtcTransport(
        {
          api,
          clock: browserClock,
          createPeer: (configuration) => new RTCPeerConnection(configuration),
          createStream: (tracks) => new MediaStream(tracks),
          createSilence: () => pageAudio.silence(),
          outputLatencyMs: () => pageAudio.outputLatencyMs(),
        },
        events,
      ),
    microphone: new Microphone(mediaDevices),
    preferences: storedPreferences(() => localStorage),
    clock: browserClock,
    resumeAudio: () => pageAudio.resume(),
    canChooseOutput: "setSinkId" in HTMLMediaElement.prototype,
    page: window,
  });
}
