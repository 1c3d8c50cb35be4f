"""The items of one conversation: their order, what may be done to each, and the events that say so.

Owns order, ids, and the rules of create, retrieve, truncate and delete (their errors too). Every verb returns the
events to send or raises ``WireError``, and then nothing has changed. Knows no response and no transport.
"""

from dataclasses import dataclass, field

from antiphon.wire.openai import errors, ids
from antiphon.wire.openai.audio import AudioFormat, decoded, encoded
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server import ItemAdded, ItemDeleted, ItemDone, ItemRetrieved, ItemTruncated
from antiphon.wire.openai.events_server_input import InputAudioCommitted
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.input_buffer import Turn
from antiphon.wire.openai.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    Message,
    OutputAudio,
    Part,
    StoredItem,
    check_created,
    with_parts,
    with_status,
)
from antiphon.wire.openai.sounds import Sounds

ROOT = "root"
AUDIO_LIMIT_BYTES = 64 * 1024 * 1024
"""Sound kept for ``conversation.item.retrieve``: about 23 minutes of PCM."""


@dataclass(slots=True)
class _Held:
    """Outputs of calls whose response is not done: their events follow it."""

    calls: set[str] = field(default_factory=set)
    items: list[tuple[FunctionCallOutput, str | None]] = field(default_factory=list)


