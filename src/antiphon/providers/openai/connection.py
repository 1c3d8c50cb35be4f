"""The live link to OpenAI: verbs to the service, the service's events to the session, over several sessions.

Owns the tasks and the socket. What events mean is said in ``turns`` and ``answers``; what a new session is told in
``memory``. When a session is lost (its hour is over, its socket broke, nothing is heard) another one is opened and
given the history as text; the link ends only when that is refused or fails time and again.
"""

import logging
import math
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

import anyio

from antiphon.clock import Clock
from antiphon.dialogue.effects import CreateResponse, TruncateItem
from antiphon.dialogue.events import ModelFailed
from antiphon.dialogue.items import Item
from antiphon.errors import ModelError, ModelRefused, ModelUnavailable
from antiphon.media.pcm import PcmData
from antiphon.models.realtime import AgentAudio, ModelEvent, ModelSetup, RealtimeConnection
from antiphon.providers.openai.answer import Outcome
from antiphon.providers.openai.answers import Answers
from antiphon.providers.openai.configuration import Voicing, response_request, session_update
from antiphon.providers.openai.failures import scrubbed
from antiphon.providers.openai.memory import Memory, item_create
from antiphon.providers.openai.socket import Socket, SocketLost
from antiphon.providers.openai.turns import Turns
from antiphon.wire.openai import ids
from antiphon.wire.openai.audio import PCM_RATE, encoded
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent, UnknownEvent
from antiphon.wire.openai.events_client import ClientEvent, InputAudioAppend, InputAudioClear, SessionUpdate
from antiphon.wire.openai.events_server import Error

log = logging.getLogger(__name__)

