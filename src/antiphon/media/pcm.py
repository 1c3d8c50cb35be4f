"""``PcmData``: sound as a value. Owns construction, conversion and cutting; knows no queue, clock or transport.

A value never changes: every operation returns another one, and its array cannot be written to. Cuts are views of the
same memory. To join many pieces use ``PcmData.concat``, which copies once.
"""

import io
import wave
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Unpack, overload

import numpy as np
import numpy.typing as npt

from antiphon.errors import AudioFormatError
from antiphon.media import frames, g711, responses
from antiphon.media.g711 import G711Law
from antiphon.media.pcm_base import Facts, PcmBase
from antiphon.media.responses import HasData, Piece, Raw
from antiphon.media.samples import (
    DTYPES,
    SampleFormat,
    Samples,
    channel_count,
    deinterleave,
    from_buffer,
    interleave,
    remix,
    to_float32,
    to_int16,
)

if TYPE_CHECKING:
    from av import AudioFrame


@dataclass(frozen=True, slots=True, eq=False)
class PcmData(PcmBase):
    """A piece of sound.

    ``samples``: int16 (full scale 32768) or float32 (full scale 1.0), ``(n,)`` for one channel, ``(channels, n)`` for
    more; the value takes the array over, so its former owner must not write to it any more. ``sample_rate`` in hertz.
    ``pts`` counts ``time_base`` seconds (1/sample_rate when left out). ``participant`` is the id of who made the sound.
    Raises ``AudioFormatError`` when these do not fit together.
    """

    # Made from

    @classmethod
    def from_bytes(
        cls, data: Raw, sample_rate: int, channels: int = 1, *, format: SampleFormat = "s16", **facts: Unpack[Facts]
    ) -> "PcmData":
        """Interleaved little-endian samples. ``facts``: ``pts``, ``time_base``, ``participant``."""
        return cls(from_buffer(data, channels, format), sample_rate, channels, **facts)

    @classmethod
    def from_numpy(
        cls, array: npt.NDArray[Any], sample_rate: int, *, format: SampleFormat | None = None, **facts: Unpack[Facts]
    ) -> "PcmData":
        """A copy of int16 or floating samples of shape ``(n,)`` or ``(channels, n)``; floats have full scale 1.0.

        ``format`` converts, with scaling, rounding and limiting; left out, floats stay float32.
        """
        if array.dtype != np.int16 and array.dtype.kind != "f":
            raise AudioFormatError(f"samples must be int16 or floating, not {array.dtype}")
        samples: Samples = array.astype(np.int16 if array.dtype == np.int16 else np.float32, copy=True)
        if samples.ndim == 2 and len(samples) == 1:
            samples = samples[0]
        shaped = samples if format is None else to_int16(samples) if format == "s16" else to_float32(samples)
        return cls(shaped, sample_rate, channel_count(shaped), **facts)

    @classmethod
    def from_av_frame(cls, frame: "AudioFrame", *, participant: str | None = None) -> "PcmData":
        """A copy of a PyAV frame, its pts and time base with it. Other formats than s16 and flt become one of them."""
        samples = frames.from_frame(frame)
        clock = frame.time_base if frame.pts is not None else None
        return cls(samples, frame.sample_rate, channel_count(samples), frame.pts, clock, participant)

    @classmethod
    def from_g711(
        cls, data: Raw, sample_rate: int = 8000, channels: int = 1, *, law: G711Law = "mulaw", **facts: Unpack[Facts]
    ) -> "PcmData":
        """G.711 bytes, one a sample, interleaved, as int16 samples."""
        return cls(deinterleave(g711.decode(data, law), channels), sample_rate, channels, **facts)

    @overload
    @classmethod
    def from_response(
        cls, response: Piece, sample_rate: int, channels: int = 1, *, format: SampleFormat = "s16"
    ) -> "PcmData": ...
    @overload
    @classmethod
    def from_response(
        cls, response: AsyncIterable[Piece], sample_rate: int, channels: int = 1, *, format: SampleFormat = "s16"
    ) -> AsyncIterator["PcmData"]: ...
    @overload
    @classmethod
    def from_response(
        cls, response: Iterable[Piece], sample_rate: int, channels: int = 1, *, format: SampleFormat = "s16"
    ) -> Iterator["PcmData"]: ...
    @classmethod
    def from_response(
        cls,
        response: Piece | AsyncIterable[Piece] | Iterable[Piece],
        sample_rate: int,
        channels: int = 1,
        *,
        format: SampleFormat = "s16",
    ) -> "PcmData | AsyncIterator[PcmData] | Iterator[PcmData]":
        """What a vendor's client returned: bytes or an object with ``.data`` at once, an iterator piece by piece.

        Pieces may end anywhere; those given back hold whole samples and a pts that runs on from 0.
        """
        width = DTYPES[format].itemsize * channels
        if isinstance(response, AsyncIterable):
            return _stream_async(responses.aligned_async(response, width), sample_rate, channels, format)
        if isinstance(response, Iterable) and not isinstance(response, Raw | HasData):
            return _stream(responses.aligned(response, width), sample_rate, channels, format)
        return cls.from_bytes(responses.payload(response), sample_rate, channels, format=format)

    @classmethod
    def silence(cls, sample_count: int, sample_rate: int, channels: int = 1, **facts: Unpack[Facts]) -> "PcmData":
        """int16 silence, ``sample_count`` of it on each channel."""
        shape = sample_count if channels == 1 else (channels, sample_count)
        return cls(np.zeros(shape, np.int16), sample_rate, channels, **facts)

    @classmethod
    def concat(cls, parts: Iterable["PcmData"]) -> "PcmData":
        """All parts, one after the other, copied once; pts and participant are the first's, sample type too.

        Raises ``AudioFormatError`` when there is none, or when rates or channels differ.
        """
        pieces = list(parts)
        if not pieces:
            raise AudioFormatError("nothing to join")
        first = pieces[0]
        if any((p.sample_rate, p.channels) != (first.sample_rate, first.channels) for p in pieces):
            raise AudioFormatError("sound of different rates or channels cannot be joined: resample first")
        if len(pieces) == 1:
            return first
        convert = to_int16 if first.samples.dtype == np.int16 else to_float32
        return replace(first, samples=np.concatenate([convert(p.samples) for p in pieces], axis=-1))

    # Turned into

    def to_float32(self) -> "PcmData":
        return replace(self, samples=to_float32(self.samples))

    def to_int16(self) -> "PcmData":
        """Rounded and limited, never wrapped."""
        return replace(self, samples=to_int16(self.samples))

    def to_bytes(self) -> bytes:
        """Interleaved little-endian samples of the type it has: play s16 with ``ffplay -f s16le -ar RATE -``."""
        return interleave(self.samples).tobytes()

    def to_wav_bytes(self) -> bytes:
        """A whole WAV file, 16 bits."""
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(self.channels)
            file.setsampwidth(2)
            file.setframerate(self.sample_rate)
            file.writeframes(interleave(to_int16(self.samples)).tobytes())
        return out.getvalue()

    def to_av_frame(self) -> "AudioFrame":
        """A packed PyAV frame (``s16`` or ``flt``) with this pts and time base."""
        frame = frames.to_frame(self.samples, self.sample_rate)
        frame.pts = self.pts
        frame.time_base = self.time_base or Fraction(1, self.sample_rate)
        return frame

    def g711_bytes(self, law: G711Law = "mulaw", sample_rate: int = 8000, channels: int = 1) -> bytes:
        """G.711 bytes, one a sample, interleaved, at that rate."""
        return g711.encode(to_int16(interleave(self.resample(sample_rate, channels).samples)), law)

    def resample(self, sample_rate: int, channels: int | None = None) -> "PcmData":
        """The whole sound at another rate, on other channels; pts, time base and participant stay.

        For one complete piece of sound: a stream cut into pieces needs one ``Resampler`` or its seams are heard.
        """
        samples = remix(self.samples, channels or self.channels)
        if sample_rate != self.sample_rate and samples.size:
            from antiphon.media.resampling import resample_whole

            samples = resample_whole(samples, self.sample_rate, sample_rate)
        return replace(self, samples=samples, sample_rate=sample_rate, channels=channels or self.channels)

    # Joined

    def append(self, other: "PcmData") -> "PcmData":
        """This, then ``other``. One copy of both: to join many use ``concat``."""
        return PcmData.concat((self, other))


def _stream(pieces: Iterator[bytes], rate: int, channels: int, form: SampleFormat) -> Iterator[PcmData]:
    pts = 0
    for piece in pieces:
        pcm = PcmData.from_bytes(piece, rate, channels, format=form, pts=pts)
        pts += pcm.sample_count
        yield pcm


async def _stream_async(
    pieces: AsyncIterator[bytes], rate: int, channels: int, form: SampleFormat
) -> AsyncIterator[PcmData]:
    pts = 0
    async for piece in pieces:
        pcm = PcmData.from_bytes(piece, rate, channels, format=form, pts=pts)
        pts += pcm.sample_count
        yield pcm
