"""Stopping by voice: which of what is running is meant."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from antiphon.errors import ToolError
from antiphon.tools.cancel_task import cancel_task
from antiphon.tools.context import Task
from tests.unit.tools.test_tool import CONTEXT


class Running:
    def __init__(self, *tasks: Task) -> None:
        self.tasks, self.cancelled = tasks, list[str]()

    def running(self) -> Sequence[Task]:
        return self.tasks

    def cancel(self, call_id: str) -> None:
        self.cancelled.append(call_id)


ONE, OTHER, THIRD = Task("c1", "dig", '{"where": "here"}'), Task("c2", "dig", "{}"), Task("c3", "swim", "{}")


async def cancel(tasks: Running, which: str) -> str:
    return await cancel_task.call(f'{{"task": "{which}"}}', replace(CONTEXT, tasks=tasks))


@pytest.mark.parametrize(("which", "stopped"), [("c2", "c2"), ("swim", "c3")])
async def test_by_id_or_by_a_name_that_is_clear(which: str, stopped: str) -> None:
    tasks = Running(ONE, OTHER, THIRD)
    assert stopped in await cancel(tasks, which)
    assert tasks.cancelled == [stopped]


@pytest.mark.parametrize("which", ["dig", "unknown", ""])
async def test_what_is_not_clear_is_asked_back_with_what_runs(which: str) -> None:
    tasks = Running(ONE, OTHER, THIRD)
    with pytest.raises(ToolError, match=r'c1: dig \{"where": "here"\}; c2: dig'):
        await cancel(tasks, which)
    assert tasks.cancelled == []


async def test_nothing_runs() -> None:
    with pytest.raises(ToolError, match="No task is running"):
        await cancel(Running(), "dig")
