"""Tools, devices and models that are slow, late, lost or at fault; a model that answers by itself; the impossible."""

import pytest

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.state import Rules
from antiphon.dialogue.turns import AgentTurn
from antiphon.errors import IllegalTransition
from tests.scenarios.stage import Stage, of

TEN_WORDS = "one two three four five six seven eight nine ten"


def asked(effects: list[x.Effect]) -> list[tuple[str | None, str | None]]:
    return [(ask.prompt, ask.say) for ask in of(x.CreateResponse, effects)]


def states(stage: Stage) -> list[str]:
    return [effect.state for effect in stage.all(x.ShowState)]


# Tools


def test_parallel_tools_settle_in_any_order_and_are_answered_once() -> None:
    stage = Stage()
    stage.says(2.0, "weather in Rome and Oslo")
    stage.at(2.5, e.ResponseStarted("resp_1"))
    stage.at(2.5, *(e.ToolCalled("resp_1", call_id, "weather", "{}") for call_id in ("c1", "c2", "c3")))
    stage.at(2.6, e.ResponseEnded("resp_1", "completed"))
    assert asked(stage.at(3.0, e.ToolSettled("c3", "snow", True), e.ToolSettled("c1", "sun", True))) == []
    (ask,) = of(x.CreateResponse, stage.at(4.0, e.ToolSettled("c2", "rain", False)))
    assert len(ask.history) == 7
    assert [tool.state for tool in stage.all(x.ShowTool)] == ["running"] * 3 + ["done", "done", "failed"]
    assert stage.remembered()[1:] == [
        "call: c1", "output: c1 sun", "call: c2", "output: c2 rain", "call: c3", "output: c3 snow",
    ]  # fmt: skip


def test_a_tool_that_settles_before_the_response_ended_is_answered_after_it() -> None:
    stage = Stage()
    stage.says(2.0, "weather")
    stage.at(2.5, e.ResponseStarted("resp_1"), e.ToolCalled("resp_1", "c1", "weather", "{}"))
    assert asked(stage.at(2.6, e.ToolSettled("c1", "sun", True))) == []
    assert asked(stage.at(2.7, e.ResponseEnded("resp_1", "completed"))) == [(None, None)]


def test_the_answer_after_a_tool_is_asked_for_while_the_words_before_it_are_heard() -> None:
    stage = Stage()
    stage.says(2.0, "weather")
    stage.answers(2.5, "Let me see.")
    stage.at(2.6, e.AgentSpeechEnded("resp_1", "a1", 2000), e.ToolCalled("resp_1", "c1", "weather", "{}"))
    stage.at(2.7, e.ResponseEnded("resp_1", "completed"))
    assert asked(stage.at(3.0, e.ToolSettled("c1", "sun", True))) == [(None, None)]
    assert stage.dialogue.agent is AgentTurn.SPEAKING
    stage.at(4.5, e.PlaybackEnded("a1", 2000))
    assert states(stage) == ["thinking", "speaking", "thinking"]


# Devices


def test_of_two_devices_the_one_that_played_more_decides() -> None:
    stage = Stage()
    stage.says(2.0, "count")
    stage.answers(2.5, TEN_WORDS, audio_ms=4800)
    stage.at(3.0, e.PlaybackReported("desk", "a1", 300), e.PlaybackReported("phone", "a1", 200))
    stage.at(4.5, e.InterruptPressed("p"), e.PlaybackFlushed("a1", 2000))
    assert stage.at(4.6, e.PlaybackReported("phone", "a1", 1400, True)) == []  # the other is waited for
    (cut,) = of(x.TruncateItem, stage.at(4.7, e.PlaybackReported("desk", "a1", 1900, True)))
    assert (cut.heard_ms, cut.heard_text) == (1900, "one two three four")


def test_a_device_that_does_not_report_in_time_is_not_waited_for() -> None:
    stage = Stage()
    stage.says(2.0, "count")
    stage.answers(2.5, TEN_WORDS, audio_ms=4800)
    stage.at(3.6, e.PlaybackReported("phone", "a1", 1000))
    stage.at(4.5, e.InterruptPressed("p"), e.PlaybackFlushed("a1", 2000))
    (cut,) = of(x.TruncateItem, stage.wait(4.8))
    assert cut.heard_ms == 1000


