"""Ordinary and less ordinary moments of a conversation, each told as (time, event) and what follows."""

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.turns import AgentTurn, Person
from tests.scenarios.stage import Stage, of

TEN_WORDS = "one two three four five six seven eight nine ten"


def states(stage: Stage) -> list[str]:
    return [effect.state for effect in stage.all(x.ShowState)]


def asked(effects: list[x.Effect]) -> list[tuple[str | None, str | None]]:
    return [(ask.prompt, ask.say) for ask in of(x.CreateResponse, effects)]


def test_a_turn_and_its_answer() -> None:
    stage = Stage()
    stage.says(2.0, "hello")
    stage.answers(2.5, "Hi there.", audio_ms=700)
    stage.at(3.2, e.PlaybackEnded("a1", 700))
    assert states(stage) == ["thinking", "speaking", "listening"]
    assert stage.remembered() == ["user: hello", "agent: Hi there."]
    assert all(entry.final for entry in stage.lines().values())
    assert stage.dialogue.deadline() is None


# False interruptions


def test_a_cough_while_thinking_gets_the_answer_after_all() -> None:
    stage = Stage()
    stage.says(2.0, "hello")
    stage.at(2.3, e.SpeechStarted("u2"), e.ResponseEnded("resp_1", "cancelled"))
    assert asked(stage.at(2.8, e.SpeechStopped("u2"), e.TurnDiscarded("u2"))) == [(None, None)]


def test_a_cough_before_the_first_sound_of_a_finished_answer_gets_it_after_all() -> None:
    stage = Stage()
    stage.says(2.0, "hello")
    stage.at(2.2, e.ResponseStarted("resp_1"), e.AgentItemStarted("resp_1", "a1"), e.AgentText("resp_1", "a1", "Hi."))
    stage.at(2.2, e.AgentSpeechEnded("resp_1", "a1", 500), e.ResponseEnded("resp_1", "completed"))
    stage.at(2.3, e.SpeechStarted("u2"))
    assert asked(stage.at(2.8, e.TurnDiscarded("u2"))) == [(None, None)]
    assert stage.remembered() == ["user: hello"]


def test_a_cough_while_a_tool_runs_gets_the_answer_after_all() -> None:
    stage = Stage()
    stage.says(2.0, "where is my order")
    stage.answers(2.2, "Let me look.")
    stage.at(2.3, e.AgentSpeechEnded("resp_1", "a1", 2000), e.ToolCalled("resp_1", "c1", "look_up", "{}"))
    stage.at(2.4, e.ResponseEnded("resp_1", "completed"))
    stage.at(2.6, e.SpeechStarted("u2"), e.PlaybackFlushed("a1", 400))
    assert asked(stage.at(2.9, e.TurnDiscarded("u2"))) == [(None, None)]


def test_a_cough_after_the_answer_was_heard_asks_for_nothing() -> None:
    stage = Stage()
    stage.says(2.0, "hello")
    stage.answers(2.2, "Hi.")
    stage.at(2.4, e.AgentSpeechEnded("resp_1", "a1", 300), e.PlaybackEnded("a1", 300))  # the response is still open
    stage.at(2.6, e.SpeechStarted("u2"), e.ResponseEnded("resp_1", "cancelled"))
    assert asked(stage.at(2.9, e.TurnDiscarded("u2"))) == []
    assert stage.dialogue.agent is AgentTurn.IDLE


def test_a_cough_before_a_greeting_does_not_lose_it() -> None:
    stage = Stage()
    assert asked(stage.at(1.0, e.SayRequested("Welcome!"))) == [(None, "Welcome!")]
    stage.at(1.1, e.SpeechStarted("u1"), e.ResponseEnded("resp_1", "cancelled"))
    assert asked(stage.at(1.5, e.TurnDiscarded("u1"))) == [(None, "Welcome!")]


def test_a_turn_that_nobody_takes_up_ends_with_an_error() -> None:
    stage = Stage()
    stage.at(1.0, e.SpeechStarted("u1"), e.UserTranscribed("u1", "hello", False))
    stage.at(2.0, e.SpeechStopped("u1"))
    effects = stage.wait(10.0)
    assert [error.code for error in of(x.ShowError, effects)] == ["turn_lost"]
    assert stage.dialogue.person is Person.SILENT
    assert stage.lines() == {}


# Interruptions


def test_text_typed_while_the_agent_speaks_silences_it_and_is_answered() -> None:
    stage = Stage()
    stage.says(2.0, "count")
    stage.answers(2.5, TEN_WORDS)
    effects = stage.at(3.0, e.TextTyped("u2", "p", "stop"))
    assert of(x.CancelResponse, effects) + of(x.FlushPlayout, effects) == [
        x.CancelResponse("resp_1"), x.FlushPlayout("a1"),
    ]  # fmt: skip
    stage.at(3.02, e.PlaybackFlushed("a1", 500))
    assert asked(stage.at(3.1, e.ResponseEnded("resp_1", "cancelled"))) == [(None, None)]


def test_text_typed_while_the_person_speaks_is_answered_with_the_turn() -> None:
    stage = Stage()
    stage.at(1.0, e.SpeechStarted("u1"))
    assert asked(stage.at(1.5, e.TextTyped("u2", "p", "look at this"))) == []
    stage.at(2.0, e.SpeechStopped("u1"), e.UserTranscribed("u1", "what is it", True))
    assert asked(stage.at(2.1, e.TurnCommitted("u1"))) == [(None, None)]
    assert stage.remembered() == ["user: look at this", "user: what is it"]


