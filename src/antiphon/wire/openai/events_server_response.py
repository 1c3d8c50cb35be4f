"""What a server says about a response: its items, parts and deltas, and what becomes of its sound. Shapes only."""

from typing import Literal

from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.items import Item, ShownPart
from antiphon.wire.openai.response_shape import Response


class ResponseCreated(ServerEvent):
    type: Literal["response.created"] = "response.created"
    response: Response


class ResponseDone(ServerEvent):
    type: Literal["response.done"] = "response.done"
    response: Response


class OfResponse(ServerEvent):
    response_id: str


class OfItem(OfResponse):
    """``output_index``: the item's place in the response's output."""

    item_id: str
    output_index: int


class OfPart(OfItem):
    """``content_index``: the part's place in the item's content."""

    content_index: int


class OutputItemAdded(OfResponse):
    type: Literal["response.output_item.added"] = "response.output_item.added"
    output_index: int
    item: Item


class OutputItemDone(OfResponse):
    type: Literal["response.output_item.done"] = "response.output_item.done"
    output_index: int
    item: Item


class ContentPartAdded(OfPart):
    type: Literal["response.content_part.added"] = "response.content_part.added"
    part: ShownPart


class ContentPartDone(OfPart):
    type: Literal["response.content_part.done"] = "response.content_part.done"
    part: ShownPart


class OutputTextDelta(OfPart):
    type: Literal["response.output_text.delta"] = "response.output_text.delta"
    delta: str


class OutputTextDone(OfPart):
    type: Literal["response.output_text.done"] = "response.output_text.done"
    text: str


class OutputAudioDelta(OfPart):
    """``delta`` is base64 in the output format. On a WebSocket alone: over WebRTC the sound is on the track."""

    type: Literal["response.output_audio.delta"] = "response.output_audio.delta"
    delta: str


class OutputAudioDone(OfPart):
    type: Literal["response.output_audio.done"] = "response.output_audio.done"


class TranscriptDelta(OfPart):
    type: Literal["response.output_audio_transcript.delta"] = "response.output_audio_transcript.delta"
    delta: str


class TranscriptDone(OfPart):
    type: Literal["response.output_audio_transcript.done"] = "response.output_audio_transcript.done"
    transcript: str


class ArgumentsDelta(OfItem):
    type: Literal["response.function_call_arguments.delta"] = "response.function_call_arguments.delta"
    call_id: str
    delta: str


class ArgumentsDone(OfItem):
    type: Literal["response.function_call_arguments.done"] = "response.function_call_arguments.done"
    call_id: str
    name: str
    arguments: str


class McpArgumentsDelta(OfItem):
    type: Literal["response.mcp_call_arguments.delta"] = "response.mcp_call_arguments.delta"
    delta: str


class McpArgumentsDone(OfItem):
    type: Literal["response.mcp_call_arguments.done"] = "response.mcp_call_arguments.done"
    arguments: str


class OfMcpCall(ServerEvent):
    item_id: str
    output_index: int


class McpCallInProgress(OfMcpCall):
    type: Literal["response.mcp_call.in_progress"] = "response.mcp_call.in_progress"


class McpCallCompleted(OfMcpCall):
    type: Literal["response.mcp_call.completed"] = "response.mcp_call.completed"


class McpCallFailed(OfMcpCall):
    type: Literal["response.mcp_call.failed"] = "response.mcp_call.failed"


# WebRTC and SIP


class OutputAudioStarted(OfResponse):
    """The first sound of the response leaves."""

    type: Literal["output_audio_buffer.started"] = "output_audio_buffer.started"


class OutputAudioStopped(OfResponse):
    """All sound of the response has left and no more will come; always after its ``response.done``."""

    type: Literal["output_audio_buffer.stopped"] = "output_audio_buffer.stopped"


class OutputAudioCleared(OfResponse):
    """What was not sent yet is dropped: somebody spoke, or the client asked for it."""

    type: Literal["output_audio_buffer.cleared"] = "output_audio_buffer.cleared"