def test_a_device_that_leaves_during_a_flush_is_not_waited_for() -> None:
    stage = Stage()
    stage.says(2.0, "count")
    stage.answers(2.5, TEN_WORDS, audio_ms=4800)
    stage.at(3.0, e.PlaybackReported("phone", "a1", 300), e.PlaybackReported("desk", "a1", 300))
    stage.at(4.5, e.InterruptPressed("p"), e.PlaybackFlushed("a1", 2000), e.PlaybackReported("desk", "a1", 950, True))
    (cut,) = of(x.TruncateItem, stage.at(4.6, e.ParticipantLeft("phone", "lost")))
    assert cut.heard_ms == 950


def test_a_reporting_device_that_died_in_silence_heard_nothing() -> None:
    """It told what it played of earlier items and nothing of this one: it is not credited with what was sent."""
    stage = Stage()
    stage.at(1.0, e.PlaybackReported("phone", "earlier", 300))
    stage.says(2.0, "count")
    stage.answers(2.5, TEN_WORDS, audio_ms=4800)
    stage.at(4.0, e.ParticipantLeft("phone", "lost"), e.InterruptPressed("p"))
    (cut,) = of(x.TruncateItem, stage.at(4.1, e.PlaybackFlushed("a1", 1600)))
    assert cut.heard_ms == 0


# Responses that hang


def test_a_response_that_never_starts_is_an_error_and_an_apology() -> None:
    stage = Stage(Rules(apology="Sorry."))
    stage.says(2.0, "hello")
    effects = stage.wait(17.0)
    assert of(x.CancelResponse, effects) == [x.CancelResponse("resp_1")]
    assert [error.code for error in of(x.ShowError, effects)] == ["response_failed"]
    assert asked(stage.wait(20.0)) == [(None, "Sorry.")]


def test_an_apology_that_fails_is_not_apologised_for() -> None:
    stage = Stage(Rules(apology="Sorry."))
    stage.says(2.0, "hello")
    stage.wait(300.0)
    assert len(stage.all(x.CreateResponse)) == 2
    assert len(stage.all(x.ShowError)) == 2
    assert stage.dialogue.agent is AgentTurn.IDLE


def test_a_response_that_stops_in_the_middle_is_an_error() -> None:
    stage = Stage()
    stage.says(2.0, "count")
    stage.answers(2.5, TEN_WORDS)
    effects = stage.wait(32.5)
    assert [error.code for error in of(x.ShowError, effects)] == ["response_failed"]
    assert of(x.FlushPlayout, effects) == [x.FlushPlayout("a1")]
    assert stage.dialogue.agent is AgentTurn.IDLE


def test_a_response_that_the_model_cancels_by_itself_is_an_error() -> None:
    stage = Stage()
    stage.says(2.0, "hello")
    effects = stage.at(3.0, e.ResponseEnded("resp_1", "cancelled"))
    assert [error.code for error in of(x.ShowError, effects)] == ["response_cancelled"]
    assert stage.dialogue.agent is AgentTurn.IDLE


def test_a_response_that_starts_after_it_was_given_up_is_cancelled_again() -> None:
    stage = Stage(Rules(creates_responses=True))
    stage.at(1.0, e.TextTyped("u1", "p", "hello"))
    stage.at(1.1, e.InterruptPressed("p"))
    stage.wait(10.0)
    assert stage.at(11.0, e.ResponseStarted("resp_1")) == [x.CancelResponse("resp_1")]
    assert stage.dialogue.agent is AgentTurn.IDLE


def test_a_fatal_failure_of_the_model_ends_all_that_is_open() -> None:
    stage = Stage()
    stage.says(2.0, "count")
    stage.answers(2.5, TEN_WORDS)
    stage.at(2.6, e.ToolCalled("resp_1", "c1", "look_up", "{}"))
    stage.at(3.0, e.ModelFailed("model_lost", "gone", True), e.PlaybackFlushed("a1", 500))
    assert stage.dialogue.agent is AgentTurn.IDLE
    assert stage.dialogue.deadline() is None
    assert [tool.state for tool in stage.all(x.ShowTool)] == ["running", "cancelled"]


# A model that answers by itself

OWN = Rules(creates_responses=True)


def test_a_model_that_answers_by_itself_is_not_asked() -> None:
    stage = Stage(OWN)
    stage.says(2.0, "hello")
    assert stage.dialogue.agent is AgentTurn.THINKING
    stage.answers(2.5, "Hi.", "own", audio_ms=300)
    stage.at(2.8, e.PlaybackEnded("a1", 300))
    assert stage.all(x.CreateResponse) == []
    assert stage.remembered() == ["user: hello", "agent: Hi."]


