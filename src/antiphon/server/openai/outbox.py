"""What a client of a served session is still to be told, in order, up to the closing of its socket.

Owns how much may wait for a client that does not read.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import anyio

from antiphon.lifetimes import Closable

log = logging.getLogger(__name__)

MAX_WAITING = 20_000
"""Frames that may wait for a client that does not read; then it is let go."""

CLOSE_TOO_SLOW = 1008


class Socket(Protocol):
    """All that a served session needs of a WebSocket."""

    async def receive(self) -> str | bytes | None:
        """The next frame; None when the client is gone."""
        ...

    async def send(self, frame: str) -> None: ...
    async def close(self, code: int, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Close:
    code: int
    reason: str


class Outbox(Closable):
    """``give_up`` is called when too much waits; nothing is sent after ``end``."""

    def __init__(self, give_up: Callable[[], None]) -> None:
        self._give_up = give_up
        self._frames, self._waiting = anyio.create_memory_object_stream[str | _Close](MAX_WAITING)
        self._ended = False
        self.overflowed = False

    def send(self, frame: str) -> None:
        if not self._ended:
            self._put(frame)

    def end(self, code: int, reason: str) -> None:
        """Close the socket after what waits was sent. Said again it is nothing."""
        if not self._ended:
            self._ended = True
            self._put(_Close(code, reason))

    async def write(self, socket: Socket) -> None:
        """Send until the end was sent."""
        async for frame in self._waiting:
            if isinstance(frame, _Close):
                await socket.close(frame.code, frame.reason)
                return
            await socket.send(frame)

    async def aclose(self) -> None:
        self._frames.close()
        self._waiting.close()

    def _put(self, frame: str | _Close) -> None:
        try:
            self._frames.send_nowait(frame)
        except anyio.WouldBlock:
            log.warning("a client does not read what it is sent; it is let go")
            self.overflowed = True
            self._give_up()
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # it is gone already
