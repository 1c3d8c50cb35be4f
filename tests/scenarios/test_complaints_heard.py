"""Complaints about what is remembered of speech (1, 2), as scenarios; the names carry project and thread."""

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.playback import UNREPORTED_LATENCY_MS
from tests.scenarios.stage import SENTENCE, in_short, of, speaking

# 1. Words that nobody heard


def test_1_words_nobody_heard_are_not_remembered__livekit_2607() -> None:
    stage = speaking()
    effects = stage.at(11.4, e.SpeechStarted("u2"))
    assert of(x.FlushPlayout, effects) == [x.FlushPlayout("a1")]
    stage.at(11.41, e.PlaybackReported("p", "a1", 1350, True))
    effects = stage.at(11.42, e.PlaybackFlushed("a1", 1400))
    assert of(x.TruncateItem, effects) == [x.TruncateItem("a1", 1350, "one two three")]
    stage.at(12.0, e.SpeechStopped("u2"), e.UserTranscribed("u2", "stop", True))
    (ask,) = of(x.CreateResponse, stage.at(12.1, e.TurnCommitted("u2")))
    assert in_short(ask.history) == ["user: count to ten", "agent: one two three", "user: stop"]
    assert stage.lines()["a1"].interrupted
    assert stage.lines()["a1"].heard_ms == 1350


def test_1_a_device_that_never_reports_is_credited_with_less_than_was_sent__pipecat_4996() -> None:
    stage = speaking()
    stage.at(12.0, e.InterruptPressed("p"))
    (cut,) = of(x.TruncateItem, stage.at(12.02, e.PlaybackFlushed("a1", 2000)))
    assert cut.heard_ms == 2000 - UNREPORTED_LATENCY_MS
    assert stage.remembered()[-1] == "agent: one two three four"


def test_1_while_the_length_is_unknown_the_guess_stays_low__pipecat_5426() -> None:
    stage = speaking(audio_ms=None)
    stage.at(12.0, e.InterruptPressed("p"))
    stage.at(12.02, e.PlaybackFlushed("a1", 1450))
    assert stage.remembered()[-1] == "agent: one two three four"  # 1300 ms at 65 ms a character


def test_1_heard_words_are_not_forgotten_when_a_person_types__livekit_5038() -> None:
    """The answer to typed text waits for playout's word on what was heard, and is told it."""
    stage = speaking()
    assert of(x.CreateResponse, stage.at(12.0, e.TextTyped("u2", "p", "stop"))) == []
    (ask,) = of(x.CreateResponse, stage.at(12.02, e.PlaybackFlushed("a1", 2150)))
    assert in_short(ask.history) == ["user: count to ten", "agent: one two three four", "user: stop"]


def test_1_without_any_word_on_what_was_heard_nothing_was_heard() -> None:
    stage = speaking()
    stage.at(12.0, e.TextTyped("u2", "p", "stop"))
    assert len(of(x.CreateResponse, stage.wait(12.4))) == 1  # and the answer does not wait for ever
    stage.at(14.0, e.PlaybackReported("p", "a1", 4800, True))
    assert stage.remembered() == ["user: count to ten", "user: stop"]


def test_1_an_item_that_ended_as_it_was_silenced_was_heard__livekit_5038() -> None:
    """Playout had finished it; its flush then finds nothing and says 0."""
    stage = speaking()
    stage.at(13.0, e.PlaybackReported("p", "a1", 2900))
    stage.at(14.9, e.SpeechStarted("u2"))
    stage.at(14.9, e.PlaybackEnded("a1", 4800), e.PlaybackFlushed("a1", 0), e.PlaybackReported("p", "a1", 4800, True))
    assert stage.remembered()[-1] == f"agent: {SENTENCE}"
    assert stage.all(x.TruncateItem) == []


def test_1_words_without_sound_of_a_broken_answer_are_not_remembered__livekit_2607() -> None:
    """The words of an answer run ahead of its sound: when the model fails, some have none."""
    stage = speaking(audio_ms=None)
    effects = stage.at(10.5, e.ResponseEnded("resp_1", "failed", "overloaded"))
    assert of(x.EndPlayout, effects) == [x.EndPlayout("a1")]
    assert of(x.ShowError, effects) == [x.ShowError("response_failed", "overloaded", False)]
    stage.at(11.0, e.PlaybackEnded("a1", 910))
    assert stage.remembered()[-1] == "agent: one two three"


def test_1_a_late_report_of_what_was_heard_changes_nothing() -> None:
    stage = speaking()
    stage.at(11.4, e.InterruptPressed("p"), e.PlaybackFlushed("a1", 1400))
    before = stage.remembered()
    assert stage.at(12.0, e.PlaybackReported("p", "a1", 4800, True)) == []
    assert stage.remembered() == before


# 2. Truncation that a service refuses


def test_2_a_truncation_is_never_past_the_length_of_the_sound__openai_agents_python_4122() -> None:
    stage = speaking(audio_ms=3000)
    stage.at(11.4, e.InterruptPressed("p"), e.PlaybackReported("p", "a1", 3085, True))
    stage.at(11.42, e.PlaybackFlushed("a1", 2900))
    assert stage.all(x.TruncateItem) == [x.TruncateItem("a1", 2900, "one two three four five six seven eight nine")]


def test_2_what_was_heard_to_its_end_is_not_truncated__livekit_6157() -> None:
    stage = speaking(audio_ms=3000)
    stage.at(12.99, e.InterruptPressed("p"), e.PlaybackReported("p", "a1", 3000, True), e.PlaybackFlushed("a1", 3000))
    assert stage.all(x.TruncateItem) == []
    assert stage.remembered()[-1] == f"agent: {SENTENCE}"
    assert not stage.lines()["a1"].interrupted


def test_2_an_item_nobody_heard_is_forgotten_whole__livekit_6249() -> None:
    """``heard_ms`` 0 asks for its deletion; the second item of an answer was still waiting behind the first."""
    stage = speaking(audio_ms=None)
    stage.at(
        10.2, e.AgentSpeechEnded("resp_1", "a1", 4800), e.AgentItemStarted("resp_1", "a2"),
        e.AgentText("resp_1", "a2", "eleven"), e.AgentSpeechEnded("resp_1", "a2", 500),
        e.ResponseEnded("resp_1", "completed"),
    )  # fmt: skip
    effects = stage.at(11.0, e.SpeechStarted("u2"))
    assert of(x.TruncateItem, effects) == [x.TruncateItem("a2", 0, "")]
    assert "a2" not in stage.lines()
