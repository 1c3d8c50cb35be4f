"""Sound as vendors' clients return it: bytes, objects that carry bytes, and streams of either.

Owns how a stream cut at any byte is put back on sample boundaries. Knows no rate and no clock.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Protocol, runtime_checkable

from antiphon.errors import AudioFormatError

Raw = bytes | bytearray | memoryview


@runtime_checkable
class HasData(Protocol):
    """What several vendors wrap a piece of sound in."""

    @property
    def data(self) -> Raw: ...


Piece = Raw | HasData


def payload(piece: object) -> bytes:
    """The bytes of one piece. Raises ``AudioFormatError`` for anything else."""
    if isinstance(piece, HasData) and not isinstance(piece, Raw):
        piece = piece.data
    if not isinstance(piece, Raw) or (isinstance(piece, memoryview) and piece.format not in {"B", "b", "c"}):
        raise AudioFormatError(f"sound comes as bytes or an object with bytes in .data, not as {type(piece).__name__}")
    return bytes(piece)


class Aligner:
    """Cuts a stream of pieces at whole frames of ``width`` bytes, carrying what is left over to the next."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rest = b""

    def push(self, piece: object) -> bytes:
        """As many whole frames as there are now; may be empty."""
        data = self._rest + payload(piece)
        whole = len(data) - len(data) % self._width
        self._rest = data[whole:]
        return data[:whole]

    def close(self) -> None:
        """Raises ``AudioFormatError`` when the stream ended inside a frame."""
        if self._rest:
            raise AudioFormatError(f"the stream ended inside a frame of {self._width} bytes")


def aligned(pieces: Iterable[Piece], width: int) -> Iterator[bytes]:
    """The stream on frame boundaries, as it comes."""
    aligner = Aligner(width)
    for piece in pieces:
        if data := aligner.push(piece):
            yield data
    aligner.close()


async def aligned_async(pieces: AsyncIterable[Piece], width: int) -> AsyncIterator[bytes]:
    """The stream on frame boundaries, as it comes."""
    aligner = Aligner(width)
    async for piece in pieces:
        if data := aligner.push(piece):
            yield data
    aligner.close()
