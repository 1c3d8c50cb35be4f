"""One live run of a conversation: its dialogue, its model, its room, its tools, in one TaskGroup.

Owns lifetimes and wiring. It pumps; what follows from what is the dialogue's to say. This is also the session's
boundary: whatever fails inside ends this session, told to its people in one sentence, and nothing else.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup, TaskStatus

from antiphon.agent import Agent
from antiphon.clock import Clock
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.effects import Effect
from antiphon.dialogue.events import Event, ModelFailed, SayRequested, SessionClosed, SessionOpened, ToolCalled, decode
from antiphon.dialogue.items import Item
from antiphon.dialogue.state import Rules
from antiphon.edges.edge import FRAME_MS, Participant
from antiphon.errors import ConflictError, IllegalTransition, ModelError, ModelUnavailable, RefusedError
from antiphon.media.pacing import Pacer
from antiphon.models.realtime import AgentAudio, ModelSetup, Realtime, RealtimeConnection
from antiphon.session.effects import Performer
from antiphon.session.inbox import Inbox, Logged
from antiphon.session.journal import Journal
from antiphon.session.playout import Playout
from antiphon.session.room import Room
from antiphon.session.serving import serve
from antiphon.session.toolbox import Toolbox
from antiphon.store.conversations import Conversation
from antiphon.store.store import Store
from antiphon.wire import browser

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. grace: how long a session waits for a lost last device. arrival: for its first one."""

    grace: float = 30.0
    arrival: float = 60.0


MAX_DEVICES = 16
"""In one call, those included that are still connecting."""


