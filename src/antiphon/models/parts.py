"""The parts of a pipeline: STT, LLM, TTS, VAD and TurnDetection, each an interface a provider fills.

Each part is a specification that opens a *stream*: the live thing, one a talker or one an answer. Owns the shapes that
pass between parts; knows no vendor, no session, no transport.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from antiphon.dialogue.items import Item
from antiphon.lifetimes import Closable

if TYPE_CHECKING:  # numpy is most of what importing antiphon would cost
    from antiphon.media.pcm import PcmData


class Part(Closable):
    """A part as given to an Agent. ``start`` may load models; it is awaited once before the first stream is opened."""

    async def start(self) -> None:
        """Make ready. Raises ``ConfigurationError`` when it cannot work here. Called again it does nothing."""


# Speech to text


class Completeness(Enum):
    """What a recogniser knows about the words so far: a turn detector waits longer for an unfinished sentence."""

    UNKNOWN = "unknown"
    COMPLETE = "complete"
    EXTENDABLE = "extendable"


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood so far. ``text`` is empty when there were no words."""

    text: str
    final: bool
    completeness: Completeness = Completeness.UNKNOWN


class STT(Part):
    """Speech to text."""

    @abstractmethod
    def open(self) -> "STTStream":
        """A recogniser for one talker. Raises ``ModelUnavailable`` when there is no room for another."""


class STTStream(Closable, ABC):
    """One talker's recogniser for the length of a call; turns follow each other: ``begin``, ``push``..., ``finish``."""

    @abstractmethod
    async def begin(self) -> None:
        """A turn begins; words of an unfinished one before it are dropped."""

    @abstractmethod
    async def push(self, audio: "PcmData") -> None:
        """More of the turn's sound: mono, any rate (constant within a call). Must not block the loop."""

    @abstractmethod
    async def finish(self) -> Transcript:
        """The turn is over: its final words. Raises ``ModelError``."""

    @abstractmethod
    async def cancel(self) -> None:
        """The turn was none: forget it."""

    @abstractmethod
    def partials(self) -> AsyncIterator[Transcript]:
        """Newer and newer versions of the turn's words, over all turns, until the stream is closed."""


# Text to text


class ToolSpec(Protocol):
    """What a model must know of a tool; ``parameters`` is a JSON Schema object."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """One whole call. ``arguments`` is JSON text."""

    call_id: str
    name: str
    arguments: str


class LLM(Part):
    """Text and tool calls from a conversation."""

    @abstractmethod
    def respond(
        self, history: Sequence[Item], *, instructions: str, tools: Sequence[ToolSpec], prompt: str | None = None
    ) -> AsyncGenerator[TextDelta | ToolCallDelta]:
        """The answer, as it is thought. Closing the iterator cancels the work. Raises ``ModelError``."""


# Text to speech


class TTS(Part):
    """Text to speech."""

    @abstractmethod
    def synthesize(self, text: str) -> "AsyncGenerator[PcmData]":
        """The sound of one sentence or so, in pieces as they are made: mono, one rate. Closing the iterator cancels the
        work at once. Raises ``ModelError``."""


# Voice activity and turns


class VAD(Part):
    """Is this a voice?"""

    @abstractmethod
    def open(self) -> "VADStream": ...


class VADStream(ABC):
    """Pure: no I/O. Frames are ``step_ms`` long; sound is buffered until a frame is full."""

    step_ms: int

    @abstractmethod
    def push(self, audio: "PcmData") -> list[float]:
        """The probability of a voice (0 to 1) for each frame that this sound completes. Mono, any constant rate."""


class TurnSignalKind(Enum):
    STARTED = "started"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class TurnSignal:
    """``at_ms``: where in the sound, in milliseconds since the stream opened, the voice began (``STARTED``) or the
    last voice was (``ENDED``). ``silence_ms``: how long it had been silent when the turn was judged over."""

    kind: TurnSignalKind
    at_ms: int
    silence_ms: int = 0


class TurnDetection(Part):
    """When has a person begun, and when have they finished?"""

    @abstractmethod
    def open(self) -> "TurnDetector": ...


class TurnDetector(ABC):
    """One talker's detector. Pure: its only clock is the sound it is given."""

    @abstractmethod
    def push(self, audio: "PcmData") -> list[TurnSignal]:
        """What this sound shows. ``STARTED`` and ``ENDED`` alternate. Mono, any constant rate."""

    @abstractmethod
    def hint(self, transcript: Transcript) -> None:
        """What the recogniser makes of the turn so far; changes how long a silence must be."""

    @abstractmethod
    def reset(self) -> None:
        """Forget a turn in progress, as when the microphone is muted."""
