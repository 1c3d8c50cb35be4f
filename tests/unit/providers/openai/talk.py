"""A dialogue over a live connection: what the model tells goes in, what follows for the model goes out."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from antiphon.clock import Clock
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.effects import (
    AddItem,
    CancelResponse,
    CreateResponse,
    Effect,
    FlushPlayout,
    RunTool,
    ShowError,
    TruncateItem,
)
from antiphon.dialogue.events import Event, PlaybackEnded, PlaybackFlushed, PlaybackStarted, ToolSettled
from antiphon.models.realtime import AgentAudio, ModelEvent, ModelSetup, RealtimeConnection
from antiphon.providers import openai
from antiphon.testing import tone
from tests.unit.providers.openai.upstream import Upstream

Told = TypeVar("Told")
Linked = TypeVar("Linked", bound="Link")


class Link:
    """A connection and all that it has told."""

    def __init__(self, connection: RealtimeConnection) -> None:
        self.connection = connection
        self.told: list[ModelEvent | AgentAudio] = []
        self.ended = False
        self.more = asyncio.Event()

    async def listen(self) -> None:
        async for event in self.connection.events():
            self.told.append(event)
            if not isinstance(event, AgentAudio):
                await self.happen(event)
            self.more.set()
        self.ended = True
        self.more.set()

    async def happen(self, event: Event) -> None:
        """Nobody listens but the test."""

    async def until(self, condition: Callable[[], object] | type[Any], count: int = 1) -> None:
        """Until so many of a kind were told, or something else is true."""
        async with asyncio.timeout(10):
            while True:
                self.more.clear()
                if len(self.of(condition)) >= count if isinstance(condition, type) else condition():
                    return
                await self.more.wait()

    async def until_told(self, kind: type[Any], count: int = 1) -> None:
        await self.until(kind, count)

    def of(self, kind: type[Told]) -> list[Told]:
        return [event for event in self.told if isinstance(event, kind)]

    async def say(self, seconds: float, level: float = 0.3) -> None:
        for frame in tone(200, seconds, 24_000, level).chunks(480):
            await self.connection.send_audio(frame)
            await asyncio.sleep(0)


class Talk(Link):
    """``played`` is how much left for the people when something is flushed; the time of the dialogue stands still."""

    def __init__(self, connection: RealtimeConnection) -> None:
        super().__init__(connection)
        self.dialogue = Dialogue()
        self.effects: list[Effect] = []
        self.played_ms = 0

    async def happen(self, event: Event) -> None:
        for effect in self.dialogue.handle(event, 0.0):
            self.effects.append(effect)
            match effect:
                case AddItem():
                    await self.connection.add_item(effect.item)
                case CreateResponse():
                    await self.connection.create_response(effect)
                case CancelResponse():
                    await self.connection.cancel_response(effect.response_id)
                case TruncateItem():
                    await self.connection.truncate(effect)
                case FlushPlayout():
                    await self.happen(PlaybackFlushed(effect.item_id, self.played_ms))
                case RunTool():
                    await self.happen(ToolSettled(effect.call_id, f"the output of {effect.name}", ok=True))
                case _:
                    pass

    async def play(self, item_id: str, ms: int, *, whole: bool = False) -> None:
        """Playout says that so much was played."""
        self.played_ms = ms
        await self.happen(PlaybackStarted(item_id))
        if whole:
            await self.happen(PlaybackEnded(item_id, ms))

    def errors(self) -> list[ShowError]:
        return [effect for effect in self.effects if isinstance(effect, ShowError)]


@asynccontextmanager
async def linked(
    served: Upstream, setup: ModelSetup | None = None, clock: Clock | None = None, kind: type[Linked] = Link
) -> AsyncIterator[Linked]:
    model = openai.Realtime(base_url=served.base_url, api_key="sk-test-secret", clock=clock)
    async with model.connect(setup or ModelSetup("Be kind.")) as connection, asyncio.TaskGroup() as tasks:
        link = kind(connection)
        served.watchers.append(link.more.set)
        listening = tasks.create_task(link.listen())
        yield link
        await connection.aclose()
        await listening


def talking(
    served: Upstream, setup: ModelSetup | None = None, clock: Clock | None = None
) -> AbstractAsyncContextManager[Talk]:
    return linked(served, setup, clock, Talk)
