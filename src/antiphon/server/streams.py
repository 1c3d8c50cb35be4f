"""A stream that ends when the server stops. Knows nothing of what it carries."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

import anyio

T = TypeVar("T")


async def until(stopping: anyio.Event, source: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """What ``source`` gives, until it ends or ``stopping`` is set. ``source`` is closed in the end."""
    async with aclosing(source):
        while not stopping.is_set():
            found: list[T] = []
            async with anyio.create_task_group() as tasks:

                async def stop(scope: anyio.CancelScope = tasks.cancel_scope) -> None:
                    await stopping.wait()
                    scope.cancel()

                tasks.start_soon(stop)
                async for one in source:
                    found.append(one)
                    break
                tasks.cancel_scope.cancel()
            if not found:
                return
            yield found[0]
