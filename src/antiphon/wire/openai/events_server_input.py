"""What a server says about what it hears: speech, turns, and what was said in them. Shapes only.

Times are milliseconds of the session's input timeline, which never starts again.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.shape import Shape


class SpeechStarted(ServerEvent):
    """``item_id`` is that of the item that the turn will become. ``audio_start_ms`` includes the padding before it."""

    type: Literal["input_audio_buffer.speech_started"] = "input_audio_buffer.speech_started"
    audio_start_ms: int
    item_id: str


class SpeechStopped(ServerEvent):
    """``audio_end_ms`` includes the silence that ended the turn."""

    type: Literal["input_audio_buffer.speech_stopped"] = "input_audio_buffer.speech_stopped"
    audio_end_ms: int
    item_id: str


class InputAudioCommitted(ServerEvent):
    type: Literal["input_audio_buffer.committed"] = "input_audio_buffer.committed"
    item_id: str
    previous_item_id: str | None = None


class InputAudioCleared(ServerEvent):
    type: Literal["input_audio_buffer.cleared"] = "input_audio_buffer.cleared"


class TimeoutTriggered(ServerEvent):
    """Nobody spoke for the idle timeout: this span of silence is committed as a turn."""

    type: Literal["input_audio_buffer.timeout_triggered"] = "input_audio_buffer.timeout_triggered"
    audio_start_ms: int
    audio_end_ms: int
    item_id: str


class DtmfReceived(ServerEvent):
    """A key of a telephone (SIP). The one server event without an ``event_id``. ``received_at`` is Unix seconds."""

    type: Literal["input_audio_buffer.dtmf_event_received"] = "input_audio_buffer.dtmf_event_received"
    event: str
    received_at: int


class DurationUsage(Shape):
    type: Literal["duration"] = "duration"
    seconds: float


class TranscriptionTokens(Shape):
    text_tokens: int | None = None
    audio_tokens: int | None = None


class TokenUsage(Shape):
    type: Literal["tokens"] = "tokens"
    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: TranscriptionTokens | None = None


TranscriptionUsage = Annotated[DurationUsage | TokenUsage, Field(discriminator="type")]


class TranscriptionDelta(ServerEvent):
    """May come before the turn is committed, and at any place among the events of a response."""

    type: Literal["conversation.item.input_audio_transcription.delta"] = (
        "conversation.item.input_audio_transcription.delta"
    )
    item_id: str
    content_index: int | None = None
    delta: str | None = None
    logprobs: list[Any] | None = None


class TranscriptionSegment(ServerEvent):
    """Of models that tell speakers apart; ``start`` and ``end`` in seconds."""

    type: Literal["conversation.item.input_audio_transcription.segment"] = (
        "conversation.item.input_audio_transcription.segment"
    )
    item_id: str
    content_index: int
    id: str
    text: str
    speaker: str
    start: float
    end: float


class TranscriptionCompleted(ServerEvent):
    type: Literal["conversation.item.input_audio_transcription.completed"] = (
        "conversation.item.input_audio_transcription.completed"
    )
    item_id: str
    content_index: int
    transcript: str
    usage: TranscriptionUsage
    languages: list[Any] | None = None
    logprobs: list[Any] | None = None


class TranscriptionError(Shape):
    """Strict clients refuse ``null`` here."""

    no_nulls = True
    type: str | None = None
    code: str | None = None
    message: str | None = None
    param: str | None = None


class TranscriptionFailed(ServerEvent):
    type: Literal["conversation.item.input_audio_transcription.failed"] = (
        "conversation.item.input_audio_transcription.failed"
    )
    item_id: str
    content_index: int
    error: TranscriptionError