class Conversation:
    """Ordered items. ``clamp``: a truncation past the end of the sound is taken as one at its end, not refused."""

    def __init__(
        self, conversation_id: str, next_id: IdSource, *, clamp: bool = False, audio_limit: int = AUDIO_LIMIT_BYTES
    ) -> None:
        self.id = conversation_id
        self._next_id = next_id
        self._clamp = clamp
        self._items: dict[str, StoredItem] = {}
        self._order: list[str] = []
        self._truncated: set[str] = set()
        self._sounds = Sounds(audio_limit)
        self._held = _Held()

    @property
    def items(self) -> tuple[StoredItem, ...]:
        """In order, those in progress included."""
        return tuple(self._items[item_id] for item_id in self._order)

    def item(self, item_id: str) -> StoredItem | None:
        return self._items.get(item_id)

    def audio_of(self, item_id: str, content_index: int = 0) -> bytes | None:
        """The sound of a part as it was stored; None if it has none or not all of it was kept."""
        return self._sounds.data(item_id, content_index)

    def new_item_id(self) -> str:
        """An id that no item has: clients choose ids too."""
        while (item_id := self._next_id(ids.ITEM)) in self._items:
            pass
        return item_id

    # What a client asks for

    def create(self, item: StoredItem, previous_item_id: str | None, input_format: AudioFormat) -> list[ServerEvent]:
        """An item of the client's own. The output of a call is held until the response that called is done."""
        check_created(item, input_format)
        if item.id == ROOT:
            raise errors.invalid("item.id", f"'{ROOT}' is the place before the first item.")
        if item.id is not None and (item.id in self._items or any(item.id == held.id for held, _ in self._held.items)):
            raise WireError(
                Code.DUPLICATE_ITEM, f"Error adding item: an item with id '{item.id}' already exists.", param="item.id"
            )
        if previous_item_id not in (None, ROOT) and previous_item_id not in self._items:
            raise errors.invalid("previous_item_id", f"there is no item '{previous_item_id}'.")
        stored = self._stored(item, input_format)
        if isinstance(stored, FunctionCallOutput) and stored.call_id in self._held.calls:
            self._held.items.append((stored, previous_item_id))
            return []
        return self._add(stored, previous_item_id)

    def retrieve(self, item_id: str) -> list[ServerEvent]:
        """The item with its sound."""
        item = self._known(item_id, Code.RETRIEVE_UNKNOWN_ITEM)
        if isinstance(item, Message):
            parts = [_with_audio(part, self._sounds.data(item_id, place)) for place, part in enumerate(item.content)]
            item = with_parts(item, parts)
        return [ItemRetrieved(item=item)]

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> list[ServerEvent]:
        """Forget the sound after ``audio_end_ms``, and all of the transcript: nobody knows which words it covers."""
        item = self._known(item_id, Code.TRUNCATE_UNKNOWN_ITEM)
        length = self._sounds.length_ms(item_id, 0)
        if not isinstance(item, Message) or item.role != "assistant" or length is None:
            raise WireError(Code.INVALID_VALUE, "Only model output audio messages can be truncated", param="item_id")
        if content_index != 0:
            raise errors.invalid("content_index", "the audio of an item is its part 0.")
        if audio_end_ms < 0:
            raise errors.invalid("audio_end_ms", f"expected 0 or more, but got {audio_end_ms}.")
        if audio_end_ms > length and not self._clamp:
            raise WireError(
                Code.INVALID_VALUE,
                f"Audio content of {length}ms is already shorter than {audio_end_ms}ms",
                param="audio_end_ms",
            )
        return self._cut(item, item_id, min(audio_end_ms, length))

    def delete(self, item_id: str) -> list[ServerEvent]:
        self._known(item_id, Code.DELETE_UNKNOWN_ITEM)
        del self._items[item_id]
        self._order.remove(item_id)
        self._sounds.drop(item_id)
        self._truncated.discard(item_id)
        return [ItemDeleted(item_id=item_id)]

    # What the machines tell

    def unheard(self, item_id: str, heard_ms: int) -> list[ServerEvent]:
        """The server itself stopped the sound of an item: truncate it, if it is there and longer than that."""
        item = self._items.get(item_id)
        length = self._sounds.length_ms(item_id, 0)
        if not isinstance(item, Message) or item.role != "assistant" or length is None or length <= heard_ms:
            return []
        return self._cut(item, item_id, heard_ms)

    def commit(self, turn: Turn, audio_format: AudioFormat) -> tuple[str, list[ServerEvent]]:
        """A turn of the person's voice becomes an item, at the place where the conversation is now: its id, which is
        the turn's unless a client has taken that."""
        item_id = self.new_item_id() if turn.item_id in self._items else turn.item_id
        item = Message(id=item_id, status="completed", role="user", content=[InputAudio(transcript=None)])
        previous = self._order[-1] if self._order else None
        self._sounds.add(item_id, 0, turn.audio, audio_format)
        return item_id, [InputAudioCommitted(item_id=item_id, previous_item_id=previous), *self._add(item, None)]

    def transcribed(self, item_id: str, transcript: str) -> None:
        """What was said in a turn is known now. Nothing to do if the item is gone."""
        item = self._items.get(item_id)
        if isinstance(item, Message):
            parts = [
                part.model_copy(update={"transcript": transcript}) if isinstance(part, InputAudio) else part
                for part in item.content
            ]
            self._items[item_id] = with_parts(item, parts)

    def open(self, item: StoredItem) -> list[ServerEvent]:
        """An item of a response begins; it has an id. The output of a call made in it is held from now on."""
        assert item.id is not None
        if isinstance(item, FunctionCall) and item.call_id is not None:
            self._held.calls.add(item.call_id)
        previous = self._insert(item, item.id, None)
        return [ItemAdded(item=item, previous_item_id=previous)]

    def sounded(self, item_id: str, data: bytes, audio_format: AudioFormat, ms: float | None = None) -> None:
        """Sound of an open item: its bytes, or just its length ``ms`` where the bytes went another way."""
        if item_id not in self._items or item_id in self._truncated:
            return
        if ms is None:
            self._sounds.add(item_id, 0, data, audio_format)
        else:
            self._sounds.add_ms(item_id, 0, ms)

    def close(self, item: StoredItem) -> list[ServerEvent]:
        """An item of a response has its final form; nothing is said of one that was deleted meanwhile."""
        if item.id is None or item.id not in self._items:
            return []
        item_id = item.id
        if item_id in self._truncated and isinstance(item, Message):
            item = _silenced(item)
        self._items[item_id] = item
        place = self._order.index(item_id)
        return [ItemDone(item=item, previous_item_id=self._order[place - 1] if place else None)]

    def release(self) -> list[ServerEvent]:
        """The response is done: what was held comes now."""
        held, self._held = self._held, _Held()
        events: list[ServerEvent] = []
        for output, previous in held.items:
            taken = output.id in self._items
            item = output.model_copy(update={"id": self.new_item_id()}) if taken else output
            events += self._add(item, previous if previous in self._items or previous == ROOT else None)
        return events

    def _cut(self, item: Message, item_id: str, end_ms: int) -> list[ServerEvent]:
        self._sounds.cut(item_id, 0, end_ms)
        self._truncated.add(item_id)
        self._items[item_id] = _silenced(item)
        return [ItemTruncated(item_id=item_id, content_index=0, audio_end_ms=end_ms)]

    def _known(self, item_id: str, code: Code) -> StoredItem:
        item = self._items.get(item_id)
        if item is None:
            raise WireError(code, f"Item with item_id '{item_id[:100]}' not found.", param="item_id")
        return item

    def _stored(self, item: StoredItem, input_format: AudioFormat) -> StoredItem:
        """The server's copy: an id, a status where there is one, sound set aside."""
        item_id = item.id or self.new_item_id()
        item = item.model_copy(update={"id": item_id})
        if isinstance(item, FunctionCallOutput):
            return FunctionCallOutput.model_validate({k: v for k, v in item.wire().items() if k != "status"})
        if isinstance(item, FunctionCall):
            item = item.model_copy(update={"call_id": item.call_id or self._next_id(ids.CALL)})
        elif isinstance(item, Message):
            for place, part in enumerate(item.content):
                if isinstance(part, InputAudio):
                    self._sounds.add(item_id, place, decoded(part.audio or "", input_format), input_format)
            item = with_parts(item, [_without_audio(part) for part in item.content])
        else:
            return item
        return with_status(item, "completed")

    def _add(self, item: StoredItem, previous: str | None) -> list[ServerEvent]:
        assert item.id is not None
        before = self._insert(item, item.id, previous)
        return [ItemAdded(item=item, previous_item_id=before), ItemDone(item=item, previous_item_id=before)]

    def _insert(self, item: StoredItem, item_id: str, previous: str | None) -> str | None:
        place = len(self._order)
        if previous is not None:
            place = 0 if previous == ROOT else self._order.index(previous) + 1
        self._items[item_id] = item
        self._order.insert(place, item_id)
        return self._order[place - 1] if place else None


def _with_audio(part: Part, data: bytes | None) -> Part:
    if data and isinstance(part, InputAudio | OutputAudio):
        return part.model_copy(update={"audio": encoded(data)})
    return part


def _without_audio(part: Part) -> Part:
    return InputAudio(transcript=part.transcript) if isinstance(part, InputAudio) else part


def _silenced(message: Message) -> Message:
    return with_parts(message, [OutputAudio() if isinstance(part, OutputAudio) else part for part in message.content])
