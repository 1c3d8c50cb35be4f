"""``ManualClock``: order, rest, and time standing still for work outside the loop."""

import asyncio

import anyio
import pytest

from antiphon.clock import Clock
from antiphon.testing import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(start=10.0)


async def test_it_is_a_clock(clock: ManualClock) -> None:
    seam: Clock = clock
    assert seam.now() == 10.0
    await seam.sleep_until(3.0)  # has passed
    assert seam.now() == 10.0


async def test_sleepers_wake_in_order_each_at_its_own_moment(clock: ManualClock) -> None:
    woke: list[tuple[str, float]] = []

    async def sleeper(name: str, at: float) -> None:
        await clock.sleep_until(at)
        woke.append((name, clock.now()))

    async with asyncio.TaskGroup() as tasks:
        for name, at in (("c", 13.0), ("a", 11.0), ("b", 12.0), ("b2", 12.0), ("late", 99.0)):
            tasks.create_task(sleeper(name, at))
        await clock.advance(5)
        assert woke == [("a", 11.0), ("b", 12.0), ("b2", 12.0), ("c", 13.0)]
        assert clock.now() == 15.0
        await clock.advance(84)
    assert woke[-1] == ("late", 99.0)


async def test_what_a_sleeper_starts_comes_to_rest_before_the_next_wakes(clock: ManualClock) -> None:
    seen: list[str] = []
    send, receive = anyio.create_memory_object_stream[str](10)

    async def tick() -> None:
        for number in range(3):
            await clock.sleep_until(clock.now() + 1)
            await send.send(f"tick {number} at {clock.now():g}")
        send.close()

    async def relay() -> None:
        async with receive:
            async for word in receive:
                for _ in range(20):  # a long chain of turns of the loop
                    await asyncio.sleep(0)
                seen.append(f"{word}, seen at {clock.now():g}")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tick())
        tasks.create_task(relay())
        await clock.advance(10)
    assert seen == [f"tick {n} at {11 + n}, seen at {11 + n}" for n in range(3)]


async def test_a_cancelled_sleeper_is_forgotten(clock: ManualClock) -> None:
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(clock.sleep_until, 11.0)
            await clock.settle()
            scope.cancel()
    await clock.advance(5)
    assert clock.now() == 15.0


async def test_time_stands_still_while_it_is_held(clock: ManualClock) -> None:
    """Work in a thread takes no time at all, however long it really takes."""
    done_at: list[float] = []
    release = anyio.Event()

    async def work() -> None:
        await clock.sleep_until(11.0)
        with clock.held():
            await asyncio.to_thread(lambda: None)
            release.set()
        await asyncio.sleep(0)
        done_at.append(clock.now())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work())
        await clock.advance(100)
    assert release.is_set()
    assert done_at == [11.0]


async def test_what_never_rests_is_named(clock: ManualClock) -> None:
    async def spin() -> None:
        while True:  # noqa: ASYNC110 (it waits for nothing)
            await asyncio.sleep(0)

    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(spin)
            with pytest.raises(RuntimeError, match="spins"):
                await clock.advance(1)
            scope.cancel()


async def test_ten_minutes_of_frames_are_counted_exactly(clock: ManualClock) -> None:
    frames = 0

    async def pace() -> None:
        nonlocal frames
        start = clock.now()
        while True:
            await clock.sleep_until(start + 0.02 * (frames + 1))
            frames += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pace)
        await clock.advance(600.01)
        tasks.cancel_scope.cancel()
    assert frames == 30_000
