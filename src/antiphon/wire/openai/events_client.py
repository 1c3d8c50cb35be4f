"""What a client may say: every client event of the protocol, told apart by ``type``.

Owns their shapes and what can be said against one by looking at it alone. Whether the moment allows it is the business
of the machines. Unknown fields beside the known ones are kept; within ``session`` and ``response`` they are refused,
as the service does.
"""

from typing import Annotated, Literal

from pydantic import Field, Strict

from antiphon.wire.openai.items import Item
from antiphon.wire.openai.response_shape import ResponseRequest
from antiphon.wire.openai.shape import JsonObject, Milliseconds, Shape

MAX_EVENT_ID = 512


class ClientEvent(Shape):
    """``event_id`` is the client's own; it comes back in the error that answers the event, if one does."""

    event_id: Annotated[str, Field(max_length=MAX_EVENT_ID)] | None = None


class SessionUpdate(ClientEvent):
    """``session`` holds what is to change, as JSON: absent and ``null`` are two things in it (``session.updated``)."""

    type: Literal["session.update"] = "session.update"
    session: JsonObject


class InputAudioAppend(ClientEvent):
    """``audio`` is base64 in the session's input format, at most 15 MiB. It is not answered."""

    type: Literal["input_audio_buffer.append"] = "input_audio_buffer.append"
    audio: str


class InputAudioCommit(ClientEvent):
    type: Literal["input_audio_buffer.commit"] = "input_audio_buffer.commit"


class InputAudioClear(ClientEvent):
    type: Literal["input_audio_buffer.clear"] = "input_audio_buffer.clear"


class OutputAudioClear(ClientEvent):
    """WebRTC and SIP only; to be sent after ``response.cancel``."""

    type: Literal["output_audio_buffer.clear"] = "output_audio_buffer.clear"


class ItemCreate(ClientEvent):
    """``previous_item_id``: ``root`` to begin with it, the id of an item, or absent for the end."""

    type: Literal["conversation.item.create"] = "conversation.item.create"
    item: Item
    previous_item_id: str | None = None


class ItemRetrieve(ClientEvent):
    type: Literal["conversation.item.retrieve"] = "conversation.item.retrieve"
    item_id: str


class ItemTruncate(ClientEvent):
    """Nothing of the item after ``audio_end_ms`` was heard."""

    type: Literal["conversation.item.truncate"] = "conversation.item.truncate"
    item_id: str
    content_index: Annotated[int, Strict()]
    audio_end_ms: Milliseconds


class ItemDelete(ClientEvent):
    type: Literal["conversation.item.delete"] = "conversation.item.delete"
    item_id: str


class ResponseCreate(ClientEvent):
    type: Literal["response.create"] = "response.create"
    response: ResponseRequest | None = None


class ResponseCancel(ClientEvent):
    """Without ``response_id``: the one that the conversation waits for."""

    type: Literal["response.cancel"] = "response.cancel"
    response_id: str | None = None


AnyClientEvent = (
    SessionUpdate | InputAudioAppend | InputAudioCommit | InputAudioClear | OutputAudioClear | ItemCreate | ItemRetrieve
    | ItemTruncate | ItemDelete | ResponseCreate | ResponseCancel
)  # fmt: skip
"""The closed union. ``transcription_session.update`` belongs to the beta and is refused as such (``frames``)."""
