"""Sound as it is written on the wire: its formats, base64, and how many bytes a millisecond has.

Owns the limits of one append. Decodes no codec: G.711 stays G.711 here.
"""

import base64
import binascii
from typing import Literal

from antiphon.wire.openai import errors
from antiphon.wire.openai.shape import Shape

MAX_APPEND_BYTES = 15 * 1024 * 1024
PCM_RATE = 24_000


class AudioFormat(Shape):
    """``audio/pcm`` is signed 16-bit little-endian mono at 24 kHz; ``audio/pcmu`` and ``audio/pcma`` are G.711 at 8."""

    type: Literal["audio/pcm", "audio/pcmu", "audio/pcma"] = "audio/pcm"
    rate: Literal[24_000] | None = None

    @property
    def bytes_per_ms(self) -> int:
        return 48 if self.type == "audio/pcm" else 8

    @property
    def sample_bytes(self) -> int:
        return 2 if self.type == "audio/pcm" else 1


PCM = AudioFormat(type="audio/pcm", rate=24_000)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def decoded(text: str, audio_format: AudioFormat, param: str = "audio") -> bytes:
    """The bytes of a base64 field. Raises ``WireError``: not base64, too long, or a sample cut in half."""
    if len(text) > MAX_APPEND_BYTES * 4 // 3 + 4:
        raise errors.invalid(param, f"the audio is longer than {MAX_APPEND_BYTES} bytes.")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise errors.invalid(param, "expected base64-encoded audio bytes.") from None
    if len(data) > MAX_APPEND_BYTES:
        raise errors.invalid(param, f"the audio is longer than {MAX_APPEND_BYTES} bytes.")
    if len(data) % audio_format.sample_bytes:
        raise errors.invalid(param, f"{len(data)} bytes are not a whole number of 16-bit samples.")
    return data


def decoded_length(text: str) -> int:
    """How many bytes a well-formed base64 field holds, without decoding it."""
    return len(text) * 3 // 4 - text[-2:].count("=")
