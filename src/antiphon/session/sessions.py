"""The live sessions of this process: admission, one session a conversation, drain.

Owns the registry. Knows nothing of HTTP.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

import anyio
from anyio.abc import TaskGroup

from antiphon.agent import Agent
from antiphon.clock import Clock
from antiphon.errors import ConflictError, NotFoundError, RefusedError
from antiphon.models.realtime import Capabilities, Realtime
from antiphon.session.session import Patience, Session
from antiphon.store.conversations import Conversation
from antiphon.store.store import Store
from antiphon.tools.toolset import offered, opened
from antiphon.wire import browser


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one call asks besides what its agent is: another voice, more instructions."""

    voice: str | None = None
    prompt: str | None = None

    def of(self, agent: Agent) -> Agent:
        """The agent as this call wishes it."""
        instructions = "\n\n".join(text for text in (agent.instructions, self.prompt) if text)
        return replace(agent, voice=self.voice or agent.voice, instructions=instructions)


NO_WISHES = Wishes()

FAREWELL_S = 5.0
"""How long sessions may take to end when the server stops."""


class Sessions:
    """``async with Sessions.open(...)``: leaving it drains."""

    def __init__(
        self, agents: Mapping[str, Agent], store: Store, clock: Clock, patience: Patience, limit: int, tasks: TaskGroup
    ) -> None:
        self.agents = agents
        self._models: dict[str, Realtime] = {name: agent.model() for name, agent in agents.items()}
        self._store, self._clock, self._patience, self._limit, self._tasks = store, clock, patience, limit, tasks
        self._live: dict[str, Session] = {}
        self._opening: dict[str, anyio.Lock] = {}
        self._guests: dict[Callable[[], None], anyio.Event] = {}
        self.draining = False

    @classmethod
    @asynccontextmanager
    async def open(
        cls, agents: Mapping[str, Agent], store: Store, clock: Clock, patience: Patience, limit: int
    ) -> AsyncIterator["Sessions"]:
        """Parts are started and tools opened here, so that the first call does not wait for them. Raises
        ``ConfigurationError``."""
        tools = [tool for agent in agents.values() for tool in agent.tools]
        async with opened(tools), anyio.create_task_group() as tasks:
            for agent in agents.values():
                offered(agent.tools, agent.name)  # what is in a set is known only now
            sessions = cls(agents, store, clock, patience, limit, tasks)
            try:
                for model in sessions._models.values():
                    await model.start()
                yield sessions
            finally:
                with anyio.CancelScope(shield=True):
                    await sessions.drain()
                    for model in sessions._models.values():
                        await model.aclose()
                tasks.cancel_scope.cancel()

    def __len__(self) -> int:
        return len(self._live) + len(self._guests)

    def get(self, session_id: str) -> Session:
        """Raises ``NotFoundError``."""
        session = self._live.get(session_id)
        if session is None:
            raise NotFoundError(f"There is no live session {session_id[:60]!r}.")
        return session

    def of(self, conversation_id: str) -> Session | None:
        """The live session of a conversation, if it has one."""
        return next((one for one in self._live.values() if one.conversation.id == conversation_id), None)

    def capabilities(self, agent: str) -> Capabilities:
        """What the model of an agent that is served can do."""
        return self._models[agent].capabilities

    @property
    def admitting(self) -> bool:
        return not self.draining and len(self) < self._limit

    @contextmanager
    def guest(self, end: Callable[[], None]) -> Iterator[None]:
        """A place for a live connection that is no session of a conversation. It counts as one, and ``end`` is called
        when the server drains, which then waits for it. Raises ``RefusedError``."""
        self._admit()
        self._guests[end] = gone = anyio.Event()
        try:
            yield
        finally:
            del self._guests[end]
            gone.set()

    async def start(self, conversation: Conversation, wishes: Wishes = NO_WISHES) -> Session:
        """The conversation's live session; begun, model connected, if there was none.

        Raises ``RefusedError``, ``NotFoundError`` for an agent not served here, ``ModelError``, ``ConflictError`` for
        wishes that come when the model is connected already.
        """
        lock = self._opening.setdefault(conversation.id, anyio.Lock())
        try:
            async with lock:
                session = self.of(conversation.id)
                if session is not None and session.over:
                    await session.closed.wait()
                    session = None
                if session is None:
                    return await self._start(conversation, wishes)
                if wishes != NO_WISHES:
                    raise ConflictError("The call is live already: joining it cannot change its voice and prompt.")
                return session
        finally:
            if not lock.statistics().tasks_waiting and not lock.locked():
                self._opening.pop(conversation.id, None)

    async def end(self, session: Session, reason: str, farewell: browser.Error | None = None) -> None:
        """End it and wait until it is over."""
        session.end(reason, farewell)
        await session.closed.wait()

    async def drain(self) -> None:
        """No new sessions; the live ones are told, and what they know is written."""
        self.draining = True
        farewell = browser.Error(code="server_stopping", message="The server is stopping.", fatal=True)
        for session in list(self._live.values()):
            session.end("server stopping", farewell)
        guests = dict(self._guests)
        for end in guests:
            end()
        with anyio.move_on_after(FAREWELL_S):
            for session in list(self._live.values()):
                await session.closed.wait()
            for gone in guests.values():
                await gone.wait()

    def _admit(self) -> None:
        if self.draining:
            raise RefusedError("The server is stopping.")
        if len(self) >= self._limit:
            raise RefusedError(f"All {self._limit} places are taken; try again in a moment.")

    async def _start(self, conversation: Conversation, wishes: Wishes) -> Session:
        self._admit()
        agent = self.agents.get(conversation.agent)
        if agent is None:
            served = ", ".join(self.agents)
            raise NotFoundError(f"The agent {conversation.agent!r} is not served here (there is {served}).")
        agent = wishes.of(agent)
        session = Session(conversation, agent, self._models[agent.name], self._store, self._clock, self._patience)
        self._live[session.id] = session
        try:
            await self._tasks.start(self._live_out, session)
        except BaseException:
            self._live.pop(session.id, None)
            raise
        return session

    async def _live_out(self, session: Session, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        try:
            await session.run(task_status=task_status)
        finally:
            self._live.pop(session.id, None)
