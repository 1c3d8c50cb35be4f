"""A model that takes sound and gives sound: ``Realtime``, and the live link to one, ``RealtimeConnection``.

The session drives every model through this interface alone: a speech-to-speech service, a pipeline of parts, a script.
Differences between models are ``Capabilities``, never names. Knows no session, no room, no vendor.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from antiphon.dialogue.effects import CreateResponse, TruncateItem
from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentSpeechEnded,
    AgentText,
    ModelFailed,
    ResponseEnded,
    ResponseStarted,
    SpeechMarked,
    SpeechStarted,
    SpeechStopped,
    ToolCalled,
    TurnCommitted,
    TurnDiscarded,
    UserTranscribed,
)
from antiphon.dialogue.items import Item
from antiphon.lifetimes import Closable
from antiphon.models.parts import Part, ToolSpec

if TYPE_CHECKING:  # numpy is most of what importing antiphon would cost
    from antiphon.media.pcm import PcmData


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model does by itself, so that the session does the rest.

    keeps_history: it remembers items it was given; otherwise each ``CreateResponse`` carries all there is to know.
    creates_responses: it answers a committed turn unasked.
    hears: it takes sound. sees: it takes pictures. speaks: it gives sound (otherwise text alone).
    input_rate: the sample rate it wants, hertz.
    """

    keeps_history: bool = False
    creates_responses: bool = False
    hears: bool = True
    sees: bool = False
    speaks: bool = True
    input_rate: int = 24_000


@dataclass(frozen=True, slots=True)
class ModelSetup:
    """What a connection begins with. ``history`` is what was said before, valid and in order."""

    instructions: str = ""
    tools: Sequence[ToolSpec] = field(default=())
    history: tuple[Item, ...] = ()
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class AgentAudio:
    """Sound of one item of the agent's speech: media lane, never logged. Mono, any rate."""

    response_id: str
    item_id: str
    audio: "PcmData"


ModelEvent = (
    SpeechStarted | SpeechStopped | UserTranscribed | TurnCommitted | TurnDiscarded | ResponseStarted | AgentItemStarted
    | AgentText | SpeechMarked | AgentSpeechEnded | ToolCalled | ResponseEnded | ModelFailed
)  # fmt: skip
"""What a model tells; the dialogue's own words. For each response: ``ResponseStarted`` once, then its items, then
``ResponseEnded`` once, also when cancelled; nothing of it after that."""


class Realtime(Part):
    """A specification of a model; reusable, holds no connection."""

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities: ...

    @abstractmethod
    def connect(self, setup: ModelSetup) -> AbstractAsyncContextManager["RealtimeConnection"]:
        """A live link. Raises ``ModelUnavailable`` or ``ModelRefused`` on entering."""


class RealtimeConnection(Closable, ABC):
    """The live link to a model, for one session. Verbs return when the model has been told, not when it has done it."""

    @abstractmethod
    def events(self) -> AsyncIterator[ModelEvent | AgentAudio]:
        """What the model says, in order, until the link is closed. To be iterated once."""

    @abstractmethod
    async def send_audio(self, audio: "PcmData") -> None:
        """The people's sound, mono, in real time and without gaps (silence is sent too)."""

    @abstractmethod
    async def add_item(self, item: Item) -> None:
        """Something for the model to know. Models that keep no history may ignore it."""

    @abstractmethod
    async def create_response(self, request: CreateResponse) -> None:
        """Answer now. At most one response is open at any time."""

    @abstractmethod
    async def cancel_response(self, response_id: str) -> None:
        """Stop; ``ResponseEnded`` follows. Does nothing for a response that is not open."""

    @abstractmethod
    async def truncate(self, request: TruncateItem) -> None:
        """Forget what was not heard. Models that keep no history may ignore it."""

    @abstractmethod
    async def reset_turn(self) -> None:
        """Drop a turn that is under way, as when the last microphone is muted. If ``SpeechStarted`` was sent
        for it, ``TurnDiscarded`` follows."""
