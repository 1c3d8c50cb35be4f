"""Sample rates: ``Resampler``, one a stream, and the one-shot conversion of a whole sound.

The only module that uses soxr. A stream cut into pieces must go through one ``Resampler``: it remembers what came
before, so the seams are not heard.
"""

from typing import TYPE_CHECKING

import numpy as np

from antiphon.errors import AudioFormatError
from antiphon.media.frames import from_frame, layout, to_frame
from antiphon.media.pcm import PcmData
from antiphon.media.samples import Samples, remix, to_float32, to_int16

if TYPE_CHECKING:
    from av import AudioResampler


def resample_whole(samples: Samples, rate_in: int, rate_out: int) -> Samples:
    """All of ``samples``, ``(n,)`` or ``(channels, n)``, filtered at every length; the same sample type."""
    if rate_out < 1:
        raise AudioFormatError(f"a sample rate of {rate_out} Hz")
    import soxr  # type: ignore[import-untyped]

    # As float32: for int16 soxr adds dither, which turns digital silence into noise.
    out = soxr.resample(to_float32(samples).T, rate_in, rate_out, quality="HQ").T
    return to_int16(out) if samples.dtype == np.int16 else out


class Resampler:
    """One stream from ``rate_in`` to ``rate_out`` hertz on ``channels`` channels; sound on others is remixed first.

    FFmpeg's resampler, because it waits for so little of what follows: 0.7 ms between 24 and 48 kHz, 1 ms from 48 to
    16 kHz, 2 ms from 8 to 48 kHz (soxr's streams: 38 to 170 ms, in bursts; 5 to 30 ms in its variable-rate mode).
    ``pending_ms`` says it. Aliases and images are below -90 dB, but for the first few per cent above the band's edge.
    Equal rates add nothing and pass values through untouched.

    pts runs on from the first piece that has one, in units of 1/``rate_out``, and follows the input when that jumps.
    """

    def __init__(self, rate_in: int, rate_out: int, channels: int = 1) -> None:
        self.rate_in = rate_in
        self.rate_out = rate_out
        self.channels = channels
        if min(rate_in, rate_out, channels) < 1:
            raise AudioFormatError(f"no resampling of {channels} channel(s) from {rate_in} to {rate_out} Hz")
        self._swr = self._new()
        self._last: PcmData | None = None
        self._taken = self._given = 0
        self._origin: float | None = None  # when the stream began, in seconds of its pts

    @property
    def pending_ms(self) -> float:
        """Sound taken and not given out yet."""
        return max(0.0, 1000 * (self._taken / self.rate_in - self._given / self.rate_out))

    def push(self, pcm: PcmData) -> PcmData:
        """What can be given out now, perhaps nothing. Raises ``AudioFormatError`` for another rate than ``rate_in``."""
        if pcm.sample_rate != self.rate_in:
            raise AudioFormatError(f"sound of {pcm.sample_rate} Hz in a stream of {self.rate_in} Hz")
        if self.rate_in == self.rate_out:
            return pcm.resample(self.rate_out, self.channels) if pcm.channels != self.channels else pcm
        self._follow(pcm)
        self._last = pcm
        self._taken += pcm.sample_count
        return self._out(pcm, to_float32(remix(pcm.samples, self.channels)), last=False)

    def flush(self) -> PcmData:
        """What was still pending; the next ``push`` begins a new stream."""
        if self._last is None:
            return PcmData.silence(0, self.rate_out, self.channels)
        none = to_float32(PcmData.silence(0, self.rate_in, self.channels).samples)
        out = self._out(self._last, none, last=True)
        self.reset()
        return out

    def reset(self) -> None:
        """Forget what is pending; the next ``push`` begins a new stream."""
        self._swr = self._new()
        self._last = self._origin = None
        self._taken = self._given = 0

    def _new(self) -> "AudioResampler":
        from av import AudioResampler

        return AudioResampler(format="fltp", layout=layout(self.channels), rate=self.rate_out)

    def _convert(self, samples: Samples, *, last: bool) -> Samples:
        frames = []
        if samples.size:
            frames = self._swr.resample(to_frame(samples, self.rate_in))
        if last:
            frames += self._swr.resample(None)
        if not frames:
            return to_float32(PcmData.silence(0, self.rate_out, self.channels).samples)
        made = np.concatenate([from_frame(frame) for frame in frames], axis=-1)
        return made

    def _follow(self, pcm: PcmData) -> None:
        if pcm.pts is None or pcm.time_base is None:
            return
        origin = pcm.pts * pcm.time_base.numerator / pcm.time_base.denominator - self._taken / self.rate_in
        rounding = pcm.time_base.numerator / pcm.time_base.denominator + 1 / self.rate_in
        if self._origin is None or abs(origin - self._origin) > rounding:
            self._origin = origin

    def _out(self, source: PcmData, samples: Samples, *, last: bool) -> PcmData:
        made = self._convert(samples, last=last)
        pts = None if self._origin is None else round(self._origin * self.rate_out) + self._given
        self._given += made.shape[-1]
        typed = to_int16(made) if source.samples.dtype == np.int16 else made
        return PcmData(typed, self.rate_out, self.channels, pts, participant=source.participant)
