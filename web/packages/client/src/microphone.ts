// The microphone and the list of devices. Owns getUserMedia and why it did not work; knows nothing of calls.

import type { DeviceChoice, Devices } from "./state.ts";

/**
 * `off`: nobody asked yet. `asking`: the browser shows its question. `on`: there is sound. `declined`: the person
 * chose to type. The others say why there is none.
 */
export type MicrophoneStatus =
  "off" | "asking" | "on" | "declined" | "denied" | "missing" | "busy" | "insecure" | "failed";

export function isUsable(status: MicrophoneStatus): boolean {
  return status === "on";
}

/** True when a microphone was wanted or declined and there is none: the call goes on by typing. */
export function isWithoutMicrophone(status: MicrophoneStatus): boolean {
  return !["off", "asking", "on"].includes(status);
}

const EXPLANATIONS: Record<MicrophoneStatus, string> = {
  off: "",
  asking: "Your browser is asking for the microphone. Allow it to speak; without it you can still type.",
  on: "",
  declined: "You joined without a microphone. You can type, and hear the answers.",
  denied: "The browser was not allowed to use the microphone. You can type; to speak, allow it in the address bar.",
  missing: "No microphone was found. You can type; to speak, connect one and try again.",
  busy: "The microphone is in use by another program. You can type; to speak, close that program and try again.",
  insecure: "Browsers only give the microphone to pages on HTTPS or localhost. You can type on this address.",
  failed: "The microphone could not be opened. You can type, or try again.",
};

/** One or two sentences for a person; empty when there is nothing to explain. */
export function explainMicrophone(status: MicrophoneStatus): string {
  return EXPLANATIONS[status];
}

/** The value of the device choice that means: no microphone, typing only. */
export const NO_MICROPHONE = "none";

export type MicrophoneResult = { status: MicrophoneStatus; stream: MediaStream | null };

export class Microphone {
  /** `mediaDevices` is undefined where the page is not in a secure context. */
  constructor(private readonly mediaDevices: MediaDevices | undefined) {}

  /** Asks for the microphone; never throws, the status says what happened. An unknown device gives the default one. */
  async open(deviceId: string): Promise<MicrophoneResult> {
    if (deviceId === NO_MICROPHONE) return { status: "declined", stream: null };
    if (this.mediaDevices === undefined) return { status: "insecure", stream: null };
    const audio: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    if (deviceId !== "") audio.deviceId = deviceId;
    try {
      return { status: "on", stream: await this.mediaDevices.getUserMedia({ audio }) };
    } catch (error) {
      return { status: statusOf(error), stream: null };
    }
  }

  /** The devices known now. Before permission is given browsers hide names and ids: those are left out. */
  async list(): Promise<Pick<Devices, "inputs" | "outputs">> {
    if (this.mediaDevices === undefined) return { inputs: [], outputs: [] };
    const devices = await this.mediaDevices.enumerateDevices();
    return { inputs: choices(devices, "audioinput"), outputs: choices(devices, "audiooutput") };
  }

  /** Calls back when devices come or go; the returned function stops it. */
  watch(onChange: () => void): () => void {
    this.mediaDevices?.addEventListener("devicechange", onChange);
    return () => this.mediaDevices?.removeEventListener("devicechange", onChange);
  }
}

function choices(devices: readonly MediaDeviceInfo[], kind: MediaDeviceKind): DeviceChoice[] {
  return devices
    .filter((device) => device.kind === kind && device.deviceId !== "" && device.deviceId !== "default")
    .map((device, index) => ({ id: device.deviceId, label: device.label || `Device ${index + 1}` }));
}

function statusOf(error: unknown): MicrophoneStatus {
  if (!(error instanceof DOMException)) return "failed";
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}
