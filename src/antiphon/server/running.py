"""Running the app until a signal says stop: bind, start, announce, drain, exit."""

import asyncio
import errno
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
import uvicorn

from antiphon.agent import Agent
from antiphon.errors import ConfigurationError
from antiphon.server.app import create_app
from antiphon.server.state import Services
from antiphon.settings import Settings

log = logging.getLogger(__name__)

STREAMS_END_S = 2
"""How long open responses (event streams) may take to end when the server stops, seconds."""


MAX_FRAME = 21 * 1024 * 1024
"""Bytes of a WebSocket message that are read at most: 15 MiB of sound as base64, and what is around it. A longer one
closes the socket with 1009 (RFC 6455 section 7.4.1)."""


class _Server(uvicorn.Server):
    """Says when it takes requests, and leaves signals to us: uvicorn would raise them again after shutdown, and the
    exit code would not be 0."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run_server(
    agents: Sequence[Agent], settings: Settings, host: str, port: int, announce: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM, then drain. ``announce`` gets the address once calls are taken. ``port`` 0: any.

    Raises ``ConfigurationError`` and ``StoreError`` (in a group) when it cannot start.
    """
    with _bind(host, port) as listener, anyio.CancelScope() as starting:
        url, app = _url(listener), create_app(agents, settings)
        async with _until_signal(starting) as stop, app.router.lifespan_context(app):
            server = _Server(
                uvicorn.Config(
                    app, lifespan="off", log_config=None, access_log=False, server_header=False,
                    timeout_graceful_shutdown=STREAMS_END_S, ws_max_size=MAX_FRAME,
                )
            )  # fmt: skip
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(server.serve(sockets=[listener]))
                await server.up.wait()
                stop.begun = True
                announce(url)
                await stop.asked.wait()
                services: Services = app.state.services
                await services.sessions.drain()
                services.stopping.set()
                server.should_exit = True


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it exists (it halves the cost of media), else on asyncio's own loop."""
    if sys.platform == "win32":
        asyncio.run(main)
    else:
        import uvloop

        uvloop.run(main)


def _bind(host: str, port: int) -> socket.socket:
    """A socket that listens already: nobody else can take the port, and whoever comes early waits."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"Cannot listen on {host}: {error.args[-1]}.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        advice = " Try another --port." if error.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        raise ConfigurationError(f"Cannot listen on {host} port {port}: {error.strerror}.{advice}") from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


class _Stop:
    """Signals, until the server has begun and after: before, they stop the beginning."""

    def __init__(self, starting: anyio.CancelScope) -> None:
        self.asked, self.begun = asyncio.Event(), False
        self._starting = starting

    def ask(self, name: str) -> None:
        log.info("stopping on %s", name)
        self.asked.set()
        if not self.begun:
            self._starting.cancel()


@asynccontextmanager
async def _until_signal(starting: anyio.CancelScope) -> AsyncIterator[_Stop]:
    stop, loop = _Stop(starting), asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(one, lambda number, _: loop.call_soon_threadsafe(stop.ask, signal.Signals(number).name))
        else:
            loop.add_signal_handler(one, stop.ask, one.name)
    yield stop
