"""Time as the live parts see it. Owns the ``Clock`` seam; ``antiphon.testing.ManualClock`` is its other filling.

Seconds, monotonic, no epoch. Wall-clock time is another thing: the store stamps rows with it, nothing decides by it.
"""

import asyncio
from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds, and a way to wait for a moment."""

    def now(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        ...

    async def sleep_until(self, at: float) -> None:
        """Return at or after ``at``; at once (after one turn of the loop) if it has passed."""
        ...


class LoopClock:
    """The running event loop's own clock."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep_until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - self.now()))
