"""The person's turns, from the service's events to the dialogue's. Pure: an event in, what it says out.

Owns the order that a dialogue needs, whatever order the events come in: one turn at a time; started, stopped, committed
or discarded; each committed once. Knows no response.
"""

from collections import OrderedDict

from antiphon.dialogue.events import SpeechStarted, SpeechStopped, TurnCommitted, TurnDiscarded, UserTranscribed
from antiphon.models.realtime import ModelEvent
from antiphon.wire.openai import events_server_input as hearing
from antiphon.wire.openai.events_base import ServerEvent, UnknownEvent
from antiphon.wire.openai.events_client import ItemDelete

MAX_UNWORDED = 64
"""Turns whose words may still come. Of more, the oldest are given up."""


class Turns:
    """``silence_ms``: the silence after which the service takes a turn to be over."""

    def __init__(self, silence_ms: int) -> None:
        self._silence_ms = silence_ms
        self._turn: str | None = None
        self._speaking = False
        self._over: set[str] = set()
        self._dropped: set[str] = set()
        self._words: OrderedDict[str, str] = OrderedDict()

    def told(self, event: ServerEvent | UnknownEvent) -> list[ModelEvent | ItemDelete]:
        """What follows from what the service says."""
        match event:
            case hearing.SpeechStarted():
                return [*self._started(event.item_id)]
            case hearing.SpeechStopped() if event.item_id == self._turn and self._speaking:
                self._speaking = False
                return [SpeechStopped(event.item_id, self._silence_ms)]
            case hearing.InputAudioCommitted():
                return self._committed(event.item_id)
            case hearing.TranscriptionDelta() if event.item_id in self._words:
                self._words[event.item_id] += event.delta or ""
                return [UserTranscribed(event.item_id, self._words[event.item_id], final=False)]
            case hearing.TranscriptionCompleted() if event.item_id in self._words:
                del self._words[event.item_id]
                return [UserTranscribed(event.item_id, event.transcript.strip(), final=True)]
            case hearing.TranscriptionFailed() if event.item_id in self._words:
                return [UserTranscribed(event.item_id, self._words.pop(event.item_id), final=True)]
            case _:
                return []

    def discard(self) -> list[ModelEvent]:
        """Drop the turn that is under way: somebody asked for it, or the session that heard it is gone."""
        turn, self._turn, self._speaking = self._turn, None, False
        if turn is None:
            return []
        self._dropped.add(turn)
        self._words.pop(turn, None)
        return [TurnDiscarded(turn)]

    def _started(self, item_id: str) -> list[ModelEvent]:
        if item_id in self._over or item_id in self._dropped or (item_id == self._turn and self._speaking):
            return []
        before = self.discard() if self._turn not in (None, item_id) else []
        self._turn, self._speaking = item_id, True
        self._await_words(item_id)
        return [*before, SpeechStarted(item_id)]

    def _committed(self, item_id: str) -> list[ModelEvent | ItemDelete]:
        if item_id in self._over:
            return []
        if item_id in self._dropped:  # it was on its way already when it was dropped
            return [ItemDelete(item_id=item_id)]
        before = self.discard() if self._turn not in (None, item_id) else []
        self._turn, self._speaking = None, False
        self._over.add(item_id)
        self._await_words(item_id)
        return [*before, TurnCommitted(item_id)]

    def _await_words(self, item_id: str) -> None:
        self._words.setdefault(item_id, "")
        while len(self._words) > MAX_UNWORDED:
            self._words.popitem(last=False)
