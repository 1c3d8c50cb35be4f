"""A running server for each test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.server.world import Served, in_one_task, served


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Served]:
    async with in_one_task(served(tmp_path)) as running:
        yield running
