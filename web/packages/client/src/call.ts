// A call: runs the reducer's effects against a transport and the microphone. Thin; what to do is decided in reducer.ts.

import { ApiError } from "./api.ts";
import type { Clock } from "./clock.ts";
import type { Microphone } from "./microphone.ts";
import { MicrophoneInput } from "./microphone_input.ts";
import { PlaybackReporter } from "./playback.ts";
import type { Preferences } from "./preferences.ts";
import type { CallEffect, CallEvent, JoinRequest } from "./state.ts";
import { isInCall } from "./state.ts";
import { Store } from "./store.ts";
import type { Timeline } from "./timeline.ts";
import type { Transport, TransportEvents, TransportFactory } from "./transport.ts";

export type CallParts = {
  createTransport: TransportFactory;
  microphone: Microphone;
  preferences: Preferences;
  clock: Clock;
  /** Called within the click that joins, so that the browser lets the page make sound. */
  resumeAudio: () => void;
  canChooseOutput: boolean;
  /** Where `pagehide` is announced. */
  page: EventTarget;
};

export class CallClient {
  readonly #store = new Store();
  readonly subscribe = this.#store.subscribe;
  readonly getSnapshot = this.#store.getSnapshot;
  #transport: Transport | null = null;
  #playback: PlaybackReporter | null = null;
  readonly #input: MicrophoneInput;
  /** Cancels what is on its way: a pending attempt's delay and its time limit. */
  #cancelPending: () => void = () => undefined;

  constructor(private readonly parts: CallParts) {
    const { preferences, canChooseOutput } = parts;
    this.#input = new MicrophoneInput(parts.microphone, () => this.#microphoneEnded());
    const inputId = preferences.get("input") ?? "";
    const outputId = preferences.get("output") ?? "";
    this.#dispatch({ type: "devices_changed", devices: { inputId, outputId, canChooseOutput } });
  }

  /** Starts listening to the page and the device list. The returned function leaves the call and stops. */
  attach(): () => void {
    const onHide = () => this.leave();
    this.parts.page.addEventListener("pagehide", onHide);
    const unwatch = this.parts.microphone.watch(() => void this.#listDevices());
    void this.#listDevices();
    return () => {
      this.parts.page.removeEventListener("pagehide", onHide);
      unwatch();
      this.leave();
    };
  }

  /** `history` is what the conversation already holds, shown before what comes. */
  join(request: JoinRequest = {}, history: Timeline = []): void {
    this.#dispatch({ type: "join_requested", request, history });
  }

  retry(): void {
    this.#dispatch({ type: "retry_requested" });
  }

  leave(): void {
    if (this.getSnapshot().connectionState !== "idle") this.#dispatch({ type: "leave_requested" });
  }

  sendText(text: string): void {
    const trimmed = text.trim();
    if (trimmed !== "") this.#dispatch({ type: "text_submitted", text: trimmed });
  }

  interrupt(): void {
    this.#dispatch({ type: "interrupt_requested" });
  }

  /** Stops a tool that is running, `callId` as in its `ToolCallState`. */
  cancelTool(callId: string): void {
    this.#dispatch({ type: "tool_cancel_requested", callId });
  }

  toggleMute(): void {
    this.#dispatch({ type: "mute_toggled" });
  }

  toggleSpeaker(): void {
    this.#dispatch({ type: "speaker_toggled" });
  }

  dismissError(): void {
    this.#dispatch({ type: "error_dismissed" });
  }

  /** Asks for the microphone again and, in a call, starts sending it. */
  async retryMicrophone(): Promise<void> {
    if (!isInCall(this.getSnapshot())) return;
    await this.#openMicrophone();
    await this.#transport?.replaceMicrophone(this.#input.track);
  }

  /** Remembers the device and, in a call, changes to it at once. */
  async chooseDevice(kind: "input" | "output", id: string): Promise<void> {
    this.parts.preferences.set(kind, id);
    this.#dispatch({ type: "devices_changed", devices: kind === "input" ? { inputId: id } : { outputId: id } });
    if (kind === "input") await this.retryMicrophone();
  }

  #dispatch(event: CallEvent): void {
    for (const effect of this.#store.dispatch(event)) this.#run(effect);
  }

  #run(effect: CallEffect): void {
    switch (effect.type) {
      case "connect":
        return this.#connectLater(effect);
      case "disconnect":
        return this.#disconnect();
      case "release_microphone":
        return this.#releaseMicrophone();
      case "enable_microphone":
        return this.#input.setEnabled(effect.enabled);
      case "send":
        return void this.#transport?.send(effect.message);
      case "start_playback":
        return this.#playback?.start(effect.itemId, effect.rtpTimestamp);
      case "flush_playback":
        return this.#playback?.flush(effect.itemId);
      case "settle_playback":
        return this.#playback?.settle();
    }
  }

