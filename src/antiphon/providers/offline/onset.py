"""Cutting the silence that a synthesiser puts before the first sound: a listener would only wait for it. Pure."""

import numpy as np

from antiphon.media.pcm import PcmData

SILENT = 330
"""Of 32767: about -40 dB. Flite's voices begin with some 200 ms below it, eSpeak's with none."""

KEPT_MS = 20
"""Of the silence, so that a soft consonant is not clipped."""


class OnsetTrimmer:
    """``push`` mono int16 sound in order; what comes before the voice is left out, but for ``KEPT_MS`` of it."""

    def __init__(self) -> None:
        self._waiting: PcmData | None = None
        self._begun = False

    def push(self, sound: PcmData) -> PcmData:
        """What is to be heard of it: nothing while there was no voice yet."""
        if self._begun:
            return sound
        whole = sound if self._waiting is None else self._waiting.append(sound)
        kept = KEPT_MS * whole.sample_rate // 1000
        loud = np.abs(whole.samples.astype(np.int32)) > SILENT
        self._begun = bool(loud.any())
        if not self._begun:
            self._waiting = whole.slice(max(0, whole.sample_count - kept), whole.sample_count)
            return whole.slice(0, 0)
        return whole.slice(max(0, int(loud.argmax()) - kept), whole.sample_count)
