"""One client of the protocol, live: its frames in, frames to it out, and an agent's parts at work in between.

Owns the carrying out of what the protocol's machines want done. Decides nothing about the protocol; knows no web
framework.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from antiphon.clock import Clock
from antiphon.lifetimes import Closable
from antiphon.media.pcm import PcmData
from antiphon.models.parts import LLM, TTS, STTStream, TurnDetector
from antiphon.server.openai.abilities import Abilities
from antiphon.server.openai.hearing import Hearing, Understood, decoded
from antiphon.server.openai.history import Memory
from antiphon.server.openai.outbox import CLOSE_TOO_SLOW, Outbox, Socket
from antiphon.server.openai.speaking import Speaking, Voice
from antiphon.tools.context import ToolContext
from antiphon.tools.toolset import CallableTool
from antiphon.wire.openai import events_client as said
from antiphon.wire.openai import frames, served_effects
from antiphon.wire.openai.audio import PCM_RATE
from antiphon.wire.openai.errors import CLOSE_EXPIRED, Code, WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server import ItemAdded, ItemDeleted, ItemTruncated
from antiphon.wire.openai.events_server_input import (
    DurationUsage,
    TranscriptionCompleted,
    TranscriptionDelta,
    TranscriptionError,
    TranscriptionFailed,
)
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.items import InputAudio, Message
from antiphon.wire.openai.responses import Plan
from antiphon.wire.openai.served_effects import Outcome
from antiphon.wire.openai.served_state import ServedState

CLOSE_S = 5.0
"""How long it may take to tell a client that does not read that it is let go."""

LOOK_UP_EVERY = 25
"""Pieces of sound after which others get their turn, when much of it came at once."""


@dataclass(frozen=True, slots=True)
class Cast:
    """What an agent is made of, for one session. ``ears``: open, and closed by the session; None: it only reads."""

    llm: LLM
    tts: TTS | None
    ears: tuple[STTStream, TurnDetector] | None
    tools: Sequence[CallableTool]
    context: Callable[[], ToolContext]


@dataclass(slots=True)
class _Words:
    """``known``: set when a turn was recognised. ``failure``: why there are no words."""

    known: anyio.Event = field(default_factory=anyio.Event)
    failure: str | None = None


class ServedSession:
    """``run`` serves one socket until either side ends it."""

    def __init__(self, state: ServedState, cast: Cast, next_id: IdSource, clock: Clock) -> None:
        self._state, self._next_id, self._clock = state, next_id, clock
        self._memory = Memory()
        self._voice = Voice(cast.llm, cast.tts, cast.tools, cast.context, state, self._memory, clock, self.take)
        self._hearing = None if cast.ears is None else Hearing(*cast.ears, tell=self.understood)
        self._abilities = Abilities(hears=cast.ears is not None, speaks=cast.tts is not None)
        self._outbox = Outbox(self._leave)
        self._speaking: dict[str, anyio.CancelScope] = {}
        self._words: dict[str, _Words] = {}
        self._tasks: TaskGroup | None = None
        self._waits_until = 0.0
        self._deadline_moved = anyio.Event()

    async def run(self, socket: Socket) -> None:
        """Returns when the client is gone or the session was ended, the socket closed."""
        async with self._hearing or Closable(), self._outbox, anyio.create_task_group() as tasks:
            self._tasks = tasks
            tasks.start_soon(self._read, socket)
            tasks.start_soon(self._keep_time)
            if self._hearing is not None:
                tasks.start_soon(self._hearing.run)
            self.take(self._state.opened())
            await self._outbox.write(socket)
            self._leave()
        if self._outbox.overflowed:
            with anyio.move_on_after(CLOSE_S):
                await socket.close(CLOSE_TOO_SLOW, "the client does not read")

    def end(self, code: int = CLOSE_EXPIRED, reason: str = "server stopping") -> None:
        """Say what is still to be said, then close."""
        self._outbox.end(code, reason)

    def take(self, outcomes: Sequence[Outcome]) -> None:
        """Send the events and carry out the effects, in their order. Sound that came in is ``_read``'s."""
        for outcome in outcomes:
            if isinstance(outcome, ServerEvent):
                self._send(outcome)
            else:
                self._do(outcome)
        if self._state.deadline() != self._waits_until:
            self._deadline_moved.set()

    def understood(self, words: Understood) -> None:
        """A turn was recognised."""
        self._state.transcribed(words.item_id, words.text)
        known = self._words.get(words.item_id)
        if known is not None:
            known.failure = words.failure
            known.known.set()
        session = self._state.session
        if session.audio.input.transcription is None and session.type != "transcription":
            return
        if words.failure is not None:
            error = TranscriptionError(type="server_error", code="transcription_failed", message=words.failure)
            self._send(TranscriptionFailed(item_id=words.item_id, content_index=0, error=error))
            return
        if words.text:
            self._send(TranscriptionDelta(item_id=words.item_id, content_index=0, delta=words.text))
        usage = DurationUsage(seconds=words.seconds)
        self._send(TranscriptionCompleted(item_id=words.item_id, content_index=0, transcript=words.text, usage=usage))

    def _leave(self) -> None:
        assert self._tasks is not None
        self._tasks.cancel_scope.cancel()

    # Out

    def _send(self, event: ServerEvent) -> None:
        match event:
            case ItemTruncated():
                self._memory.truncated(event.item_id, event.audio_end_ms)
            case ItemDeleted():
                self._memory.forget(event.item_id)
                self._words.pop(event.item_id, None)
            case _:
                pass
        self._outbox.send(frames.frame_of(frames.stamped(event, self._next_id)))

    # In

    async def _read(self, socket: Socket) -> None:
        while (frame := await socket.receive()) is not None:
            try:
                event = frames.parse_client(frame)
            except WireError as error:
                self.take(self._state.refuse(error))
                continue
            await self._handle(event)
        self._leave()

    async def _handle(self, event: said.AnyClientEvent) -> None:
        try:
            self._abilities.check(event)
        except WireError as error:
            self.take(self._state.refuse(error.about(event.event_id)))
            return
        for outcome in self._state.handle(event, self._clock.now()):
            if isinstance(outcome, served_effects.AudioReceived):
                await self._hear(outcome)
                continue
            self.take([outcome])
            if isinstance(event, said.ItemCreate) and isinstance(outcome, ItemAdded):
                self._listen_to(outcome)

    async def _hear(self, received: served_effects.AudioReceived) -> None:
        assert self._hearing is not None, "the abilities refuse sound for an agent that does not hear"
        for number, piece in enumerate(self._hearing.decode(received.data, received.audio_format), 1):
            self.take(self._state.heard(piece.to_bytes()))
            for signal in self._hearing.listen(piece, self._state.input.total_ms):
                if signal.started:
                    self.take(self._state.speech_started(signal.at_ms, self._clock.now()))
                else:
                    self.take(self._state.speech_stopped(signal.at_ms))
            if number % LOOK_UP_EVERY == 0:
                await anyio.lowlevel.checkpoint()

    def _listen_to(self, added: ItemAdded) -> None:
        """Sound that a client put into an item of its own is recognised as well."""
        item = added.item
        if not isinstance(item, Message) or item.id is None:
            return
        conversation, heard = self._state.conversation, self._state.session.audio.input.format
        parts = [
            decoded(data, heard)
            for place, part in enumerate(item.content)
            if isinstance(part, InputAudio) and (data := conversation.audio_of(item.id, place))
        ]
        if parts:
            self._recognise(item.id, PcmData.concat(parts))

    # Effects

    def _do(self, effect: served_effects.Effect) -> None:
        match effect:
            case served_effects.StartResponse(plan):
                assert self._tasks is not None
                self._speaking[plan.response_id] = anyio.CancelScope()
                self._tasks.start_soon(self._respond, plan)
            case served_effects.StopResponse(response_id):
                scope = self._speaking.get(response_id)
                if scope is not None:
                    scope.cancel()
            case served_effects.TurnTaken(turn):
                self._recognise(turn.item_id, PcmData.from_bytes(turn.audio, PCM_RATE))
            case served_effects.InputCleared():
                if self._hearing is not None:
                    self._hearing.forget()
            case served_effects.EndSession(code, reason):
                self.end(code, reason)
            case served_effects.AudioReceived() | served_effects.OutputCleared() | served_effects.SessionChanged():
                return  # the first is heard where it was read; the others are of no consequence on a WebSocket

    def _recognise(self, item_id: str, sound: PcmData) -> None:
        if self._hearing is not None:
            self._words[item_id] = _Words()
            self._hearing.transcribe(item_id, sound)

    async def _respond(self, plan: Plan) -> None:
        try:
            with self._speaking[plan.response_id]:
                failure = await self._words_of(plan)
                if failure is None:
                    await Speaking(plan, self._voice).run()
                else:
                    error = WireError(Code.SERVER_ERROR, failure)
                    self.take(self._state.failed(plan.response_id, error, self._clock.now()))
        finally:
            del self._speaking[plan.response_id]

    async def _words_of(self, plan: Plan) -> str | None:
        """Waits until all that was said before is understood; why the last of it was not."""
        failure = None
        for item in plan.context:
            words = self._words.get(item.id or "")
            failure = None
            if words is not None:
                await words.known.wait()
                failure = words.failure
        return failure

    # Time

    async def _keep_time(self) -> None:
        while True:
            self._deadline_moved = anyio.Event()
            self._waits_until = self._state.deadline()
            async with anyio.create_task_group() as either:
                either.start_soon(self._wait_until, self._waits_until, either.cancel_scope)
                await self._deadline_moved.wait()
                either.cancel_scope.cancel()

    async def _wait_until(self, at: float, scope: anyio.CancelScope) -> None:
        await self._clock.sleep_until(at)
        self.take(self._state.expire(self._clock.now()))
        scope.cancel()
