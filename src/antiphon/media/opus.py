"""Opus packets: what their first bytes say, and the codec. PyAV is loaded when a codec is made.

Timestamps and durations count samples at 48 kHz, whatever the packet's own bandwidth (RFC 7587 section 4.1).
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from antiphon.errors import AudioFormatError, MediaError
from antiphon.media.pcm import PcmData

OPUS_RATE = 48_000
FRAME = 960
"""Samples of the 20 ms we encode."""

SILENCE = b"\xf8\xff\xfe"
"""20 ms of silence: CELT, full band, mono."""

_MAX_DURATION = 5760  # 120 ms: RFC 6716 section 3.4, R5
_MAX_FRAME_BYTES = 1275  # R2
_CLOCK = Fraction(1, OPUS_RATE)


def frame_duration(toc: int) -> int:
    """Samples at 48 kHz of each frame, by the configuration in the first byte: RFC 6716 section 3.1, table 2."""
    config = toc >> 3
    if config < 12:
        return (480, 960, 1920, 2880)[config & 3]  # SILK
    if config < 16:
        return (480, 960)[config & 1]  # hybrid
    return (120, 240, 480, 960)[config & 3]  # CELT


def frame_sizes(data: bytes) -> list[int]:
    """Bytes of each frame of a packet: RFC 6716 section 3.2. Raises ``MediaError`` when it breaks the rules of 3.4."""
    if not data:
        raise MediaError("an Opus packet has at least one byte")
    code, body = data[0] & 3, len(data) - 1
    if code == 0:
        sizes = [body]
    elif code == 1:
        if body % 2:
            raise MediaError("two Opus frames of equal size in an odd number of bytes")
        sizes = [body // 2] * 2
    elif code == 2:
        first, at = _length(data, 1)
        sizes = [first, len(data) - at - first]
    else:
        sizes = _many_sizes(data)
    if min(sizes) < 0 or max(sizes) > _MAX_FRAME_BYTES:
        raise MediaError("the frame lengths in an Opus packet do not fit its size")
    return sizes


def packet_duration(data: bytes) -> int:
    """Samples at 48 kHz. Raises ``MediaError`` for a malformed packet."""
    frames = len(frame_sizes(data))
    return frames * frame_duration(data[0])


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A frame length and where the bytes after it begin: section 3.2.1."""
    if at >= len(data) or (data[at] >= 252 and at + 1 >= len(data)):
        raise MediaError("an Opus packet ends inside a frame length")
    if data[at] < 252:
        return data[at], at + 1
    return data[at] + 4 * data[at + 1], at + 2


def _many_sizes(data: bytes) -> list[int]:
    """Code 3, any number of frames: section 3.2.5."""
    if len(data) < 2:
        raise MediaError("an Opus packet ends before its frame count")
    count, at = data[1] & 0x3F, 2
    if not count or count * frame_duration(data[0]) > _MAX_DURATION:
        raise MediaError(f"{count} frames in an Opus packet")
    padding = 0
    more = bool(data[1] & 0x40)
    while more:
        if at >= len(data):
            raise MediaError("an Opus packet ends inside its padding length")
        more = data[at] == 255
        padding += 254 if more else data[at]
        at += 1
    end = len(data) - padding
    if data[1] & 0x80:
        sizes = []
        for _ in range(count - 1):
            size, at = _length(data, at)
            sizes.append(size)
        return [*sizes, end - at - sum(sizes)]
    if (end - at) % count or end < at:
        raise MediaError("Opus frames of equal size do not fill their packet")
    return [(end - at) // count] * count


@dataclass(frozen=True, slots=True)
class OpusPacket:
    """One packet and its clock. Raises ``MediaError`` when ``data`` is malformed and no ``duration`` is given.

    ``timestamp``: of its first sample. ``duration``: read from ``data`` when left out. ``sequence``: RTP's,
    where there is one. ``marker``: the first packet after silence (RFC 7587 section 4.1).
    """

    data: bytes
    timestamp: int
    duration: int = 0
    sequence: int | None = None
    marker: bool = False

    def __post_init__(self) -> None:
        if self.duration == 0:
            object.__setattr__(self, "duration", packet_duration(self.data))

    @property
    def duration_ms(self) -> float:
        return self.duration / 48

    @property
    def is_dtx(self) -> bool:
        """True for a packet that carries no sound: its frame is empty (RFC 6716 section 2.1.9)."""
        return len(self.data) <= 2


class OpusEncoder:
    """Mono, 48 kHz, 20 ms, for speech: application VOIP, in-band FEC. Each frame gives its packet at once.

    The codec itself delays sound by 6.5 ms (its look-ahead, ``lookahead`` samples); nothing is added to it.
    """

    lookahead = 312

    def __init__(self, bit_rate: int = 32_000, *, complexity: int = 5, expected_loss_percent: int = 10) -> None:
        from av import AudioCodecContext, CodecContext

        codec = CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate = OPUS_RATE
        codec.layout = "mono"
        codec.format = "s16"
        codec.bit_rate = bit_rate
        codec.time_base = _CLOCK
        codec.options = {
            "application": "voip",
            "frame_duration": "20",
            "fec": "1",
            "packet_loss": str(expected_loss_percent),
            "compression_level": str(complexity),
        }
        codec.open()
        self._codec = codec
        self._timestamp = 0

    def encode(self, pcm: PcmData) -> OpusPacket:
        """20 ms of mono 48 kHz. Timestamps count the samples encoded. Raises ``AudioFormatError`` for other sound."""
        if (pcm.sample_rate, pcm.channels, pcm.sample_count) != (OPUS_RATE, 1, FRAME):
            raise AudioFormatError(
                f"Opus is made of 20 ms of mono 48 kHz, not {pcm.duration_ms:g} ms of {pcm.channels} channel(s) at "
                f"{pcm.sample_rate} Hz"
            )
        timestamp = self._timestamp
        frame = PcmData(pcm.to_int16().samples, OPUS_RATE, pts=timestamp, time_base=_CLOCK).to_av_frame()
        packets = self._codec.encode(frame)
        if len(packets) != 1:
            raise MediaError(f"the Opus encoder made {len(packets)} packets of one frame")
        self._timestamp += FRAME
        return OpusPacket(bytes(packets[0]), timestamp, FRAME)


class OpusDecoder:
    """Packets of one stream, in order, as mono 48 kHz. Keeps the codec's state from packet to packet."""

    def __init__(self) -> None:
        from av import AudioCodecContext, CodecContext

        codec = CodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate = OPUS_RATE
        codec.layout = "mono"
        codec.format = "s16"
        self._codec = codec

    def decode(self, packet: OpusPacket, *, participant: str | None = None) -> PcmData:
        """int16, as long as the packet says, its timestamp as pts. Raises ``MediaError`` for what is not Opus."""
        from av import Packet
        from av.error import FFmpegError

        frame_sizes(packet.data)
        try:
            frames = self._codec.decode(Packet(packet.data))
        except FFmpegError as error:
            raise MediaError(f"an Opus packet of {len(packet.data)} bytes cannot be decoded") from error
        parts = [np.asarray(frame.to_ndarray()[0], np.int16) for frame in frames]
        if not parts:
            raise MediaError(f"an Opus packet of {len(packet.data)} bytes gave no sound")
        samples = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return PcmData(samples, OPUS_RATE, pts=packet.timestamp, time_base=_CLOCK, participant=participant)
