"""How loud: levels of whole blocks, vectorised."""

import math

import numpy as np

from antiphon.media.samples import Samples

SILENCE_DBFS = -127.0
"""The floor, as in RFC 6464: levels run from 0 down to -127."""


def rms_dbfs(samples: Samples) -> float:
    """The root mean square of all samples against full scale, in decibels: 0 is a full-scale square wave, a full-scale
    sine is -3.01, silence and no samples at all are -127."""
    if samples.size == 0:
        return SILENCE_DBFS
    flat = samples.reshape(-1).astype(np.float32)
    full_scale = 1.0 if samples.dtype == np.float32 else 32768.0
    power = float(np.dot(flat, flat)) / (flat.size * full_scale**2)
    return max(SILENCE_DBFS, 10 * math.log10(power)) if power > 0 else SILENCE_DBFS
