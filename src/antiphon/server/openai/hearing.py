"""A served session's ears: what a client appends becomes sound on one timeline, turns, and words.

Owns decoding and the order of recognition. When a turn begins and ends is the agent's turn detection's; what follows
from it is the protocol's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import anyio

from antiphon.errors import ModelError
from antiphon.lifetimes import Closable
from antiphon.media.pcm import PcmData
from antiphon.media.resampling import Resampler
from antiphon.models.parts import STTStream, TurnDetector, TurnSignalKind
from antiphon.wire.openai.audio import PCM_RATE, AudioFormat

CHUNK_MS = 20
"""Sound is looked at in pieces of this length, however much of it came at once: a turn's end is as exact."""


@dataclass(frozen=True, slots=True)
class Understood:
    """``failure``: why there are no words."""

    item_id: str
    text: str
    seconds: float
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """At that place of the input timeline somebody began to speak, or a turn was judged to be over."""

    started: bool
    at_ms: int


class Hearing(Closable):
    """``listen`` for sound as it comes, ``transcribe`` for turns; ``run`` recognises them one after the other."""

    def __init__(self, stt: STTStream, detector: TurnDetector, tell: Callable[[Understood], None]) -> None:
        self._stt, self._detector, self._tell = stt, detector, tell
        self._resampler: Resampler | None = None
        self._work, self._todo = anyio.create_memory_object_stream[tuple[str, PcmData]](math.inf)

    def decode(self, data: bytes, audio_format: AudioFormat) -> list[PcmData]:
        """Bytes of the wire as pieces of mono PCM16 at 24 kHz."""
        pcm = decoded(data, audio_format)
        if pcm.sample_rate != PCM_RATE:
            if self._resampler is None:
                self._resampler = Resampler(pcm.sample_rate, PCM_RATE)
            pcm = self._resampler.push(pcm)
        return list(pcm.chunks(PCM_RATE * CHUNK_MS // 1000))

    def listen(self, piece: PcmData, now_ms: int) -> list[Signal]:
        """What this piece shows, which ends at ``now_ms``."""
        return [
            Signal(True, signal.at_ms) if signal.kind is TurnSignalKind.STARTED else Signal(False, now_ms)
            for signal in self._detector.push(piece)
        ]

    def forget(self) -> None:
        """The speech that was followed is none."""
        self._detector.reset()

    def transcribe(self, item_id: str, sound: PcmData) -> None:
        """Its words are told later."""
        self._work.send_nowait((item_id, sound))

    async def run(self) -> None:
        """Recognise until cancelled."""
        async for item_id, sound in self._todo:
            self._tell(await self._recognise(item_id, sound))

    async def aclose(self) -> None:
        self._work.close()
        self._todo.close()
        await self._stt.aclose()

    async def _recognise(self, item_id: str, sound: PcmData) -> Understood:
        try:
            await self._stt.begin()
            for piece in sound.chunks(PCM_RATE * CHUNK_MS // 1000):
                await self._stt.push(piece)
            return Understood(item_id, (await self._stt.finish()).text, sound.duration)
        except ModelError as error:
            return Understood(item_id, "", sound.duration, str(error))


def decoded(data: bytes, audio_format: AudioFormat) -> PcmData:
    """Bytes of the wire as sound, at the rate they have."""
    if audio_format.type == "audio/pcm":
        return PcmData.from_bytes(data, PCM_RATE)
    return PcmData.from_g711(data, law="mulaw" if audio_format.type == "audio/pcmu" else "alaw")
