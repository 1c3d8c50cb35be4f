"""From the end of a person's speech to the first sound of the offline agent's answer.

Run ``uv run benchmarks/voice.py``: a real server process, a real WebRTC connection on this machine, synthesised speech.
Three figures for each turn:

- heard: from the last loud sample that the person sent to the first loud frame they received (looked at every 20 ms, so
  up to 20 ms late): both directions of the network code and both jitter buffers are in it;
- server: the same between the recogniser's and the playout's ends, as the server measures it (its ``latency`` message);
- ours: the server's figure less the silence that the turn detector waited for and the time the recogniser took.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from footprint import resident_mb, start_server

from antiphon.edges.webrtc.internals import use_host_addresses
from antiphon.media.levels import rms_dbfs
from antiphon.media.pcm import PcmData
from antiphon.testing.person import Person, answered, sounding
from antiphon.testing.sounds import read_wav
from antiphon.wire import browser

SPEECH = Path(__file__).parents[1] / "tests" / "data" / "speech"
SENTENCES = ("what_time_is_it", "seven_times_six", "convert_ten_miles", "what_day_is_it", "help")
ROUNDS = 4


def without_trailing_silence(sound: PcmData) -> PcmData:
    pieces = list(sound.chunks(sound.sample_rate // 100))
    while pieces and rms_dbfs(pieces[-1].samples) < -45:
        pieces.pop()
    return PcmData.concat(pieces)


async def turn(person: Person, sound: PcmData) -> tuple[float, browser.TurnLatency]:
    known = len(person.got(browser.LatencyMeasured))
    await person.say(sound)
    said = time.perf_counter()
    await person.hear(until=sounding(20), within_s=15)
    heard = (time.perf_counter() - said) * 1000
    await person.hear(until=answered, within_s=30)
    await person.pause(0.5)
    return heard, person.got(browser.LatencyMeasured)[known].data


def row(name: str, values: list[float]) -> str:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return f"{name:<10}{statistics.median(values):7.0f} ms p50 {p95:7.0f} ms p95   {len(values)} turns"


async def main() -> None:
    use_host_addresses(("127.0.0.1",))
    heard, server, ours = [], [], []
    with tempfile.TemporaryDirectory() as directory:
        process, url, _ = await start_server(directory)
        try:
            before = resident_mb(process.pid)
            async with Person.call(url) as person:
                await person.ready()
                await person.hear(until=answered, within_s=30)
                for _ in range(ROUNDS):
                    for name in SENTENCES:
                        ms, latency = await turn(person, without_trailing_silence(read_wav(SPEECH / f"{name}.wav")))
                        heard.append(ms)
                        if latency.first_audio_ms is not None and latency.transcript_ms is not None:
                            server.append(latency.first_audio_ms)
                            ours.append(latency.first_audio_ms - latency.transcript_ms)
                after = resident_mb(process.pid)
        finally:
            process.terminate()
            await process.wait()
    print(row("heard", heard) + "   (target p50 500)")
    print(row("server", server))
    print(row("ours", ours) + "   (after the recogniser; the synthesiser's first sound is in it; target 20)")
    print(f"one call takes {after[0] - before[0]:.1f} MB in the server, {after[1] - before[1]:.1f} MB with its workers")


if __name__ == "__main__":
    asyncio.run(main())
