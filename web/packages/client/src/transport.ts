// The seam between a call and how it travels. A transport carries messages both ways, the microphone out and the
// agent's voice in; whether by tracks, a data channel or a WebSocket is its own affair.

import type { PlaybackOutput } from "./playback.ts";
import type { ClientMessage, ServerMessage } from "./protocol.ts";
import type { JoinRequest } from "./state.ts";

export interface TransportEvents {
  message(message: ServerMessage): void;
  iceChanged(state: RTCIceConnectionState): void;
  outputOpened(stream: MediaStream): void;
  /** The connection is gone and nobody asked for it. Nothing follows. */
  lost(reason: string): void;
}

export interface Transport extends PlaybackOutput {
  /** Resolves when everything is on its way; the server's `session` message says that the call stands. May reject. */
  connect(request: JoinRequest, microphone: MediaStreamTrack | null): Promise<void>;
  /** False when the message cannot be sent now. */
  send(message: ClientMessage): boolean;
  /** Null sends silence instead, so that a microphone can come later. */
  replaceMicrophone(track: MediaStreamTrack | null): Promise<void>;
  /** Lets what was sent go out, then hangs up. Idempotent; no event follows. */
  close(): void;
}

export type TransportFactory = (events: TransportEvents) => Transport;

/** A server message, or null when the text is not one. */
export function parseServerMessage(data: unknown): ServerMessage | null {
  if (typeof data !== "string") return null;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const isMessage = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
  return isMessage ? (value as ServerMessage) : null;
}
