"""Tools of MCP servers: a real one over stdio and a real one over HTTP, both written with the official package."""

import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from antiphon.errors import AntiphonError, ConfigurationError, ToolError
from antiphon.testing import ManualClock, Rehearsal, Reply
from antiphon.tools.mcp import MCPServer, MCPTool
from antiphon.wire import browser
from tests.contract.mcp_server import make
from tests.unit.session.cast import agent, lines
from tests.unit.tools.test_tool import CONTEXT

SCRIPT = Path(__file__).with_name("mcp_server.py")
SECRET = "Bearer very-secret"


@dataclass
class Shop:
    """A server, and what can be seen of it from outside. ``stop`` ends it where it is not ours to end."""

    server: MCPServer
    marks: Path
    told: list[str] = field(default_factory=list)

    def tool(self, name: str) -> MCPTool:
        return next(one for one in self.server.tools if one.name == name)

    async def call(self, name: str, arguments: str = "{}") -> str:
        return await self.tool(name).call(arguments, replace(CONTEXT, progress=self.told.append))

    async def mark(self, name: str) -> None:
        with anyio.fail_after(10):
            while not (self.marks / name).exists():  # noqa: ASYNC110 (another process makes it)
                await anyio.sleep(0.01)


def stdio(marks: Path, **options: object) -> MCPServer:
    return MCPServer.stdio(sys.executable, [str(SCRIPT), str(marks)], name="shop", **options)  # type: ignore[arg-type]


