"""What the side we serve has to do beside sending events: a closed union, carried out by whoever holds the session.

Owns that vocabulary alone.
"""

from dataclasses import dataclass

from antiphon.wire.openai.audio import AudioFormat
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.input_buffer import Turn
from antiphon.wire.openai.responses import Plan
from antiphon.wire.openai.session_shape import Session


@dataclass(frozen=True, slots=True)
class StartResponse:
    """Let the model work; what it makes is told to ``ServedState``."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class StopResponse:
    """The response is over already; the model may stop."""

    response_id: str


@dataclass(frozen=True, slots=True)
class TurnTaken:
    """A turn is an item now: transcribe it, if the session says so."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class AudioReceived:
    """Sound in the session's input format: decode it to PCM16 at 24 kHz, tell ``heard``, then the voice detector."""

    data: bytes
    audio_format: AudioFormat


@dataclass(frozen=True, slots=True)
class InputCleared:
    """The voice detector is to forget the speech it was following."""


@dataclass(frozen=True, slots=True)
class OutputCleared:
    """Stop sending sound now (WebRTC)."""


@dataclass(frozen=True, slots=True)
class SessionChanged:
    before: Session
    after: Session


@dataclass(frozen=True, slots=True)
class EndSession:
    """After the events before it: close the socket with ``code``, or the peer connection and its sidebands."""

    code: int
    reason: str


Effect = (
    StartResponse | StopResponse | TurnTaken | AudioReceived | InputCleared | OutputCleared | SessionChanged
    | EndSession
)  # fmt: skip
Outcome = ServerEvent | Effect
"""To be sent, or to be done; in the order given."""
