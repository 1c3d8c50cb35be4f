"""Tools in the background of a live session: the conversation goes on, the result comes into it, people can stop it."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest

from antiphon.dialogue.items import NoticeItem, ToolOutputItem
from antiphon.errors import ConfigurationError, ToolError
from antiphon.testing import FakeParticipant, ManualClock, Rehearsal, Reply
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import Tool, tool
from antiphon.wire import browser
from tests.unit.session.cast import agent, lines, logged, say


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@dataclass
class Hole:
    """A tool that digs until it is told what it has found."""

    found: str | None = None
    fails: bool = False
    context: ToolContext | None = None
    stopped: int = 0
    over: anyio.Event = field(default_factory=anyio.Event)

    def finds(self, what: str) -> None:
        self.found = what
        self.over.set()

    def tool(self) -> Tool:
        @tool(background=True)
        async def dig(context: ToolContext) -> str:
            """Dig a hole."""
            self.context = context
            try:
                await self.over.wait()
            except BaseException:
                self.stopped += 1
                raise
            if self.fails:
                raise ToolError("The spade broke.")
            return self.found or ""

        return dig


DIG, BEGUN = Reply(tools=[("dig", "{}")]), Reply("I have begun.")


def calls(device: FakeParticipant) -> list[tuple[str, str | None]]:
    return [(update.data.state, update.data.output) for update in device.got(browser.ToolCallUpdated)]


async def test_the_conversation_goes_on_and_the_result_is_brought_into_it(clock: ManualClock) -> None:
    hole = Hole()
    ada, script = agent(DIG, BEGUN, Reply("Fine."), Reply("It is oil."), clock=clock, tools=[hole.tool()])
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="dig"))
        await clock.advance(2)
        assert calls(device) == [("running", None)]
        assert isinstance(script.requests[1][-1], ToolOutputItem)
        device.tell(browser.Text(text="how are you"))
        await clock.advance(2)
        assert ("agent", "Fine.") in lines(device)
        hole.finds("oil")
        await clock.advance(2)
        assert calls(device)[-1] == ("done", "oil")
        assert isinstance(notice := script.requests[3][-1], NoticeItem)
        assert "oil" in notice.text
        assert lines(device)[-1] == ("agent", "It is oil.")
        assert len(script.requests) == 4


async def test_an_interruption_leaves_it_running_and_the_result_waits_for_the_person(clock: ManualClock) -> None:
    hole = Hole()
    ada, script = agent(DIG, BEGUN, Reply("Oil."), clock=clock, tools=[hole.tool()], hears=["what else"])
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="dig"))
        await clock.advance(0.4)
        device.tell(browser.Control(action="interrupt"))
        await clock.advance(1)
        assert (hole.stopped, calls(device)) == (0, [("running", None)])

        await say(device, clock)
        hole.finds("oil")  # in the middle of what the person says
        await clock.advance(0.1)
        assert len(script.requests) == 2
        await clock.advance(2)
        assert len(script.requests) == 3
        assert [type(item).__name__ for item in script.requests[2][-2:]] == ["NoticeItem", "UserItem"]


async def test_a_failed_one_is_told_too(clock: ManualClock) -> None:
    hole = Hole(fails=True)
    ada, script = agent(DIG, BEGUN, Reply("It failed."), clock=clock, tools=[hole.tool()])
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="dig"))
        await clock.advance(2)
        hole.finds("nothing")
        await clock.advance(2)
        assert calls(device)[-1] == ("failed", "The spade broke.")
        assert "has failed" in script.requests[2][-1].text  # type: ignore[union-attr]


async def test_people_stop_it_by_the_button(clock: ManualClock) -> None:
    hole = Hole()
    ada, script = agent(DIG, BEGUN, clock=clock, tools=[hole.tool()])
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="dig"))
        await clock.advance(2)
        (update,) = device.got(browser.ToolCallUpdated)
        device.tell(browser.ToolCancel(call_id="another"))
        device.tell(browser.ToolCancel(call_id=update.data.id))
        await clock.advance(1)
        assert hole.stopped == 1
        assert calls(device)[-1] == ("cancelled", "Cancelled on request.")
        assert len(script.requests) == 2


async def test_people_stop_a_tool_that_is_waited_for_and_get_an_answer(clock: ManualClock) -> None:
    @tool
    async def ponder() -> str:
        """Ponder for ever."""
        await anyio.sleep_forever()
        return ""

    ada, _ = agent(Reply(tools=[("ponder", "{}")]), Reply("All right."), clock=clock, tools=[ponder])
    async with Rehearsal.open(ada, clock=clock) as stage:
        device = await stage.device(await stage.session())
        device.tell(browser.Text(text="ponder"))
        await clock.advance(2)
        device.tell(browser.ToolCancel(call_id=device.got(browser.ToolCallUpdated)[0].data.id))
        await clock.advance(2)
        assert calls(device)[-1][0] == "cancelled"
        assert lines(device)[-1] == ("agent", "All right.")


async def test_people_stop_it_by_voice(clock: ManualClock) -> None:
    hole = Hole()
    stop = Reply(tools=[("cancel_task", '{"task": "dig"}')])
    ada, script = agent(DIG, BEGUN, stop, Reply("I stopped."), clock=clock, tools=[hole.tool()])
    async with Rehearsal.open(ada, clock=clock) as stage:
        device = await stage.device(await stage.session())
        device.tell(browser.Text(text="dig"))
        await clock.advance(2)
        device.tell(browser.Text(text="stop that"))
        await clock.advance(2)
        assert hole.stopped == 1
        states = {update.data.name: update.data.state for update in device.got(browser.ToolCallUpdated)}
        assert states == {"dig": "cancelled", "cancel_task": "done"}
        assert lines(device)[-1] == ("agent", "I stopped.")
        assert len(script.requests) == 4


async def test_progress_is_shown_at_a_pace_that_people_can_follow(clock: ManualClock) -> None:
    hole = Hole()
    ada, _ = agent(DIG, BEGUN, Reply("Oil."), clock=clock, tools=[hole.tool()])
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="dig"))
        await clock.advance(1)
        assert hole.context is not None
        for metre in range(10_000):
            hole.context.progress(f"metre {metre} \ud800")
        await clock.advance(0.1)
        thread = threading.Thread(target=lambda: [hole.context.progress(f"{n} " + "x" * 5000) for n in range(10_000)])
        thread.start()
        await anyio.to_thread.run_sync(thread.join)
        await clock.advance(2)
        shown = [output for state, output in calls(device) if state == "running" and output]
        assert len(shown) == 2
        assert shown[0] == "metre 9999 ?"
        assert len(shown[1]) == 1001
        hole.finds("oil")
        await clock.advance(1)
        hole.context.progress("after the end")
        await clock.advance(1)
        assert calls(device)[-1] == ("done", "oil")
        (stored,) = [item for item in await stage.items(session) if item.kind == "tool"]
        assert (stored.state, stored.output) == ("done", "oil")


async def test_the_end_of_the_session_stops_it_and_the_next_one_knows(clock: ManualClock, tmp_path: Path) -> None:
    hole = Hole()
    ada, _ = agent(DIG, BEGUN, clock=clock, tools=[hole.tool()])
    async with Rehearsal.open(ada, clock=clock, database=tmp_path / "a.db") as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="dig"))
        await clock.advance(2)
        await stage.sessions.end(session, "ended")
        assert hole.stopped == 1
        (stored,) = [item for item in await stage.items(session) if item.kind == "tool"]
        assert stored.state == "cancelled"
        assert (await logged(stage, session))[-1]["type"] == "SessionClosed"
    ada, script = agent(Reply("It was cancelled."), clock=clock)  # the tool is gone meanwhile
    async with Rehearsal.open(ada, clock=clock, database=tmp_path / "a.db") as stage:
        again = await stage.session(session.conversation.id)
        device = await stage.device(again)
        device.tell(browser.Text(text="and?"))
        await clock.advance(2)
        (notice,) = [item for item in script.requests[0] if isinstance(item, NoticeItem)]
        assert "the call ended" in notice.text


async def test_the_model_is_offered_cancel_task_where_something_can_run(clock: ManualClock) -> None:
    @tool
    async def quick() -> str:
        """Be quick."""
        return ""

    @tool(name="cancel_task")
    async def own(task: str) -> str:
        """Cancel a task of the shop's."""
        return task

    agent(clock=clock, tools=[quick, own])
    with pytest.raises(ConfigurationError, match="cancel_task"):
        agent(clock=clock, tools=[Hole().tool(), own])
