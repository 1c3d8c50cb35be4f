"""Whatever a test of these began has ended with it."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest


@pytest.fixture(autouse=True)
async def nothing_left_over() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() <= before | {task for task in asyncio.all_tasks() if task is asyncio.current_task()}
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("antiphon")] == []
