"""Any events in any order, with ids that collide: what cannot be changes nothing, and the rest breaks nothing."""

import pickle
from dataclasses import fields
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.playback import Phase
from antiphon.dialogue.state import Rules
from antiphon.dialogue.turns import AgentTurn, Person
from antiphon.errors import IllegalTransition
from tests.scenarios.monitor import invalid

LONG = settings.get_current_profile_name() == "dialogue-long"
EACH = settings(
    max_examples=2_000 if LONG else 150,
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "response_id": st.sampled_from(["resp_1", "resp_2", "resp_3", "own"]),
    "item_id": st.sampled_from(["i1", "i2", "i3", "i4", "c1"]),
    "call_id": st.sampled_from(["c1", "c2", "i1"]),
    "participant_id": st.sampled_from(["p1", "p2"]),
    "reminder_id": st.sampled_from(["r1", "r2"]),
    "due_at": st.floats(0, 60),
    "text": st.sampled_from(["", " ", "one two", "three four five. "]),
    "chars": st.integers(-5, 60),
    "audio_ms": st.integers(-100, 5000),
    "played_ms": st.integers(-100, 6000),
    "sent_ms": st.integers(-100, 5000),
    "silence_ms": st.integers(0, 500),
    "status": st.sampled_from(["completed", "cancelled", "failed", "incomplete"]),
    "final": st.booleans(),
    "background": st.booleans(),
    "ok": st.booleans(),
    "fatal": st.sampled_from([False, False, False, True]),
    "reason": st.sampled_from(["turn", "start", "progress", "cancel", "settle", "playback", "reminder r1", "?"]),
}


def events_of(cls: type[Any]) -> st.SearchStrategy[e.Event]:
    return st.builds(cls, **{field.name: VALUES.get(field.name, st.just("x")) for field in fields(cls)})


COMMON = (
    e.SpeechStarted, e.SpeechStopped, e.TurnCommitted, e.TextTyped, e.ResponseStarted, e.AgentItemStarted, e.AgentText,
    e.AgentSpeechEnded, e.ToolCalled, e.ToolSettled, e.ToolCancelRequested, e.ResponseEnded, e.PlaybackStarted,
    e.PlaybackFlushed,
)  # fmt: skip
any_event = st.one_of([events_of(cls) for cls in (*e.EVENT_TYPES, *COMMON, *COMMON)])
any_log = st.lists(st.tuples(st.sampled_from([0.0, 0.01, 0.2, 1.0, 4.0, 20.0]), any_event), max_size=120)
rules = st.builds(Rules, creates_responses=st.booleans(), apology=st.sampled_from([None, "Sorry."]))


def snapshot(dialogue: Dialogue) -> bytes:
    """Everything a dialogue knows. ``out`` belongs to the caller of the event before."""
    dialogue._state.out = []
    return pickle.dumps(dialogue._state)


def check(dialogue: Dialogue, effects: list[x.Effect]) -> None:
    state = dialogue._state
    assert invalid(dialogue.history()) is None
    for effect in effects:
        if isinstance(effect, x.CreateResponse):
            assert invalid(effect.history) is None
            assert dialogue.person is Person.SILENT
            assert not state.tools.open
        if isinstance(effect, x.TruncateItem):
            assert effect.heard_ms >= 0
    live = state.response is not None and not state.response.cancelled
    if dialogue.agent is AgentTurn.IDLE:
        assert (live, state.tools.open, state.ledger.open_items()) == (False, {}, [])
    else:
        assert dialogue.person is Person.SILENT
    busy = dialogue.agent is not AgentTurn.IDLE or state.wants or state.response
    assert not busy or dialogue.deadline() or state.tools.open or dialogue.person is Person.SPEAKING
    assert all(item.phase is not Phase.CLOSED for item in state.ledger.items.values())
    assert (state.turn is None) == (dialogue.person is Person.SILENT)


@EACH
@given(rules, any_log)
def test_what_cannot_be_changes_nothing_and_the_rest_breaks_nothing(rules: Rules, log: list[Any]) -> None:
    dialogue, now = Dialogue(rules), 0.0
    for passed, event in log:
        now += passed
        before = snapshot(dialogue)
        try:
            effects = dialogue.handle(event, now)
        except IllegalTransition:
            assert snapshot(dialogue) == before
        else:
            check(dialogue, effects)


@EACH
@given(rules, any_log)
def test_deadlines_bring_it_to_rest(rules: Rules, log: list[Any]) -> None:
    dialogue, now = Dialogue(rules), 0.0
    calls: set[str] = set()
    for passed, event in log:
        now += passed
        try:
            effects = dialogue.handle(event, now)
        except IllegalTransition:
            continue
        calls |= {effect.call_id for effect in effects if isinstance(effect, x.RunTool)}
    for call_id in sorted(calls):  # tools settle, whatever happens
        dialogue.handle(e.ToolSettled(call_id, "done", True), now)
    if dialogue.person is Person.SPEAKING and dialogue._state.turn is not None:
        dialogue.handle(e.SpeechStopped(dialogue._state.turn.item_id), now)
    for _ in range(200):
        deadline = dialogue.deadline()
        if deadline is None:
            break
        now = max(now, deadline[0])
        check(dialogue, dialogue.expire(now))
    state = dialogue._state
    assert (dialogue.deadline(), dialogue.agent, dialogue.person) == (None, AgentTurn.IDLE, Person.SILENT)
    assert (list(state.wants), state.response, state.ledger.items, state.reminders) == ([], None, {}, {})


@EACH
@given(rules, any_log)
def test_the_same_log_gives_the_same_effects(rules: Rules, log: list[Any]) -> None:
    first, second, now = Dialogue(rules), Dialogue(rules), 0.0
    for passed, event in log:
        now += passed
        try:
            effects = first.handle(event, now)
        except IllegalTransition:
            continue
        assert second.handle(e.decode(e.encode(event)), now) == effects
        assert second.deadline() == first.deadline()


@EACH
@given(any_event)
def test_every_event_survives_the_log(event: e.Event) -> None:
    assert e.decode(e.encode(event)) == event
