"""``Rehearsal``: an agent's conversations with no network and no waiting: real sessions, a real store, time by hand."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio

from antiphon.agent import Agent
from antiphon.errors import StoreError
from antiphon.session.session import Patience, Session
from antiphon.session.sessions import Sessions
from antiphon.store.conversations import Conversation
from antiphon.store.items import StoredItem
from antiphon.store.store import Store
from antiphon.testing.clock import ManualClock
from antiphon.testing.device import FakeParticipant
from antiphon.testing.person import Person


class RehearsedStore(Store):
    """A real store for which time stands still while it writes (it writes in a thread), and whose disk can fail."""

    clock: ManualClock
    failing = False
    stuck: anyio.Event | None = None

    async def record(
        self, conversation_id: str, events: Sequence[tuple[float, dict[str, Any]]], items: Sequence[StoredItem] = ()
    ) -> range:
        if self.stuck is not None:
            await self.stuck.wait()
        if self.failing:
            raise StoreError("the database cannot be written: disk full")
        with self.clock.held():
            return await super().record(conversation_id, events, items)


class Rehearsal:
    """``async with Rehearsal.open(agent) as stage, stage.person() as person: ...``

    The first agent is the one who answers. Everything is the product's own but the devices and the clock.
    """

    def __init__(self, agents: Sequence[Agent], sessions: Sessions, store: RehearsedStore, clock: ManualClock) -> None:
        self.agents, self.sessions, self.store, self.clock = agents, sessions, store, clock

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        *agents: Agent,
        database: Path | None = None,
        clock: ManualClock | None = None,
        patience: Patience | None = None,
        limit: int = 20,
    ) -> AsyncIterator["Rehearsal"]:
        """``database``: an SQLite file, kept; a temporary one when left out. Opened once more on the same file it is a
        restarted server."""
        clock = clock or ManualClock()
        async with AsyncExitStack() as open_:
            if database is None:
                folder = open_.enter_context(tempfile.TemporaryDirectory(prefix="antiphon-"))
                database = Path(folder) / "rehearsal.db"
            store = await open_.enter_async_context(RehearsedStore.open(f"sqlite:///{database}"))
            store.clock = clock
            by_name = {agent.name: agent for agent in agents}
            sessions = await open_.enter_async_context(
                Sessions.open(by_name, store, clock, patience or Patience(), limit)
            )
            yield cls(agents, sessions, store, clock)

    async def session(self, conversation: Conversation | str | None = None) -> Session:
        """The live session of a conversation, begun if need be; of a new one with the first agent when left out."""
        if conversation is None:
            conversation = await self.store.conversations.create(self.agents[0].name)
        elif isinstance(conversation, str):
            conversation = await self.store.conversations.get(conversation)
        session = await self.sessions.start(conversation)
        await self.clock.settle()
        return session

    async def device(self, session: Session, name: str = "Guest") -> FakeParticipant:
        """A device that has joined."""
        device = FakeParticipant(self.clock, name)
        session.join(device)
        await self.clock.settle()
        return device

    @asynccontextmanager
    async def person(self, session: Session | None = None, name: str = "Guest") -> AsyncIterator[Person]:
        """A person in the session; in a new one when left out. Leaves at the end."""
        async with Person.in_process(session or await self.session(), self.clock, name) as person:
            yield person

    @contextmanager
    def failing_store(self) -> Iterator[None]:
        """Within, nothing can be written."""
        self.store.failing = True
        try:
            yield
        finally:
            self.store.failing = False

    @contextmanager
    def stuck_store(self) -> Iterator[None]:
        """Within, whoever writes waits; at the end the writing goes on."""
        stuck = self.store.stuck = anyio.Event()
        try:
            yield
        finally:
            self.store.stuck = None
            stuck.set()

    async def items(self, session: Session) -> list[StoredItem]:
        """What the store holds of the session's conversation. Raises ``StoreError``."""
        return await self.store.items.read(session.conversation.id)
