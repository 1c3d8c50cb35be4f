"""What every live object has in common: it can be closed, and closing it twice is nothing."""

from types import TracebackType
from typing import Self


class Closable:
    """A live thing: an async context manager with an idempotent ``aclose()``."""

    async def aclose(self) -> None:
        """Release everything. May be called twice; never raises for being closed."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
