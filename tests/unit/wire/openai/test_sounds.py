"""Lengths and bytes of sound, and the bound on them."""

from antiphon.wire.openai.audio import PCM, AudioFormat
from antiphon.wire.openai.sounds import Sounds

MS = 48


def test_lengths_add_up_and_bytes_are_kept() -> None:
    sounds = Sounds(10_000)
    sounds.add("a", 0, bytes(10 * MS), PCM)
    sounds.add("a", 0, bytes(MS // 2), PCM)
    assert sounds.length_ms("a", 0) == 10
    sounds.add("a", 0, bytes(MS // 2), PCM)
    assert sounds.length_ms("a", 0) == 11
    assert sounds.data("a", 0) == bytes(11 * MS)
    assert sounds.length_ms("a", 1) is None


def test_thirds_of_a_millisecond_add_up_to_whole_ones() -> None:
    sounds = Sounds(10_000)
    for _ in range(300):
        sounds.add("a", 0, bytes(16), PCM)
    assert sounds.length_ms("a", 0) == 100


def test_g711_has_eight_bytes_a_millisecond() -> None:
    sounds = Sounds(10_000)
    sounds.add("a", 0, bytes(800), AudioFormat(type="audio/pcmu"))
    assert sounds.length_ms("a", 0) == 100


def test_cut_forgets_what_lies_after_and_never_lengthens() -> None:
    sounds = Sounds(10_000)
    sounds.add("a", 0, bytes(range(240)) * 4, PCM)
    sounds.cut("a", 0, 5)
    assert sounds.length_ms("a", 0) == 5
    assert sounds.data("a", 0) == bytes(range(240))
    sounds.cut("a", 0, 50)
    assert sounds.length_ms("a", 0) == 5


def test_the_oldest_bytes_go_when_there_is_no_room_but_lengths_stay() -> None:
    sounds = Sounds(20 * MS)
    for item_id in ("a", "b", "c"):
        sounds.add(item_id, 0, bytes(10 * MS), PCM)
    assert sounds.data("a", 0) is None
    assert sounds.length_ms("a", 0) == 10
    assert sounds.data("b", 0) == sounds.data("c", 0) == bytes(10 * MS)


def test_what_was_dropped_makes_room() -> None:
    sounds = Sounds(20 * MS)
    sounds.add("a", 0, bytes(20 * MS), PCM)
    sounds.drop("a")
    sounds.add("b", 0, bytes(20 * MS), PCM)
    assert sounds.data("b", 0) == bytes(20 * MS)
    assert sounds.length_ms("a", 0) is None


def test_sound_on_a_track_has_a_length_and_no_bytes() -> None:
    sounds = Sounds(10_000)
    sounds.add_ms("a", 0, 19.5)
    sounds.add_ms("a", 0, 0.5)
    assert sounds.length_ms("a", 0) == 20
    assert sounds.data("a", 0) is None
    sounds.cut("a", 0, 7)
    assert sounds.length_ms("a", 0) == 7
