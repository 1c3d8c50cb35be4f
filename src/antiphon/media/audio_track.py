"""``AudioTrack``: written in bursts, read in real time. Owns pacing and the silence between; knows no transport."""

from fractions import Fraction

from antiphon.clock import Clock
from antiphon.media.audio_queue import AudioQueue
from antiphon.media.pacing import Pacer
from antiphon.media.pcm import PcmData
from antiphon.media.resampling import Resampler


class AudioTrack:
    """Takes sound of any rate at any speed, gives frames of ``frame_ms`` (int16) when they are due on ``clock``.

    At most ``buffer_limit_ms`` wait; beyond that the oldest is dropped, and counted. One reader.
    """

    def __init__(
        self,
        sample_rate: int,
        channels: int = 1,
        frame_ms: int = 20,
        buffer_limit_ms: float = 30_000,
        *,
        clock: Clock,
    ) -> None:
        self.sample_rate = sample_rate
        self.channels = channels
        self._frame = sample_rate * frame_ms // 1000
        self._clock = clock
        self._queue = AudioQueue(buffer_limit_ms)
        self._pacer = Pacer(frame_ms)
        self._resampler: Resampler | None = None
        self._pts = 0
        self._fresh = False  # something was written since the last frame

    @property
    def duration_ms(self) -> float:
        """Written and not given out yet."""
        return self._queue.duration_ms + (self._resampler.pending_ms if self._resampler else 0.0)

    @property
    def dropped_ms(self) -> float:
        """All that was dropped for want of room; flushing is not dropping."""
        return self._queue.dropped_ms

    def write(self, pcm: PcmData) -> float:
        """Add sound; returns how many milliseconds of the oldest had to go for it."""
        if pcm.empty:
            return 0.0
        self._fresh = True
        dropped = 0.0
        if self._resampler is None or self._resampler.rate_in != pcm.sample_rate:
            dropped = self._drain()
            self._resampler = Resampler(pcm.sample_rate, self.sample_rate, self.channels)
        return dropped + self._queue.put(self._resampler.push(pcm))

    def flush(self) -> float:
        """Forget everything written and not given out; returns how many milliseconds that was."""
        pending = self.duration_ms
        self._queue.clear()
        if self._resampler is not None:
            self._resampler.reset()
        return pending

    async def recv(self) -> PcmData:
        """The next frame, when it is due: sound, or silence when there is none. pts counts samples, without a gap."""
        await self._clock.sleep_until(self._pacer.next(self._clock.now()))
        # Less than a frame waits one turn for its rest: a writer in step with us is not torn apart at every frame.
        # When nothing came meanwhile it was the end, and goes out with what the resampler still holds.
        ended = not self._fresh
        self._fresh = False
        if ended and self._queue.sample_count < self._frame:
            self._drain()
        pcm = self._queue.get_frame_nowait(self._frame, partial=ended)
        pts, self._pts = self._pts, self._pts + self._frame
        clock = Fraction(1, self.sample_rate)
        if pcm is None:
            return PcmData.silence(self._frame, self.sample_rate, self.channels, pts=pts, time_base=clock)
        return PcmData(pcm.to_int16().samples, self.sample_rate, self.channels, pts, clock, pcm.participant)

    def _drain(self) -> float:
        return 0.0 if self._resampler is None else self._queue.put(self._resampler.flush())
