"""``examples/tools.py`` as it is, in a session: real time goes on for its processes, the clock for the rest."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from antiphon.server.loading import load_agent
from antiphon.testing import FakeParticipant, ManualClock, Rehearsal
from antiphon.wire import browser

EXAMPLE = Path(__file__).parents[2] / "examples" / "tools.py"


class Caller:
    def __init__(self, device: FakeParticipant, clock: ManualClock) -> None:
        self.device, self.clock = device, clock

    async def say(self, text: str, until: Callable[[], bool]) -> None:
        self.device.tell(browser.Text(text=text))
        with anyio.fail_after(30):
            while not until():
                await self.clock.advance(0.1)
                await anyio.sleep(0.02)

    def calls(self, name: str) -> list[browser.ToolCallState]:
        return [one.data for one in self.device.got(browser.ToolCallUpdated) if one.data.name == name]

    def ended(self, name: str) -> Callable[[], bool]:
        return lambda: bool(self.calls(name)) and self.calls(name)[-1].state != "running"

    def heard(self, words: str) -> Callable[[], bool]:
        return lambda: any(words in one.data.text for one in self.device.got(browser.TranscriptUpdated))


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # no coder that somebody has installed for themselves


@asynccontextmanager
async def calling() -> AsyncIterator[Caller]:
    clock = ManualClock()
    async with Rehearsal.open(load_agent(f"{EXAMPLE}:agent"), clock=clock) as stage:
        yield Caller(await stage.device(await stage.session()), clock)


async def test_the_quick_tool() -> None:
    async with calling() as caller:
        await caller.say("count the words in to be or not to be", caller.heard("6 words."))


async def test_the_team_works_while_the_conversation_goes_on() -> None:
    async with calling() as caller:
        await caller.say("research sea shanties", caller.heard("I am on it."))
        await caller.say("count the words in so be it", caller.heard("3 words."))
        assert not caller.ended("send_to_nested")()
        await caller.say("hm", caller.heard("I have read: Five pages about sea shanties."))
        shown = [call.output for call in caller.calls("send_to_nested")]
        assert any(output and output.endswith("page 3 of 5") for output in shown)


async def test_the_coder_shows_its_steps_and_brings_its_result() -> None:
    async with calling() as caller:
        await caller.say("code a web page", caller.heard("The task was 'a web page'"))
        assert {"reading the task", "pretending to write"} <= {
            call.output for call in caller.calls("send_to_claude_code")
        }


async def test_the_coder_is_stopped_by_a_word() -> None:
    async with calling() as caller:
        await caller.say("code a web page", caller.heard("I am on it."))
        await caller.say("stop", caller.ended("send_to_claude_code"))
        assert caller.calls("send_to_claude_code")[-1].state == "cancelled"