class Guarded:
    """Lets nobody in without the header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and Request(scope).headers.get("authorization") != SECRET:
            await Response("no", 401)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


@asynccontextmanager
async def served(marks: Path, port: int = 0) -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", port)) as listening:
        port = listening.getsockname()[1]
        app = Guarded(make(marks, port).streamable_http_app())
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [listening])
            yield port
            server.should_exit = True


def http(port: int, headers: dict[str, str] | None = None) -> MCPServer:
    given = {"Authorization": SECRET} if headers is None else headers
    return MCPServer.http(f"http://127.0.0.1:{port}/mcp", headers=given, name="shop")


@asynccontextmanager
async def over_stdio(marks: Path) -> AsyncIterator[Shop]:
    server = stdio(marks)
    async with server.open():
        yield Shop(server, marks)


@asynccontextmanager
async def over_http(marks: Path) -> AsyncIterator[Shop]:
    async with served(marks) as port:
        server = http(port)
        async with server.open():
            yield Shop(server, marks)


@pytest.fixture(params=[over_stdio, over_http], ids=["stdio", "http"])
def opened(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], AbstractAsyncContextManager[Shop]]:  # not the shop: it must be closed by the task that opened it
    return lambda: request.param(tmp_path)


async def test_its_tools_are_those_of_the_server(opened: Callable[[], AbstractAsyncContextManager[Shop]]) -> None:
    async with opened() as shop:
        add = shop.tool("add")
        assert (add.description, add.timeout_s, add.background) == ("Add two numbers.", 30.0, False)
        assert add.parameters["type"] == "object"
        assert set(add.parameters["properties"]) == {"a", "b"}
        assert "picture_of_the_shop" in [one.name for one in shop.server.tools]
        assert await shop.call("add", '{"a": 2, "b": 3}') == "5"
        assert '"sent"' in await shop.call("order", '{"number": 7}')


async def test_pictures_are_named_and_floods_are_cut(opened: Callable[[], AbstractAsyncContextManager[Shop]]) -> None:
    async with opened() as shop:
        assert await shop.call("picture_of_the_shop") == "Here it is:\n[image, image/png, 999 bytes]"
        assert len(await shop.call("flood")) < 17_000


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("fails", "{}", "The shop is closed."),
        ("add", '{"a": "x"}', "a"),
        ("add", "not json", "no JSON"),
        ("add", "[1]", "must be a JSON object"),
    ],
)
async def test_what_goes_wrong_is_told_in_its_words(
    opened: Callable[[], AbstractAsyncContextManager[Shop]], name: str, arguments: str, words: str
) -> None:
    async with opened() as shop:
        with pytest.raises(ToolError, match=words):
            await shop.call(name, arguments)
        assert await shop.call("add", '{"a": 2, "b": 3}') == "5"


async def test_a_cancelled_call_is_cancelled_at_the_server(
    opened: Callable[[], AbstractAsyncContextManager[Shop]],
) -> None:
    async with opened() as shop:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(shop.call, "wait")
            await shop.mark("began")
            tasks.cancel_scope.cancel()
        await shop.mark("stopped")
        assert shop.told == ["one of three"]
        assert await shop.call("add", '{"a": 2, "b": 3}') == "5"


async def test_calls_run_side_by_side(opened: Callable[[], AbstractAsyncContextManager[Shop]]) -> None:
    async with opened() as shop, anyio.create_task_group() as tasks:
        tasks.start_soon(shop.call, "wait")
        await shop.mark("began")
        assert await shop.call("add", '{"a": 2, "b": 3}') == "5"
        tasks.cancel_scope.cancel()


# Servers that go away


async def test_a_server_that_dies_is_said_and_started_again_on_the_next_call(tmp_path: Path) -> None:
    async with over_stdio(tmp_path) as shop:
        with pytest.raises(ToolError, match=r"lost during die; it is not known"):
            await shop.call("die")
        assert await shop.call("add", '{"a": 2, "b": 3}') == "5"


async def test_a_server_that_died_between_calls_is_started_again(tmp_path: Path) -> None:
    async with over_stdio(tmp_path) as shop:
        async with anyio.create_task_group() as tasks:

            async def interrupted() -> None:
                with pytest.raises(ToolError, match="lost during wait"):
                    await shop.call("wait")

            tasks.start_soon(interrupted)
            await shop.mark("began")
            with pytest.raises(ToolError):
                await shop.call("die")
        assert await shop.call("add", '{"a": 2, "b": 3}') == "5"


async def test_a_web_server_that_was_gone_for_a_while_is_connected_to_again(tmp_path: Path) -> None:
    async with anyio.create_task_group() as tasks:
        stop = anyio.Event()

        async def first(*, task_status: anyio.abc.TaskStatus[int]) -> None:
            async with served(tmp_path) as port:
                task_status.started(port)
                await stop.wait()

        port = await tasks.start(first)
        server = http(port)
        async with server.open():
            shop = Shop(server, tmp_path)
            assert await shop.call("add", '{"a": 2, "b": 3}') == "5"
            stop.set()
            await gone(port)
            for _ in range(2):
                with pytest.raises(ToolError, match="shop"):
                    await shop.call("add", '{"a": 2, "b": 3}')
            async with served(tmp_path, port):
                assert await shop.call("add", '{"a": 2, "b": 3}') == "5"


async def test_a_web_server_that_forgot_the_session_is_connected_to_again(tmp_path: Path) -> None:
    """As one does that was restarted between two calls."""
    async with anyio.create_task_group() as tasks:
        stop = anyio.Event()

        async def first(*, task_status: anyio.abc.TaskStatus[int]) -> None:
            async with served(tmp_path) as port:
                task_status.started(port)
                await stop.wait()

        port = await tasks.start(first)
        server = http(port)
        async with server.open():
            shop = Shop(server, tmp_path)
            stop.set()
            await gone(port)
            async with served(tmp_path, port):
                assert await shop.call("add", '{"a": 2, "b": 3}') == "5"


async def gone(port: int) -> None:
    with anyio.fail_after(10):
        while True:
            try:
                stream = await anyio.connect_tcp("127.0.0.1", port)
            except OSError:
                return
            await stream.aclose()
            await anyio.sleep(0.01)


# Opening


@pytest.mark.parametrize(
    "server",
    [
        lambda port: MCPServer.stdio("/nonexistent/command", name="shop"),
        lambda port: MCPServer.stdio(sys.executable, ["-c", "pass"], name="shop"),
        lambda port: MCPServer.stdio(sys.executable, ["-c", "print('hello')"], name="shop"),
        lambda port: http(1),
        lambda port: http(port, headers={"Authorization": "Bearer wrong-secret"}),
    ],
    ids=["no command", "ends at once", "speaks no sense", "refused", "not allowed"],
)
async def test_a_server_that_cannot_be_had_is_a_wrong_configuration(
    server: Callable[[int], MCPServer], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "antiphon")
    async with served(tmp_path) as port:
        with pytest.raises(BaseExceptionGroup) as caught:
            async with server(port).open():
                raise AssertionError("it is open")
    (error,) = leaves(caught.value)
    assert isinstance(error, ConfigurationError)
    assert "The MCP server shop cannot be reached" in str(error)
    assert "secret" not in str(error) + caplog.text


def leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in leaves(one)]
    return [error]


async def test_a_child_is_given_what_it_is_given_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTIPHON_SECRET", "ours")
    server = stdio(tmp_path, env={"SHOP_KEY": "theirs"})
    async with server.open():
        assert await Shop(server, tmp_path).call("secrets") == "SHOP_KEY"


async def test_a_closed_set_says_so(tmp_path: Path) -> None:
    server = stdio(tmp_path)
    async with server.open():
        add = Shop(server, tmp_path).tool("add")
    with pytest.raises(ToolError, match="not connected"):
        await add.call("{}", CONTEXT)


# In an agent


async def test_an_agent_calls_them_like_its_own(tmp_path: Path) -> None:
    clock = ManualClock()
    server = stdio(tmp_path, prefix="shop_", background=["wait"])
    ada, _ = agent(Reply(tools=[("shop_add", '{"a": 2, "b": 3}')]), Reply("Five."), clock=clock, tools=[server])
    async with Rehearsal.open(ada, clock=clock) as stage:
        device = await stage.device(await stage.session())
        device.tell(browser.Text(text="two and three"))
        with anyio.fail_after(10):
            while not any(call.data.state == "done" for call in device.got(browser.ToolCallUpdated)):
                await clock.advance(0.1)
                await anyio.sleep(0.01)
        await clock.advance(2)
        assert lines(device)[-1] == ("agent", "Five.")
        assert [call.data.output for call in device.got(browser.ToolCallUpdated)] == [None, "5"]
        assert [one.background for one in server.tools if one.name == "shop_wait"] == [True]


async def test_two_servers_with_the_same_tools_need_a_prefix(tmp_path: Path) -> None:
    clock = ManualClock()
    ada, _ = agent(clock=clock, tools=[stdio(tmp_path), stdio(tmp_path)])
    with pytest.raises((BaseExceptionGroup, AntiphonError)) as caught:
        async with Rehearsal.open(ada, clock=clock):
            raise AssertionError("it is open")
    (error,) = leaves(caught.value)
    assert isinstance(error, ConfigurationError)
    assert "two tools are named add" in str(error)
