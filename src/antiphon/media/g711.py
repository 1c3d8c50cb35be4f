"""G.711: 8 bits a sample, mu-law and A-law, by table.

The tables are built once from the arithmetic of ITU-T G.711 as the ITU's own software tool library does it (G.191,
``ulaw_compress``, ``alaw_compress`` and their opposites), for all 65536 and 256 inputs at once.
"""

from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

G711Law = Literal["mulaw", "alaw"]

_WIDTH = 65536


def decode(data: bytes | bytearray | memoryview, law: G711Law) -> npt.NDArray[np.int16]:
    """Each byte as an int16 sample, flat."""
    codes = np.frombuffer(data, dtype=np.uint8)
    return (_mulaw_values() if law == "mulaw" else _alaw_values())[codes]


def encode(samples: npt.NDArray[np.int16], law: G711Law) -> bytes:
    """Each int16 sample as a byte. ``samples`` is flat."""
    table = _mulaw_codes() if law == "mulaw" else _alaw_codes()
    return table[samples.view(np.uint16)].tobytes()


@cache
def _mulaw_values() -> npt.NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = (((code & 0x0F).astype(np.int32) * 2 + 33) << ((code >> 4) & 7)) - 33
    return np.where(code & 0x80, -magnitude * 4, magnitude * 4).astype(np.int16)


@cache
def _alaw_values() -> npt.NDArray[np.int16]:
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    segment = ((code >> 4) & 7).astype(np.int32)
    step = (code & 0x0F).astype(np.int32) * 2 + 1
    magnitude = np.where(segment == 0, step, (step + 32) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude * 8, -magnitude * 8).astype(np.int16)


@cache
def _mulaw_codes() -> npt.NDArray[np.uint8]:
    sample = np.arange(_WIDTH, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum((np.where(sample < 0, ~sample, sample) >> 2) + 33, 0x1FFF)
    segment = np.frexp(magnitude >> 6)[1].astype(np.int32)  # the number of bits in use
    code = ((7 - segment) << 4) | (0x0F - ((magnitude >> (segment + 1)) & 0x0F))
    codes: npt.NDArray[np.uint8] = (code | np.where(sample < 0, 0, 0x80)).astype(np.uint8)
    return codes


@cache
def _alaw_codes() -> npt.NDArray[np.uint8]:
    sample = np.arange(_WIDTH, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.where(sample < 0, ~sample, sample) >> 4
    segment = np.maximum(np.frexp(magnitude)[1].astype(np.int32) - 4, 0)
    code = (segment << 4) | ((magnitude >> np.maximum(segment - 1, 0)) & 0x0F)
    codes: npt.NDArray[np.uint8] = ((code | np.where(sample < 0, 0, 0x80)) ^ 0x55).astype(np.uint8)
    return codes
