"""A conversation outlives its sessions and its server: what the log holds is where it goes on."""

import sqlite3
from pathlib import Path

import pytest

from antiphon.agent import Agent
from antiphon.dialogue.items import AgentItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.models.realtime import Capabilities
from antiphon.models.scripted import ScriptedModel
from antiphon.session.session import Session
from antiphon.testing import ManualClock, Rehearsal, Reply, Script
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import tool
from antiphon.wire import browser
from tests.unit.session.cast import agent, ask, lines, transcript, words


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def killed(database: Path) -> Path:
    """What a server that is killed now leaves on the disk."""
    left = database.with_name("killed.db")
    with sqlite3.connect(database) as live, sqlite3.connect(left) as copy:
        live.backup(copy)
    live.close()
    copy.close()
    return left


async def test_a_new_session_goes_on_with_the_conversation(clock: ManualClock, tmp_path: Path) -> None:
    ada, _ = agent(Reply("Nice to meet you."), clock=clock, hears=["i am grace"], greeting="Hello.")
    async with Rehearsal.open(ada, clock=clock, database=tmp_path / "a.db") as stage:
        session = await stage.session()
        device = await stage.device(session)
        await clock.advance(1)
        await ask(device, clock)
        await clock.advance(2)
    ada, script = agent(Reply("You are Grace."), clock=clock, hears=["who am i"], greeting="Hello.")
    async with Rehearsal.open(ada, clock=clock, database=tmp_path / "a.db") as stage:
        again = await stage.session(session.conversation.id)
        assert again.id != session.id
        device = await stage.device(again)
        await clock.advance(1)
        assert lines(device) == []  # greeted once, in the first call
        await ask(device, clock)
        await clock.advance(2)
        assert [words(one) for one in script.requests] == [
            [("agent", "Hello."), ("user", "i am grace"), ("agent", "Nice to meet you."), ("user", "who am i")]
        ]
        assert [item.text for item in await stage.items(again)] == [
            "Hello.", "i am grace", "Nice to meet you.", "who am i", "You are Grace.",
        ]  # fmt: skip


class Remembering(ScriptedModel):
    """Keeps history: what it is told on connecting is all it is ever told of the past."""

    def __init__(self, script: Script, clock: ManualClock) -> None:
        super().__init__(script, clock=clock)
        self.setups: list[tuple[object, ...]] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(keeps_history=True, input_rate=16_000)

    def connect(self, setup):  # type: ignore[no-untyped-def]
        self.setups.append(setup.history)
        return super().connect(setup)


async def mid_speech(stage: Rehearsal, clock: ManualClock) -> tuple[Session, str]:
    session = await stage.session()
    device = await stage.device(session)
    device.tell(browser.Text(text="tell me"))
    await clock.advance(1.2)
    (item,) = [one.id for one in transcript(device).values() if one.role == "agent"]
    device.tell(browser.Playback(item_id=item, played_ms=1080))
    await clock.settle()
    return session, item


async def test_killed_mid_speech_it_remembers_only_what_was_heard(clock: ManualClock, tmp_path: Path) -> None:
    story = "One two three four five six seven eight nine ten eleven."
    ada, _ = agent(Reply(story), clock=clock)
    async with Rehearsal.open(ada, clock=clock, database=tmp_path / "a.db") as stage:
        session, item_id = await mid_speech(stage, clock)
        left = killed(tmp_path / "a.db")
    model = Remembering(Script([Reply("Where was I?")]), clock)
    async with Rehearsal.open(Agent(agent_user=ada.agent_user, llm=model), clock=clock, database=left) as stage:
        again = await stage.session(session.conversation.id)
        # 1080 ms of 60 ms a character are eighteen characters, cut back to a whole word.
        heard = "One two three four"
        assert model.setups == [(UserItem_of(model.setups[0][0]), AgentItem(item_id, heard))]
        (shown,) = [item for item in await stage.items(again) if item.kind == "agent"]
        assert (shown.text, shown.interrupted, shown.final, shown.heard_ms) == (heard, True, True, 1080)
        device = await stage.device(again)
        device.tell(browser.Text(text="go on"))
        await clock.advance(2)
        assert words(model.script.requests[0]) == [("user", "tell me"), ("agent", heard), ("user", "go on")]


def UserItem_of(item: object) -> UserItem:  # noqa: N802
    assert isinstance(item, UserItem)
    return item


async def test_killed_while_a_tool_ran_the_call_is_settled_for_the_model(clock: ManualClock, tmp_path: Path) -> None:
    @tool
    async def wait_long(context: ToolContext) -> str:
        """Wait."""
        await clock.sleep_until(clock.now() + 20)
        return "done"

    ada, _ = agent(Reply(tools=[("wait_long", "{}")]), clock=clock, tools=[wait_long])
    async with Rehearsal.open(ada, clock=clock, database=tmp_path / "a.db") as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="wait"))
        await clock.advance(1)
        left = killed(tmp_path / "a.db")
    ada, script = agent(Reply("Again?"), clock=clock, tools=[wait_long])
    async with Rehearsal.open(ada, clock=clock, database=left) as stage:
        device = await stage.device(await stage.session(session.conversation.id))
        device.tell(browser.Text(text="and?"))
        await clock.advance(2)
        (history,) = script.requests
        assert [type(item) for item in history] == [UserItem, ToolCallItem, ToolOutputItem, UserItem]
        assert lines(device)[-1] == ("agent", "Again?")


async def test_a_reminder_survives_and_rings_when_somebody_is_there(clock: ManualClock, tmp_path: Path) -> None:
    @tool
    async def set_timer(seconds: float, context: ToolContext) -> str:
        """Set a timer."""
        await context.reminders.add(seconds, "Time is up.")
        return "set"

    ada, _ = agent(Reply(tools=[("set_timer", '{"seconds": 0.5}')]), Reply(""), clock=clock, tools=[set_timer])
    async with Rehearsal.open(ada, clock=clock, database=tmp_path / "a.db") as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="ring soon"))
        await clock.advance(0.3)
        left = killed(tmp_path / "a.db")
    await clock.advance(600)  # the server was away when it was due
    async with Rehearsal.open(ada, clock=clock, database=left) as stage:
        again = await stage.session(session.conversation.id)
        await clock.advance(2)  # the page takes a moment to connect
        device = await stage.device(again)
        await clock.advance(3)
        assert lines(device)[-1] == ("agent", "Time is up.")
        assert len(list(device.voiced())) == 33


async def test_ended_properly_twice_over_the_log_reads_as_one_conversation(clock: ManualClock, tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    conversation = None
    for number in range(3):
        ada, script = agent(Reply(f"Answer {number}."), clock=clock)
        async with Rehearsal.open(ada, clock=clock, database=database) as stage:
            session = await stage.session(conversation)
            conversation = session.conversation.id
            device = await stage.device(session)
            device.tell(browser.Text(text=f"question {number}"))
            await clock.advance(3)
            events = await stage.store.events.read(conversation, 0, 1000)
            assert [one.at for one in events] == sorted(one.at for one in events)
    assert words(script.requests[0]) == [
        ("user", "question 0"), ("agent", "Answer 0."), ("user", "question 1"), ("agent", "Answer 1."),
        ("user", "question 2"),
    ]  # fmt: skip
