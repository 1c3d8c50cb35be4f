"""A service that speaks OpenAI Realtime on a real WebSocket, with a script and faults.

It is made of the protocol's own machines and as strict as the service: truncations past the sound, deletions of what
is not there and second responses are refused, and ``refusals`` has what was. Answers are given in small pieces, so
that something can come in between.
"""

import asyncio
import http
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from antiphon.wire.openai import frames, ids
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_client import AnyClientEvent, InputAudioAppend
from antiphon.wire.openai.events_server import Error
from antiphon.wire.openai.events_server_input import DurationUsage, TranscriptionCompleted
from antiphon.wire.openai.response import OpenResponse
from antiphon.wire.openai.served_effects import (
    AudioReceived,
    EndSession,
    InputCleared,
    Outcome,
    StartResponse,
    TurnTaken,
)
from antiphon.wire.openai.served_state import ServedState
from antiphon.wire.openai.session import Rules, new_session

PIECE_MS = 200
LOUD = 0.05

_quiet = logging.getLogger(__name__)
_quiet.setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Reply:
    """``pieces`` of 200 ms and a word of ``text`` with each; ``hold``: how many come before it waits for ``go_on``."""

    text: str = "This is a rather long answer and one can interrupt it"
    pieces: int = 12
    calls: Sequence[tuple[str, str, str]] = ()
    hold: int | None = None
    fail: Code | None = None


@dataclass(slots=True)
class Peer:
    """One session of one client."""

    socket: ServerConnection
    state: ServedState
    upstream: "Upstream"
    tasks: asyncio.TaskGroup
    said: list[AnyClientEvent] = field(default_factory=list)
    refusals: list[Error] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    loud_ms: float = 0.0
    quiet_ms: float = 0.0

    def heard(self, kind: type[AnyClientEvent]) -> list[Any]:
        return [event for event in self.said if isinstance(event, kind)]

    async def run(self) -> None:
        await self.tell(self.state.opened())
        async for frame in self.socket:
            try:
                event = frames.parse_client(frame)
            except WireError as error:
                await self.tell(self.state.refuse(error))
                continue
            if not isinstance(event, InputAudioAppend):
                self.said.append(event)
            await self.tell(self.state.handle(event, 0.0))
            self.upstream.changed()

    async def tell(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            match outcome:
                case ServerEvent():
                    if isinstance(outcome, Error):
                        self.refusals.append(outcome)
                    await self.raw(frames.frame_of(frames.stamped(outcome, ids.random_id)))
                case AudioReceived():
                    await self._hear(outcome.data)
                case StartResponse():
                    self.tasks.create_task(self._answer(outcome.plan.response_id))
                case TurnTaken():
                    await self._transcribe(outcome.turn.item_id)
                case InputCleared():
                    self.loud_ms = self.quiet_ms = 0.0
                case EndSession():
                    await self.socket.close(outcome.code, outcome.reason)
                case _:
                    pass

    async def raw(self, frame: str | bytes) -> None:
        await self.socket.send(frame)

    async def refuse(self, code: Code, message: str = "no") -> None:
        """An error of the service's own accord."""
        await self.tell(self.state.refuse(WireError(code, message)))

    def drop(self) -> None:
        """Without a word, as when a cable is pulled."""
        self.socket.transport.abort()

    async def _hear(self, pcm: bytes) -> None:
        await self.tell(self.state.heard(pcm))
        ms = len(pcm) / 48
        loud = float(np.sqrt(np.mean((np.frombuffer(pcm, "<i2") / 32768.0) ** 2))) > LOUD
        self.loud_ms, self.quiet_ms = (self.loud_ms + ms, 0.0) if loud else (0.0, self.quiet_ms + ms)
        now = self.state.input.total_ms
        if self.loud_ms >= 60:
            await self.tell(self.state.speech_started(int(now - self.loud_ms), 0.0))
        elif self.quiet_ms >= 500:
            await self.tell(self.state.speech_stopped(now))

    async def _transcribe(self, item_id: str) -> None:
        words = self.upstream.hears
        self.state.transcribed(item_id, words)
        usage = DurationUsage(seconds=1.0)
        done = TranscriptionCompleted(item_id=item_id, content_index=0, transcript=words, usage=usage)
        await self.tell([done])

    async def _answer(self, response_id: str) -> None:
        response = self.state.responses.get(response_id)
        if response is None:
            return
        try:
            await self._make(response, self.upstream.next_reply())
        except ConnectionClosed:
            return

    async def _make(self, response: OpenResponse, reply: Reply) -> None:
        if reply.fail is not None:
            await self.tell(self.state.failed(response.id, WireError(reply.fail, "it failed"), 0.0))
            return
        if reply.pieces:
            item_id, events = response.add_message()
            await self.tell(events)
            words = reply.text.split()
            for number in range(reply.pieces):
                if number == reply.hold:
                    await self.go_on.wait()
                if number < len(words):
                    await self.tell(response.text(item_id, f"{' ' if number else ''}{words[number]}"))
                await self.tell(self.state.sounded(response.id, item_id, bytes(PIECE_MS * 48), 0.0))
                await asyncio.sleep(0)
            await self.tell(response.close(item_id))
        for call_id, name, arguments in reply.calls:
            item_id, events = response.add_call(name, call_id)
            await self.tell([*events, *response.arguments(item_id, arguments), *response.close(item_id)])
        await self.tell(self.state.completed(response.id, 0.0))


@dataclass(slots=True)
class Upstream:
    """``replies`` in order; the last is given again. ``first``: said to a client before anything else. ``status``: the
    HTTP answer instead of a WebSocket, with ``body``."""

    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    hears: str = "hello"
    status: int | None = None
    body: object = None
    first: Callable[[Peer], Any] | None = None
    peers: list[Peer] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    watchers: list[Callable[[], None]] = field(default_factory=list)
    _given: int = 0
    _server: Server | None = None

    @property
    def base_url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/v1"

    def next_reply(self) -> Reply:
        self._given += 1
        return self.replies[min(self._given, len(self.replies)) - 1]

    def changed(self) -> None:
        """A client has said something, or has gone."""
        for watcher in self.watchers:
            watcher()

    @property
    def peer(self) -> Peer:
        """The session that is there now."""
        return self.peers[-1]

    async def open(self) -> None:
        self._server = await serve(
            self._serve, "127.0.0.1", 0, process_request=self._admit, ping_interval=None, max_size=None, logger=_quiet
        )

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        self.headers.append({name.lower(): value for name, value in request.headers.raw_items()})
        self.paths.append(request.path)
        if self.status is None:
            return None
        answer = socket.respond(http.HTTPStatus(self.status), json.dumps(self.body))
        answer.headers["Content-Type"] = "application/json"
        return answer

    async def _serve(self, socket: ServerConnection) -> None:
        state = ServedState(
            new_session("sess_1", "gpt-realtime-2.1", rules=Rules()), ids.random_id, Rules(), "websocket", 0.0
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                peer = Peer(socket, state, self, tasks)
                self.peers.append(peer)
                if self.first is not None:
                    await self.first(peer)
                try:
                    await peer.run()
                finally:
                    peer.go_on.set()
                    self.changed()
        except* ConnectionClosed:
            pass


@asynccontextmanager
async def upstream(*replies: Reply) -> AsyncIterator[Upstream]:
    served = Upstream(list(replies) or [Reply()])
    await served.open()
    try:
        yield served
    finally:
        await served.close()