BACKOFF_S = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Pauses before each try to open another session. After the last the model is unavailable."""
SILENT_S = 15.0
"""An answer is owed and the service says nothing at all: the session is taken for dead."""
STABLE_S = 5.0
"""A session that lasted this long starts the counting of tries again."""
WATCH_S = 0.25
KEPT_FRAMES = 100
"""Sound kept while there is no session: two seconds in frames of 20 ms."""


class Opener(Protocol):
    """Opens a session that is configured and knows the history. Raises ``ModelError``."""

    async def __call__(self, update: SessionUpdate, history: Iterable[ClientEvent]) -> Socket: ...


class OpenAIConnection(RealtimeConnection):
    """Over WebSockets. ``run`` is its life; the verbs are never blocked by the network."""

    def __init__(self, setup: ModelSetup, voicing: Voicing, opener: Opener, clock: Clock) -> None:
        self._setup, self._opener, self._clock = setup, opener, clock
        self._update = session_update(setup, voicing)
        self._told, self._events = anyio.create_memory_object_stream[ModelEvent | AgentAudio](math.inf)
        self._memory = Memory(setup.history)
        self._turns = Turns(voicing.silence_ms)
        self._answers = Answers(ids.random_id)
        self._socket: Socket | None = None
        self._kept: deque[InputAudioAppend] = deque(maxlen=KEPT_FRAMES)
        self._scope = anyio.CancelScope()
        self._lost = anyio.CancelScope()
        self._heard_at = 0.0

    async def open(self) -> None:
        """The first session. Raises ``ModelRefused``, ``ModelUnavailable``."""
        self._socket = await self._opened(self._memory.items)

    async def events(self) -> AsyncIterator[ModelEvent | AgentAudio]:
        with suppress(anyio.ClosedResourceError):  # the link was closed with things still unsaid
            async for event in self._events:
                yield event

    async def send_audio(self, audio: PcmData) -> None:
        if audio.sample_rate != PCM_RATE or audio.channels != 1:
            audio = audio.resample(PCM_RATE, 1)
        append = InputAudioAppend(audio=encoded(audio.to_int16().to_bytes()))
        if self._socket is None:
            self._kept.append(append)
        else:
            self._do([append])

    async def add_item(self, item: Item) -> None:
        self._memory.add(item)
        self._do([item_create(item)])

    async def create_response(self, request: CreateResponse) -> None:
        self._memory.replace(request.history)
        asked = response_request(request, self._setup.instructions)
        self._do(self._answers.ask(request.response_id, asked, self._clock.now()))

    async def cancel_response(self, response_id: str) -> None:
        self._do(self._answers.cancel(response_id, self._clock.now()))

    async def truncate(self, request: TruncateItem) -> None:
        revisions = self._memory.truncated(request)
        self._do(self._answers.truncate(request) if self._answers.spoke(request.item_id) else revisions)

    async def reset_turn(self) -> None:
        self._kept.clear()
        self._do([InputAudioClear(), *self._turns.discard()])

    async def aclose(self) -> None:
        self._scope.cancel()
        self._told.close()
        self._events.close()
        if self._socket is not None:
            await self._socket.aclose()

    # Its life

    async def run(self) -> None:
        """Until it is closed, or the model is gone: that is told as ``ModelFailed``, and the events end."""
        with self._scope:
            try:
                await self._live()
            except ModelError as error:
                code = "model_refused" if isinstance(error, ModelRefused) else "model_unavailable"
                self._do([*self._turns.discard(), *self._answers.lost(), ModelFailed(code, str(error), fatal=True)])
                self._told.close()

    async def _live(self) -> None:
        tries = 0
        while True:
            since = self._clock.now()
            why = await self._follow()
            await self._drop(why)
            tries = 0 if self._clock.now() - since >= STABLE_S else tries
            tries = await self._renew(tries)

    async def _follow(self) -> str:
        """One session, to its end: why it ended. Raises ``ModelError`` when there is nothing to be had any more."""
        socket = self._socket
        if socket is None:
            return "there is none"
        self._heard_at = self._clock.now()
        ended: list[str | ModelError] = []
        async with anyio.create_task_group() as tasks:
            self._lost = tasks.cancel_scope
            tasks.start_soon(socket.write)
            tasks.start_soon(self._watch)
            try:
                async for event in socket.read():
                    self._heard_at = self._clock.now()
                    self._take(event)
            except SocketLost as lost:
                ended.append(str(lost))
            except ModelError as error:
                ended.append(error)
            tasks.cancel_scope.cancel()
        why = ended[0] if ended else "the service has fallen silent"
        if isinstance(why, ModelError):
            raise why
        return why

    async def _watch(self) -> None:
        """Notice what does not happen."""
        while True:
            await self._clock.sleep_until(self._clock.now() + WATCH_S)
            self._do(self._answers.expire(self._clock.now()))
            if self._answers.waiting and self._clock.now() - self._heard_at >= SILENT_S:
                self._lost.cancel()

    def _take(self, event: ServerEvent | UnknownEvent) -> None:
        if isinstance(event, UnknownEvent):
            log.debug("OpenAI sent an event that is not known here: %s", event.type[:100])
            return
        if isinstance(event, Error):
            level = logging.DEBUG if event.error.code == Code.CANCEL_NOT_ACTIVE else logging.WARNING
            log.log(level, "OpenAI: %s (%s)", scrubbed(event.error.message), event.error.code)
        try:
            self._do([*self._turns.told(event), *self._answers.told(event, self._clock.now())])
        except WireError as error:
            log.warning("OpenAI sent sound that is none: %s", error.message)

    async def _drop(self, why: str) -> None:
        """The session is gone: what was open in it is over."""
        log.info("the session at OpenAI is over: %s", why)
        socket, self._socket = self._socket, None
        self._do([*self._turns.discard(), *self._answers.lost()])
        if socket is not None:
            await socket.aclose()

    async def _renew(self, tries: int) -> int:
        """Another session, told the history. Raises ``ModelError`` when it is refused, or after the last try."""
        while True:
            if tries == len(BACKOFF_S):
                raise ModelUnavailable("OpenAI ends one session after another.")
            await self._clock.sleep_until(self._clock.now() + BACKOFF_S[tries])
            tries += 1
            told = self._memory.items
            try:
                socket = await self._opened(told)
            except ModelUnavailable as error:
                log.warning("no new session at OpenAI (try %d): %s", tries, error)
                if tries == len(BACKOFF_S):
                    raise
                continue
            break
        self._socket = socket
        self._do([*self._memory.since(told), *self._kept, *self._answers.renewed(self._clock.now())])
        self._kept.clear()
        return tries

    async def _opened(self, history: tuple[Item, ...]) -> Socket:
        return await self._opener(self._update, [item_create(item) for item in history])

    def _do(self, outcomes: Sequence[Outcome]) -> None:
        """Tell the session, send to the service. What nobody is there for any more is not said."""
        for outcome in outcomes:
            if isinstance(outcome, ClientEvent):
                self._send(outcome)
            else:
                self._memory.told(outcome)
                with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
                    self._told.send_nowait(outcome)

    def _send(self, event: ClientEvent) -> None:
        if self._socket is None:
            return
        try:
            self._socket.send(event)
        except SocketLost:
            self._lost.cancel()
