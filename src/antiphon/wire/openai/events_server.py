"""What a server may say about the session and the conversation, errors, and the closed union of all server events.

Owns the shapes of section "session, conversation, errors"; the input side is in ``events_server_input``, the response
side in ``events_server_response``. Fields a strict client insists on have no default, so that they are always written.
"""

from typing import Literal

from pydantic import SerializeAsAny

from antiphon.wire.openai import events_server_input as hearing
from antiphon.wire.openai import events_server_response as answering
from antiphon.wire.openai.errors import WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.items import Item
from antiphon.wire.openai.session_shape import SessionObject
from antiphon.wire.openai.shape import Shape


class ErrorDetail(Shape):
    """``event_id`` is that of the client's event that was wrong."""

    type: str
    message: str
    code: str | None = None
    param: str | None = None
    event_id: str | None = None


class Error(ServerEvent):
    """Most are recoverable: ``errors.row_of(event.error.code)`` knows which are not."""

    type: Literal["error"] = "error"
    error: ErrorDetail


class SessionCreated(ServerEvent):
    type: Literal["session.created"] = "session.created"
    session: SerializeAsAny[SessionObject]


class SessionUpdated(ServerEvent):
    type: Literal["session.updated"] = "session.updated"
    session: SerializeAsAny[SessionObject]


class ConversationObject(Shape):
    id: str | None = None
    object: str | None = None


class ConversationCreated(ServerEvent):
    """In the published types; not seen on the wire. Never sent here."""

    type: Literal["conversation.created"] = "conversation.created"
    conversation: ConversationObject


class ItemCreated(ServerEvent):
    """The beta's name for ``ItemAdded``. Never sent here."""

    type: Literal["conversation.item.created"] = "conversation.item.created"
    item: Item
    previous_item_id: str | None = None


class ItemAdded(ServerEvent):
    """The item may be in progress still. ``previous_item_id`` None: it is the first."""

    type: Literal["conversation.item.added"] = "conversation.item.added"
    item: Item
    previous_item_id: str | None = None


class ItemDone(ServerEvent):
    """The final form of the item. The service may leave ``previous_item_id`` null although there is one."""

    type: Literal["conversation.item.done"] = "conversation.item.done"
    item: Item
    previous_item_id: str | None = None


class ItemRetrieved(ServerEvent):
    type: Literal["conversation.item.retrieved"] = "conversation.item.retrieved"
    item: Item


class ItemTruncated(ServerEvent):
    type: Literal["conversation.item.truncated"] = "conversation.item.truncated"
    item_id: str
    content_index: int
    audio_end_ms: int


class ItemDeleted(ServerEvent):
    type: Literal["conversation.item.deleted"] = "conversation.item.deleted"
    item_id: str


class RateLimit(Shape):
    name: str | None = None
    limit: int | None = None
    remaining: int | None = None
    reset_seconds: float | None = None


class RateLimitsUpdated(ServerEvent):
    type: Literal["rate_limits.updated"] = "rate_limits.updated"
    rate_limits: list[RateLimit]


class McpListToolsInProgress(ServerEvent):
    type: Literal["mcp_list_tools.in_progress"] = "mcp_list_tools.in_progress"
    item_id: str


class McpListToolsCompleted(ServerEvent):
    type: Literal["mcp_list_tools.completed"] = "mcp_list_tools.completed"
    item_id: str


class McpListToolsFailed(ServerEvent):
    type: Literal["mcp_list_tools.failed"] = "mcp_list_tools.failed"
    item_id: str


def error_event(error: WireError) -> Error:
    """The event that says ``error``: every field of it, ``null`` where there is nothing to say."""
    return Error(
        error=ErrorDetail(
            type=error.row.type,
            message=error.message,
            code=error.code.value,
            param=error.param,
            event_id=error.event_id,
        )
    )


AnyServerEvent = (
    Error | SessionCreated | SessionUpdated | ConversationCreated | ItemCreated | ItemAdded | ItemDone | ItemRetrieved
    | ItemTruncated | ItemDeleted | RateLimitsUpdated | McpListToolsInProgress | McpListToolsCompleted
    | McpListToolsFailed | hearing.SpeechStarted | hearing.SpeechStopped | hearing.InputAudioCommitted
    | hearing.InputAudioCleared | hearing.TimeoutTriggered | hearing.DtmfReceived | hearing.TranscriptionDelta
    | hearing.TranscriptionSegment | hearing.TranscriptionCompleted | hearing.TranscriptionFailed
    | answering.ResponseCreated | answering.ResponseDone | answering.OutputItemAdded | answering.OutputItemDone
    | answering.ContentPartAdded | answering.ContentPartDone | answering.OutputTextDelta | answering.OutputTextDone
    | answering.OutputAudioDelta | answering.OutputAudioDone | answering.TranscriptDelta | answering.TranscriptDone
    | answering.ArgumentsDelta | answering.ArgumentsDone | answering.McpArgumentsDelta | answering.McpArgumentsDone
    | answering.McpCallInProgress | answering.McpCallCompleted | answering.McpCallFailed
    | answering.OutputAudioStarted | answering.OutputAudioStopped | answering.OutputAudioCleared
)  # fmt: skip
"""The closed union of what is known. What a server says beyond it is an ``UnknownEvent``."""
