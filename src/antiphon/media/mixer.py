"""``Mixer``: many voices as one, on a clock. Pure: one ``tick`` is one frame; knows no task, clock or transport."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from antiphon.errors import AudioFormatError, MediaError
from antiphon.media.audio_queue import AudioQueue
from antiphon.media.levels import SILENCE_DBFS, rms_dbfs
from antiphon.media.pcm import PcmData
from antiphon.media.samples import to_float32, to_int16

Block = npt.NDArray[np.float32]

_CEILING = 32767 / 32768
_RELEASE = 0.1  # of the way back to full gain, a frame: about 0.2 s
_ATTACK_MS = 2  # a step in gain would click
_VOICE_DBFS = -50.0
_LOUDER_DB = 6.0  # before another takes the floor
_FALL_DB_PER_S = 75.0  # from speech at -20 dBFS to nobody in 0.4 s
_QUIET_DBFS = -60.0


@dataclass(frozen=True, slots=True, eq=False)
class MixedFrame:
    """One frame. ``levels``: dBFS of every participant, -127 for one with nothing to say."""

    pcm: PcmData
    active_speaker: str | None
    levels: Mapping[str, float]
    voices: Mapping[str, Block] = field(repr=False)
    """Each participant's part before mixing; those with none are left out."""
    gain: float | Block = field(repr=False)

    def minus(self, participant: str) -> PcmData:
        """The mix without one participant, for them to hear."""
        others = [voice for name, voice in self.voices.items() if name != participant]
        if len(others) == len(self.voices):
            return self.pcm
        total = np.sum(others, axis=0) * self.gain if others else np.zeros(self.pcm.sample_count, np.float32)
        return PcmData(to_int16(total), self.pcm.sample_rate, pts=self.pcm.pts)


@dataclass(slots=True)
class _Voice:
    queue: AudioQueue
    fresh: bool = False  # something came since the last tick
    loudness: float = SILENCE_DBFS  # rises at once, falls slowly


class Mixer:
    """Sums what each participant said in the same ``frame_ms``; all at ``sample_rate``, mono.

    The sum is not averaged: one voice passes through unchanged, and when several together are too loud a limiter turns
    the whole down. Nothing is heard twice: a participant with nothing new is silent. What waits is bounded by
    ``buffer_limit_ms`` (oldest dropped) and shortened in pauses, so a fast clock or a burst adds no lasting delay.
    """

    def __init__(self, sample_rate: int = 24_000, frame_ms: int = 20, buffer_limit_ms: float = 120) -> None:
        self.sample_rate = sample_rate
        self._frame = sample_rate * frame_ms // 1000
        self._limit_ms = max(buffer_limit_ms, 2 * frame_ms)
        self._attack = max(1, sample_rate * _ATTACK_MS // 1000)
        self._fall_db = _FALL_DB_PER_S * frame_ms / 1000
        self._voices: dict[str, _Voice] = {}
        self._active: str | None = None
        self._gain = 1.0
        self._pts = 0

    @property
    def participants(self) -> tuple[str, ...]:
        return tuple(self._voices)

    def join(self, participant: str) -> None:
        """Begin to mix a participant; one who is already in begins anew."""
        self._voices[participant] = _Voice(AudioQueue(self._limit_ms))

    def leave(self, participant: str) -> None:
        """Forget a participant and what they were saying."""
        self._voices.pop(participant, None)
        if self._active == participant:
            self._active = None

    def push(self, participant: str, pcm: PcmData) -> float:
        """Sound of a participant; returns how many milliseconds of their oldest had to go for it.

        Raises ``AudioFormatError`` for another rate or more channels, ``MediaError`` for one who has not joined.
        """
        if pcm.sample_rate != self.sample_rate or pcm.channels != 1:
            raise AudioFormatError(
                f"{pcm.channels} channel(s) of {pcm.sample_rate} Hz for a mix of mono {self.sample_rate} Hz"
            )
        voice = self._voices.get(participant)
        if voice is None:
            raise MediaError(f"participant {participant} is not in the mix")
        voice.fresh = True
        return voice.queue.put(pcm)

    def dropped_ms(self, participant: str) -> float:
        """What of a participant was dropped for want of room, since they joined."""
        return self._voices[participant].queue.dropped_ms

    def tick(self) -> MixedFrame:
        """The next frame: int16, pts counting samples."""
        blocks: dict[str, Block] = {}
        levels: dict[str, float] = {}
        for name, voice in self._voices.items():
            pcm, levels[name] = self._take(voice)
            voice.loudness = max(levels[name], voice.loudness - self._fall_db)
            if pcm is not None:
                blocks[name] = to_float32(pcm.samples)
        total = np.sum(list(blocks.values()), axis=0) if blocks else np.zeros(self._frame, np.float32)
        gain = self._limit(total)
        samples = to_int16(total if isinstance(gain, float) and gain == 1 else total * gain)
        mixed = PcmData(samples, self.sample_rate, pts=self._pts)
        self._pts += self._frame
        return MixedFrame(mixed, self._speaker(), levels, blocks, gain)

    def _take(self, voice: _Voice) -> tuple[PcmData | None, float]:
        """A frame and its level. A short rest waits one tick for the rest of it, then goes out as it is."""
        pcm = voice.queue.get_frame_nowait(self._frame, partial=not voice.fresh)
        voice.fresh = False
        level = SILENCE_DBFS if pcm is None else rms_dbfs(pcm.samples)
        if level < _QUIET_DBFS and voice.queue.sample_count >= 2 * self._frame:
            # A pause with more waiting: leave the pause out and be on time again.
            pcm = voice.queue.get_frame_nowait(self._frame, partial=False)
            level = SILENCE_DBFS if pcm is None else rms_dbfs(pcm.samples)
        return pcm, level

    def _limit(self, total: Block) -> float | Block:
        """The gain for this frame: down at once when it would be too loud, up again slowly."""
        peak = float(np.max(np.abs(total))) if total.size else 0.0
        before = self._gain
        after = 1.0 if before > 0.999 else before + (1 - before) * _RELEASE
        self._gain = min(after, _CEILING / peak if peak > 1 else 1.0)
        if self._gain == before:
            return before
        ramp = np.full(total.size, self._gain, np.float32)
        length = min(self._attack if self._gain < before else total.size, total.size)
        ramp[:length] = np.linspace(before, self._gain, length, dtype=np.float32)
        return ramp

    def _speaker(self) -> str | None:
        loudest = max(self._voices, key=lambda name: self._voices[name].loudness, default=None)
        if loudest is None or self._voices[loudest].loudness < _VOICE_DBFS:
            self._active = None
        elif (
            self._active is None
            or self._voices[self._active].loudness < _VOICE_DBFS
            or self._voices[loudest].loudness > self._voices[self._active].loudness + _LOUDER_DB
        ):
            self._active = loudest
        return self._active
