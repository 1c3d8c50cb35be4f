import { pageAudio } from "@antiphon/client";
import { useEffect, useRef } from "react";

const BARS = 28;
const FRAME_MS = 50;
/** With reduced motion the figure is shown calmly, four times a second, and nothing travels. */
const CALM_FRAME_MS = 250;

export type LevelMeterProps = { stream: MediaStream | null; label: string; towards: "left" | "right" };

/** How loud a stream is, as bars that travel outward from now. Still where the person asks for reduced motion. */
export function LevelMeter({ stream, label, towards }: LevelMeterProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const meter = element.current;
    if (stream === null || meter === null || stream.getAudioTracks().length === 0) return;
    return showLevels(stream, meter);
  }, [stream]);
  return (
    <div
      ref={element}
      className="an-meter"
      data-towards={towards}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      {Array.from({ length: BARS }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  );
}

/** Runs outside React: twenty frames a second of a state nobody else needs. */
function showLevels(stream: MediaStream, meter: HTMLElement): () => void {
  const reader = pageAudio.levels(stream);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const bars = [...meter.children] as HTMLElement[];
  const levels = new Array<number>(BARS).fill(0);
  let lastFrame = 0;
  let frame = requestAnimationFrame(function draw(now) {
    frame = requestAnimationFrame(draw);
    if (now - lastFrame < (calm.matches ? CALM_FRAME_MS : FRAME_MS)) return;
    lastFrame = now;
    const level = reader.read();
    levels.unshift(level);
    levels.length = BARS;
    bars.forEach((bar, index) => {
      const shown = calm.matches ? (level * BARS > index ? 0.5 : 0) : (levels[index] ?? 0);
      bar.style.transform = `scaleY(${Math.max(0.08, shown).toFixed(2)})`;
    });
    meter.setAttribute("aria-valuenow", Math.round(level * 100).toString());
  });
  return () => {
    cancelAnimationFrame(frame);
    reader.stop();
    for (const bar of bars) bar.style.transform = "";
    meter.setAttribute("aria-valuenow", "0");
  };
}
