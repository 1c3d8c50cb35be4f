"""The dialogue: one pure machine that says what follows from what happens.

::

    effects = dialogue.handle(event, now)     # tell it what happened, do what it says, in order
    deadline = dialogue.deadline()            # (at, reason): call expire(now) then, unless something happens before

Time is an argument, in seconds, and never goes back. An illegal event raises ``IllegalTransition``, changes nothing.
The same events at the same times give the same effects: their log is the recovery format and the debugging format.
Knows no asyncio, no clock, no I/O, no provider.
"""

from collections.abc import Callable
from typing import Any

from antiphon.dialogue import events as e
from antiphon.dialogue import machinery, model, people, tasks
from antiphon.dialogue.effects import Effect, ShownState
from antiphon.dialogue.items import Item
from antiphon.dialogue.state import SHOWN, Rules, State
from antiphon.dialogue.tool_calls import ToolCall
from antiphon.dialogue.turns import AgentTurn, Person

_RULES: dict[type[Any], Callable[[State, Any, float], None]] = {
    e.SessionOpened: people.session_opened,
    e.SessionClosed: people.session_closed,
    e.ParticipantJoined: people.participant_joined,
    e.ParticipantLeft: people.participant_left,
    e.TextTyped: people.text_typed,
    e.InterruptPressed: people.interrupt_pressed,
    e.SayRequested: people.say_requested,
    e.RespondRequested: people.respond_requested,
    e.ReminderSet: people.reminder_set,
    e.ReminderCancelled: people.reminder_cancelled,
    e.SpeechStarted: people.speech_started,
    e.SpeechStopped: people.speech_stopped,
    e.UserTranscribed: people.user_transcribed,
    e.TurnCommitted: people.turn_committed,
    e.TurnDiscarded: people.turn_discarded,
    e.ResponseStarted: model.response_started,
    e.AgentItemStarted: model.agent_item_started,
    e.AgentText: model.agent_text,
    e.SpeechMarked: model.speech_marked,
    e.AgentSpeechEnded: model.agent_speech_ended,
    e.ToolCalled: tasks.tool_called,
    e.ResponseEnded: model.response_ended,
    e.ModelFailed: model.model_failed,
    e.PlaybackStarted: machinery.playback_started,
    e.PlaybackReported: machinery.playback_reported,
    e.PlaybackFlushed: machinery.playback_flushed,
    e.PlaybackEnded: machinery.playback_ended,
    e.ToolProgressed: tasks.tool_progressed,
    e.ToolSettled: tasks.tool_settled,
    e.ToolCancelRequested: tasks.tool_cancel_requested,
    e.DeadlinePassed: machinery.deadline_passed,
}


class Dialogue:
    """Turns, playback, tool calls and transcript, composed."""

    def __init__(self, rules: Rules | None = None) -> None:
        self._state = State(rules or Rules())

    def handle(self, event: e.Event, now: float) -> list[Effect]:
        """What follows from ``event``, in this order. Raises ``IllegalTransition``; then nothing has changed."""
        state = self._state
        out: list[Effect] = []
        state.out = out
        _RULES[type(event)](state, event, now)
        state.rest()
        state.ask_next(now)
        return out

    def deadline(self) -> tuple[float, str] | None:
        """The next moment to call ``expire``, and why; None when only people are waited for."""
        return min(machinery.deadlines(self._state), default=None)

    def expire(self, now: float) -> list[Effect]:
        """What follows from the passing of the next deadline; nothing when it is not due."""
        deadline = self.deadline()
        if deadline is None or deadline[0] > now:
            return []
        return self.handle(e.DeadlinePassed(deadline[1]), now)

    @property
    def person(self) -> Person:
        return self._state.turns.person

    @property
    def agent(self) -> AgentTurn:
        return self._state.turns.agent

    @property
    def shown(self) -> ShownState:
        """The agent's state as people see it."""
        return SHOWN[self.agent]

    @property
    def reminders(self) -> dict[str, tuple[float, str]]:
        """What is still to be said: id to (due, text)."""
        return dict(self._state.reminders)

    @property
    def tasks(self) -> tuple[ToolCall, ...]:
        """The calls that run in the background, oldest first."""
        return tuple(self._state.tools.background.values())

    def history(self) -> tuple[Item, ...]:
        """What a model may be told was said and done: always valid."""
        return self._state.transcript.history()
