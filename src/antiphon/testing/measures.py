"""What was heard: figures about a recording. Pure."""

import numpy as np

from antiphon.media.levels import rms_dbfs
from antiphon.media.pcm import PcmData
from antiphon.media.samples import to_float32

SILENT_DBFS = -50.0


def is_silent(pcm: PcmData, below_dbfs: float = SILENT_DBFS) -> bool:
    """Is it quieter than ``below_dbfs`` on the whole? No sound at all is silent."""
    return rms_dbfs(pcm.samples) < below_dbfs


def dominant_hz(pcm: PcmData) -> float:
    """The loudest frequency, in hertz, to about ``1 / duration``; 0 for silence."""
    if is_silent(pcm):
        return 0.0
    mono = to_float32(pcm.resample(pcm.sample_rate, 1).samples)
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(mono.size)))
    return float(np.fft.rfftfreq(mono.size, 1 / pcm.sample_rate)[int(spectrum[1:].argmax()) + 1])


def voiced_ms(pcm: PcmData, below_dbfs: float = SILENT_DBFS, window_ms: float = 20) -> float:
    """How much of it is not silent, in milliseconds, looked at in windows of ``window_ms``."""
    return sum(
        piece.duration_ms for piece in pcm.sliding_window(window_ms, window_ms) if not is_silent(piece, below_dbfs)
    )