class Session:
    """``run`` is its life; ``join`` adds devices; ``post`` tells it things; ``end`` ends it."""

    def __init__(
        self, conversation: Conversation, agent: Agent, model: Realtime, store: Store, clock: Clock, patience: Patience
    ) -> None:
        self.id = f"sess_{uuid4().hex}"
        self.token = uuid4().hex
        self.conversation, self.agent = conversation, agent
        self.closed = anyio.Event()
        self._model, self._store, self._clock, self._patience = model, store, clock, patience
        capabilities = model.capabilities
        self.room = Room(capabilities.input_rate)
        apology = agent.apology if capabilities.speaks else None
        self._dialogue = Dialogue(Rules(creates_responses=capabilities.creates_responses, apology=apology))
        self._journal = Journal(store, conversation.id)
        self._playout = Playout(self.post)
        self._inbox = Inbox(self._dialogue, clock, time.time() - clock.now(), self._perform, self._record)
        self._tools = Toolbox(agent, conversation.id, store, self._dialogue, clock, self.now, self.post)
        self._performer: Performer | None = None
        self._carried: TaskGroup | None = None
        self._started = False
        self._refusal: Exception | None = None
        self._devices = 0
        self._waiting = anyio.CancelScope()
        self._greeted = False
        self._reason: str | None = None

    # From outside

    def now(self) -> float:
        """The dialogue's time: Unix seconds that never go back."""
        return self._inbox.now()

    def post(self, event: Event) -> None:
        self._inbox.post(event)

    def join(self, participant: Participant) -> None:
        """One more device: its connection is carried from now on, it is in the room when it is ready. Raises
        ``ConflictError`` when the session is over, ``RefusedError`` when it is full."""
        if self._carried is None or self.over:
            raise ConflictError("The session is over.")
        if self._devices >= MAX_DEVICES:
            raise RefusedError(f"There are {MAX_DEVICES} devices in this call already.")
        self._devices += 1
        self._waiting.cancel()
        self._carried.start_soon(self._serve, participant)

    def end(self, reason: str, farewell: browser.Error | None = None) -> None:
        """End it; safe at any time and more than once. ``farewell`` is what people are told, if they must be told."""
        if self._reason is None:
            self._reason = reason
            if farewell is not None:
                self.room.send(farewell)
        if self._carried is not None:
            self._carried.cancel_scope.cancel()

    @property
    def over(self) -> bool:
        """Has it been ended? What it knows may still be being written: ``closed`` tells when that is done."""
        return self._reason is not None

    def welcome(self, participant: Participant) -> None:
        """The first things a device is told; the first words, when the conversation is new."""
        participant.send(
            browser.SessionStarted(
                session_id=self.id,
                conversation_id=self.conversation.id,
                participant_id=participant.id,
                resume_token=participant.resume_token,
                agent=self.agent.name,
                audio=participant.audio,
            )
        )
        participant.send(browser.AgentStateChanged(state=self._dialogue.shown))
        self.room.send(self.room.who())
        if self.agent.greeting and not self._greeted and not self._dialogue.history():
            self._greeted = True
            self.post(SayRequested(self.agent.greeting))

    # Its life

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """From connecting the model to the last row written. Raises what prevents it from starting, nothing later."""
        try:
            # The devices outlive the model, so that they can be told what became of it.
            async with anyio.create_task_group() as devices:
                self._carried = devices
                with self._boundary():
                    await self._converse(task_status)
                devices.cancel_scope.cancel()
        finally:
            self._performer = None
            with anyio.CancelScope(shield=True), self._boundary():
                await self._inbox.close(SessionClosed(self.id, self._reason or "ended"))
            self.closed.set()
        if not self._started:
            raise self._refusal or ConflictError("The session is over.")

    async def _converse(self, task_status: TaskStatus[None]) -> None:
        history = await self._restore()
        async with self._model.connect(self._setup(history)) as connection:
            with self._boundary():
                async with anyio.create_task_group() as tasks:
                    self._performer = Performer(connection, self._playout, self.room, self._tools.runner, tasks)
                    for part in (self._inbox.run, self._inbox.keep_log, self._inbox.keep_time, self._arrivals):
                        tasks.start_soon(part)
                    tasks.start_soon(self._follow, connection)
                    tasks.start_soon(self._tick, connection)
                    self._started = True
                    task_status.started()

    @contextmanager
    def _boundary(self) -> Iterator[None]:
        """Whatever fails within ends this session, and nothing else."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 (told to the caller, or to the people and the log)
            self._refusal = self._refusal or error
            if self._started:
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        lost = _only(ModelError, error)
        if lost is not None:
            self.post(ModelFailed("model_lost", str(lost), fatal=True))
            self.end("model lost", browser.Error(code="model_lost", message=str(lost), fatal=True))
            return
        reference = uuid4().hex[:8]
        log.error("session failed", exc_info=error, extra={"session": self.id, "reference": reference})
        message = f"Something went wrong on the server (reference {reference})."
        self.end("failed", browser.Error(code="session_failed", message=message, fatal=True))

    async def _restore(self) -> tuple[Item, ...]:
        """Fold what the log holds: the dialogue is where it was. Returns the history a model begins with."""
        after = 0
        while batch := await self._store.events.read(self.conversation.id, after, 1000):
            for logged in batch:
                try:
                    self._dialogue.handle(decode(logged.event), logged.at)
                except (IllegalTransition, ValueError) as error:
                    log.warning("logged event %d not understood: %s", logged.seq, error)
            after = batch[-1].seq
            self._inbox.not_before(batch[-1].at)
        # What an earlier run left open is over before a model is told what was said.
        await self._inbox.open(SessionOpened(self.id, self.agent.name))
        return self._dialogue.history()

    def _setup(self, history: tuple[Item, ...]) -> ModelSetup:
        instructions = "\n\n".join(text for text in (self.agent.instructions, self.conversation.prompt) if text)
        return ModelSetup(instructions, self._tools.offered, history, self.agent.voice)

    async def _follow(self, connection: RealtimeConnection) -> None:
        """The model's words into the inbox, its sound past it. Raises ``ModelError`` when the model is gone."""
        async for event in connection.events():
            if isinstance(event, AgentAudio):
                self._playout.write(event.response_id, event.item_id, event.audio)
            elif isinstance(event, ModelFailed) and event.fatal:
                raise ModelUnavailable(event.message)
            else:
                self.post(self._tools.placed(event) if isinstance(event, ToolCalled) else event)
        raise ModelUnavailable("The connection to the model ended.")

    async def _tick(self, connection: RealtimeConnection) -> None:
        """Every 20 ms, one frame each way. What nobody would hear waits."""
        pacer = Pacer(FRAME_MS)
        while True:
            await self._clock.sleep_until(pacer.next(self._clock.now()))
            if len(self.room):
                self.room.hear(self._playout.next_frame())
            await connection.send_audio(self.room.tick())

    async def _serve(self, participant: Participant) -> None:
        reason = await serve(self, participant)
        self._devices -= 1
        await self._end_if_empty(0.0 if reason == "left" else self._patience.grace, "everyone left")

    async def _arrivals(self) -> None:
        await self._end_if_empty(self._patience.arrival, "nobody came")

    async def _end_if_empty(self, after: float, reason: str) -> None:
        if self._devices:
            return
        with anyio.CancelScope() as self._waiting:
            await self._clock.sleep_until(self._clock.now() + after)
            self.end(reason)

    async def _perform(self, effect: Effect) -> None:
        if self._performer is not None:
            await self._performer.perform(effect)

    async def _record(self, happened: list[Logged], shows: list[Effect]) -> None:
        error = await self._journal.record(happened, shows)
        if error is not None:
            self.room.send(browser.Error(code="not_saved", message=f"Not saved for now, still trying: {error}"))


def _only(kind: type[ModelError], error: BaseException) -> ModelError | None:
    """The first error of that kind, when a group has no others."""
    if isinstance(error, BaseExceptionGroup):
        found = [_only(kind, one) for one in error.exceptions]
        return found[0] if all(found) else None
    return error if isinstance(error, kind) else None
