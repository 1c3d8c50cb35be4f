"""A server in this process with a scripted model, and a device to join it: for the tests of all of ``server``."""

import asyncio
import gc
import json
import math
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx
from aiortc import RTCPeerConnection, RTCSessionDescription
from fastapi import FastAPI

from antiphon.agent import Agent, User
from antiphon.models.realtime import Capabilities, ModelSetup, Realtime, RealtimeConnection
from antiphon.models.scripted import Reply, Script, ScriptedModel
from antiphon.server.app import create_app
from antiphon.server.state import Services
from antiphon.settings import Settings

T = TypeVar("T")

PROBLEM = "application/problem+json"


def scripted_model() -> ScriptedModel:
    return ScriptedModel(Script([Reply("Yes.")]))


def agent(name: str = "Scripted", model: Realtime | None = None) -> Agent:
    return Agent(agent_user=User(name), llm=model or scripted_model(), description="Says yes.", hints=["hello"])


class GuardedModel(Realtime):
    """Connects only when ``gate`` is open, and not at all when there is a ``fault``."""

    def __init__(self, fault: Exception | None = None) -> None:
        self._model, self._fault = scripted_model(), fault
        self.gate, self.asked = anyio.Event(), anyio.Event()

    @property
    def capabilities(self) -> Capabilities:
        return self._model.capabilities

    @asynccontextmanager
    async def connect(self, setup: ModelSetup) -> AsyncIterator[RealtimeConnection]:
        self.asked.set()
        if self._fault is not None:
            raise self._fault
        await self.gate.wait()
        async with self._model.connect(setup) as connection:
            yield connection


@dataclass(frozen=True)
class Served:
    app: FastAPI
    client: httpx.AsyncClient

    @property
    def services(self) -> Services:
        found: Services = self.app.state.services
        return found

    async def conversation(self, **given: Any) -> str:
        answer = await self.client.post("/api/conversations", json=given)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def session(self, **given: Any) -> "Opened":
        answer = await self.client.post("/api/realtime/session", json=given)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return Opened(made["session_id"], made["conversation_id"], {"Authorization": f"Bearer {made['token']}"})


@dataclass(frozen=True)
class Opened:
    id: str
    conversation_id: str
    token: dict[str, str]

    @property
    def path(self) -> str:
        return f"/api/realtime/session/{self.id}"

    @property
    def sdp(self) -> str:
        return f"/api/realtime/sdp/{self.id}"

    @property
    def sdp_headers(self) -> dict[str, str]:
        return {**self.token, "Content-Type": "application/sdp"}


def web_app(folder: Path) -> Path:
    web = folder / "web"
    (web / "assets").mkdir(parents=True, exist_ok=True)
    (web / "index.html").write_text("<!doctype html><title>Antiphon</title>", "utf-8")
    (web / "assets" / "app.js").write_text("let x = 1\n", "utf-8")
    return web


@asynccontextmanager
async def served(folder: Path, *agents: Agent, **settings: Any) -> AsyncIterator[Served]:
    """What the server answers, a client of it, and what is inside."""
    given = Settings(database_url=f"sqlite:///{folder / 'antiphon.db'}", static_dir=web_app(folder), **settings)
    app = create_app(agents or [agent()], given)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield Served(app, client)


@asynccontextmanager
async def in_one_task(context: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    """For fixtures, whose two halves run in two tasks, while a task group is entered and left in one."""
    entered: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def live() -> None:
        async with context as found:
            entered.set_result(found)
            await over.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(live())
        yield await entered
        over.set()


class Device:
    """A browser's part of a call: an offer, an answer, the messages on its channel."""

    def __init__(self) -> None:
        self._connection = RTCPeerConnection()
        self._connection.addTransceiver("audio")
        self._channel = self._connection.createDataChannel("antiphon")
        self.messages: list[dict[str, Any]] = []
        self._channel.on("message", lambda text: self.messages.append(json.loads(text)))
        self.gone = asyncio.Event()
        self._channel.on("close", self.gone.set)

    async def __aenter__(self) -> "Device":
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    @property
    def offer(self) -> str:
        return str(self._connection.localDescription.sdp)

    async def take(self, answer: str) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    def say(self, message: dict[str, Any]) -> None:
        self._channel.send(json.dumps(message))

    async def told(self, kind: str) -> dict[str, Any]:
        """The first message of this type, when it has come."""
        await eventually(lambda: any(one["type"] == kind for one in self.messages))
        return next(one for one in self.messages if one["type"] == kind)


class Reader:
    """Reads server-sent events as they come, which httpx's transport for an app cannot. ``left`` when it goes."""

    def __init__(self) -> None:
        self._send, self._receive = anyio.create_memory_object_stream[MutableMapping[str, Any]](math.inf)
        self.left = anyio.Event()
        self._asked = False

    async def receive(self) -> MutableMapping[str, Any]:
        if self._asked:
            await self.left.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        await self._send.send(message)

    async def events(self) -> AsyncIterator[tuple[int, Any]]:
        """Number and data of each, until the stream ends (WHATWG HTML, server-sent events)."""
        async for message in self._receive:
            text = message.get("body", b"").decode()
            fields = dict(line.partition(": ")[::2] for line in text.splitlines())
            if "id" in fields:
                yield int(fields["id"]), json.loads(fields["data"])
            if message["type"] == "http.response.body" and not message.get("more_body"):
                return

    async def until(self, kind: str) -> list[tuple[int, Any]]:
        """Everything up to the next event of this type."""
        found = []
        with anyio.fail_after(20):
            async for number, data in self.events():
                found.append((number, data))
                if data["event"]["type"] == kind:
                    return found
        raise AssertionError(f"the stream ended before {kind}")

    def close(self) -> None:
        self._send.close()
        self._receive.close()


@asynccontextmanager
async def reading(app: FastAPI, path: str, last_event_id: int | None = None) -> AsyncIterator[Reader]:
    """On leaving, the reader goes, and what served it must end."""
    reader = Reader()
    headers = [(b"host", b"localhost")]
    headers += [] if last_event_id is None else [(b"last-event-id", str(last_event_id).encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(app, scope, reader.receive, reader.send)
        try:
            yield reader
        finally:
            reader.left.set()
    reader.close()


async def eventually(holds: Callable[[], bool], within: float = 20.0) -> None:
    """Wait until it holds; fail when it does not in time."""
    with anyio.fail_after(within):
        while not holds():  # noqa: ASYNC110 (what it looks at is in many places)
            await anyio.sleep(0.005)


def open_connections() -> int:
    """Peer connections in this process that nobody has closed."""
    gc.collect()
    found = [one for one in gc.get_objects() if isinstance(one, RTCPeerConnection)]
    return sum(one.connectionState != "closed" for one in found)


async def settled(tasks: int, connections: int = 0) -> None:
    """Wait until no more is alive than was before."""
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks and open_connections() <= connections)


def is_problem(answer: httpx.Response, status: int, *words: str) -> None:
    """The answer is a whole problem document whose detail names the fault with these words."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    document = answer.json()
    assert set(document) == {"type", "title", "status", "detail"}
    assert document["status"] == status
    assert document["title"]
    for word in words:
        assert word in document["detail"], document
    assert "Traceback" not in answer.text
    assert 'File "' not in answer.text
