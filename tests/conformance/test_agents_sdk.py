"""OpenAI's agents SDK for Python, unmodified, against our served protocol. It is strict about every field."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from agents import function_tool, set_tracing_disabled
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession, RealtimeSessionEvent

from tests.conformance.stock import pieces, serving, silence, tone
from tests.integration.serving import FOR_LONG, Serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    set_tracing_disabled(True)
    async with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


@function_tool
def look_up(id: int) -> str:
    """Looks something up."""
    return f"number {id}"


@asynccontextmanager
async def talking(server: Serving) -> AsyncIterator[RealtimeSession]:
    agent = RealtimeAgent(name="Helper", instructions="Help.", tools=[look_up])
    url = f"{server.url.replace('http', 'ws')}/v1/realtime?model=Echo"
    runner = RealtimeRunner(agent)
    async with await runner.run(model_config={"url": url, "api_key": "any"}) as session:
        yield session


async def until(session: RealtimeSession, found: Callable[[RealtimeSessionEvent], bool]) -> list[RealtimeSessionEvent]:
    """All events to the one that is looked for. An error on the way is a failure."""
    events: list[RealtimeSessionEvent] = []
    async with asyncio.timeout(FOR_LONG):
        async for event in session:
            assert event.type != "error", event
            events.append(event)
            if found(event):
                return events
    raise AssertionError("the session ended")


def ended(event: RealtimeSessionEvent) -> bool:
    return event.type == "agent_end"


def said(event: RealtimeSessionEvent) -> str:
    """The last words of the history that the SDK keeps."""
    if event.type != "history_updated" or not event.history:
        return ""
    parts: list[dict[str, Any]] = event.history[-1].model_dump().get("content") or [{}]
    return str(parts[0].get("transcript") or parts[0].get("text") or "")


async def test_a_text_turn_is_answered_with_sound(server: Serving) -> None:
    async with talking(server) as session:
        await session.send_message("good day")
        events = await until(session, ended)
    assert [event for event in events if event.type == "audio"]
    assert events[-1].type == "agent_end"


async def test_a_spoken_turn(server: Serving) -> None:
    async with talking(server) as session:
        for piece in pieces(silence(400) + tone(800) + silence(600)):
            await session.send_audio(piece)
        events = await until(session, lambda event: "You said hello there" in said(event))
    assert [event for event in events if event.type == "audio"]


async def test_a_tool_turn(server: Serving) -> None:
    async with talking(server) as session:
        await session.send_message("call look_up please")
        events = await until(session, lambda event: event.type == "tool_end")
        assert events[-1].type == "tool_end"
        assert events[-1].output == "number 1"
        await until(session, lambda event: "The answer is number 1." in said(event))


async def test_a_barge_in(server: Serving) -> None:
    async with talking(server) as session:
        await session.send_message("tell a story")
        await until(session, lambda event: event.type == "audio")
        for piece in pieces(silence(200) + tone(600) + silence(600)):
            await session.send_audio(piece)
        await until(session, lambda event: event.type == "audio_interrupted")
        await until(session, lambda event: "You said hello there" in said(event))
