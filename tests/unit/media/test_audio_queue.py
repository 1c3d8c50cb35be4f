import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.errors import AudioFormatError
from antiphon.media.audio_queue import AudioQueue
from antiphon.media.pcm import PcmData
from tests.unit.media.sounds import ramp

# The faults of the system this replaces


def test_fault_a_stereo_sample_counts_once() -> None:
    queue = AudioQueue(100)
    assert queue.put(PcmData.silence(4800, 48_000, 2)) == 0
    assert (queue.duration_ms, queue.sample_count) == (100, 4800)
    taken = queue.get_samples_nowait(960)
    assert taken is not None
    assert taken.samples.shape == (2, 960)


def test_fault_an_item_longer_than_the_queue_is_cut_to_the_limit() -> None:
    queue = AudioQueue(100)
    assert queue.put(ramp(24_000, pts=0)) == 900
    assert (queue.duration_ms, queue.dropped_ms) == (100, 900)
    kept = queue.get_nowait()
    assert kept == ramp(24_000, pts=0).slice(21_600, 24_000)  # the newest


@pytest.mark.parametrize("other", [ramp(10, rate=16_000), PcmData.silence(10, 24_000, 2)])
def test_fault_different_rates_or_channels_are_not_joined(other: PcmData) -> None:
    queue = AudioQueue(100)
    queue.put(ramp(10))
    with pytest.raises(AudioFormatError, match="resample first"):
        queue.put(other)
    assert queue.get_nowait() == ramp(10)
    assert queue.put(other) == 0  # an empty queue takes any


# The bound


@given(
    limit=st.integers(1, 300),
    steps=st.lists(
        st.one_of(st.tuples(st.just("put"), st.integers(0, 9000)), st.tuples(st.just("get"), st.integers(0, 9000)))
    ),
)
def test_the_bound_is_never_exceeded_and_nothing_is_lost_uncounted(limit: int, steps: list[tuple[str, int]]) -> None:
    queue = AudioQueue(limit)
    put = got = 0
    last = -1
    for verb, n in steps:
        if verb == "put":
            queue.put(PcmData(np.zeros(n, np.int16), 24_000, pts=put))
            put += n
        elif (pcm := queue.get_samples_nowait(n)) is not None:
            assert 0 < pcm.sample_count <= n
            assert pcm.pts is not None
            assert pcm.pts > last  # oldest first, nothing twice
            last = pcm.pts + pcm.sample_count - 1
            got += pcm.sample_count
        assert queue.duration_ms <= limit
        assert put == got + queue.sample_count + round(queue.dropped_ms * 24)


def test_the_oldest_goes_first_and_is_counted() -> None:
    queue = AudioQueue(40)
    dropped = [queue.put(ramp(480, first=480 * i)) for i in range(4)]
    assert dropped == [0, 0, 20, 20]
    assert queue.dropped_ms == 40
    assert queue.get_samples_nowait(9999) == ramp(960, first=960)


# Taking


def test_samples_are_taken_over_the_seams() -> None:
    queue = AudioQueue(1000)
    for i in range(10):
        queue.put(ramp(100, first=100 * i, participant="ada", pts=100 * i))
    assert queue.get_samples_nowait(250) == ramp(250, participant="ada", pts=0)
    assert queue.get_samples_nowait(1) == ramp(1, first=250, participant="ada", pts=250)
    assert queue.get_samples_nowait(9999) == ramp(749, first=251, participant="ada", pts=251)
    assert queue.get_samples_nowait(5) is None


def test_frames_are_whole_or_padded() -> None:
    queue = AudioQueue(1000)
    queue.put(ramp(700, first=1))
    assert queue.get_frame_nowait(480, partial=False) == ramp(480, first=1)
    assert queue.get_frame_nowait(480, partial=False) is None
    last = queue.get_frame_nowait(480, partial=True)
    assert last is not None
    assert last.samples.tolist() == [*range(481, 701), *[0] * 260]
    assert queue.get_frame_nowait(480, partial=True) is None


async def test_get_waits_for_sound() -> None:
    queue = AudioQueue(1000)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(queue.get())
        await asyncio.sleep(0)
        assert not waiting.done()
        queue.put(ramp(480))
    assert waiting.result() == ramp(480)
    queue.put(ramp(480))
    assert await queue.get_duration(5) == ramp(120)
    assert await queue.get_samples(9999) == ramp(360, first=120)


async def test_two_who_wait_share_what_comes() -> None:
    queue = AudioQueue(1000)
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(queue.get()) for _ in range(2)]
        await asyncio.sleep(0)
        queue.put(ramp(10))
        await asyncio.sleep(0)
        queue.put(ramp(20))
    assert sorted(pcm.sample_count for task in waiting if (pcm := task.result())) == [10, 20]


async def test_a_cancelled_wait_takes_nothing() -> None:
    queue = AudioQueue(1000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await queue.get()
    queue.put(ramp(10))
    assert queue.sample_count == 10


async def test_close_ends_those_who_wait_after_what_is_left() -> None:
    queue = AudioQueue(1000)
    queue.put(ramp(10))
    queue.close()
    assert queue.closed
    assert queue.put(ramp(24)) == 1
    assert queue.dropped_ms == 1
    assert await queue.get() == ramp(10)
    assert await queue.get() is None
    assert await queue.get_duration(20) is None
    assert await queue.get_samples(20) is None


def test_clear_says_what_it_forgot() -> None:
    queue = AudioQueue(1000)
    queue.put(ramp(480))
    assert (queue.clear(), queue.duration_ms, queue.dropped_ms) == (20, 0, 0)
    assert queue.get_nowait() is None
    with pytest.raises(AudioFormatError):
        AudioQueue(0)
