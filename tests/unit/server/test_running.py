"""A server on a real port in this process: it announces itself when it answers, and a signal ends it well."""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from antiphon.errors import ConfigurationError, StoreError
from antiphon.models.scripted import Reply, Script, ScriptedModel
from antiphon.server.running import run_server
from antiphon.settings import Settings
from tests.unit.server.world import agent, eventually, web_app

LIMIT_S = 20


def settings(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder / 'antiphon.db'}", static_dir=web_app(folder))


@asynccontextmanager
async def running(folder: Path, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """Ends it by a signal; fails when it does not end soon after."""
    announced: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(run_server([agent()], settings(folder), host, 0, announced.put_nowait))
        async with httpx.AsyncClient(base_url=await announced.get()) as client:
            yield client
            signal.raise_signal(signal.SIGTERM)
    assert announced.empty(), "the address is told once"


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", None), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")],
)
async def test_every_way_to_name_this_machine(tmp_path: Path, host: str, shown: str | None) -> None:
    async with running(tmp_path, host) as client:
        assert shown is None or str(client.base_url).startswith(f"http://{shown}:")
        answer = await client.get("/api/ready")
        assert answer.status_code == 200
        assert "server" not in answer.headers


async def test_what_cannot_be_listened_on_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"127\.0\.0\.1 port {port}: .*in use.*another --port"):
            await run_server([agent()], settings(tmp_path), "127.0.0.1", port, pytest.fail)
    for host in ("192.0.2.1", "no such host", "a" * 300, "\udcff", "."):
        with pytest.raises(ConfigurationError, match="Cannot listen on"):
            await run_server([agent()], settings(tmp_path), host, 0, pytest.fail)


async def test_a_start_that_fails_leaves_the_port_free(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (tmp_path / "antiphon.db").write_text("Dear diary, " * 200, "utf-8")
    with pytest.raises(StoreError):
        await run_server([agent()], settings(tmp_path), "127.0.0.1", port, pytest.fail)
    socket.create_server(("127.0.0.1", port)).close()


async def test_a_signal_while_a_part_starts_for_ever_ends_it(tmp_path: Path) -> None:
    class Slow(ScriptedModel):
        starting = asyncio.Event()

        async def start(self) -> None:
            self.starting.set()
            await anyio.sleep_forever()

    slow = Slow(Script([Reply("Yes.")]))
    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(run_server([agent(model=slow)], settings(tmp_path), "127.0.0.1", 0, pytest.fail))
        await slow.starting.wait()
        signal.raise_signal(signal.SIGINT)


async def test_a_reader_is_told_how_it_ended(tmp_path: Path) -> None:
    async with running(tmp_path) as client:
        made = (await client.post("/api/realtime/session", json={})).json()
        async with client.stream("GET", f"/api/conversations/{made['conversation_id']}/events") as stream:
            lines = stream.aiter_lines()
            assert "SessionOpened" in await anext(lines)
            signal.raise_signal(signal.SIGTERM)
            rest = [line async for line in lines]
    assert any("SessionClosed" in line for line in rest)


async def test_a_reader_who_goes_is_let_go(tmp_path: Path) -> None:
    async with running(tmp_path) as client:
        made = (await client.post("/api/conversations", json={})).json()["id"]
        before = len(asyncio.all_tasks())
        async with client.stream("GET", f"/api/conversations/{made}/events"):
            assert len(asyncio.all_tasks()) > before
        await eventually(lambda: len(asyncio.all_tasks()) <= before)


async def test_a_reader_who_does_not_read_holds_nothing_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path) as client:
        made = (await client.post("/api/conversations", json={})).json()["id"]
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(f"GET /api/conversations/{made}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x00\xff\x00\xff\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"4"),
        (b"POST /api/conversations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000001\r\n\r\n", b"413"),
        (b"POST /api/conversations HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"400"),
        (
            b"POST /api/conversations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999999999999999\r\n\r\n",
            b"4",
        ),
        (b"GET /api/health HTTP/1.0\r\n\r\n", b"200"),
    ],
)
async def test_what_is_not_quite_http(tmp_path: Path, request_bytes: bytes, status: bytes) -> None:
    async with running(tmp_path) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(request_bytes)
        line = await reader.readline()
        assert line.split(b" ")[1].startswith(status), line
        writer.close()
        assert (await client.get("/api/health")).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/conversations", "/nope"])
async def test_a_websocket_where_there_is_none(tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture) -> None:
    async with running(tmp_path) as client:
        url = f"ws://127.0.0.1:{client.base_url.port}{path}"
        for origin in (None, "http://evil.example"):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(url, origin=origin, proxy=None):  # type: ignore[arg-type]
                    pytest.fail("there is nothing to connect to")
            assert refused.value.response.status_code == 403
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
