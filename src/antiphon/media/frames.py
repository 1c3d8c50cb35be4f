"""PyAV's audio frames as arrays and back. The one place that knows FFmpeg's names of sample formats."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from antiphon.errors import AudioFormatError
from antiphon.media.samples import Samples, channel_count, deinterleave, interleave

if TYPE_CHECKING:
    from av import AudioFrame

_FROM_FFMPEG: dict[str, Callable[[npt.NDArray[Any]], Samples]] = {
    "s16": lambda raw: raw,
    "flt": lambda raw: raw,
    "u8": lambda raw: ((raw.astype(np.int16) - 128) << 8).astype(np.int16),
    "s32": lambda raw: (raw * (1 / 2**31)).astype(np.float32),
    "dbl": lambda raw: raw.astype(np.float32),
}


def from_frame(frame: "AudioFrame") -> Samples:
    """The frame's samples in our shapes, copied: PyAV may use the frame's memory again."""
    name = frame.format.name
    convert = _FROM_FFMPEG.get(name.removesuffix("p"))
    if convert is None:
        raise AudioFormatError(f"audio frames of format {name} are not supported")
    channels = frame.layout.nb_channels
    samples = convert(frame.to_ndarray())
    shaped = deinterleave(samples.reshape(-1), channels) if not frame.format.is_planar else samples
    return shaped[0] if channels == 1 and shaped.ndim == 2 else shaped


def to_frame(samples: Samples, sample_rate: int) -> "AudioFrame":
    """A packed frame, ``s16`` or ``flt``, with FFmpeg's default layout for that number of channels."""
    from av import AudioFrame

    form = "s16" if samples.dtype == np.int16 else "flt"
    flat: Any = np.ascontiguousarray(interleave(samples)).reshape(1, -1)
    frame = AudioFrame.from_ndarray(flat, format=form, layout=layout(channel_count(samples)))
    frame.sample_rate = sample_rate
    return frame


def layout(channels: int) -> str:
    return {1: "mono", 2: "stereo"}.get(channels, f"{channels}c")
