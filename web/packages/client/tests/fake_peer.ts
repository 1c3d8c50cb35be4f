// A peer connection, written by hand, and a transport over it.

import type { JoinRequest, ServerMessage } from "../src/index.ts";
import { Api, WebRtcTransport } from "../src/index.ts";
import { FakeTrack, fakeStream, ManualClock, settled } from "./fakes.ts";

export const grant = {
  session_id: "s 1",
  conversation_id: "c1",
  token: "secret",
  ice_servers: [{ urls: "turn:example.org", username: "u", credential: "p" }],
  status: "ready",
};

class FakeChannel {
  readyState = "connecting";
  readonly sent: string[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = "closed";
  }
}

const wish: JoinRequest = { conversationId: "c1", voice: "en" };

export class FakeReceiver {
  track = new FakeTrack();
  sources: { rtpTimestamp?: number }[] = [];
  stats = new Map([["in", { type: "inbound-rtp", jitterBufferDelay: 8, jitterBufferEmittedCount: 100 }]]);
  getSynchronizationSources() {
    return this.sources;
  }
  getStats() {
    return Promise.resolve(this.stats);
  }
}

class FakePeer {
  iceGatheringState = "new";
  iceConnectionState = "new";
  connectionState = "new";
  localDescription: { sdp: string } | null = null;
  remote: unknown = null;
  readonly order: string[] = [];
  readonly channel = new FakeChannel();
  readonly sender = { tracks: [] as unknown[], replaceTrack: (track: unknown) => Promise.resolve(this.sender.tracks.push(track)) };
  onicegatheringstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: ((event: unknown) => void) | null = null;

  createDataChannel(label: string, options: unknown) {
    this.order.push(`channel ${label} ${JSON.stringify(options)}`);
    return this.channel;
  }
  addTransceiver(track: unknown) {
    this.order.push("track");
    this.sender.tracks.push(track);
    return { sender: this.sender };
  }
  setLocalDescription() {
    this.order.push("offer");
    this.localDescription = { sdp: "the offer" };
    return Promise.resolve();
  }
  setRemoteDescription(description: unknown) {
    this.remote = description;
    return Promise.resolve();
  }
  close() {
    this.connectionState = "closed";
  }
  gathered() {
    this.iceGatheringState = "complete";
    this.localDescription = { sdp: "the offer with candidates" };
    this.onicegatheringstatechange?.();
  }
  becomes(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

/** A transport over a peer connection and a server that the test turns as it likes. */
export function setUp(respond?: (path: string) => Response) {
  const clock = new ManualClock();
  const peer = new FakePeer();
  const requests: { path: string; init: RequestInit | undefined }[] = [];
  const configurations: RTCConfiguration[] = [];
  const happened: unknown[] = [];
  const messages: ServerMessage[] = [];
  const silent = new FakeTrack();
  const answer = (path: string) =>
    path.includes("/sdp/") ? new Response("the answer") : Response.json(grant, { status: 201 });
  const api = new Api("", (path, init) => {
    requests.push({ path, init });
    return Promise.resolve((respond ?? answer)(path));
  });
  const parts = {
    api,
    clock,
    createPeer: (configuration: RTCConfiguration) => {
      configurations.push(configuration);
      return peer as unknown as RTCPeerConnection;
    },
    createStream: () => fakeStream(),
    createSilence: () => ({ track: silent as unknown as MediaStreamTrack, stop: () => silent.stop() }),
    outputLatencyMs: () => 10,
  };
  const transport = new WebRtcTransport(parts, {
    message: (message) => messages.push(message),
    iceChanged: (state) => happened.push(`ice ${state}`),
    outputOpened: (stream) => happened.push(stream),
    lost: (reason) => happened.push(`lost: ${reason}`),
  });
  const connect = async (track: FakeTrack | null = new FakeTrack(), request: JoinRequest = wish) => {
    const connected = transport.connect(request, track as unknown as MediaStreamTrack);
    await settled();
    peer.gathered();
    await connected;
    peer.channel.readyState = "open";
  };
  return { clock, peer, requests, configurations, happened, messages, silent, transport, connect };
}
