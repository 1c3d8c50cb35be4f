"""Gathering tools: single ones and sets, opened once, with names of their own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from antiphon.errors import ConfigurationError
from antiphon.tools.tool import Tool, tool
from antiphon.tools.toolset import Toolset, gathered, offered, opened


def named(name: str, background: bool = False) -> Tool:
    @tool(name=name, background=background)
    async def act() -> str:
        """Act."""
        return name

    return act


class Box(Toolset):
    """Empty until it is opened."""

    def __init__(self, *tools: Tool) -> None:
        self._tools, self._open = tools, False
        self.openings = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        self.openings += 1
        self._open = True
        yield
        self._open = False

    @property
    def tools(self) -> Sequence[Tool]:
        return self._tools if self._open else ()


async def test_sets_are_opened_once_and_known_while_they_are_open() -> None:
    box = Box(named("b"), named("c"))
    tools = [named("a"), box]
    assert [one.name for one in gathered(tools, "Ada")] == ["a"]
    async with opened([*tools, *tools]):
        assert [one.name for one in gathered(tools, "Ada")] == ["a", "b", "c"]
    assert box.openings == 1
    assert [one.name for one in gathered(tools, "Ada")] == ["a"]


async def test_a_name_in_a_set_that_is_taken_is_said_when_it_is_open() -> None:
    tools = [named("a"), Box(named("a"))]
    async with opened(tools):
        with pytest.raises(ConfigurationError, match="Ada: two tools are named a"):
            gathered(tools, "Ada")


def test_what_can_run_in_the_background_can_be_cancelled() -> None:
    assert [one.name for one in offered([named("a"), named("b", True)], "Ada")] == ["a", "b", "cancel_task"]
    assert [one.name for one in offered([named("a")], "Ada")] == ["a"]
