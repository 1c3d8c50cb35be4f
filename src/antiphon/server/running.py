"""Running the app until a signal says stop: bind, start, announce, drain, exit."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from antiphon.agent import Agent
from antiphon.errors import ConfigurationError
from antiphon.server.app import create_app
from antiphon.settings import Settings

STREAMS_END_S = 2
"""How long open responses (event streams) may take to end when the server stops, seconds."""


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise them again after shutdown, and the exit code would not be 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run_server(
    agents: Sequence[Agent], settings: Settings, host: str, port: int, announce: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM, then drain. ``announce`` gets the address once calls are taken. ``port`` 0: any.

    Raises ``ConfigurationError`` and ``StoreError`` (in a group) when it cannot start.
    """
    listener = _bind(host, port)
    app = create_app(agents, settings)
    async with _until_signal() as stop, app.router.lifespan_context(app):
        server = _Server(
            uvicorn.Config(
                app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=STREAMS_END_S
            )
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[listener]))
            announce(_url(listener))
            await stop.wait()
            await app.state.services.sessions.drain()
            server.should_exit = True


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it exists (it halves the cost of media), else on asyncio's own loop."""
    if sys.platform == "win32":
        asyncio.run(main)
    else:
        import uvloop

        uvloop.run(main)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(f"Cannot listen on {host} port {port}: {error.args[-1]}. Try --port.") from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


@asynccontextmanager
async def _until_signal() -> AsyncIterator[asyncio.Event]:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    log = logging.getLogger(__name__)

    def stopping(name: str) -> None:
        log.info("stopping on %s", name)
        stop.set()

    for one in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(one, lambda number, _: loop.call_soon_threadsafe(stopping, signal.Signals(number).name))
        else:
            loop.add_signal_handler(one, stopping, one.name)
    yield stop
