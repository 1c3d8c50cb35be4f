"""Arrays of samples: sample types, channels and byte order. Owns the arithmetic; knows no rate, clock or participant.

An array is int16 (full scale 32768) or float32 (full scale 1.0); mono is ``(n,)``, more channels are ``(channels, n)``.
"""

from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from antiphon.errors import AudioFormatError

SampleFormat = Literal["s16", "f32"]
Samples = npt.NDArray[np.int16 | np.float32]

DTYPES: dict[SampleFormat, np.dtype[np.int16] | np.dtype[np.float32]] = {
    "s16": np.dtype("<i2"),
    "f32": np.dtype("<f4"),
}

_FULL_SCALE = 32768.0
_CENTRE = 0.5**0.5
# ITU-R BS.775 down-mixing to stereo, for the channel orders FFmpeg gives to 5 and 6 channels; scaled so as not to clip.
_STEREO_FROM: dict[int, list[list[float]]] = {
    5: [[1, 0, _CENTRE, _CENTRE, 0], [0, 1, _CENTRE, 0, _CENTRE]],
    6: [[1, 0, _CENTRE, 0, _CENTRE, 0], [0, 1, _CENTRE, 0, 0, _CENTRE]],
}


def to_float32(samples: Samples) -> npt.NDArray[np.float32]:
    """int16 scaled to [-1, 1); float32 as it is."""
    if samples.dtype == np.float32:
        return samples.astype(np.float32, copy=False)
    return np.multiply(samples, np.float32(1 / _FULL_SCALE), dtype=np.float32)


def to_int16(samples: npt.NDArray[np.int16 | np.floating[Any]]) -> npt.NDArray[np.int16]:
    """Floats are scaled, rounded and limited to the range; what is not a number becomes silence. int16 as it is."""
    if samples.dtype == np.int16:
        return samples.astype(np.int16, copy=False)
    scaled = np.rint(samples * np.float32(_FULL_SCALE))
    np.clip(scaled, -32768, 32767, out=scaled)
    if np.isnan(scaled.sum()):
        scaled[np.isnan(scaled)] = 0
    limited: npt.NDArray[np.int16] = scaled.astype(np.int16)
    return limited


def channel_count(samples: npt.NDArray[Any]) -> int:
    """How many channels an array's shape says it has."""
    return 1 if samples.ndim == 1 else samples.shape[0]


def interleave(samples: Samples) -> Samples:
    """``(channels, n)`` as one flat array, a sample of every channel in turn."""
    return samples if samples.ndim == 1 else np.ascontiguousarray(samples.T).reshape(-1)


def deinterleave(samples: Samples, channels: int) -> Samples:
    """The opposite; a view where the memory allows. Raises ``AudioFormatError`` on an incomplete last frame."""
    if channels == 1:
        return samples
    if samples.size % channels:
        raise AudioFormatError(f"{samples.size} samples are no whole number of {channels}-channel frames")
    return samples.reshape(-1, channels).T


def from_buffer(data: bytes | bytearray | memoryview, channels: int, form: SampleFormat) -> Samples:
    """Interleaved little-endian bytes as an array. ``bytes`` are not copied, what could change is."""
    dtype = DTYPES[form]
    size = memoryview(data).nbytes
    if size % (dtype.itemsize * channels):
        raise AudioFormatError(f"{size} bytes are no whole number of {form} frames of {channels} channel(s)")
    flat: Samples = np.frombuffer(data if isinstance(data, bytes) else bytes(data), dtype=dtype)
    return deinterleave(flat, channels)


def remix(samples: Samples, channels: int) -> Samples:
    """The same sound on another number of channels, same sample type.

    To one: the mean. From one: copies. 5 or 6 to 2: ITU-R BS.775 without the low-frequency channel. Otherwise channels
    are dealt out in turn: fewer share (mean), more repeat.
    """
    have = channel_count(samples)
    if channels < 1:
        raise AudioFormatError(f"{channels} channels")
    if have == channels:
        return samples
    if have == 1:
        return np.broadcast_to(samples.reshape(1, -1), (channels, samples.size))
    if channels > have:
        return samples[np.arange(channels) % have]
    mixed = _matrix(have, channels) @ to_float32(samples)
    shaped = mixed[0] if channels == 1 else mixed
    return to_int16(shaped) if samples.dtype == np.int16 else shaped


@cache
def _matrix(have: int, want: int) -> npt.NDArray[np.float32]:
    if want == 2 and have in _STEREO_FROM:
        matrix = np.array(_STEREO_FROM[have], dtype=np.float32)
    else:
        matrix = (np.arange(have)[None, :] % want == np.arange(want)[:, None]).astype(np.float32)
    rows: npt.NDArray[np.float32] = matrix / matrix.sum(axis=1, keepdims=True, dtype=np.float32)
    return rows
