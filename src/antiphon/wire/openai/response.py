"""One response being made: its items, parts and deltas as events, in the order that clients expect.

Owns that order and the closing of whatever is open when the response ends, for whatever reason. Every ``added`` gets
its ``done``; the deltas of a part add up to its ``done``. What comes after the end, or for an item that is closed,
changes nothing: it is late, not wrong. Knows nothing of other responses.
"""

from dataclasses import dataclass, field
from typing import Literal

from antiphon.wire.openai import events_server_response as ev
from antiphon.wire.openai import ids
from antiphon.wire.openai.audio import AudioFormat, encoded
from antiphon.wire.openai.conversation import Conversation
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.items import (
    FunctionCall,
    Message,
    OutputAudio,
    OutputText,
    ShownPart,
    Status,
    StoredItem,
)
from antiphon.wire.openai.response_shape import Response, ResponseStatus, StatusDetails, Usage
from antiphon.wire.openai.session_shape import Modality
from antiphon.wire.openai.shape import JsonObject
from antiphon.wire.openai.usage import Counted, usage

MessageKind = Literal["text", "audio"]


@dataclass(slots=True)
class _Output:
    item: Message | FunctionCall
    index: int
    kind: Literal["text", "audio", "call"]
    pieces: list[str] = field(default_factory=list)
    closed: bool = False