def test_the_interrupt_button_silences_and_asks_for_nothing() -> None:
    stage = Stage()
    stage.says(2.0, "count")
    stage.answers(2.5, TEN_WORDS, audio_ms=4800)
    stage.at(3.5, e.InterruptPressed("p"), e.PlaybackFlushed("a1", 1000))
    assert stage.dialogue.agent is AgentTurn.IDLE
    assert asked(stage.wait(60.0)) == []
    assert len(stage.all(x.CreateResponse)) == 1


def test_the_interrupt_button_drops_a_reply_that_is_still_owed() -> None:
    stage = Stage()
    stage.says(2.0, "count")
    stage.at(2.1, e.TextTyped("u2", "p", "no"), e.InterruptPressed("p"))
    assert asked(stage.at(2.5, e.ResponseEnded("resp_1", "cancelled"))) == []


def test_playback_that_starts_after_the_flush_changes_nothing() -> None:
    stage = Stage()
    stage.says(2.0, "hello")
    stage.at(2.2, e.ResponseStarted("resp_1"), e.AgentItemStarted("resp_1", "a1"), e.AgentText("resp_1", "a1", "Hi."))
    stage.at(2.3, e.SpeechStarted("u2"))
    assert stage.at(2.31, e.PlaybackStarted("a1"), e.PlaybackFlushed("a1", 20)) == []
    assert stage.dialogue.agent is AgentTurn.IDLE


# Reminders and greetings


def test_a_greeting_is_said_word_for_word() -> None:
    stage = Stage()
    assert asked(stage.at(1.0, e.SessionOpened("s", "Ada"), e.SayRequested("Welcome!"))) == [(None, "Welcome!")]


def test_a_prompt_leads_one_response_when_it_is_nobody_elses_turn() -> None:
    stage = Stage()
    stage.at(1.0, e.SpeechStarted("u1"))
    assert asked(stage.at(1.5, e.RespondRequested("Ask for the name."))) == []
    assert asked(stage.at(2.0, e.TurnDiscarded("u1"))) == [("Ask for the name.", None)]


def test_a_reminder_that_comes_due_while_the_person_speaks_waits_for_the_reply() -> None:
    stage = Stage()
    stage.at(0.0, e.ReminderSet("r1", 1.5, "Tea!"))
    stage.at(1.0, e.SpeechStarted("u1"))
    assert asked(stage.wait(1.6)) == []
    stage.at(2.0, e.SpeechStopped("u1"))
    assert asked(stage.at(2.1, e.TurnCommitted("u1"))) == [(None, None)]
    stage.answers(2.5, "Hi.", audio_ms=300)
    assert asked(stage.at(2.8, e.PlaybackEnded("a1", 300))) == [(None, "Tea!")]


def test_a_reminder_that_comes_due_while_the_agent_speaks_waits_for_its_end() -> None:
    stage = Stage()
    stage.at(0.0, e.ReminderSet("r1", 3.0, "Tea!"))
    stage.says(2.0, "hello")
    stage.answers(2.5, TEN_WORDS, audio_ms=4800)
    assert asked(stage.wait(4.0)) == []
    assert asked(stage.at(7.3, e.PlaybackEnded("a1", 4800))) == [(None, "Tea!")]
    assert stage.dialogue.reminders == {}


def test_a_reminder_interrupted_before_its_first_sound_is_spoken_after_the_reply() -> None:
    stage = Stage()
    stage.at(0.0, e.ReminderSet("r1", 1.0, "Tea!"))
    assert asked(stage.wait(1.0)) == [(None, "Tea!")]
    stage.at(1.1, e.SpeechStarted("u1"), e.ResponseEnded("resp_1", "cancelled"), e.SpeechStopped("u1"))
    assert asked(stage.at(2.0, e.TurnCommitted("u1"))) == [(None, None)]
    assert asked(stage.at(2.5, e.ResponseStarted("resp_2"), e.ResponseEnded("resp_2", "completed"))) == [(None, "Tea!")]


def test_a_reminder_that_was_due_when_the_session_closed_is_spoken_in_the_next() -> None:
    stage = Stage()
    stage.at(0.0, e.ReminderSet("r1", 1.5, "Tea!"))
    stage.at(1.0, e.SpeechStarted("u1"))
    stage.at(2.0, e.SessionClosed("s", "left"))
    assert stage.dialogue.reminders == {"r1": (2.0, "Tea!")}
    stage.dialogue.handle(e.SessionOpened("s2", "Ada"), 50.0)  # no time passes between sessions
    assert asked(stage.dialogue.expire(50.0)) == [(None, "Tea!")]


def test_a_reminder_cancelled_while_it_waits_is_not_spoken() -> None:
    stage = Stage()
    stage.at(0.0, e.ReminderSet("r1", 1.5, "Tea!"))
    stage.at(1.0, e.SpeechStarted("u1"))
    stage.at(2.0, e.ReminderCancelled("r1"))
    assert asked(stage.at(2.5, e.TurnDiscarded("u1"))) == []