  #connectLater(effect: CallEffect & { type: "connect" }): void {
    if (effect.afterMs === 0) return this.#connect(effect);
    this.#cancelPending = this.parts.clock.after(effect.afterMs, () => this.#connect(effect));
  }

  #connect({ request, timeoutMs }: CallEffect & { type: "connect" }): void {
    const { clock, createTransport } = this.parts;
    const transport: Transport = createTransport(this.#eventsOf(() => transport));
    this.#transport = transport;
    this.#playback = new PlaybackReporter(clock, transport, (message) => transport.send(message));
    this.parts.resumeAudio();
    const attempt = async () => {
      if (this.#input.track === null) await this.#openMicrophone();
      if (this.#transport !== transport) return;
      this.#limit(transport, timeoutMs);
      await transport.connect(request, this.#input.track);
    };
    attempt().catch((error: unknown) => {
      if (this.#transport === transport) this.#lose(error);
    });
  }

  /** Gives an attempt up that has not brought the call to stand in time. */
  #limit(transport: Transport, timeoutMs: number): void {
    this.#cancelPending = this.parts.clock.after(timeoutMs, () => {
      if (this.#transport !== transport || this.getSnapshot().connectionState === "connected") return;
      this.#lose(new ApiError("The call could not be connected in time. A firewall may be in the way.", 0));
    });
  }

  /** Events of one transport; what a replaced one still says is not listened to. */
  #eventsOf(transport: () => Transport): TransportEvents {
    const dispatch = (event: CallEvent) => {
      if (this.#transport === transport()) this.#dispatch(event);
    };
    return {
      message: (message) => dispatch({ type: "message", message }),
      iceChanged: (state) => dispatch({ type: "ice_changed", state }),
      outputOpened: (stream) => dispatch({ type: "output_opened", stream }),
      lost: (reason) =>
        dispatch({ type: "transport_lost", now: this.parts.clock.now(), code: "connection_lost", reason, retriable: true }),
    };
  }

  #lose(error: unknown): void {
    const known = error instanceof ApiError;
    const reason = error instanceof Error ? error.message : "The call could not be connected.";
    const retriable = !known || error.isTransient;
    this.#dispatch({ type: "transport_lost", now: this.parts.clock.now(), code: "connect_failed", reason, retriable });
  }

  #disconnect(): void {
    this.#cancelPending();
    this.#playback?.stop();
    const transport = this.#transport;
    this.#transport = null;
    this.#playback = null;
    transport?.close();
  }

  async #openMicrophone(): Promise<void> {
    const transport = this.#transport;
    this.#input.release();
    this.#dispatch({ type: "microphone_changed", status: "asking", stream: null });
    const { inputId } = this.getSnapshot().devices;
    const result = await this.#input.open(inputId, () => this.#transport === transport);
    if (result === null) return;
    this.#dispatch({ type: "microphone_changed", ...result });
    await this.#listDevices();
  }

  /** The call goes on in silence. */
  #microphoneEnded(): void {
    this.#dispatch({ type: "microphone_changed", status: "missing", stream: null });
    void this.#transport?.replaceMicrophone(null);
  }

  #releaseMicrophone(): void {
    this.#input.release();
    this.#dispatch({ type: "microphone_changed", status: "off", stream: null });
  }

  async #listDevices(): Promise<void> {
    this.#dispatch({ type: "devices_changed", devices: await this.parts.microphone.list() });
  }
}
