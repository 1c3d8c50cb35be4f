"""Everything that can happen in a conversation: one closed union, and its form in the log.

Owns that vocabulary alone. Events are flat (strings, numbers, booleans) so that a log of them is readable and can be
replayed; times are seconds, durations named ``*_ms`` are milliseconds. An event never carries sound.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

# What can happen: people


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """A live run of the conversation begins. Whatever an earlier run left open is over."""

    session_id: str
    agent: str


@dataclass(frozen=True, slots=True)
class SessionClosed:
    session_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParticipantJoined:
    participant_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    """``reason``: ``left`` (they said so), ``lost`` (the connection died) or ``ended`` (the session did)."""

    participant_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TextTyped:
    item_id: str
    participant_id: str
    text: str


@dataclass(frozen=True, slots=True)
class InterruptPressed:
    participant_id: str


@dataclass(frozen=True, slots=True)
class SayRequested:
    """Our own code wants these very words spoken, as soon as it is nobody else's turn."""

    text: str


@dataclass(frozen=True, slots=True)
class RespondRequested:
    """Our own code wants the model to speak, led by ``prompt``, as soon as it is nobody else's turn."""

    prompt: str


@dataclass(frozen=True, slots=True)
class ReminderSet:
    """``text`` is to be spoken into the call at ``due_at`` (seconds, the dialogue's own time)."""

    reminder_id: str
    due_at: float
    text: str


@dataclass(frozen=True, slots=True)
class ReminderCancelled:
    reminder_id: str


@dataclass(frozen=True, slots=True)
class ToolCancelRequested:
    """Somebody wants a running call stopped, by the button or by voice."""

    call_id: str


# What can happen: the model


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The person's voice began. ``item_id`` is that of the user turn to come."""

    item_id: str
    participant_id: str | None = None


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The turn was judged to be over, ``silence_ms`` after the last voice."""

    item_id: str
    silence_ms: int = 0


@dataclass(frozen=True, slots=True)
class UserTranscribed:
    """The person's words so far. May come before, with or long after the commit."""

    item_id: str
    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    """The user turn is part of the conversation: its place in the order is now."""

    item_id: str


@dataclass(frozen=True, slots=True)
class TurnDiscarded:
    """It was no turn: a cough, a door."""

    item_id: str


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    """The model began to answer. The id is the one asked for, or the model's own when it answers by itself."""

    response_id: str


@dataclass(frozen=True, slots=True)
class AgentItemStarted:
    """One item of the agent's speech begins: the first event about it, before any of its sound."""

    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class AgentText:
    """More of the words of one item of speech."""

    response_id: str
    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class SpeechMarked:
    """The item's first ``chars`` characters are spoken by its first ``audio_ms`` milliseconds of sound."""

    response_id: str
    item_id: str
    chars: int
    audio_ms: int


@dataclass(frozen=True, slots=True)
class AgentSpeechEnded:
    """All sound of the item has been generated: ``audio_ms`` of it (0: the item is text only)."""

    response_id: str
    item_id: str
    audio_ms: int


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """``arguments`` is the model's JSON text, unchecked. ``background``: the conversation does not wait for it."""

    response_id: str
    call_id: str
    name: str
    arguments: str
    background: bool = False


@dataclass(frozen=True, slots=True)
class ResponseEnded:
    response_id: str
    status: Literal["completed", "cancelled", "failed", "incomplete"]
    message: str = ""


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """``fatal``: the model is gone for good."""

    code: str
    message: str
    fatal: bool


# What can happen: our own machinery


@dataclass(frozen=True, slots=True)
class PlaybackStarted:
    """The first sound of the item left for the people."""

    item_id: str


@dataclass(frozen=True, slots=True)
class PlaybackReported:
    """A device says what it has really played of the item. ``final``: it has dropped the rest."""

    participant_id: str
    item_id: str
    played_ms: int
    final: bool = False


@dataclass(frozen=True, slots=True)
class PlaybackFlushed:
    """What was queued was dropped after ``sent_ms`` had left; final reports of devices may follow."""

    item_id: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class PlaybackEnded:
    """The last sound of the item has been sent, at the pace of hearing."""

    item_id: str
    played_ms: int


@dataclass(frozen=True, slots=True)
class ToolProgressed:
    """What a running tool is doing now. Each replaces the one before."""

    call_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolSettled:
    call_id: str
    output: str
    ok: bool


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The moment that ``Dialogue.deadline()`` named has come."""

    reason: str


Event = (
    SessionOpened | SessionClosed | ParticipantJoined | ParticipantLeft | TextTyped | InterruptPressed
    | SayRequested | RespondRequested | ReminderSet | ReminderCancelled | ToolCancelRequested | SpeechStarted
    | SpeechStopped | UserTranscribed | TurnCommitted | TurnDiscarded | ResponseStarted | AgentItemStarted | AgentText
    | SpeechMarked | AgentSpeechEnded | ToolCalled | ResponseEnded | ModelFailed | PlaybackStarted | PlaybackReported
    | PlaybackFlushed | PlaybackEnded | ToolProgressed | ToolSettled | DeadlinePassed
)  # fmt: skip
EVENT_TYPES: tuple[type[Any], ...] = get_args(Event)


# The log's form

_by_name = {cls.__name__: cls for cls in EVENT_TYPES}


def encode(event: Event) -> dict[str, Any]:
    """An event as a JSON object whose ``type`` is the class's name."""
    return {"type": type(event).__name__, **asdict(event)}


def decode(data: dict[str, Any]) -> Event:
    """The event that ``encode`` wrote. Raises ``ValueError`` for what is not one."""
    fields = dict(data)
    cls = _by_name.get(str(fields.pop("type", "")))
    if cls is None:
        raise ValueError(f"unknown event type {data.get('type')!r}")
    try:
        event: Event = cls(**fields)
    except TypeError as error:
        raise ValueError(f"bad {cls.__name__} event: {error}") from error
    return event
