"""The arithmetic of what was heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.dialogue.playback import NOMINAL_MS_PER_CHAR, UNREPORTED_LATENCY_MS, Ledger, Phase, Spoken

TEXT = "one two three four"  # 18 characters


def spoken(text: str = TEXT, audio_ms: int | None = None, heard_ms: int = 0, *marks: tuple[int, int]) -> Spoken:
    item = Spoken("a1", "r1", 0.0, text=text, audio_ms=audio_ms, phase=Phase.PLAYING)
    ledger = Ledger()
    for mark in marks:
        ledger.mark(item, *mark)
    item.heard_ms, item.interrupted = heard_ms, True
    return item


def playing(audio_ms: int | None = 1800) -> tuple[Ledger, Spoken]:
    ledger = Ledger()
    item = Spoken("a1", "r1", 0.0, text=TEXT, audio_ms=audio_ms, phase=Phase.PLAYING)
    ledger.items["a1"] = item
    return ledger, item


# Words


@pytest.mark.parametrize(
    ("heard_ms", "words"),
    [
        (0, ""), (99, ""), (299, ""), (300, "one"), (400, "one"), (699, "one"), (700, "one two"),
        (1300, "one two three"), (1799, "one two three"), (1800, TEXT), (9000, TEXT),
    ],
)  # fmt: skip
def test_words_are_spread_evenly_over_the_sound(heard_ms: int, words: str) -> None:
    assert spoken(TEXT, 1800, heard_ms).heard_text() == words


@pytest.mark.parametrize(
    ("heard_ms", "words"), [(999, ""), (1000, "one"), (1050, "one two"), (1100, "one two three"), (1200, TEXT)]
)
def test_between_two_marks_words_are_spread_evenly(heard_ms: int, words: str) -> None:
    assert spoken(TEXT, 1200, heard_ms, (3, 1000), (7, 1050), (13, 1100)).heard_text() == words


def test_after_the_last_mark_the_pace_is_nominal_while_the_length_is_unknown() -> None:
    last = 500 + 4 * NOMINAL_MS_PER_CHAR
    assert spoken(TEXT, None, last - 1, (3, 500)).heard_text() == "one"
    assert spoken(TEXT, None, last, (3, 500)).heard_text() == "one two"


def test_a_mark_that_goes_back_is_dropped_and_one_past_the_words_is_bounded() -> None:
    item = spoken(TEXT, None, 0, (7, 500), (3, 600), (9, 500), (99, 900))
    assert item.marks == [(0, 0), (7, 500), (len(TEXT), 900)]


def test_what_was_not_interrupted_was_heard_whole() -> None:
    item = spoken(TEXT, 1800, 10)
    item.interrupted = False
    assert item.heard_text() == TEXT


def test_writing_without_spaces_is_cut_between_characters() -> None:
    assert spoken("你好世界", 400, 250).heard_text() == "你好"
    assert spoken("안녕하세요 여러분", 900, 700).heard_text() == "안녕하세요"


@pytest.mark.parametrize("space", [" ", "\n", "\t", "\u00a0"])
def test_words_end_at_any_space(space: str) -> None:
    assert spoken(f"one{space}two", 700, 600).heard_text() == "one"


@given(
    st.text(alphabet="ab \n", max_size=60),
    st.lists(st.tuples(st.integers(0, 70), st.integers(1, 5000)), max_size=5),
    st.one_of(st.none(), st.integers(1, 6000)),
    st.integers(0, 7000),
    st.integers(0, 7000),
)
def test_heard_words_are_a_beginning_and_grow_with_what_is_heard(
    text: str, marks: list[tuple[int, int]], audio_ms: int | None, one: int, other: int
) -> None:
    less, more = sorted((one, other))
    first, second = (spoken(text, audio_ms, heard, *marks).heard_text() for heard in (less, more))
    assert text.startswith(second)
    assert second.startswith(first)
    assert second == text or second == second.rstrip()


# Settling


def test_an_item_is_settled_when_playout_and_every_reporter_have_spoken() -> None:
    ledger, item = playing()
    ledger.report("a1", "desk", 100, False)
    ledger.report("a1", "phone", 200, False)
    assert not ledger.flush(item, 1.0)
    assert ledger.report("a1", "desk", 500, True) is None
    assert ledger.flushed("a1", 900) is None
    assert ledger.report("a1", "phone", 700, True) is item
    ledger.settle(item)
    assert (item.heard_ms, item.interrupted, item.phase) == (700, True, Phase.CLOSED)


def test_without_reporters_playouts_word_is_enough() -> None:
    ledger, item = playing()
    ledger.flush(item, 1.0)
    assert ledger.flushed("a1", 900) is item
    ledger.settle(item)
    assert item.heard_ms == 900 - UNREPORTED_LATENCY_MS


@pytest.mark.parametrize(("sent", "heard"), [(-50, 0), (0, 0), (100, 0), (151, 1)])
def test_what_was_heard_is_never_negative(sent: int, heard: int) -> None:
    ledger, item = playing()
    ledger.flush(item, 1.0)
    ledger.flushed("a1", sent)
    ledger.settle(item)
    assert item.heard_ms == heard


def test_a_report_is_bounded_by_what_was_sent_and_by_the_sound() -> None:
    for sent, audio_ms, heard in [(900, 1800, 900), (5000, 1800, 1800), (900, None, 900)]:
        ledger, item = playing(audio_ms)
        ledger.flush(item, 1.0)
        ledger.flushed("a1", sent)
        ledger.report("a1", "desk", 7000, True)
        ledger.settle(item)
        assert item.heard_ms == heard


def test_sound_that_was_heard_to_its_end_was_not_interrupted() -> None:
    ledger, item = playing()
    ledger.flush(item, 1.0)
    ledger.flushed("a1", 1800)
    ledger.report("a1", "desk", 1800, True)
    ledger.settle(item)
    assert (item.interrupted, item.heard_text()) == (False, TEXT)


def test_a_report_that_goes_back_and_one_after_the_final_change_nothing() -> None:
    ledger, item = playing()
    ledger.report("a1", "desk", 500, False)
    ledger.report("a1", "desk", 300, False)
    ledger.flush(item, 1.0)
    ledger.report("a1", "desk", 600, True)
    ledger.report("a1", "desk", 900, False)
    assert item.reports == {"desk": 600}


def test_nothing_is_waited_for_when_nothing_had_been_sent() -> None:
    ledger, item = playing()
    item.phase = Phase.QUEUED
    assert ledger.flush(item, 1.0)
    assert (item.phase, item.heard_text()) == (Phase.CLOSED, "")


def test_a_device_that_is_gone_is_not_waited_for_and_keeps_what_it_heard() -> None:
    ledger, item = playing()
    ledger.report("a1", "desk", 500, False)
    ledger.flush(item, 1.0)
    ledger.flushed("a1", 900)
    assert ledger.forget_device("desk") == [item]
    ledger.settle(item)
    assert item.heard_ms == 500


def test_reports_and_flushes_of_unknown_items_change_nothing() -> None:
    ledger, item = playing()
    assert ledger.report("a9", "desk", 500, True) is None
    assert ledger.flushed("a9", 500) is None
    assert ledger.flushed("a1", 500) is None  # it is not being flushed
    assert (item.sent_ms, item.reports) == (None, {})


def test_the_later_word_of_playout_never_lowers_what_was_sent() -> None:
    ledger, item = playing()
    ledger.report("a1", "desk", 0, False)
    ledger.flush(item, 1.0)
    ledger.flushed("a1", 1800)
    ledger.flushed("a1", 0)
    assert item.sent_ms == 1800


def test_only_what_can_still_change_is_kept() -> None:
    ledger, item = playing()
    ledger.items["a2"] = Spoken("a2", "r1", 0.0)
    ledger.ended(item, 1800)
    ledger.forget_closed()
    assert list(ledger.items) == ["a2"]
    assert [spoken.item_id for spoken in ledger.open_items()] == ["a2"]


def test_a_guess_of_the_length_is_generous() -> None:
    assert spoken(TEXT, 1800).length_ms() == 1800
    assert spoken(TEXT, None).length_ms() >= len(TEXT) * 120
