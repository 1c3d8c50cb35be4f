"""``FakeParticipant``: a device with no network, for tests of a session. Records what it is sent and what it hears."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import anyio

from antiphon.clock import Clock
from antiphon.edges.edge import Participant, VoiceFrame
from antiphon.media.pcm import PcmData
from antiphon.media.source import SampleSource
from antiphon.wire import browser

M = TypeVar("M", bound=browser.Message)


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame and the moment (clock seconds) it was heard at."""

    at: float
    frame: VoiceFrame


class FakeParticipant(Participant):
    """One device. ``say`` gives it a voice, ``tell`` sends a message, ``lose`` cuts the connection.

    ``connects``: it is ready as soon as it is asked; otherwise when ``connect`` is called. ``watch``: called with each
    frame heard and each message sent to it, as they come.
    """

    def __init__(self, clock: Clock, name: str = "Guest", *, connects: bool = True) -> None:
        super().__init__(name)
        self.sent: list[browser.Message] = []
        self.heard: list[Heard] = []
        self.watch: Callable[[VoiceFrame | browser.Message], None] = lambda _: None
        self._clock = clock
        self._voice = SampleSource(self.id)
        self._told, self._messages = anyio.create_memory_object_stream[browser.Incoming](1000)
        self._ready, self._gone = anyio.Event(), anyio.Event()
        if connects:
            self._ready.set()

    # What a test does with it

    def connect(self) -> None:
        self._ready.set()

    def say(self, audio: PcmData) -> None:
        """Sound of its microphone, any rate, mono; at most some 200 ms at once (it is media: the oldest would go)."""
        self._voice.push(audio)

    def tell(self, message: browser.Incoming) -> None:
        """A message to the server."""
        self._told.send_nowait(message)

    def lose(self) -> None:
        """The connection dies without a word."""
        self._gone.set()

    @property
    def lost(self) -> bool:
        """Is it gone, by its own or the session's doing?"""
        return self._gone.is_set()

    def got(self, kind: type[M]) -> list[M]:
        """The messages of one kind that it was sent."""
        return [message for message in self.sent if isinstance(message, kind)]

    def voiced(self) -> Iterator[Heard]:
        """The frames that were not silence."""
        return (one for one in self.heard if one.frame.item_id is not None)

    def recording(self) -> PcmData:
        """All that was heard, one piece: 48 kHz mono."""
        return PcmData.concat([PcmData.silence(0, 48_000), *(one.frame.samples for one in self.heard)])

    # What a session does with it

    @property
    def audio(self) -> browser.AudioFormat:
        return browser.AudioFormat(transport="track", sample_rate=48_000)

    @property
    def voice(self) -> SampleSource:
        return self._voice

    async def run(self) -> None:
        await self._gone.wait()

    async def ready(self) -> None:
        await self._ready.wait()

    async def messages(self) -> AsyncIterator[browser.Incoming]:
        async for message in self._messages:
            yield message

    def send(self, message: browser.Message) -> None:
        self.sent.append(message)
        self.watch(message)

    def hear(self, frame: VoiceFrame) -> None:
        self.heard.append(Heard(self._clock.now(), frame))
        self.watch(frame)

    async def aclose(self) -> None:
        self._gone.set()
        self._told.close()
        self._messages.close()
        await self._voice.aclose()
