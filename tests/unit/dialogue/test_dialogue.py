"""The face of the dialogue; what follows from what is told in tests/scenarios."""

import pytest

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.dialogue import _RULES, Dialogue
from antiphon.dialogue.items import UserItem
from antiphon.dialogue.state import Rules
from antiphon.dialogue.turns import AgentTurn, Person
from antiphon.errors import IllegalTransition


def test_every_event_has_a_rule() -> None:
    assert set(_RULES) == set(e.EVENT_TYPES)


def test_a_new_dialogue_waits_for_people() -> None:
    dialogue = Dialogue()
    assert (dialogue.person, dialogue.agent) == (Person.SILENT, AgentTurn.IDLE)
    assert (dialogue.deadline(), dialogue.expire(100.0), dialogue.history()) == (None, [], ())


def test_the_next_deadline_is_the_earliest_with_its_reason() -> None:
    dialogue = Dialogue(Rules(start_s=15.0))
    dialogue.handle(e.ReminderSet("r1", 30.0, "Tea!"), 0.0)
    assert dialogue.deadline() == (30.0, "reminder r1")
    dialogue.handle(e.TextTyped("u1", "p", "hello"), 1.0)
    assert dialogue.deadline() == (16.0, "start")
    dialogue.handle(e.ReminderSet("r2", 2.0, "Coffee!"), 1.0)
    assert dialogue.deadline() == (2.0, "reminder r2")


def test_expiring_before_the_time_changes_nothing() -> None:
    dialogue = Dialogue()
    dialogue.handle(e.ReminderSet("r1", 30.0, "Tea!"), 0.0)
    assert dialogue.expire(29.9) == []
    assert dialogue.handle(e.DeadlinePassed("reminder r1"), 29.9) == []
    assert dialogue.reminders == {"r1": (30.0, "Tea!")}
    assert [ask.say for ask in dialogue.expire(30.0) if isinstance(ask, x.CreateResponse)] == ["Tea!"]


def test_a_deadline_that_was_overtaken_changes_nothing() -> None:
    dialogue = Dialogue()
    dialogue.handle(e.TextTyped("u1", "p", "hello"), 0.0)
    dialogue.handle(e.ResponseStarted("resp_1"), 1.0)
    assert dialogue.handle(e.DeadlinePassed("start"), 20.0) == []
    assert dialogue.agent is AgentTurn.THINKING


def test_effects_come_in_the_order_in_which_they_are_to_be_done() -> None:
    effects = Dialogue().handle(e.TextTyped("u1", "p", "hello"), 1.0)
    assert [type(effect) for effect in effects] == [x.ShowEntry, x.AddItem, x.ShowState, x.CreateResponse]


def test_an_illegal_event_raises_and_says_why() -> None:
    with pytest.raises(IllegalTransition, match="u1"):
        Dialogue().handle(e.SpeechStopped("u1"), 0.0)


def test_what_is_returned_belongs_to_the_caller() -> None:
    dialogue = Dialogue()
    dialogue.handle(e.ReminderSet("r1", 30.0, "Tea!"), 0.0)
    dialogue.reminders.clear()
    effects = dialogue.handle(e.TextTyped("u1", "p", "hello"), 1.0)
    dialogue.handle(e.InterruptPressed("p"), 2.0)
    assert len(effects) == 4
    assert dialogue.reminders == {"r1": (30.0, "Tea!")}
    assert dialogue.history() == (UserItem("u1", "hello", "p"),)
