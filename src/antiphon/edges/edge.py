"""What every edge gives a session: ``Participant``, one connected device, and ``VoiceFrame``, what it is given to hear.

Knows no transport, no session. An edge's own code lives in its own file or folder.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from uuid import uuid4

from antiphon.lifetimes import Closable
from antiphon.media.opus import SILENCE, OpusEncoder, OpusPacket
from antiphon.media.pcm import PcmData
from antiphon.media.source import AudioSource
from antiphon.wire import browser

FRAME_MS = 20
VOICE_RATE = 48_000

_SILENT = OpusPacket(SILENCE, timestamp=0)


class VoiceFrame:
    """20 ms of the agent's voice, or of silence when ``item_id`` is None: samples, and a packet encoded once for all.

    ``starts``: the first frame of its item.
    """

    __slots__ = ("_encoder", "_packet", "item_id", "samples", "starts")

    def __init__(self, samples: PcmData, item_id: str | None, starts: bool, encoder: OpusEncoder) -> None:
        self.samples, self.item_id, self.starts = samples, item_id, starts
        self._encoder = encoder
        self._packet = _SILENT if item_id is None else None

    @property
    def packet(self) -> OpusPacket:
        """Opus, 48 kHz mono, 20 ms; its clock is the receiver's to set."""
        if self._packet is None:
            self._packet = self._encoder.encode(self.samples)
        return self._packet


class Participant(Closable, ABC):
    """One connected device in a session."""

    def __init__(self, name: str) -> None:
        self.id = f"part_{uuid4().hex[:16]}"
        self.name = name
        self.resume_token = uuid4().hex
        self.muted = False

    @property
    @abstractmethod
    def audio(self) -> browser.AudioFormat:
        """How sound travels to and from this device."""

    @property
    @abstractmethod
    def voice(self) -> AudioSource:
        """What the device's microphone gives."""

    @abstractmethod
    async def run(self) -> None:
        """Carry sound and messages until the connection is gone."""

    @abstractmethod
    async def ready(self) -> None:
        """Return when the device can hear and be heard; never, if it does not get that far before ``run`` ends."""

    @abstractmethod
    def messages(self) -> AsyncIterator[browser.Incoming]:
        """What the device says, in order. Ends when it is gone. Malformed ones are answered by the edge."""

    @abstractmethod
    def send(self, message: browser.Message) -> None:
        """Control lane: delivered in order, kept until the device can take it; never blocks."""

    @abstractmethod
    def hear(self, frame: VoiceFrame) -> None:
        """Media lane: the next 20 ms. Never blocks; a device that cannot keep up loses the oldest."""
