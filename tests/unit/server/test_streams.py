"""A stream ends when it ends, when the server stops, and when its reader goes; its source is closed each time."""

from collections.abc import AsyncGenerator

import anyio
import pytest

from antiphon.server.streams import until


class Source:
    """Gives 1, 2, … up to ``last``, then waits for ever unless it is to end."""

    def __init__(self, last: int, ends: bool) -> None:
        self._last, self._ends = last, ends
        self.closed = False

    async def run(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(1, self._last + 1):
                yield number
            if not self._ends:
                await anyio.sleep_forever()
        finally:
            self.closed = True


async def test_it_gives_everything_and_ends_with_its_source() -> None:
    source = Source(3, ends=True)
    assert [one async for one in until(anyio.Event(), source.run())] == [1, 2, 3]
    assert source.closed


@pytest.mark.timeout(5)
async def test_it_ends_when_the_server_stops() -> None:
    source, stopping, found = Source(2, ends=False), anyio.Event(), []
    async with anyio.create_task_group() as tasks:
        async for one in until(stopping, source.run()):
            found.append(one)
            if one == 2:
                tasks.start_soon(_set_when_idle, stopping)
    assert found == [1, 2]
    assert source.closed


async def test_nothing_is_given_once_the_server_stops() -> None:
    source, stopping = Source(5, ends=False), anyio.Event()
    found = []
    async for one in until(stopping, source.run()):
        found.append(one)
        stopping.set()
    assert found == [1]


@pytest.mark.timeout(5)
async def test_it_is_cancelled_like_any_other_wait() -> None:
    source = Source(0, ends=False)
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel_when_idle, scope)
            async for _ in until(anyio.Event(), source.run()):
                pytest.fail("there was nothing to give")
    assert scope.cancelled_caught
    assert source.closed


async def _set_when_idle(event: anyio.Event) -> None:
    await anyio.wait_all_tasks_blocked()
    event.set()


async def _cancel_when_idle(scope: anyio.CancelScope) -> None:
    await anyio.wait_all_tasks_blocked()
    scope.cancel()
