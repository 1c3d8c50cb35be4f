"""``ManualClock``: time that goes on only when a test says so. Owns the waiting, not who waits."""

import asyncio
import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

MAX_TURNS = 100_000
"""Turns of the loop without rest after which something is taken to spin for ever."""


class ManualClock:
    """Fits ``antiphon.clock.Clock``. ``await advance(600)`` lets ten minutes pass: every sleeper wakes at its moment,
    and what it does comes to rest before the next one wakes. Nothing really sleeps.

    For asyncio's own event loop (uvloop does not say when it is at rest). Work outside the loop (a thread, a socket) is
    unknown to it: while such work is ``held``, time stands still for it.
    """

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()
        self._held = 0
        self._released = asyncio.Event()

    def now(self) -> float:
        return self._now

    async def sleep_until(self, at: float) -> None:
        if at <= self._now:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (at, next(self._order), woken))
        await woken

    @contextmanager
    def held(self) -> Iterator[None]:
        """Time stands still within: ``advance`` and ``settle`` wait, really, for the end of it."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if not self._held:
                self._released.set()

    async def settle(self) -> None:
        """Return when everything that can happen without time going on has happened. Raises ``RuntimeError`` when that
        does not end."""
        for _ in range(MAX_TURNS):
            await asyncio.sleep(0)
            if not _at_rest(asyncio.get_running_loop()):
                continue
            if not self._held:
                return
            self._released.clear()
            await self._released.wait()
        raise RuntimeError(f"Something spins: the loop has not come to rest within {MAX_TURNS} turns.")

    async def advance(self, seconds: float) -> None:
        """Let time pass. Sleepers wake in the order of their moments, at the same moment in the order they lay down."""
        end = self._now + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, woken = heapq.heappop(self._sleepers)
            if woken.done():  # cancelled meanwhile
                continue
            self._now = max(self._now, at)
            woken.set_result(None)
            await self.settle()
        self._now = end


def _at_rest(loop: asyncio.AbstractEventLoop) -> bool:
    """Is nothing ready to run? asyncio has no public word for it; the one private name this package relies on."""
    ready: bool = bool(loop._ready)  # type: ignore[attr-defined]  # noqa: SLF001
    return not ready