class OpenResponse:
    """A response from ``response.created`` to ``response.done``.

    ``conversation`` is None for one out of band: its items are stored nowhere, and no ``conversation.item.*`` is said.
    """

    def __init__(
        self, created: Response, modality: Modality, audio_format: AudioFormat, next_id: IdSource,
        conversation: Conversation | None,
    ) -> None:  # fmt: skip
        self.created = created
        self.done: Response | None = None
        self.audio_ms = 0.0
        self._modality: Modality = modality
        self._format = audio_format
        self._next_id = next_id
        self._conversation = conversation
        self._outputs: dict[str, _Output] = {}

    @property
    def id(self) -> str:
        return self.created.id

    # What the model makes

    def add_message(self, modality: Modality | None = None) -> tuple[str, list[ServerEvent]]:
        """A message begins, spoken or written as the response asks unless said otherwise: its item id."""
        item_id = self._conversation.new_item_id() if self._conversation else self._next_id(ids.ITEM)
        message = Message(id=item_id, status="in_progress", role="assistant", content=[])
        kind = modality or self._modality
        events = self._add(_Output(message, len(self._outputs), kind))
        if events:
            events.append(ev.ContentPartAdded(**self._part_of(item_id), part=_shown(kind, "")))
        return item_id, events

    def add_call(self, name: str, call_id: str | None = None) -> tuple[str, list[ServerEvent]]:
        """A function call begins: its item id."""
        item_id = self._conversation.new_item_id() if self._conversation else self._next_id(ids.ITEM)
        call = FunctionCall(
            id=item_id, status="in_progress", name=name, call_id=call_id or self._next_id(ids.CALL), arguments=""
        )
        return item_id, self._add(_Output(call, len(self._outputs), "call"))

    def text(self, item_id: str, delta: str) -> list[ServerEvent]:
        """More words of a message: what is written, or the transcript of what is spoken."""
        output = self._open(item_id)
        if output is None or output.kind == "call" or not delta:
            return []
        output.pieces.append(delta)
        where = self._part_of(item_id)
        if output.kind == "audio":
            return [ev.TranscriptDelta(**where, delta=delta)]
        return [ev.OutputTextDelta(**where, delta=delta)]

    def takes_sound(self, item_id: str) -> bool:
        """Whether the item is a spoken message that is open."""
        output = self._open(item_id)
        return output is not None and output.kind == "audio"

    def audio(self, item_id: str, data: bytes) -> list[ServerEvent]:
        """More sound of a message, in the output format."""
        if not self.takes_sound(item_id) or not data:
            return []
        self.audio_ms += len(data) / self._format.bytes_per_ms
        if self._conversation:
            self._conversation.sounded(item_id, data, self._format)
        return [ev.OutputAudioDelta(**self._part_of(item_id), delta=encoded(data))]

    def audio_elsewhere(self, item_id: str, ms: float) -> None:
        """More sound of a message, which goes on a track."""
        if self.takes_sound(item_id):
            self.audio_ms += ms
            if self._conversation:
                self._conversation.sounded(item_id, b"", self._format, ms)

    def arguments(self, item_id: str, delta: str) -> list[ServerEvent]:
        """More of a call's arguments, as JSON text."""
        output = self._open(item_id)
        if output is None or not isinstance(output.item, FunctionCall) or not delta:
            return []
        output.pieces.append(delta)
        return [ev.ArgumentsDelta(**self._item_of(item_id), call_id=output.item.call_id or "", delta=delta)]

    def close(self, item_id: str, status: Status = "completed") -> list[ServerEvent]:
        """The item is whole, or will never be."""
        output = self._open(item_id)
        if output is None:
            return []
        output.closed = True
        whole = "".join(output.pieces)
        if isinstance(output.item, FunctionCall):
            events = self._end_call(item_id, output.item, whole)
            item: Message | FunctionCall = output.item.model_copy(update={"arguments": whole, "status": status})
        else:
            kind: MessageKind = "audio" if output.kind == "audio" else "text"
            events = self._end_part(item_id, kind, whole)
            part = OutputAudio(transcript=whole) if kind == "audio" else OutputText(text=whole)
            item = output.item.model_copy(update={"content": [part], "status": status})
        output.item = item
        if self._conversation:
            events += self._conversation.close(item)
        events.append(ev.OutputItemDone(response_id=self.id, output_index=output.index, item=item))
        return events

    def end(self, status: ResponseStatus, details: StatusDetails | None, used: Usage | None) -> list[ServerEvent]:
        """The end, however it came. Items that are open are closed, as incomplete unless all went well.

        ``used`` None: the sound that was made is counted, and nothing else.
        """
        if self.done is not None:
            return []
        events: list[ServerEvent] = []
        for item_id in self._outputs:
            events += self.close(item_id, "completed" if status == "completed" else "incomplete")
        output: list[StoredItem] = [output.item for output in self._outputs.values()]
        self.done = self.created.model_copy(
            update={
                "status": status,
                "status_details": details,
                "output": output,
                "usage": used or usage(Counted(audio_out_ms=int(self.audio_ms + 1e-6))),
            }
        )
        return [*events, ev.ResponseDone(response=self.done)]

    def _add(self, output: _Output) -> list[ServerEvent]:
        if self.done is not None or output.item.id is None:
            return []
        self._outputs[output.item.id] = output
        added = ev.OutputItemAdded(response_id=self.id, output_index=output.index, item=output.item)
        return [added, *(self._conversation.open(output.item) if self._conversation else [])]

    def _open(self, item_id: str) -> _Output | None:
        output = self._outputs.get(item_id)
        return None if output is None or output.closed else output

    def _end_part(self, item_id: str, kind: MessageKind, whole: str) -> list[ServerEvent]:
        where = self._part_of(item_id)
        said: list[ServerEvent]
        if kind == "audio":
            said = [ev.OutputAudioDone(**where), ev.TranscriptDone(**where, transcript=whole)]
        else:
            said = [ev.OutputTextDone(**where, text=whole)]
        return [*said, ev.ContentPartDone(**where, part=_shown(kind, whole))]

    def _end_call(self, item_id: str, call: FunctionCall, whole: str) -> list[ServerEvent]:
        where = self._item_of(item_id)
        return [ev.ArgumentsDone(**where, call_id=call.call_id or "", name=call.name, arguments=whole)]

    def _item_of(self, item_id: str) -> JsonObject:
        return {"response_id": self.id, "item_id": item_id, "output_index": self._outputs[item_id].index}

    def _part_of(self, item_id: str) -> JsonObject:
        return {**self._item_of(item_id), "content_index": 0}


def _shown(kind: MessageKind, whole: str) -> ShownPart:
    return ShownPart(type="audio", transcript=whole) if kind == "audio" else ShownPart(type="text", text=whole)
