"""Rules for what people do: speak, type, press, come and go; and for what our own code asks to be said."""

from collections import deque

from antiphon.dialogue.effects import AddItem
from antiphon.dialogue.events import (
    InterruptPressed,
    ParticipantJoined,
    ParticipantLeft,
    ReminderCancelled,
    ReminderSet,
    RespondRequested,
    SayRequested,
    SessionClosed,
    SessionOpened,
    SpeechStarted,
    SpeechStopped,
    TextTyped,
    TurnCommitted,
    TurnDiscarded,
    UserTranscribed,
)
from antiphon.dialogue.items import UserItem
from antiphon.dialogue.state import Response, State, Turn, Want
from antiphon.dialogue.tasks import close_background
from antiphon.dialogue.turns import AgentTurn, Person, PersonMove
from antiphon.errors import IllegalTransition


def session_opened(d: State, event: SessionOpened, now: float) -> None:
    """Whatever an earlier run left open is over; what it had remembered, and its reminders, stay."""
    _end_everything(d, now)


def session_closed(d: State, event: SessionClosed, now: float) -> None:
    _end_everything(d, now)


def _end_everything(d: State, now: float) -> None:
    d.give_up(now)
    close_background(d)
    d.settle_all()
    d.ledger.reporters.clear()
    if d.turn is not None:
        d.turns.move_person(PersonMove.DISCARD)
        _withdraw(d, d.turn)
    for turn in d.unworded.values():
        d.show_user(turn, turn.text, True)
    d.unworded.clear()


def participant_joined(d: State, event: ParticipantJoined, now: float) -> None:
    """Only of interest to the log."""


def participant_left(d: State, event: ParticipantLeft, now: float) -> None:
    for item in d.ledger.forget_device(event.participant_id):
        d.settle(item)


def speech_started(d: State, event: SpeechStarted, now: float) -> None:
    if d.taken(event.item_id):
        raise IllegalTransition(f"The turn {event.item_id} is over already.")
    d.turns.move_person(PersonMove.START)
    if d.turn is not None and d.turn.item_id != event.item_id:
        _withdraw(d, d.turn)
    if d.turn is None:
        d.turn = Turn(event.item_id, event.participant_id, now)
    d.latency.drop()
    if d.turns.agent is not AgentTurn.IDLE:
        d.interrupt(now)


def speech_stopped(d: State, event: SpeechStopped, now: float) -> None:
    turn = _turn(d, event.item_id)
    d.turns.move_person(PersonMove.STOP)
    turn.stopped_at = now
    d.latency.begin(event.item_id, now - event.silence_ms / 1000)
    d.latency.mark("turn_end", now)


def user_transcribed(d: State, event: UserTranscribed, now: float) -> None:
    """Partial or final, early or late: the words of the turn, never its place. For an unknown turn: nothing."""
    if d.turn is not None and d.turn.item_id == event.item_id:
        d.turn.text = event.text
        if event.final:
            d.latency.mark("transcript", now)
        d.turn.worded = event.final
        d.show_user(d.turn, event.text, False)
    elif (turn := d.unworded.get(event.item_id)) is not None:
        turn.text = event.text
        d.transcript.put(UserItem(turn.item_id, event.text, turn.participant_id))
        d.show_user(turn, event.text, event.final)
        if event.final:
            del d.unworded[event.item_id]


def turn_committed(d: State, event: TurnCommitted, now: float) -> None:
    if d.taken(event.item_id):
        raise IllegalTransition(f"The turn {event.item_id} was committed twice.")
    if d.turn is not None:
        _turn(d, event.item_id)
    turn = d.turn or Turn(event.item_id, None, now)
    if d.turns.agent is not AgentTurn.IDLE:
        d.interrupt(now)
    if d.turns.person is not Person.PAUSED:
        d.latency.begin(event.item_id, now)
    d.turns.move_person(PersonMove.COMMIT)
    d.turn = None
    d.transcript.put(UserItem(turn.item_id, turn.text, turn.participant_id))
    d.show_user(turn, turn.text, turn.worded)
    if not turn.worded:
        d.unworded[turn.item_id] = turn
    d.recall(answered=True)
    if d.rules.creates_responses:
        d.drop("reply", "notice")
        d.end_response()
        d.begin(Response("", Want("reply"), now))
    else:
        d.want(Want("reply"))


def turn_discarded(d: State, event: TurnDiscarded, now: float) -> None:
    """It was no turn. An answer that it silenced before anybody heard of it is asked for again: no dead air."""
    turn = _turn(d, event.item_id)
    d.turns.move_person(PersonMove.DISCARD)
    d.latency.drop()
    _withdraw(d, turn)
    d.recall(answered=False)


def text_typed(d: State, event: TextTyped, now: float) -> None:
    if d.taken(event.item_id):
        raise IllegalTransition(f"The item {event.item_id} is there already.")
    if d.turns.agent is not AgentTurn.IDLE:
        d.interrupt(now)
    d.recall(answered=True)
    item = UserItem(event.item_id, event.text, event.participant_id)
    d.transcript.put(item)
    d.show_user(Turn(event.item_id, event.participant_id, now), event.text, True)
    d.latency.begin(event.item_id, now)
    d.out.append(AddItem(item))
    d.want(Want("reply"))


def interrupt_pressed(d: State, event: InterruptPressed, now: float) -> None:
    """The button: silence, and no answer to what was pending."""
    d.drop("reply")
    if d.turns.agent is not AgentTurn.IDLE:
        d.interrupt(now)
    d.unheard = None


def say_requested(d: State, event: SayRequested, now: float) -> None:
    d.want(Want("say", event.text))


def respond_requested(d: State, event: RespondRequested, now: float) -> None:
    d.want(Want("prompt", event.prompt))


def reminder_set(d: State, event: ReminderSet, now: float) -> None:
    if event.reminder_id in d.reminders:
        raise IllegalTransition(f"The reminder {event.reminder_id} is set already.")
    d.reminders[event.reminder_id] = (event.due_at, event.text)


def reminder_cancelled(d: State, event: ReminderCancelled, now: float) -> None:
    d.reminders.pop(event.reminder_id, None)
    d.wants = deque(want for want in d.wants if want.reminder_id != event.reminder_id)


def _turn(d: State, item_id: str) -> Turn:
    if d.turn is None or d.turn.item_id != item_id:
        raise IllegalTransition(f"The turn {item_id} is not the one under way.")
    return d.turn


def _withdraw(d: State, turn: Turn) -> None:
    """A final line without words takes back what was shown of it."""
    d.turn = None
    if turn.shown:
        d.show_user(turn, "", True)
