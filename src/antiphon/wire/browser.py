"""The protocol of our own clients, the same JSON on a WebSocket and on the data channel ``antiphon``.

Owns the shape of every message between a device and the server, and their bounds. Knows nothing of transports.
The web client's TypeScript types are generated from ``schema()``: ``python -m antiphon.wire.browser`` prints it.
"""

import json
import sys
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from antiphon.errors import ProtocolError

MAX_MESSAGE_CHARS = 1_500_000
"""Longest message taken from a device, in characters: a picture of about one megabyte in base64."""

AgentState = Literal["initializing", "listening", "thinking", "speaking"]
ToolState = Literal["running", "done", "failed", "cancelled"]


class Message(BaseModel):
    """One JSON object with a ``type``. Unknown fields are ignored, so that either side may be newer."""

    model_config = ConfigDict(extra="ignore", frozen=True)


# To the server


class AudioChunk(Message):
    """Sound: base64 of PCM16 little-endian mono at 24 kHz. ``item_id`` is set on the agent's speech only."""

    type: Literal["audio_chunk"] = "audio_chunk"
    data: str
    item_id: str | None = None


class Control(Message):
    """A button: ``mute`` and ``unmute`` this device's microphone, ``interrupt`` the agent, ``leave`` the call."""

    type: Literal["control"] = "control"
    action: Literal["mute", "unmute", "interrupt", "leave"]


class Text(Message):
    """Typed input."""

    type: Literal["text"] = "text"
    text: Annotated[str, Field(min_length=1, max_length=16_000)]


class Image(Message):
    """A picture as a data URI (PNG or JPEG)."""

    type: Literal["image"] = "image"
    data: Annotated[str, Field(pattern=r"^data:image/(png|jpeg);base64,")]


class Playback(Message):
    """What this device has really played of one item, in milliseconds. ``final`` answers an ``audio_flush``."""

    type: Literal["playback"] = "playback"
    item_id: Annotated[str, Field(min_length=1, max_length=64)]
    played_ms: Annotated[int, Field(ge=0, le=86_400_000)]
    final: bool = False


class ToolCancel(Message):
    """Stop a tool that is running."""

    type: Literal["tool_cancel"] = "tool_cancel"
    call_id: Annotated[str, Field(min_length=1, max_length=128)]


class Resume(Message):
    """Coming back after a lost connection; events after ``last_event`` are sent again."""

    type: Literal["resume"] = "resume"
    token: str
    last_event: Annotated[int, Field(ge=0)] = 0


Incoming = AudioChunk | Control | Text | Image | Playback | ToolCancel | Resume
ClientMessage = Annotated[Incoming, Field(discriminator="type")]


# From the server


class AudioFormat(Message):
    """How sound travels to and from this device."""

    transport: Literal["track", "channel", "websocket"]
    sample_rate: int
    channels: int = 1


class SessionStarted(Message):
    """The first message to a device."""

    type: Literal["session"] = "session"
    session_id: str
    conversation_id: str
    participant_id: str
    resume_token: str
    agent: str
    audio: AudioFormat


class AgentStateChanged(Message):
    """What the agent is doing now."""

    type: Literal["agent_state"] = "agent_state"
    state: AgentState


class AudioStarted(Message):
    """One item of the agent's speech begins on this device's track at ``rtp_timestamp`` (48 kHz, modulo 2**32), so that
    the device can say exactly what it has played. Absent timestamp: count from the arrival of this message."""

    type: Literal["audio_started"] = "audio_started"
    item_id: str
    rtp_timestamp: int | None = None


class AudioFlush(Message):
    """Barge-in: drop what is queued of this item, and answer with a ``playback`` whose ``final`` is true."""

    type: Literal["audio_flush"] = "audio_flush"
    item_id: str


class TranscriptEntry(Message):
    """One line of the conversation; partial and final versions share an ``id``. ``at`` is Unix seconds."""

    id: str
    role: Literal["user", "agent", "system"]
    text: str
    final: bool
    participant_id: str | None = None
    heard_ms: int | None = None
    interrupted: bool = False
    at: float


class TranscriptUpdated(Message):
    type: Literal["transcript_entry"] = "transcript_entry"
    data: TranscriptEntry


class ToolCallState(Message):
    """One call. ``output`` is the newest word on its progress while it is running, then its result."""

    id: str
    name: str
    state: ToolState
    arguments: str | None = None
    output: str | None = None


class ToolCallUpdated(Message):
    type: Literal["tool_call"] = "tool_call"
    data: ToolCallState


class ParticipantInfo(Message):
    id: str
    name: str
    muted: bool = False
    speaking: bool = False
    connected: bool = True


class ParticipantsChanged(Message):
    """Who is in the call; the whole list each time."""

    type: Literal["participants"] = "participants"
    data: list[ParticipantInfo]


class TurnLatency(Message):
    """One turn's waterfall, in milliseconds after the person fell silent; a stage that did not happen is absent."""

    item_id: str
    turn_end_ms: float | None = None
    transcript_ms: float | None = None
    first_token_ms: float | None = None
    first_audio_ms: float | None = None


class LatencyMeasured(Message):
    type: Literal["latency"] = "latency"
    data: TurnLatency


class Error(Message):
    """Something went wrong. ``fatal``: the call is over. Never a stack trace, never a key."""

    type: Literal["error"] = "error"
    code: str
    message: str
    fatal: bool = False


ServerMessage = Annotated[
    SessionStarted
    | AgentStateChanged
    | AudioStarted
    | AudioChunk
    | AudioFlush
    | TranscriptUpdated
    | ToolCallUpdated
    | ParticipantsChanged
    | LatencyMeasured
    | Error,
    Field(discriminator="type"),
]

_client: TypeAdapter[Incoming] = TypeAdapter(ClientMessage)


def parse_client_message(text: str) -> Incoming:
    """A device's message. Raises ``ProtocolError`` with one sentence that names the fault."""
    if len(text) > MAX_MESSAGE_CHARS:
        raise ProtocolError(f"The message has {len(text)} characters; the limit is {MAX_MESSAGE_CHARS}.")
    try:
        return _client.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the message"
        raise ProtocolError(f"Bad message: {where}: {first['msg']}.") from error


def schema() -> dict[str, Any]:
    """The whole protocol as one JSON Schema with the definitions ``ClientMessage`` and ``ServerMessage``."""

    class Protocol(BaseModel):
        client: ClientMessage
        server: ServerMessage

    return Protocol.model_json_schema(mode="serialization")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")
