from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from antiphon.errors import AudioFormatError
from antiphon.media.pcm import PcmData
from tests.unit.media.sounds import joined, ramp

int16s = hnp.arrays(np.int16, st.integers(0, 600))


@given(samples=int16s, size=st.integers(1, 200), overlap=st.integers(0, 199))
def test_chunks_reassemble(samples: np.ndarray, size: int, overlap: int) -> None:
    overlap = min(overlap, size - 1)
    pcm = PcmData.from_numpy(samples, 16_000, pts=50)
    parts = list(pcm.chunks(size, overlap))
    rest = [p.slice(overlap if i else 0, p.sample_count) for i, p in enumerate(parts)]
    assert (joined(rest) if samples.size else pcm) == pcm
    assert all(p.sample_count == size for p in parts[:-1])
    assert all(not p.empty for p in rest)
    padded = list(pcm.chunks(size, overlap, pad_last=True))
    assert [p.sample_count for p in padded] == [size] * len(parts)


def test_chunks_of_impossible_sizes_are_refused() -> None:
    for size, overlap in ((0, 0), (5, 5), (5, -1)):
        with pytest.raises(AudioFormatError):
            ramp(10).chunks(size, overlap)
    with pytest.raises(AudioFormatError):
        ramp(10).sliding_window(10, 20)


def test_sliding_window_moves_by_the_hop() -> None:
    windows = list(ramp(2400, pts=0).sliding_window(40, 20))
    assert [w.pts for w in windows] == [0, 480, 960, 1440]
    assert {w.sample_count for w in windows} == {960}


@given(samples=int16s, cut=st.floats(0, 0.05))
def test_head_and_tail_meet(samples: np.ndarray, cut: float) -> None:
    pcm = PcmData.from_numpy(samples, 16_000, pts=3)
    head, n = pcm.head(cut), round(cut * 16_000)
    assert head.sample_count == min(n, len(samples))
    tail = pcm.tail(max(0, len(samples) - n) / 16_000)
    assert head.append(tail) == pcm
    assert tail.pts == 3 + head.sample_count


def test_head_and_tail_of_more_than_there_is() -> None:
    assert ramp(10).head(9) == ramp(10) == ramp(10).tail(9)
    with pytest.raises(AudioFormatError):
        ramp(10).tail(-1)


def test_copy_and_clear() -> None:
    whole = ramp(1000, pts=7, participant="ada")
    part = whole.slice(10, 20)
    assert np.shares_memory(part.samples, whole.samples)
    assert part.copy() == part
    assert not np.shares_memory(part.copy().samples, whole.samples)
    assert (part.clear().empty, part.clear().pts, part.clear().participant) == (True, 17, "ada")


def test_what_is_said_of_sound() -> None:
    pcm = PcmData(np.zeros((2, 4800), np.int16), 48_000, 2, pts=30, time_base=Fraction(1, 1000))
    assert (pcm.duration, pcm.duration_ms, pcm.sample_count, pcm.pts_seconds) == (0.1, 100, 4800, 0.03)
    assert ramp(1).pts_seconds is None


def test_values_are_compared_by_value() -> None:
    assert ramp(5) == ramp(5)
    assert hash(ramp(5)) == hash(ramp(5))
    assert ramp(5) != ramp(5, pts=0)
    assert ramp(5) != ramp(5).to_float32()
    assert ramp(5) != "sound"
