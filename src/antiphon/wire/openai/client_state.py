"""The side of a client: what a server has told so far, and what may be said to it in turn.

Owns the view of a session from outside: which response is open, which item belongs to which, how much sound of each
has arrived; and the arithmetic of an interruption on a WebSocket, where only the client knows what was heard. Over
WebRTC the server truncates by itself, and ``interruption`` is not used. Knows no socket and no playback. ``now`` is in
seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from antiphon.wire.openai.audio import PCM, AudioFormat, decoded_length
from antiphon.wire.openai.events_base import ServerEvent, UnknownEvent
from antiphon.wire.openai.events_client import ItemDelete, ItemTruncate, ResponseCreate
from antiphon.wire.openai.events_server import ItemDeleted, ItemTruncated, SessionCreated, SessionUpdated
from antiphon.wire.openai.events_server_response import (
    OutputAudioDelta,
    OutputAudioDone,
    OutputItemAdded,
    ResponseCreated,
    ResponseDone,
)
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.response_sequencer import ResponseSequencer
from antiphon.wire.openai.response_shape import ResponseRequest
from antiphon.wire.openai.session_shape import SessionObject


@dataclass(slots=True)
class _Heard:
    """Sound of one item as it arrives."""

    received_bytes: int = 0
    whole: bool = False
    """No more will come."""


class ClientState:
    """Fed with every server event, in order."""

    def __init__(self, next_id: IdSource, *, output_format: AudioFormat = PCM) -> None:
        self.sequencer = ResponseSequencer(next_id)
        self.session: SessionObject | None = None
        self._bytes_per_ms = output_format.bytes_per_ms
        self._open: set[str] = set()
        self._response_of: dict[str, str] = {}
        self._sounds: dict[str, _Heard] = {}
        self._settled: set[str] = set()

    @property
    def open(self) -> frozenset[str]:
        """Responses that are not done, those out of band included."""
        return frozenset(self._open)

    def response_of(self, item_id: str) -> str | None:
        return self._response_of.get(item_id)

    def received_ms(self, item_id: str) -> int:
        """Sound of the item that has arrived, in whole milliseconds."""
        sound = self._sounds.get(item_id)
        return 0 if sound is None else sound.received_bytes // self._bytes_per_ms

    def ask(self, request: ResponseRequest | None, now: float) -> list[ResponseCreate]:
        """A response is wanted: what to send now, perhaps nothing yet."""
        return self.sequencer.ask(request, now)

    def told(self, event: ServerEvent | UnknownEvent, now: float) -> list[ResponseCreate]:
        """The server said something: what to send now that was held back."""
        match event:
            case SessionCreated() | SessionUpdated():
                self.session = event.session
            case ResponseCreated():
                self._open.add(event.response.id)
            case ResponseDone():
                self._open.discard(event.response.id)
                self._whole(event.response.id)
            case OutputItemAdded():
                if event.item.id is not None:
                    self._response_of[event.item.id] = event.response_id
            case OutputAudioDelta():
                self._sounded(event)
            case OutputAudioDone():
                if event.item_id in self._sounds:
                    self._sounds[event.item_id].whole = True
            case ItemTruncated() | ItemDeleted():
                self._settle(event.item_id)
            case _:
                pass
        return self.sequencer.told(event, now)

    def interruption(self, response_id: str, played_ms: Mapping[str, float]) -> list[ItemTruncate | ItemDelete]:
        """What to say when people stopped listening to a response: it is to remember what was heard of each item.

        Nothing about items heard to their end; those not heard at all are deleted, because a truncation at 0 is
        refused by the service; the one being heard is cut, never past what has arrived. Each is said once.
        """
        said: list[ItemTruncate | ItemDelete] = []
        mine = [item_id for item_id in self._sounds if self._response_of.get(item_id) == response_id]
        for item_id in mine:
            received = self.received_ms(item_id)
            played = int(min(played_ms.get(item_id, 0.0), received))
            if played <= 0:
                said.append(ItemDelete(item_id=item_id))
            elif played < received or not self._sounds[item_id].whole:
                said.append(ItemTruncate(item_id=item_id, content_index=0, audio_end_ms=played))
            else:
                continue
            self._settle(item_id)
        return said

    def _sounded(self, event: OutputAudioDelta) -> None:
        if event.item_id not in self._settled:
            self._response_of.setdefault(event.item_id, event.response_id)
            self._sounds.setdefault(event.item_id, _Heard()).received_bytes += decoded_length(event.delta)

    def _settle(self, item_id: str) -> None:
        """What the server is to remember of it is said: sound of it that is still on its way does not count."""
        self._settled.add(item_id)
        self._sounds.pop(item_id, None)

    def _whole(self, response_id: str) -> None:
        for item_id, sound in self._sounds.items():
            if self._response_of.get(item_id) == response_id:
                sound.whole = True
