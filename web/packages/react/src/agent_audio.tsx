import { useEffect, useRef } from "react";

export type AgentAudioProps = { stream: MediaStream | null; muted: boolean; outputId: string };

/** Plays the agent's voice. One of these has to be on the page for the agent to be heard. */
export function AgentAudio({ stream, muted, outputId }: AgentAudioProps) {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current;
    if (audio === null) return;
    audio.srcObject = stream;
    // Joining is a click, so playing is allowed; where it is not, the browser plays when the person next touches the page.
    if (stream !== null) void audio.play().catch(() => playAtNextGesture(audio));
  }, [stream]);
  useEffect(() => {
    const audio = element.current;
    // A device that has gone since it was chosen leaves the sound on the default one.
    if (audio !== null && "setSinkId" in audio) void audio.setSinkId(outputId).catch(() => audio.setSinkId(""));
  }, [outputId]);
  return <audio ref={element} data-agent autoPlay muted={muted} />;
}

function playAtNextGesture(audio: HTMLAudioElement): void {
  document.addEventListener("pointerdown", () => void audio.play(), { once: true });
}
