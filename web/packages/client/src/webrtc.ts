// A call over WebRTC: the session and SDP routes, tracks for sound, the data channel `antiphon` for messages.

import type { Api, SessionGrant } from "./api.ts";
import { ApiError } from "./api.ts";
import type { SilentTrack } from "./audio.ts";
import type { Clock } from "./clock.ts";
import type { PlaybackReading, PlayingItem } from "./playback.ts";
import { playedMs, untilAudibleMs } from "./playback.ts";
import type { ClientMessage } from "./protocol.ts";
import type { JoinRequest } from "./state.ts";
import type { Transport, TransportEvents } from "./transport.ts";
import { parseServerMessage } from "./transport.ts";

export const GATHERING_LIMIT_MS = 2_000;
/** A network change often heals by itself; only after this long is the connection given up. */
export const DISCONNECTED_LIMIT_MS = 5_000;
/** Time for the last message to leave before the peer connection takes the channel down with it. */
const FAREWELL_MS = 300;

export type WebRtcParts = {
  api: Api;
  clock: Clock;
  createPeer: (configuration: RTCConfiguration) => RTCPeerConnection;
  createStream: (tracks: MediaStreamTrack[]) => MediaStream;
  createSilence: () => SilentTrack;
  outputLatencyMs: () => number;
};

export class WebRtcTransport implements Transport {
  readonly #abort = new AbortController();
  #peer: RTCPeerConnection | null = null;
  #channel: RTCDataChannel | null = null;
  #sender: RTCRtpSender | null = null;
  #receiver: RTCRtpReceiver | null = null;
  #silence: SilentTrack | null = null;
  #isOutputEnabled = true;
  #jitterBufferMs = 0;
  #cancelPatience: () => void = () => undefined;
  /** The session that nobody but this attempt knows of, until the call stands in it. */
  #unjoined: SessionGrant | null = null;

  constructor(
    private readonly parts: WebRtcParts,
    private readonly events: TransportEvents,
  ) {}

  async connect(request: JoinRequest, microphone: MediaStreamTrack | null): Promise<void> {
    const { api, clock, createPeer } = this.parts;
    const { signal } = this.#abort;
    // Not aborted with the rest: only its answer says which session there is to end.
    const grant = await api.startSession(request);
    // In a conversation that was there before, other devices may be.
    if (request.conversationId === undefined) this.#unjoined = grant;
    if (signal.aborted) this.#endUnjoined();
    signal.throwIfAborted();
    const peer = createPeer({ iceServers: grant.ice_servers });
    this.#peer = peer;
    this.#watchPeer(peer);
    this.#watchChannel(peer.createDataChannel("antiphon", { ordered: true }));
    const track = microphone ?? this.#silentTrack();
    this.#sender = peer.addTransceiver(track, { direction: "sendrecv" }).sender;
    await peer.setLocalDescription();
    await gatheringComplete(peer, clock);
    signal.throwIfAborted();
    const answer = await api.exchangeSdp(grant, peer.localDescription?.sdp ?? "", signal);
    signal.throwIfAborted();
    await peer.setRemoteDescription({ type: "answer", sdp: answer });
  }

