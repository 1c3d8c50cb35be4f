"""The response object, what a client asks of one, and what it cost: values only."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from antiphon.wire.openai.audio import AudioFormat
from antiphon.wire.openai.items import Item
from antiphon.wire.openai.session_shape import (
    CustomVoice,
    Modality,
    Prompt,
    Reasoning,
    TokenLimit,
    Tool,
    ToolChoice,
)
from antiphon.wire.openai.shape import Flag, Shape

Metadata = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], Annotated[str, StringConstraints(max_length=512)]],
    Field(max_length=16),
]
"""Of the client, echoed verbatim in ``response.created`` and ``response.done``."""

ResponseStatus = Literal["in_progress", "completed", "cancelled", "failed", "incomplete"]
CancelReason = Literal["turn_detected", "client_cancelled"]
CutReason = Literal["max_output_tokens", "content_filter"]


class ResponseVoice(Shape):
    """Where absent, the session's."""

    format: AudioFormat | None = None
    voice: str | CustomVoice | None = None


class ResponseAudio(Shape):
    output: ResponseVoice | None = None


class ResponseRequest(Shape):
    """The ``response`` of a ``response.create``. Fields that are absent are the session's.

    conversation: ``auto``, or ``none`` for out of band: not stored, beside whatever else is going on.
    input: instead of the conversation; ``[]`` is an empty context, absent the whole conversation.
    """

    conversation: Literal["auto", "none"] | None = None
    input: list[Item] | None = None
    instructions: str | None = None
    output_modalities: list[Modality] | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: Flag | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: TokenLimit | None = None
    prompt: Prompt | None = None
    audio: ResponseAudio | None = None
    metadata: Metadata | None = None


# What a response cost


class CachedTokens(Shape):
    text_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class InputTokens(CachedTokens):
    cached_tokens: int | None = None
    cached_tokens_details: CachedTokens | None = None


class OutputTokens(Shape):
    text_tokens: int | None = None
    audio_tokens: int | None = None


class Usage(Shape):
    """Tokens of one response. A cancelled one has them too; a failed one may have none."""

    total_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_token_details: InputTokens | None = None
    output_token_details: OutputTokens | None = None


# The response object


class ResponseError(Shape):
    type: str | None = None
    code: str | None = None
    message: str | None = None


class StatusDetails(Shape):
    """Why a response ended; ``type`` repeats its status."""

    no_nulls = True
    type: str | None = None
    reason: str | None = None
    error: ResponseError | None = None


class Response(Shape):
    """``conversation_id`` is None when it is out of band. ``output`` is empty until it is done."""

    object: Literal["realtime.response"] = "realtime.response"
    id: str
    status: ResponseStatus
    status_details: StatusDetails | None = None
    output: list[Item] = Field(default=[])
    conversation_id: str | None = None
    output_modalities: list[str] | None = None
    max_output_tokens: int | Literal["inf"] | None = None
    audio: ResponseAudio | None = None
    usage: Usage | None = None
    metadata: dict[str, Any] | None = None
