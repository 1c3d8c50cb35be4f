"""How a scripted person's sound and messages travel: ``Line``, and the one that is no network at all."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from antiphon.edges.edge import FRAME_MS, VOICE_RATE, VoiceFrame
from antiphon.media.pcm import PcmData
from antiphon.session.session import Session
from antiphon.testing.clock import ManualClock
from antiphon.testing.device import FakeParticipant
from antiphon.wire import browser

FRAME_S = FRAME_MS / 1000
FRAME_SAMPLES = VOICE_RATE * FRAME_MS // 1000


def _nothing(*_: object) -> None:
    """Nobody listens yet."""


class Line(ABC):
    """Sound is 48 kHz mono in frames of 20 ms, both ways. ``on_frame(item_id, pcm)`` and ``on_message(message)`` are
    called as things arrive; ``item_id`` is the item of the agent's speech that a frame belongs to, None for silence."""

    def __init__(self) -> None:
        self.on_frame: Callable[[str | None, PcmData], None] = _nothing
        self.on_message: Callable[[browser.Message], None] = _nothing

    @property
    @abstractmethod
    def gone(self) -> bool:
        """Has the server hung up, or did we?"""

    @abstractmethod
    def now(self) -> float:
        """Seconds on the line's clock."""

    @abstractmethod
    async def wait(self, seconds: float) -> None:
        """Let time pass while nothing is said."""

    @abstractmethod
    async def speak(self, frames: list[PcmData]) -> None:
        """Say it, one frame each 20 ms; returns when it is said."""

    @abstractmethod
    def send(self, message: browser.Incoming) -> None: ...

    @abstractmethod
    def played_ms(self, item_id: str) -> int:
        """How much of an item has come out of the loudspeaker; 0 for one that is not known."""


class InProcessLine(Line):
    """Straight into a session of this process, by a ``FakeParticipant``. Waiting and speaking let the clock go on."""

    def __init__(self, session: Session, clock: ManualClock, name: str) -> None:
        super().__init__()
        self.device = FakeParticipant(clock, name)
        self._clock = clock
        self._played: dict[str, int] = {}
        self.device.watch = self._arrived
        session.join(self.device)

    @property
    def gone(self) -> bool:
        return self.device.lost

    def now(self) -> float:
        return self._clock.now()

    async def wait(self, seconds: float) -> None:
        await self._clock.advance(seconds)

    async def speak(self, frames: list[PcmData]) -> None:
        for frame in frames:
            self.device.say(frame)
            await self._clock.advance(FRAME_S)

    def send(self, message: browser.Incoming) -> None:
        if not self.gone:
            self.device.tell(message)

    def played_ms(self, item_id: str) -> int:
        return self._played.get(item_id, 0)

    def _arrived(self, what: VoiceFrame | browser.Message) -> None:
        if isinstance(what, VoiceFrame):
            self.device.heard.clear()  # the person keeps the recording
            if what.item_id is not None:
                self._played[what.item_id] = self._played.get(what.item_id, 0) + FRAME_MS
            self.on_frame(what.item_id, what.samples)
        else:
            self.on_message(what)
