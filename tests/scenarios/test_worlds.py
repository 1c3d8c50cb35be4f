"""What must hold in every simulated world, with people, models, devices and tools at fault."""

import json
from functools import lru_cache
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.items import AgentItem, NoticeItem
from antiphon.dialogue.turns import AgentTurn, Person
from tests.scenarios.monitor import invalid
from tests.scenarios.world import Plan, Record, World

LONG = settings.get_current_profile_name() == "dialogue-long"
WORLDS = 400 if LONG else 24
EACH = settings(
    max_examples=WORLDS, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def plan_of(number: int) -> Plan:
    """The worlds are numbered, so that every property looks at the same ones."""
    random = Random(number)
    return Plan(
        seed=number,
        seconds=random.choice([20.0, 60.0, 200.0, 600.0]),
        creates=random.random() < 0.4,
        faults=random.random() < 0.8,
        apology=random.choice([None, "Sorry, that did not work."]),
    )


@lru_cache(maxsize=64)
def quiet_world(number: int) -> World:
    """A whole conversation, then silence until nothing is waited for any more."""
    return World(plan_of(number)).run().hush(total=number % 2 == 0)


def faultless(number: int, name: str) -> None:
    assert quiet_world(number).monitor.faults[name] == []


numbers = given(st.integers(0, WORLDS - 1))


@EACH
@numbers
def test_the_history_is_always_valid(number: int) -> None:
    faultless(number, "valid history")


@EACH
@numbers
def test_remembered_speech_is_never_more_than_was_heard(number: int) -> None:
    faultless(number, "heard")


@EACH
@numbers
def test_speech_that_was_heard_to_its_end_is_remembered_whole(number: int) -> None:
    world = quiet_world(number)
    whole = {item.id: item.text for item in world.dialogue.history() if isinstance(item, AgentItem)}
    complete = {r.event.item_id for r in world.records if isinstance(r.event, e.AgentSpeechEnded)}
    for sound in world.playout.sounds.values():
        over = (
            sound.item_id in complete
            and sound.sent_ms is not None
            and not sound.flushed
            and sound.sent_ms >= sound.total_ms > 0
        )
        if over and sound.item_id in world.monitor.entries:
            assert len(whole[sound.item_id]) == sum(length for length, _ in sound.pieces)


@EACH
@numbers
def test_a_truncation_is_never_longer_than_the_sound(number: int) -> None:
    faultless(number, "truncation")


@EACH
@numbers
def test_one_response_at_a_time_each_created_once(number: int) -> None:
    faultless(number, "one response")


@EACH
@numbers
def test_there_is_always_somebody_to_wait_for(number: int) -> None:
    faultless(number, "somebody to wait for")


@EACH
@numbers
def test_what_belongs_to_something_over_changes_nothing(number: int) -> None:
    faultless(number, "stale")


@EACH
@numbers
def test_when_all_is_quiet_everybody_rests(number: int) -> None:
    world = quiet_world(number)
    state = world.dialogue._state
    assert (world.dialogue.agent, world.dialogue.person) == (AgentTurn.IDLE, Person.SILENT)
    assert (list(state.wants), state.response, state.ledger.items, state.tools.open) == ([], None, {}, {})


def after(records: list[Record], index: int, kinds: tuple[type, ...]) -> bool:
    """Does an event or effect of these kinds come after the record at ``index``?"""
    return any(
        isinstance(thing, kinds) for record in records[index + 1 :] for thing in [record.event, *record.effects]
    ) or any(isinstance(effect, kinds) for effect in records[index].effects)


@EACH
@numbers
def test_the_last_turn_is_answered_or_an_error_says_why_not(number: int) -> None:
    records = quiet_world(number).records
    turns = [i for i, record in enumerate(records) if isinstance(record.event, (e.TurnCommitted, e.TextTyped))]
    last = turns[-1] if turns else None
    if last is None or after(records, last, (e.InterruptPressed,)):
        return
    replies = {effect.response_id for record in records[last:] for effect in record.effects if asks(effect)}
    replies |= {record.event.response_id for record in records[last:] if own(record)}
    ended = {
        record.event.response_id
        for record in records[last:]
        if isinstance(record.event, e.ResponseEnded) and record.event.status in ("completed", "incomplete")
    }
    assert replies & ended or after(records, last, (x.ShowError, e.PlaybackStarted))


def asks(effect: x.Effect) -> bool:
    return isinstance(effect, x.CreateResponse) and effect.prompt is None and effect.say is None


def own(record: Record) -> bool:
    return isinstance(record.event, e.ResponseStarted) and not record.effects and "own" in record.event.response_id


@EACH
@numbers
def test_every_reminder_that_came_due_is_spoken_or_an_error_says_why_not(number: int) -> None:
    world = quiet_world(number)
    cancelled = {r.event.reminder_id for r in world.records if isinstance(r.event, e.ReminderCancelled)}
    for record in world.records:
        if isinstance(record.event, e.ReminderSet) and record.event.reminder_id not in cancelled:
            assert said(world.records, record.event.text), record.event


def said(records: list[Record], text: str) -> bool:
    attempts = [
        (index, effect.response_id)
        for index, record in enumerate(records)
        for effect in record.effects
        if isinstance(effect, x.CreateResponse) and effect.say == text
    ]
    if not attempts:
        return False
    index, response_id = attempts[-1]
    ends = [r.event for r in records if isinstance(r.event, e.ResponseEnded) and r.event.response_id == response_id]
    completed = any(end.status == "completed" for end in ends)
    return completed or after(records, index, (x.ShowError, e.InterruptPressed, e.PlaybackStarted))


@EACH
@numbers
def test_every_line_is_final_in_the_end_and_every_tool_settled_once(number: int) -> None:
    world = World(plan_of(number)).run().hush(total=number % 2 == 0).close()
    assert [item_id for item_id, final in world.monitor.entries.items() if not final] == []
    over = ("done", "failed", "cancelled")
    assert [s for s in world.monitor.tools.values() if set(s[:-1]) != {"running"} or s[-1] not in over] == []


@EACH
@numbers
def test_what_a_task_brings_is_passed_on_or_an_error_says_why_not(number: int) -> None:
    """A notice is in the history of an answer asked for after it, or the model answers by itself after it."""
    world = quiet_world(number)
    records = world.records
    for index, record in enumerate(records):
        if not isinstance(record.event, e.ToolSettled):
            continue
        for effect in record.effects:
            if isinstance(effect, x.AddItem) and isinstance(effect.item, NoticeItem):
                assert told_of(effect.item, records[index:]) or (world.plan.creates and any(map(own, records[index:])))


def told_of(notice: NoticeItem, records: list[Record]) -> bool:
    asked = [effect for record in records for effect in record.effects if isinstance(effect, x.CreateResponse)]
    return any(notice in effect.history and effect.say is None for effect in asked)


@EACH
@numbers
def test_nobody_but_who_asks_for_it_stops_a_task(number: int) -> None:
    world = quiet_world(number)
    for record in world.records:
        stopped = {effect.call_id for effect in record.effects if isinstance(effect, x.CancelTool)}
        if not isinstance(record.event, e.ToolCancelRequested):
            assert not stopped & world.monitor.background


@EACH
@numbers
def test_nothing_goes_wrong_where_nothing_is_at_fault(number: int) -> None:
    world = World(Plan(seed=number, seconds=200.0, creates=number % 2 == 0, faults=False)).run().hush(total=False)
    errors = [effect for record in world.records for effect in record.effects if isinstance(effect, x.ShowError)]
    assert (errors, dict(world.monitor.faults)) == ([], {})


def told(dialogue: Dialogue, records: list[Record]) -> list[list[x.Effect]]:
    """The log as it is on disk, read back and told to another dialogue."""
    lines = [json.dumps((record.at, e.encode(record.event))) for record in records]
    return [dialogue.handle(e.decode(event), at) for at, event in map(json.loads, lines)]


@EACH
@numbers
def test_replaying_the_log_gives_the_same_effects(number: int) -> None:
    world = quiet_world(number)
    again = Dialogue(world.rules)
    assert told(again, world.records) == [record.effects for record in world.records]
    assert again.history() == world.dialogue.history()


@EACH
@given(st.integers(0, WORLDS - 1), st.floats(0, 1))
def test_a_log_cut_anywhere_is_a_clean_beginning(number: int, where: float) -> None:
    world = quiet_world(number)
    records = world.records[: int(where * len(world.records))]
    dialogue = Dialogue(world.rules)
    followed = told(dialogue, records)
    owed = reminders_owed(dialogue)
    now = records[-1].at if records else 0.0
    effects = dialogue.handle(e.SessionOpened("again", "Ada"), now + 60)
    state = dialogue._state
    assert (dialogue.agent, dialogue.person, state.turn) == (AgentTurn.IDLE, Person.SILENT, None)
    assert (list(state.wants), state.response, state.ledger.items, state.tools.open) == ([], None, {}, {})
    assert not [effect for effect in effects if isinstance(effect, x.CreateResponse)]
    assert invalid(dialogue.history()) is None
    assert owed <= set(dialogue.reminders)
    final = {
        effect.entry.id: effect.entry.final
        for effects in [*followed, effects]
        for effect in effects
        if isinstance(effect, x.ShowEntry)
    }
    assert all(final.values())


def reminders_owed(dialogue: Dialogue) -> set[str]:
    """Those set and not due yet, those waiting for their turn, the one that is about to be spoken."""
    state = dialogue._state
    wants = [*state.wants, state.unheard]
    if state.turns.agent is AgentTurn.THINKING and state.response is not None:
        wants.append(state.response.want if not state.response.heard and not state.response.cancelled else None)
    return set(state.reminders) | {want.reminder_id for want in wants if want is not None and want.reminder_id}


def _remember_everything(world: World) -> None:
    cut = next(s for s in world.playout.sounds.values() if s.flushed and s.heard_ms < s.total_ms)
    world.dialogue._state.transcript.put(AgentItem(cut.item_id, "x" * sum(length for length, _ in cut.pieces)))


@pytest.mark.parametrize("number", range(3))
def test_the_monitor_sees_words_that_nobody_heard(number: int) -> None:
    world = World(Plan(seed=number, seconds=200.0)).run()
    assert world.monitor.faults == {}
    _remember_everything(world)
    world.monitor.look(Record(world.now, e.ParticipantJoined("p", "p")))
    assert world.monitor.faults["heard"]
