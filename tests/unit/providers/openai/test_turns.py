"""Turns, whatever order the service's events come in. That a dialogue takes them all is in ``test_properties``."""

from antiphon.dialogue.events import SpeechStarted, SpeechStopped, TurnCommitted, TurnDiscarded, UserTranscribed
from antiphon.providers.openai.turns import MAX_UNWORDED, Turns
from antiphon.wire.openai import events_server_input as hearing
from antiphon.wire.openai.events_client import ItemDelete


def started(item_id: str) -> hearing.SpeechStarted:
    return hearing.SpeechStarted(audio_start_ms=0, item_id=item_id)


def stopped(item_id: str) -> hearing.SpeechStopped:
    return hearing.SpeechStopped(audio_end_ms=0, item_id=item_id)


def committed(item_id: str) -> hearing.InputAudioCommitted:
    return hearing.InputAudioCommitted(item_id=item_id)


def worded(item_id: str, words: str) -> hearing.TranscriptionCompleted:
    usage = hearing.DurationUsage(seconds=1.0)
    return hearing.TranscriptionCompleted(item_id=item_id, content_index=0, transcript=words, usage=usage)


def test_a_turn_in_order_and_its_words_late() -> None:
    turns = Turns(500)
    events = [
        started("u1"), stopped("u1"), hearing.TranscriptionDelta(item_id="u1", delta="hel"), committed("u1"),
        hearing.TranscriptionDelta(item_id="u1", delta="lo"), worded("u1", "hello "), worded("u1", "again"),
    ]  # fmt: skip
    assert [out for event in events for out in turns.told(event)] == [
        SpeechStarted("u1"),
        SpeechStopped("u1", 500),
        UserTranscribed("u1", "hel", final=False),
        TurnCommitted("u1"),
        UserTranscribed("u1", "hello", final=False),
        UserTranscribed("u1", "hello", final=True),
    ]


def test_a_turn_that_was_dropped_is_deleted_when_it_arrives() -> None:
    turns = Turns(500)
    turns.told(started("u1"))
    assert turns.discard() == [TurnDiscarded("u1")]
    assert turns.discard() == []
    assert turns.told(stopped("u1")) == []
    assert turns.told(worded("u1", "hello")) == []
    assert turns.told(committed("u1")) == [ItemDelete(item_id="u1")]


def test_a_transcription_that_failed_ends_the_waiting() -> None:
    turns = Turns(500)
    turns.told(committed("u1"))
    failed = hearing.TranscriptionFailed(item_id="u1", content_index=0, error=hearing.TranscriptionError())
    assert turns.told(failed) == [UserTranscribed("u1", "", final=True)]


def test_words_that_never_come_do_not_pile_up() -> None:
    turns = Turns(500)
    for number in range(MAX_UNWORDED + 1):
        turns.told(committed(f"u{number}"))
    assert turns.told(worded("u0", "late")) == []
    assert turns.told(worded("u1", "late")) == [UserTranscribed("u1", "late", final=True)]
