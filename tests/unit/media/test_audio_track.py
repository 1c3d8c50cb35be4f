import numpy as np
import pytest

from antiphon.media.audio_track import AudioTrack
from antiphon.media.pcm import PcmData
from tests.unit.media.conftest import StepClock
from tests.unit.media.sounds import joined, level_at, ramp, strongest, tone


async def read(track: AudioTrack, frames: int) -> list[PcmData]:
    return [await track.recv() for _ in range(frames)]


async def test_a_burst_comes_out_in_real_time(clock: StepClock) -> None:
    track = AudioTrack(24_000, clock=clock)
    track.write(ramp(24_000, participant="ada"))
    start, frames, times = clock.now(), [], []
    for _ in range(50):
        frames.append(await track.recv())
        times.append(clock.now() - start)
    assert times == pytest.approx([i * 0.02 for i in range(50)])
    assert joined(frames) == ramp(24_000, pts=0, participant="ada")
    assert [f.pts for f in frames] == [480 * i for i in range(50)]


async def test_silence_when_starved(clock: StepClock) -> None:
    track = AudioTrack(24_000, 2, clock=clock)
    frames = await read(track, 3)
    track.write(PcmData.from_numpy(np.full((2, 480), 0.5), 24_000))
    frames += await read(track, 2)
    assert [bool(f.samples.any()) for f in frames] == [False, False, False, True, False]
    assert [f.pts for f in frames] == [0, 480, 960, 1440, 1920]
    assert {f.samples.shape for f in frames} == {(2, 480)}
    assert {f.samples.dtype for f in frames} == {np.dtype(np.int16)}


async def test_fault_no_burst_after_a_stall(clock: StepClock) -> None:
    track = AudioTrack(24_000, clock=clock)
    track.write(ramp(24_000))
    await read(track, 5)
    clock.at += 0.405  # the process was busy
    times = []
    frames = []
    for _ in range(5):
        frames.append(await track.recv())
        times.append(clock.now())
    assert np.diff(times) == pytest.approx([0.02] * 4)
    assert joined(frames) == ramp(2400, first=2400, pts=2400)  # nothing lost, pts runs on


async def test_a_stall_while_waiting_sends_no_two_frames_together(clock: StepClock) -> None:
    track = AudioTrack(24_000, clock=clock)
    track.write(ramp(24_000))
    await read(track, 2)
    clock.stalls = [0.045]
    times = []
    for _ in range(4):
        await track.recv()
        times.append(clock.now())
    assert min(np.diff(times)) > 0.005


async def test_thirty_seconds_wait_at_most(clock: StepClock) -> None:
    track = AudioTrack(8000, clock=clock)
    second = ramp(8000, rate=8000)
    dropped = [track.write(second) for _ in range(33)]
    assert dropped == [0] * 30 + [1000] * 3
    assert (track.duration_ms, track.dropped_ms) == (30_000, 3000)


async def test_flush_forgets_what_was_not_heard(clock: StepClock) -> None:
    track = AudioTrack(48_000, clock=clock)
    track.write(tone(440, 24_000, 1.0))
    await read(track, 10)
    assert track.duration_ms == pytest.approx(800)
    assert track.flush() == pytest.approx(800)
    assert (track.duration_ms, track.dropped_ms, track.flush()) == (0, 0, 0)
    frames = await read(track, 3)
    assert not any(f.samples.any() for f in frames)
    assert frames[0].pts == 9600


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (22_050, 1), (24_000, 2), (48_000, 1), (8000, 1)])
async def test_any_rate_is_written_through_one_resampler(clock: StepClock, rate: int, channels: int) -> None:
    track = AudioTrack(48_000, clock=clock)
    pcm = tone(1000, rate, 1.0).resample(rate, channels)
    for chunk in pcm.chunks(rate // 30):
        track.write(chunk)
    heard = joined(await read(track, 50))
    assert strongest(heard) == pytest.approx(1000, abs=1)
    assert level_at(heard, 1000) == pytest.approx(-6.02, abs=0.1)
    assert level_at(heard, 12_000, width=10_000) < -60  # no seams


async def test_the_last_milliseconds_are_heard_too(clock: StepClock) -> None:
    track = AudioTrack(48_000, clock=clock)
    track.write(tone(440, 24_000, 0.5))
    frames = await read(track, 25)
    assert all(f.samples.any() for f in frames)
    assert not (await track.recv()).samples.any()
    assert track.duration_ms == 0


async def test_a_writer_in_step_is_not_torn_apart(clock: StepClock) -> None:
    track = AudioTrack(48_000, clock=clock)
    heard = []
    for chunk in tone(1000, 24_000, 1.0).chunks(480):
        track.write(chunk)
        heard.append(await track.recv())
    silent = [i for i, frame in enumerate(heard) if not frame.samples.any()]
    assert silent == [0]  # one frame late because of the resampler, then whole
    assert level_at(joined(heard[1:]), 12_000, width=10_000) < -60


async def test_a_piece_shorter_than_a_frame_is_heard(clock: StepClock) -> None:
    track = AudioTrack(24_000, clock=clock)
    track.write(ramp(100, first=1))
    frames = await read(track, 3)
    assert [int(np.count_nonzero(f.samples)) for f in frames] == [0, 100, 0]


async def test_a_change_of_rate_keeps_what_was_pending(clock: StepClock) -> None:
    track = AudioTrack(48_000, clock=clock)
    track.write(tone(440, 24_000, 0.2))
    track.write(tone(440, 16_000, 0.2))
    track.write(tone(440, 48_000, 0.2))
    assert track.duration_ms == pytest.approx(600, abs=0.1)
    assert all(f.samples.any() for f in await read(track, 30))
