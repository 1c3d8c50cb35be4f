"""The ground of ``PcmData``: its fields, what is said of them, how sound is cut. Knows no way in or out of bytes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self, TypedDict

import numpy as np

from antiphon.errors import AudioFormatError
from antiphon.media.samples import Samples, channel_count


class Facts(TypedDict, total=False):
    """What may be known of a piece of sound besides its samples."""

    pts: int | None
    time_base: Fraction | None
    participant: str | None


@dataclass(frozen=True, slots=True, eq=False)
class PcmBase:
    """See ``PcmData``."""

    samples: Samples
    sample_rate: int
    channels: int = 1
    pts: int | None = None
    time_base: Fraction | None = None
    participant: str | None = None

    def __post_init__(self) -> None:
        samples = self.samples
        if self.sample_rate < 1 or self.channels < 1:
            raise AudioFormatError(f"{self.sample_rate} Hz, {self.channels} channel(s)")
        if samples.dtype != np.int16 and samples.dtype != np.float32:
            raise AudioFormatError(f"samples must be int16 or float32, not {samples.dtype}")
        if samples.ndim != (1 if self.channels == 1 else 2) or channel_count(samples) != self.channels:
            raise AudioFormatError(f"an array of shape {samples.shape} does not hold {self.channels} channel(s)")
        if samples.flags.writeable:
            view = samples.view()
            view.flags.writeable = False
            object.__setattr__(self, "samples", view)
        if self.pts is not None and self.time_base is None:
            object.__setattr__(self, "time_base", Fraction(1, self.sample_rate))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PcmBase):
            return NotImplemented
        return self._facts() == other._facts() and np.array_equal(self.samples, other.samples)

    def __hash__(self) -> int:
        return hash((self._facts(), self.samples.tobytes()))

    def _facts(self) -> tuple[object, ...]:
        return (self.samples.dtype, self.sample_rate, self.channels, self.pts, self.time_base, self.participant)

    # Said of it

    @property
    def sample_count(self) -> int:
        """Samples of each channel."""
        return int(self.samples.shape[-1])

    @property
    def stereo(self) -> bool:
        return self.channels == 2

    @property
    def empty(self) -> bool:
        return self.samples.size == 0

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.sample_count / self.sample_rate

    @property
    def duration_ms(self) -> float:
        return 1000 * self.sample_count / self.sample_rate

    @property
    def pts_seconds(self) -> float | None:
        return None if self.pts is None or self.time_base is None else float(self.pts * self.time_base)

    # Cut

    def copy(self) -> Self:
        """The same sound in memory of its own: frees a larger piece it was cut from."""
        return replace(self, samples=self.samples.copy())

    def clear(self) -> Self:
        """No sound, in the same format at the same place."""
        return self.slice(0, 0)

    def slice(self, start: int, stop: int) -> Self:
        """Samples ``start`` to ``stop`` of each channel, as a view; pts moves along."""
        start = min(max(start, 0), self.sample_count)
        pts = self.pts
        if pts is not None and self.time_base is not None and start:
            in_samples = self.time_base.numerator == 1 and self.time_base.denominator == self.sample_rate
            pts += start if in_samples else round(Fraction(start, self.sample_rate) / self.time_base)
        return replace(self, samples=self.samples[..., start : max(start, stop)], pts=pts)

    def padded(self, sample_count: int) -> Self:
        """With silence after it until it is that long."""
        missing = sample_count - self.sample_count
        if missing <= 0:
            return self
        widths = [(0, 0)] * (self.samples.ndim - 1) + [(0, missing)]
        return replace(self, samples=np.pad(self.samples, widths))

    def head(self, seconds: float) -> Self:
        """The first ``seconds``, or all there is."""
        return self.slice(0, self._count(seconds))

    def tail(self, seconds: float) -> Self:
        """The last ``seconds``, or all there is; none of it for 0."""
        return self.slice(self.sample_count - self._count(seconds), self.sample_count)

    def _count(self, seconds: float) -> int:
        if seconds < 0:
            raise AudioFormatError(f"a length of {seconds} s")
        return round(seconds * self.sample_rate)

    def chunks(self, size: int, overlap: int = 0, *, pad_last: bool = False) -> Iterator[Self]:
        """Pieces of ``size`` samples, each beginning ``size - overlap`` after the last; the last one may be short."""
        if not 0 <= overlap < size:
            raise AudioFormatError(f"chunks of {size} samples that overlap by {overlap}")
        step = size - overlap
        return (
            self.slice(start, start + size).padded(size if pad_last else 0)
            for start in range(0, max(self.sample_count - overlap, min(self.sample_count, 1)), step)
        )

    def sliding_window(self, window_ms: float, hop_ms: float, *, pad_last: bool = False) -> Iterator[Self]:
        """Pieces of ``window_ms``, one every ``hop_ms`` (not longer than the window); the last one may be short."""
        size = self._count(window_ms / 1000)
        return self.chunks(size, size - self._count(hop_ms / 1000), pad_last=pad_last)
