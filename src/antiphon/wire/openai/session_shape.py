"""The session object and everything in it, as values.

Owns the fields and their ranges; the defaults and the rules of changing them are in ``session``. ``SessionObject`` is
the loose form, for what a server tells: whatever the service adds, it is still read.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from antiphon.wire.openai.audio import PCM, AudioFormat
from antiphon.wire.openai.shape import Flag, Index, JsonObject, Shape

Modality = Literal["audio", "text"]
SessionType = Literal["realtime", "transcription"]
Number = Annotated[float, Strict()]
Effort = Literal["minimal", "low", "medium", "high", "xhigh"]
TokenLimit = Annotated[int, Strict(), Field(ge=1)] | Literal["inf"]


class NoiseReduction(Shape):
    type: Literal["near_field", "far_field"]
    strength: Number | None = None


class InputTranscription(Shape):
    """The side model that writes down what was said; it works beside the conversation."""

    model: str | None = None
    language: str | None = None
    languages: list[str] | None = None
    prompt: str | None = None
    keywords: list[str] | None = None
    delay: Effort | None = None


class ServerVad(Shape):
    """A turn ends after ``silence_duration_ms`` of silence. Times in milliseconds."""

    type: Literal["server_vad"] = "server_vad"
    threshold: Annotated[Number, Field(ge=0, le=1)] = 0.5
    prefix_padding_ms: Index = 300
    silence_duration_ms: Index = 500
    idle_timeout_ms: Annotated[int, Strict(), Field(ge=5_000, le=30_000)] | None = None
    create_response: Flag = True
    interrupt_response: Flag = True


class SemanticVad(Shape):
    """A turn ends when the words sound finished, after 8, 4 or 2 seconds (low, medium or auto, high) at the latest."""

    type: Literal["semantic_vad"] = "semantic_vad"
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: Flag = True
    interrupt_response: Flag = True


TurnDetection = Annotated[ServerVad | SemanticVad, Field(discriminator="type")]


class AudioInput(Shape):
    """``turn_detection`` None: nobody detects turns, the client commits them (push to talk)."""

    format: AudioFormat = PCM
    noise_reduction: NoiseReduction | None = None
    transcription: InputTranscription | None = None
    turn_detection: TurnDetection | None = None


class CustomVoice(Shape):
    id: str


class AudioOutput(Shape):
    format: AudioFormat = PCM
    voice: str | CustomVoice = "marin"
    speed: Annotated[Number, Field(ge=0.25, le=1.5)] = 1.0


class Audio(Shape):
    input: AudioInput = AudioInput(turn_detection=ServerVad())
    output: AudioOutput = AudioOutput()


class FunctionTool(Shape):
    """Flat, without a nested ``function``. ``parameters`` is a JSON Schema."""

    type: Literal["function"] = "function"
    name: Annotated[str, Field(min_length=1)]
    description: str | None = None
    parameters: JsonObject | None = None


class McpTool(Shape):
    """A server of tools that the service itself calls."""

    type: Literal["mcp"] = "mcp"
    server_label: str
    server_url: str | None = None
    connector_id: str | None = None
    tunnel_id: str | None = None
    authorization: str | None = None
    headers: dict[str, str] | None = None
    server_description: str | None = None
    allowed_tools: Any = None
    require_approval: Any = None
    defer_loading: Flag | None = None
    allowed_callers: Any = None


Tool = Annotated[FunctionTool | McpTool, Field(discriminator="type")]


class FunctionChoice(Shape):
    type: Literal["function"] = "function"
    name: str


class McpChoice(Shape):
    type: Literal["mcp"] = "mcp"
    server_label: str
    name: str | None = None


ToolChoice = (
    Literal["auto", "none", "required"] | Annotated[FunctionChoice | McpChoice, Field(discriminator="type")]
)  # fmt: skip


class Reasoning(Shape):
    effort: Effort | None = None


class TokenLimits(Shape):
    post_instructions: Index | None = None


class RetentionRatio(Shape):
    type: Literal["retention_ratio"] = "retention_ratio"
    retention_ratio: Annotated[Number, Field(ge=0, le=1)]
    token_limits: TokenLimits | None = None


Truncation = Literal["auto", "disabled"] | RetentionRatio


class TracingSettings(Shape):
    workflow_name: str | None = None
    group_id: str | None = None
    metadata: JsonObject | None = None


class Prompt(Shape):
    """A prompt stored at the vendor. Accepted and kept, never looked up: the feature ended on 2026-11-30."""

    id: str
    version: str | None = None
    variables: JsonObject | None = None


class SessionObject(Shape):
    """A session as a server tells it. ``expires_at`` is Unix seconds, 0 while it has not started."""

    type: str | None = None
    object: str | None = None
    id: str | None = None
    expires_at: int | None = None
    model: str | None = None


class Session(SessionObject):
    """A session whose every known field is checked. A field that is absent has the service's default."""

    type: SessionType
    output_modalities: Annotated[list[Modality], Field(min_length=1, max_length=1)] = Field(default=["audio"])
    instructions: str = ""
    tools: list[Tool] = Field(default=[])
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: Flag | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: TokenLimit = "inf"
    truncation: Truncation = "auto"
    tracing: Literal["auto"] | TracingSettings | None = None
    prompt: Prompt | None = None
    include: list[Literal["item.input_audio_transcription.logprobs"]] | None = None
    audio: Audio = Field(default=Audio())
