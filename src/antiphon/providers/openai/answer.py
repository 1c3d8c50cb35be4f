"""One answer of the model: its items, words, sound and tool calls, from the service's events to the dialogue's. Pure.

Owns that each item begins before anything else of it, is told to be over once, and that nothing is told twice. Knows
nothing of asking, cancelling, or other answers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentSpeechEnded,
    AgentText,
    ResponseEnded,
    ResponseStarted,
    ToolCalled,
)
from antiphon.media.pcm import PcmData
from antiphon.models.realtime import AgentAudio, ModelEvent
from antiphon.wire.openai import events_server_response as answering
from antiphon.wire.openai.audio import PCM_RATE
from antiphon.wire.openai.events_client import ClientEvent, ItemDelete
from antiphon.wire.openai.items import FunctionCall, Message, StoredItem
from antiphon.wire.openai.response_shape import Response, ResponseRequest

Outcome = ModelEvent | AgentAudio | ClientEvent
"""What to tell the session, what to send to the service: in this order."""


@dataclass(slots=True)
class Known:
    """Ids that were told before, in any answer: the dialogue takes each once."""

    items: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Answer:
    """One that is asked for and not ended. ``wire_id``: the service's name for it, once it has begun there.

    ``received_ms`` says how much sound of an item has arrived.
    """

    id: str
    request: ResponseRequest
    known: Known
    received_ms: Callable[[str], int]
    sent_as: str | None = None
    sent_at: float = 0.0
    wire_id: str | None = None
    guessed: bool = False
    """``wire_id`` is taken for its name because nothing else was waited for."""
    started: bool = False
    cancelled: bool = False
    told: bool = False
    """Something beyond its start."""
    items: dict[str, bool] = field(default_factory=dict)
    """Its items of speech, and whether each is told to be over."""

    @property
    def pending(self) -> bool:
        """Sent, and not begun."""
        return self.sent_as is not None and self.wire_id is None

    def detail(self, event: answering.OfResponse, sound: bytes) -> list[Outcome]:
        """What one event of it says. ``sound``: the bytes of an audio delta."""
        match event:
            case answering.OutputItemAdded(item=Message(id=str() as item_id)):
                return self._begun(item_id)
            case answering.OutputItemDone():
                return self._item_done(event.item)
            case answering.OutputTextDelta() | answering.TranscriptDelta():
                begun = self._begun(event.item_id)
                if event.item_id in self.items and event.delta:
                    return [*begun, AgentText(self.id, event.item_id, event.delta)]
                return begun
            case answering.OutputAudioDelta():
                begun = self._begun(event.item_id)
                if sound and self.items.get(event.item_id) is False:
                    return [*begun, AgentAudio(self.id, event.item_id, PcmData.from_bytes(sound, PCM_RATE))]
                return begun
            case answering.ArgumentsDone():
                return self._call(event.call_id, event.name, event.arguments)
            case _:
                return []

    def closed(self, response: Response) -> list[Outcome]:
        """What the final form says that was not said before. An unfinished call will never have an output: it goes."""
        out: list[Outcome] = []
        for item in response.output:
            if isinstance(item, FunctionCall) and item.status == "incomplete" and item.id is not None:
                out.append(ItemDelete(item_id=item.id))
            elif response.status == "completed":
                out += self._item_done(item)
        if response.status == "completed":
            for item_id in list(self.items):
                out += self._whole(item_id)
        return out

    def ended(self, status: str, message: str) -> list[Outcome]:
        """That it is over, in whatever state it was; ``message`` is for one that failed."""
        start: list[Outcome] = [] if self.started else [ResponseStarted(self.id)]
        match status:
            case "completed" | "cancelled" | "incomplete":
                return [*start, ResponseEnded(self.id, status)]
            case _:
                return [*start, ResponseEnded(self.id, "failed", message)]

    def _begun(self, item_id: str) -> list[Outcome]:
        if item_id in self.known.items:
            return []
        self.known.items.add(item_id)
        self.items[item_id], self.told = False, True
        return [AgentItemStarted(self.id, item_id)]

    def _call(self, call_id: str | None, name: str, arguments: str) -> list[Outcome]:
        if not call_id or call_id in self.known.calls:
            return []
        self.known.calls.add(call_id)
        self.told = True
        return [ToolCalled(self.id, call_id, name, arguments)]

    def _item_done(self, item: StoredItem) -> list[Outcome]:
        if item.status == "incomplete":
            return []
        if isinstance(item, Message) and item.id is not None:
            return [*self._begun(item.id), *self._whole(item.id)]
        if isinstance(item, FunctionCall):
            return self._call(item.call_id, item.name, item.arguments)
        return []

    def _whole(self, item_id: str) -> list[Outcome]:
        if self.items.get(item_id) is not False:
            return []
        self.items[item_id] = True
        return [AgentSpeechEnded(self.id, item_id, self.received_ms(item_id))]