  send(message: ClientMessage): boolean {
    if (this.#channel?.readyState !== "open") return false;
    this.#channel.send(JSON.stringify(message));
    return true;
  }

  async replaceMicrophone(track: MediaStreamTrack | null): Promise<void> {
    if (this.#abort.signal.aborted) return;
    await this.#sender?.replaceTrack(track ?? this.#silentTrack());
  }

  setOutputEnabled(enabled: boolean): void {
    this.#isOutputEnabled = enabled;
    if (this.#receiver !== null) this.#receiver.track.enabled = enabled;
  }

  playedMs(item: PlayingItem): number {
    return playedMs(item, this.#reading(item));
  }

  untilAudibleMs(item: PlayingItem): number {
    return untilAudibleMs(item, this.#reading(item));
  }

  close(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#cancelPatience();
    this.#silence?.stop();
    this.setOutputEnabled(false);
    this.#endUnjoined();
    this.#channel?.close();
    const peer = this.#peer;
    if (peer === null) return;
    if (peer.connectionState === "connected") this.parts.clock.after(FAREWELL_MS, () => peer.close());
    else peer.close();
  }

  /** Ends the session of an attempt that was given up. Without it, the server waits a minute for somebody to come. */
  #endUnjoined(): void {
    const grant = this.#unjoined;
    this.#unjoined = null;
    if (grant === null) return;
    this.parts.api.endSession(grant).catch((error: unknown) => {
      // The session may be over already, or the server away; either way nobody is left to be told.
      if (!(error instanceof ApiError)) throw error;
    });
  }

  #silentTrack(): MediaStreamTrack {
    this.#silence ??= this.parts.createSilence();
    return this.#silence.track;
  }

  #reading(item: PlayingItem): PlaybackReading {
    const [source] = this.#receiver?.getSynchronizationSources() ?? [];
    const rtpTimestamp = source === undefined ? null : (source.rtpTimestamp as number | undefined);
    if (item.rtpTimestamp === null || rtpTimestamp === undefined) this.#measureJitterBuffer();
    return {
      now: this.parts.clock.now(),
      rtpTimestamp,
      jitterBufferMs: this.#jitterBufferMs,
      outputLatencyMs: this.parts.outputLatencyMs(),
    };
  }

  /** Statistics come later than they are asked for: the next reading has them. */
  #measureJitterBuffer(): void {
    void this.#receiver?.getStats().then((report) => {
      report.forEach((entry: { type: string; jitterBufferDelay?: number; jitterBufferEmittedCount?: number }) => {
        const { type, jitterBufferDelay: delay, jitterBufferEmittedCount: count } = entry;
        if (type === "inbound-rtp" && delay !== undefined && count) this.#jitterBufferMs = (delay / count) * 1000;
      });
    });
  }

  #watchChannel(channel: RTCDataChannel): void {
    this.#channel = channel;
    channel.onmessage = ({ data }) => {
      if (this.#abort.signal.aborted) return;
      const message = parseServerMessage(data);
      if (message?.type === "session") this.#unjoined = null;
      this.events.message(
        message ?? { type: "error", code: "bad_message", message: "The server sent a message that cannot be read." },
      );
    };
    channel.onclose = () => this.#lose("The connection to the server was closed.");
  }

  #watchPeer(peer: RTCPeerConnection): void {
    peer.ontrack = ({ receiver, track, streams }) => {
      if (track.kind !== "audio" || this.#abort.signal.aborted) return;
      this.#receiver = receiver;
      track.enabled = this.#isOutputEnabled;
      this.events.outputOpened(streams[0] ?? this.parts.createStream([track]));
    };
    peer.oniceconnectionstatechange = () => {
      if (!this.#abort.signal.aborted) this.events.iceChanged(peer.iceConnectionState);
    };
    peer.onconnectionstatechange = () => {
      this.#cancelPatience();
      const lost = () => this.#lose("The network connection to the server was lost.");
      if (peer.connectionState === "failed") lost();
      if (peer.connectionState === "disconnected") {
        this.#cancelPatience = this.parts.clock.after(DISCONNECTED_LIMIT_MS, lost);
      }
    };
  }

  #lose(reason: string): void {
    if (this.#abort.signal.aborted) return;
    this.close();
    this.events.lost(reason);
  }
}

/** Waits until all candidates are known, but no longer than the limit: what is known by then has to do. */
function gatheringComplete(peer: RTCPeerConnection, clock: Clock): Promise<void> {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(GATHERING_LIMIT_MS, resolve);
    peer.onicegatheringstatechange = () => {
      if (peer.iceGatheringState !== "complete") return;
      cancel();
      resolve();
    };
  });
}
