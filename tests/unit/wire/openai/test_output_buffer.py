"""Sound on its way out: started, stopped, cleared, and how much of each item was sent."""

import pytest

from antiphon.wire.openai.output_buffer import Cut, OutputBuffer
from tests.unit.wire.openai.talk import kinds

STARTED, STOPPED, CLEARED = (f"output_audio_buffer.{what}" for what in ("started", "stopped", "cleared"))


@pytest.fixture
def out() -> OutputBuffer:
    return OutputBuffer()


def test_it_starts_with_the_first_sound_that_leaves(out: OutputBuffer) -> None:
    out.queue("resp_1", "a", 100)
    assert out.playing is None
    assert [event.wire() for event in out.sent(20)] == [{"type": STARTED, "response_id": "resp_1"}]
    assert out.sent(20) == []
    assert out.waiting_ms == 60


def test_running_dry_is_no_end_while_more_may_come(out: OutputBuffer) -> None:
    out.queue("resp_1", "a", 20)
    out.sent(20)
    assert out.sent(20) == []
    out.queue("resp_1", "a", 20)
    assert out.sent(20) == []
    assert kinds(out.generated("resp_1")) == [STOPPED]


def test_it_stops_when_the_last_sound_of_a_finished_response_has_left(out: OutputBuffer) -> None:
    out.queue("resp_1", "a", 40)
    out.sent(20)
    assert out.generated("resp_1") == []
    assert kinds(out.sent(20)) == [STOPPED]
    assert out.playing is None


def test_a_response_without_sound_says_nothing(out: OutputBuffer) -> None:
    assert out.generated("resp_1") == []
    assert out.sent(20) == []


def test_a_response_that_was_finished_before_it_began_to_sound(out: OutputBuffer) -> None:
    out.queue("resp_1", "a", 20)
    out.generated("resp_1")
    assert kinds(out.sent(20)) == [STARTED, STOPPED]


def test_one_response_after_the_other(out: OutputBuffer) -> None:
    for response_id in ("resp_1", "resp_2"):
        out.queue(response_id, f"item of {response_id}", 20)
        out.generated(response_id)
    assert [(event.type, event.wire()["response_id"]) for event in out.sent(40)] == [
        (STARTED, "resp_1"), (STOPPED, "resp_1"), (STARTED, "resp_2"), (STOPPED, "resp_2"),
    ]  # fmt: skip


def test_clear_says_how_much_of_each_item_was_sent(out: OutputBuffer) -> None:
    for item_id in ("a", "b", "c"):
        out.queue("resp_1", item_id, 100)
    out.sent(130)
    events, cuts = out.clear()
    assert [event.wire() for event in events] == [{"type": CLEARED, "response_id": "resp_1"}]
    assert cuts == [Cut("b", 30), Cut("c", 0)], "a was heard to its end"
    assert out.waiting_ms == 0
    assert out.sent(20) == []


def test_clear_of_nothing_is_nothing(out: OutputBuffer) -> None:
    assert out.clear() == ([], [])
    out.queue("resp_1", "a", 20)
    out.generated("resp_1")
    out.sent(20)
    assert out.clear() == ([], [])


def test_what_still_comes_of_a_cleared_response_is_refused(out: OutputBuffer) -> None:
    out.queue("resp_1", "a", 100)
    out.sent(20)
    out.clear()
    assert not out.queue("resp_1", "a", 20)
    assert out.generated("resp_1") == []
    assert out.queue("resp_2", "b", 20)
    assert kinds(out.sent(20)) == [STARTED]


def test_sound_that_never_left_is_cleared_too(out: OutputBuffer) -> None:
    out.queue("resp_1", "a", 100)
    events, cuts = out.clear()
    assert kinds(events) == [CLEARED]
    assert cuts == [Cut("a", 0)]


def test_small_pieces_add_up(out: OutputBuffer) -> None:
    out.queue("resp_1", "a", 100)
    for _ in range(30):
        out.sent(1 / 3)
    assert out.clear()[1] == [Cut("a", 10)]
