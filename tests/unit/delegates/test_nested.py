"""A nested team: asked until it has an answer, with tools of its own, whatever they and its model do."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest

from antiphon.delegates.nested import NestedTeam, nested
from antiphon.dialogue.items import AgentItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.errors import ConfigurationError, ToolError
from antiphon.models.scripted import Reply, Script, ScriptedLLM
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import Tool, tool
from antiphon.tools.toolset import Toolset
from tests.scenarios.monitor import invalid
from tests.unit.tools.test_tool import CONTEXT


@tool
async def look_up(word: str, context: ToolContext) -> str:
    """Look up a word."""
    context.progress("leafing")
    return f"{word}: a word"


@tool
async def burst() -> str:
    """Raise."""
    raise RuntimeError("secret")


class Model(ScriptedLLM):
    """Counts its starts and ends."""

    def __init__(self, *replies: Reply) -> None:
        self.script = Script(replies)
        super().__init__(self.script)
        self.started = self.closed = 0

    async def start(self) -> None:
        self.started += 1

    async def aclose(self) -> None:
        self.closed += 1


def team(*replies: Reply, tools: Sequence[Tool] = (look_up, burst), **options: int) -> tuple[NestedTeam, Script]:
    model = Model(*replies)
    return nested(model, "You know words.", tools, **options), model.script  # type: ignore[arg-type]


async def send(team: NestedTeam, task: str = "what is a cat", steps: list[str] | None = None) -> str:
    context = CONTEXT if steps is None else replace(CONTEXT, progress=steps.append)
    (only,) = team.tools
    async with team.open():
        return await only.call(f'{{"task": "{task}"}}', context)


async def test_it_works_in_rounds_and_tells_how_it_goes() -> None:
    one, script = team(
        Reply("Let me look.", tools=[("look_up", '{"word": "cat"}'), ("look_up", '{"word": "dog"}')]),
        Reply("", tools=[("look_up", '{"word": "cow"}')]),
        Reply("A cat is a word."),
    )
    steps: list[str] = []
    assert await send(one, steps=steps) == "A cat is a word."
    assert [type(item) for item in script.requests[1]] == [
        UserItem, AgentItem, ToolCallItem, ToolOutputItem, ToolCallItem, ToolOutputItem,
    ]  # fmt: skip
    assert script.requests[1][0] == UserItem("task", "what is a cat")
    assert all(invalid(history) is None for history in script.requests)
    assert steps[0] == "Let me look."
    assert 'look_up {"word": "cat"}: leafing' in steps
    assert steps[-1] == 'look_up {"word": "cow"}: done, cow: a word'


async def test_it_is_a_background_tool_by_its_usual_name() -> None:
    (only,) = team(Reply("x"))[0].tools
    assert (only.name, only.background, only.timeout_s) == ("send_to_nested", True, 600.0)
    assert list(only.parameters["properties"]) == ["task"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("burst", "{}"), "burst failed: RuntimeError"),
        (("look_up", "not json"), "not run"),
        (("look_up", "{}"), "word is required"),
        (("ecko", "{}"), "no tool named 'ecko'"),
    ],
)
async def test_what_its_tools_do_wrong_is_told_to_its_model(call: tuple[str, str], words: str) -> None:
    one, script = team(Reply(tools=[call]), Reply("I could not."))
    assert await send(one) == "I could not."
    output = script.requests[1][-1]
    assert isinstance(output, ToolOutputItem)
    assert words in output.output
    call_item = script.requests[1][-2]
    assert isinstance(call_item, ToolCallItem)
    assert call_item.arguments == (call[1] if call[1].startswith("{") else "{}")


async def test_a_model_that_never_comes_to_an_end_is_stopped() -> None:
    one, script = team(Reply(tools=[("look_up", '{"word": "cat"}')]), max_rounds=3)
    with pytest.raises(ToolError, match="within 3 rounds"):
        await send(one)
    assert len(script.requests) == 3


async def test_a_model_that_fails_or_says_nothing_is_told() -> None:
    with pytest.raises(ToolError, match=r"model failed: no key"):
        await send(team(Reply(fail="no key"))[0])
    with pytest.raises(ToolError, match="without an answer"):
        await send(team(Reply(" "))[0])


async def test_a_flood_is_cut() -> None:
    assert len(await send(team(Reply("x" * 1_000_000))[0])) < 17_000


async def test_cancelling_it_stops_its_tools() -> None:
    began, stopped = anyio.Event(), anyio.Event()

    @tool
    async def hang() -> str:
        """Hang."""
        began.set()
        try:
            await anyio.sleep_forever()
        finally:
            stopped.set()
        return ""

    one, _ = team(Reply(tools=[("hang", "{}")]), tools=[hang])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, one)
        await began.wait()
        tasks.cancel_scope.cancel()
    assert stopped.is_set()


class Box(Toolset):
    """Opened with the team."""

    def __init__(self) -> None:
        self.is_open = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        self.is_open = True
        yield
        self.is_open = False

    @property
    def tools(self) -> Sequence[Tool]:
        return [look_up] if self.is_open else []


async def test_its_model_and_its_sets_live_as_long_as_it_is_open() -> None:
    model, box = Model(Reply(tools=[("look_up", '{"word": "cat"}')]), Reply("Found.")), Box()
    one = nested(model, "", [box])
    assert await send(one) == "Found."
    assert (model.started, model.closed, box.is_open) == (1, 1, False)


async def test_a_team_may_have_a_team() -> None:
    inner = nested(Model(Reply("Deep.")), "", name="deeper")
    outer = nested(Model(Reply(tools=[("deeper", '{"task": "dig"}')]), Reply("Very deep.")), "", [inner])
    assert await send(outer) == "Very deep."


def test_what_cannot_be_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError, match="two tools are named look_up"):
        nested(Model(Reply("x")), "", [look_up, look_up])
    with pytest.raises(ConfigurationError, match="max_rounds"):
        nested(Model(Reply("x")), "", max_rounds=0)
    with pytest.raises(ConfigurationError, match="cannot be a tool's name"):
        nested(Model(Reply("x")), "", name="a team")
