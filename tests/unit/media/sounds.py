"""Tones and what is heard of them, for the tests of media."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from antiphon.media.pcm import PcmData


def tone(hertz: float, rate: int, seconds: float, amplitude: float = 0.5, **facts: object) -> PcmData:
    n = round(rate * seconds)
    wave = amplitude * np.sin(2 * np.pi * hertz * np.arange(n) / rate)
    return PcmData.from_numpy(wave, rate, format="s16", **facts)  # type: ignore[arg-type]


def ramp(n: int, rate: int = 24_000, first: int = 0, **facts: object) -> PcmData:
    """Samples that say where they are from."""
    return PcmData((np.arange(first, first + n) % 30_000).astype(np.int16), rate, **facts)  # type: ignore[arg-type]


def level_at(pcm: PcmData, hertz: float, width: float = 60) -> float:
    """dB of full scale of a sine in that band, the ends of the sound left out."""
    samples, margin = pcm.to_float32().samples, pcm.sample_count // 8
    part = samples[margin:-margin]
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    frequencies = np.fft.rfftfreq(len(part), 1 / pcm.sample_rate)
    band = power[np.abs(frequencies - hertz) <= width].sum()
    full = (len(part) / 4) ** 2 * 1.5  # a full-scale sine under a Hann window
    return float(10 * np.log10(band / full + 1e-20))


def strongest(pcm: PcmData) -> float:
    """The loudest frequency, hertz."""
    samples = pcm.to_float32().samples
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / pcm.sample_rate)[int(power.argmax())])


def loudness(samples: npt.NDArray[np.int16 | np.float32]) -> float:
    """RMS in dB of full scale of a float32 array."""
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20))


def joined(parts: Sequence[PcmData]) -> PcmData:
    return PcmData.concat([part for part in parts if not part.empty])
