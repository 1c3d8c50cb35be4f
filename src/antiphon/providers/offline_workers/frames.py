"""How a worker and its owner talk: frames over the worker's standard input and output. Standard library only.

A frame is a header (payload length, key, kind; little-endian) and a payload of bytes or JSON. The key says which turn
or utterance it belongs to, so that what comes late is known to be late; key 0 is the worker itself.
"""

import json
import os
import signal
import struct
from enum import IntEnum
from typing import Any, BinaryIO, NamedTuple

HEADER = struct.Struct("<IIB")
MAX_PAYLOAD = 16 * 1024 * 1024


class Kind(IntEnum):
    """To the worker: SETUP to CANCEL. From it: READY to FAILED."""

    SETUP = 1
    BEGIN = 2
    AUDIO = 3
    FINISH = 4
    CANCEL = 5
    READY = 10
    PARTIAL = 11
    SOUND = 12
    DONE = 13
    FAILED = 14


class Frame(NamedTuple):
    kind: Kind
    key: int
    payload: bytes = b""

    def pack(self) -> bytes:
        return HEADER.pack(len(self.payload), self.key, self.kind) + self.payload

    def json(self) -> Any:
        return json.loads(self.payload)


def json_frame(kind: Kind, key: int, value: object) -> Frame:
    return Frame(kind, key, json.dumps(value).encode())


class Unpacker:
    """Bytes as they come in, frames out. Raises ``ValueError`` when the stream is none of ours."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        self._buffer += data
        frames = []
        while len(self._buffer) >= HEADER.size:
            length, key, kind = HEADER.unpack_from(self._buffer)
            if length > MAX_PAYLOAD:
                raise ValueError(f"a frame of {length} bytes")
            end = HEADER.size + length
            if len(self._buffer) < end:
                break
            frames.append(Frame(Kind(kind), key, bytes(self._buffer[HEADER.size : end])))
            del self._buffer[:end]
        return frames


class Channel:
    """The worker's end. Takes standard output over: what a library prints goes to standard error instead."""

    def __init__(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the owner decides
        self._in: BinaryIO = os.fdopen(os.dup(0), "rb")
        self._out: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)

    def read(self) -> Frame | None:
        """The next frame; None when the owner is gone."""
        header = self._in.read(HEADER.size)
        if len(header) < HEADER.size:
            return None
        length, key, kind = HEADER.unpack(header)
        payload = self._in.read(length)
        return Frame(Kind(kind), key, payload) if len(payload) == length else None

    def write(self, frame: Frame) -> None:
        """Ends the process when the owner is gone."""
        data = memoryview(frame.pack())
        try:
            while data:
                data = data[self._out.write(data) :]
        except BrokenPipeError:
            os._exit(0)
