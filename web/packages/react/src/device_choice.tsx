import type { DeviceChoice as Device } from "@antiphon/client";
import { NO_MICROPHONE } from "@antiphon/client";
import { useId } from "react";
import type { RealtimeAgent } from "./use_realtime_agent.ts";

type DeviceChoiceProps = Pick<RealtimeAgent, "devices" | "chooseDevice">;

/** Which microphone to speak into and which speaker to hear from. */
export function DeviceChoice({ devices, chooseDevice }: DeviceChoiceProps) {
  return (
    <div className="an-devices">
      <Choice
        label="Microphone"
        value={devices.inputId}
        devices={devices.inputs}
        onChange={(id) => chooseDevice("input", id)}
        last={{ id: NO_MICROPHONE, label: "No microphone, type only" }}
      />
      {devices.canChooseOutput && devices.outputs.length > 0 && (
        <Choice
          label="Speaker"
          value={devices.outputId}
          devices={devices.outputs}
          onChange={(id) => chooseDevice("output", id)}
        />
      )}
    </div>
  );
}

type ChoiceProps = {
  label: string;
  value: string;
  devices: readonly Device[];
  onChange: (id: string) => void;
  last?: Device;
};

function Choice({ label, value, devices, onChange, last }: ChoiceProps) {
  const id = useId();
  const offered = [{ id: "", label: "System default" }, ...devices, ...(last ? [last] : [])];
  const known = offered.some((device) => device.id === value);
  return (
    <div className="an-field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={known ? value : ""} onChange={(event) => onChange(event.target.value)}>
        {offered.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  );
}