def test_a_model_that_answers_by_itself_and_does_not_is_an_error() -> None:
    stage = Stage(OWN)
    stage.says(2.0, "hello")
    assert [error.code for error in of(x.ShowError, stage.wait(17.0))] == ["response_failed"]
    stage.wait(30.0)
    assert stage.dialogue.deadline() is None


def test_an_answer_of_its_own_is_waited_for_while_a_cancelled_one_ends() -> None:
    stage = Stage(OWN)
    stage.at(1.0, e.TextTyped("u1", "p", "hello"), e.ResponseStarted("resp_1"))
    stage.says(3.0, "no, wait", "u2")
    assert stage.dialogue.agent is AgentTurn.THINKING
    stage.at(3.1, e.ResponseEnded("resp_1", "cancelled"), e.ResponseStarted("own"))
    assert stage.dialogue.deadline() == (33.1, "progress")


def test_an_answer_of_its_own_while_the_person_speaks_is_cancelled() -> None:
    stage = Stage(OWN)
    stage.says(2.0, "hello")
    stage.at(2.1, e.SpeechStarted("u2"))
    assert stage.at(2.2, e.ResponseStarted("own")) == [x.CancelResponse("own")]
    stage.at(2.3, e.ResponseEnded("own", "cancelled"))
    stage.at(3.0, e.SpeechStopped("u2"), e.TurnCommitted("u2"))
    assert stage.at(3.1, e.ResponseStarted("own2")) == []


def test_typed_text_and_a_tool_are_answered_on_request() -> None:
    stage = Stage(OWN)
    assert asked(stage.at(1.0, e.TextTyped("u1", "p", "weather"))) == [(None, None)]
    stage.at(1.5, e.ResponseStarted("resp_1"), e.ToolCalled("resp_1", "c1", "weather", "{}"))
    stage.at(1.6, e.ResponseEnded("resp_1", "completed"))
    assert asked(stage.at(2.0, e.ToolSettled("c1", "sun", True))) == [(None, None)]


def test_text_that_waits_is_answered_together_with_the_turn_that_follows() -> None:
    stage = Stage(OWN)
    stage.says(2.0, "hello")
    stage.at(2.5, e.ResponseStarted("own"), e.TextTyped("u2", "p", "one moment"))
    stage.at(2.6, e.TurnCommitted("u3"))
    stage.at(2.7, e.ResponseEnded("own", "cancelled"))
    stage.at(2.8, e.ResponseStarted("own2"), e.ResponseEnded("own2", "completed"))
    assert stage.all(x.CreateResponse) == []


# What cannot be


@pytest.mark.parametrize(
    ("before", "impossible"),
    [
        ([e.SpeechStarted("u1")], e.SpeechStarted("u1")),
        ([], e.SpeechStopped("u1")),
        ([], e.TurnDiscarded("u1")),
        ([e.SpeechStarted("u1")], e.TurnCommitted("u2")),
        ([e.TurnCommitted("u1")], e.TurnCommitted("u1")),
        ([e.TurnCommitted("u1")], e.SpeechStarted("u1")),
        ([e.TextTyped("u1", "p", "hello")], e.TextTyped("u1", "p", "hello")),
        ([e.ReminderSet("r", 5.0, "Tea!")], e.ReminderSet("r", 6.0, "Tea!")),
        ([e.TurnCommitted("u1"), e.ResponseStarted("resp_1"), e.AgentItemStarted("resp_1", "a1")],
         e.AgentItemStarted("resp_1", "a1")),
        ([e.TurnCommitted("u1"), e.ToolCalled("resp_1", "c1", "f", "{}")], e.ToolCalled("resp_1", "c1", "f", "{}")),
        ([e.TurnCommitted("u1"), e.ToolCalled("other", "c1", "f", "{}")], e.ToolCalled("other", "c1", "f", "{}")),
    ],
)  # fmt: skip
def test_the_impossible_is_refused(before: list[e.Event], impossible: e.Event) -> None:
    dialogue = Dialogue()
    for event in before:
        dialogue.handle(event, 0.0)
    with pytest.raises(IllegalTransition):
        dialogue.handle(impossible, 1.0)
