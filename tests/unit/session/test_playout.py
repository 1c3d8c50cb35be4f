"""Playout: frames out of bursts, items in order, silence where there is nothing, exact figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.dialogue.events import PlaybackEnded, PlaybackFlushed, PlaybackStarted
from antiphon.edges.edge import VoiceFrame
from antiphon.media.opus import SILENCE, OpusDecoder
from antiphon.media.pcm import PcmData
from antiphon.session.playout import Playout
from antiphon.testing import dominant_hz, tone

Told = PlaybackStarted | PlaybackEnded | PlaybackFlushed


class Desk:
    def __init__(self) -> None:
        self.told: list[Told] = []
        self.playout = Playout(self.told.append)

    def frames(self, count: int) -> list[VoiceFrame]:
        return [self.playout.next_frame() for _ in range(count)]

    def items(self, count: int) -> list[str | None]:
        return [frame.item_id for frame in self.frames(count)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_with_nothing_to_say_there_is_silence(desk: Desk) -> None:
    frame = desk.playout.next_frame()
    assert (frame.item_id, frame.starts, frame.samples.sample_count) == (None, False, 960)
    assert not frame.samples.samples.any()
    assert frame.packet.data == SILENCE
    assert desk.told == []


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 48_000])
def test_sound_of_any_rate_leaves_as_48_khz_in_whole_frames(desk: Desk, rate: int) -> None:
    for piece in tone(500, 1.0, rate).chunks(rate // 7):
        desk.playout.write("r", "a", piece)
    desk.playout.end("a")
    frames = desk.frames(51)
    assert [frame.item_id for frame in frames] == ["a"] * 50 + [None]
    assert [frame.starts for frame in frames] == [True] + [False] * 50
    assert dominant_hz(PcmData.concat([frame.samples for frame in frames])) == pytest.approx(500, abs=2)
    assert desk.told == [PlaybackStarted("a"), PlaybackEnded("a", 1000)]


def test_the_last_frame_is_filled_up_with_silence_and_counted_exactly(desk: Desk) -> None:
    desk.playout.write("r", "a", tone(500, 0.03))
    desk.playout.end("a")
    first, second, after = desk.frames(3)
    assert first.samples.samples[-100:].any()
    assert second.item_id == "a"
    assert second.samples.samples[:480].any()
    assert not second.samples.samples[480:].any()
    assert after.item_id is None
    assert desk.told[-1] == PlaybackEnded("a", 30)


def test_it_has_ended_one_frame_after_its_last_sound_left(desk: Desk) -> None:
    desk.playout.write("r", "a", tone(500, 0.04))
    desk.playout.end("a")
    desk.frames(2)
    assert desk.told == [PlaybackStarted("a")]
    desk.frames(1)
    assert desk.told[-1] == PlaybackEnded("a", 40)


def test_less_than_a_frame_waits_for_its_rest(desk: Desk) -> None:
    """An underrun is silence between whole frames, never a torn one."""
    desk.playout.write("r", "a", tone(500, 0.05))
    assert desk.items(4) == ["a", "a", None, None]
    desk.playout.write("r", "a", tone(500, 0.05))
    desk.playout.end("a")
    frames = desk.frames(4)
    assert [frame.item_id for frame in frames] == ["a", "a", "a", None]
    assert [frame.starts for frame in frames] == [False] * 4
    assert desk.told == [PlaybackStarted("a"), PlaybackEnded("a", 100)]


def test_items_are_heard_one_after_the_other(desk: Desk) -> None:
    desk.playout.write("r", "a", tone(500, 0.04))
    desk.playout.write("r", "b", tone(900, 0.04))
    desk.playout.write("r", "a", tone(500, 0.02))
    assert desk.items(5) == ["a", "a", "a", None, None]  # more of a may come
    desk.playout.end("a")
    assert desk.items(3) == ["b", "b", None]
    assert desk.told == [PlaybackStarted("a"), PlaybackEnded("a", 60), PlaybackStarted("b")]


def test_an_item_with_too_little_for_a_frame_is_heard_all_the_same(desk: Desk) -> None:
    desk.playout.write("r", "a", PcmData.from_numpy(np.full(3, 9000, np.int16), 48_000))
    desk.playout.end("a")
    assert desk.items(2) == ["a", None]
    assert desk.told == [PlaybackStarted("a"), PlaybackEnded("a", 0)]


def test_flushed_it_is_silent_at_once_and_what_left_is_told_exactly(desk: Desk) -> None:
    desk.playout.write("r", "a", tone(500, 2.0))
    desk.frames(17)
    desk.playout.flush("a")
    assert desk.told[-1] == PlaybackFlushed("a", 340)
    desk.playout.write("r", "a", tone(500, 1.0))  # still on its way when it was flushed
    desk.playout.end("a")
    assert desk.items(5) == [None] * 5
    assert len(desk.told) == 2


def test_flushed_before_anything_left_it_had_sent_nothing(desk: Desk) -> None:
    desk.playout.write("r", "a", tone(500, 0.5))
    desk.playout.flush("a")
    desk.playout.flush("never heard of")
    assert desk.told == [PlaybackFlushed("a", 0), PlaybackFlushed("never heard of", 0)]
    assert desk.items(1) == [None]


def test_flushing_one_item_leaves_the_others(desk: Desk) -> None:
    desk.playout.write("r1", "a", tone(500, 0.5))
    desk.playout.write("r2", "b", tone(500, 0.02))
    desk.playout.flush("a")
    assert desk.items(2) == ["b", None]


def test_of_a_refused_response_nothing_more_is_taken(desk: Desk) -> None:
    desk.playout.refuse("r")
    desk.playout.write("r", "a", tone(500, 0.5))
    desk.playout.write("other", "b", tone(500, 0.02))
    assert desk.items(2) == ["b", None]


def test_each_frame_is_encoded_once_and_sounds_like_itself(desk: Desk) -> None:
    desk.playout.write("r", "a", tone(700, 0.5))
    frames = desk.frames(25)
    assert frames[0].packet is frames[0].packet
    decoder = OpusDecoder()
    heard = PcmData.concat([decoder.decode(frame.packet) for frame in frames])
    assert dominant_hz(heard) == pytest.approx(700, abs=5)


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=20), st.integers(1, 60))
def test_no_sample_is_lost_or_added_however_it_comes(sizes: list[int], flush_after: int) -> None:
    desk = Desk()
    total = sum(sizes)
    sound = np.arange(1, total + 1, dtype=np.int64) % 30_000 + 1
    start = 0
    for size in sizes:
        desk.playout.write("r", "a", PcmData.from_numpy(sound[start : start + size].astype(np.int16), 48_000))
        start += size
    desk.playout.end("a")
    frames = desk.frames(-(-total // 960))
    heard = np.concatenate([frame.samples.samples for frame in frames])
    assert np.array_equal(heard[:total], sound)
    assert not heard[total:].any()
    desk.frames(1)
    assert desk.told[-1] == PlaybackEnded("a", total * 1000 // 48_000)
