"""Running tools: every call answered once, in words a model can act on, whatever the tool does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
import pytest

from antiphon.dialogue.effects import RunTool
from antiphon.dialogue.events import ToolSettled
from antiphon.errors import ToolError
from antiphon.session.tool_runner import MAX_OPEN, ToolRunner
from antiphon.testing import ManualClock
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import Tool, tool
from tests.unit.tools.test_tool import NoNotes, NoReminders


def no_context() -> ToolContext:
    raise AssertionError("the tool asked for no context")


class Bench:
    def __init__(self, *tools: Tool, context: object = None) -> None:
        self.settled: list[ToolSettled] = []
        self.runner = ToolRunner(tools, lambda: context, self.settled.append)  # type: ignore[arg-type,return-value]
        self.clock = ManualClock()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[anyio.abc.TaskGroup]:
        async with anyio.create_task_group() as tasks:
            yield tasks

    async def call(self, name: str, arguments: str = "{}") -> ToolSettled:
        async with self.open() as tasks:
            self.runner.run(RunTool("call", name, arguments), tasks)
        (settled,) = self.settled
        return settled


@tool
async def echo(text: str) -> str:
    """Say it again."""
    return text


async def test_what_a_tool_returns_is_its_output() -> None:
    assert await Bench(echo).call("echo", '{"text": "hé"}') == ToolSettled("call", "hé", ok=True)


async def test_a_blocking_function_runs_in_a_thread() -> None:
    import threading

    @tool
    def where() -> str:
        """Name the thread."""
        return str(threading.current_thread() is threading.main_thread())

    assert (await Bench(where).call("where")).output == "False"


async def test_wrong_arguments_are_told_to_the_model() -> None:
    settled = await Bench(echo).call("echo", '{"txt": 1}')
    assert not settled.ok
    assert "text is required" in settled.output


@pytest.mark.parametrize("arguments", ["", "not json", "[]", "null", '"text"', "{" * 5000])
async def test_arguments_that_are_no_object_are_told_too(arguments: str) -> None:
    settled = await Bench(echo).call("echo", arguments)
    assert not settled.ok
    assert "not run" in settled.output


async def test_an_unknown_tool_is_named_with_those_there_are() -> None:
    settled = await Bench(echo).call("ecko")
    assert settled == ToolSettled("call", "There is no tool named 'ecko'. Tools: echo.", ok=False)
    assert (await Bench().call("x")).output == "There is no tool named 'x'. Tools: none."


async def test_a_tools_own_words_for_its_failure_reach_the_model() -> None:
    @tool
    async def refuse() -> str:
        """Refuse."""
        raise ToolError("The shop is closed on Sundays.")

    assert await Bench(refuse).call("refuse") == ToolSettled("call", "The shop is closed on Sundays.", ok=False)


@pytest.mark.parametrize("error", [ValueError("secret"), TimeoutError("secret"), ExceptionGroup("secret", [OSError()])])
async def test_whatever_it_raises_is_told_without_its_details(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    @tool
    async def burst() -> str:
        """Raise."""
        raise error

    settled = await Bench(burst).call("burst")
    assert settled.output.startswith(f"burst failed: {type(error).__name__} (reference ")
    assert "secret" not in settled.output
    assert "secret" in caplog.text or isinstance(error, ExceptionGroup)


async def test_one_that_takes_too_long_is_stopped() -> None:
    stopped = anyio.Event()

    @tool(timeout=0.01)
    async def hang() -> str:
        """Never end."""
        try:
            await anyio.sleep_forever()
        finally:
            stopped.set()
        return ""

    assert await Bench(hang).call("hang") == ToolSettled("call", "hang did not finish within 0.01 seconds.", ok=False)
    assert stopped.is_set()


async def test_a_cancelled_call_stops_and_is_not_answered() -> None:
    began, stopped = anyio.Event(), anyio.Event()

    @tool
    async def hang() -> str:
        """Never end."""
        began.set()
        try:
            await anyio.sleep_forever()
        finally:
            stopped.set()
        return ""

    bench = Bench(hang)
    async with bench.open() as tasks:
        bench.runner.run(RunTool("call", "hang", "{}"), tasks)
        await began.wait()
        bench.runner.cancel("call")
        bench.runner.cancel("call")
        bench.runner.cancel("another")
    assert stopped.is_set()
    assert bench.settled == []


async def test_a_call_cancelled_before_it_began_is_not_made() -> None:
    made = []

    @tool
    async def act() -> str:
        """Do something that cannot be undone."""
        made.append(1)
        return ""

    bench = Bench(act)
    async with bench.open() as tasks:
        bench.runner.run(RunTool("call", "act", "{}"), tasks)
        bench.runner.cancel("call")
    assert (made, bench.settled) == ([], [])


async def test_calls_run_side_by_side_up_to_a_limit() -> None:
    gate = anyio.Event()

    @tool
    async def wait() -> str:
        """Wait."""
        await gate.wait()
        return "through"

    bench = Bench(wait)
    async with bench.open() as tasks:
        for number in range(MAX_OPEN + 1):
            bench.runner.run(RunTool(f"call_{number}", "wait", "{}"), tasks)
        assert [one.call_id for one in bench.settled] == [f"call_{MAX_OPEN}"]
        assert "Refused" in bench.settled[0].output
        gate.set()
    assert sorted(one.output for one in bench.settled[1:]) == ["through"] * MAX_OPEN
    async with bench.open() as tasks:  # there is room again
        bench.runner.run(RunTool("again", "wait", "{}"), tasks)
    assert bench.settled[-1] == ToolSettled("again", "through", ok=True)


async def test_a_result_beyond_all_measure_is_cut_and_says_so() -> None:
    @tool
    async def flood() -> str:
        """Too much."""
        return "€" * 100_000

    settled = await Bench(flood).call("flood")
    assert settled.ok
    assert len(settled.output.encode()) < 17_000
    assert "cut" in settled.output


async def test_a_result_that_is_not_text_is_the_tools_fault() -> None:
    @tool
    async def strange() -> object:
        """Return what is no text."""
        return b"\xff\x00"

    assert not (await Bench(strange).call("strange")).ok


async def test_a_tool_that_nobody_watches_may_tell_its_progress_all_the_same() -> None:
    @tool
    async def chat(context: ToolContext) -> str:
        """Tell."""
        context.progress("on the way")
        return "there"

    context = ToolContext("conv", datetime.now(UTC), NoNotes(), NoReminders())
    assert await Bench(chat, context=context).call("chat") == ToolSettled("call", "there", ok=True)
