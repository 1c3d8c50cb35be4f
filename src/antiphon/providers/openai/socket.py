"""One WebSocket to OpenAI Realtime: opened and configured, then frames both ways until it ends.

Owns the socket, the time given to open it, and what its ways of ending mean. Uses ``websockets`` and not the SDK's own
connection, which is the same library underneath: here a frame has a largest size, a silent path is noticed in seconds,
frames are parsed once and into our own types, and a key is enough. Knows no conversation.
"""

import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

import anyio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from antiphon.errors import ModelUnavailable
from antiphon.lifetimes import Closable
from antiphon.providers.openai import failures
from antiphon.providers.openai.account import Account
from antiphon.providers.openai.configuration import SESSION_UPDATE_ID
from antiphon.wire.openai import frames
from antiphon.wire.openai.errors import Code, WireError, row_of
from antiphon.wire.openai.events_base import ServerEvent, UnknownEvent
from antiphon.wire.openai.events_client import ClientEvent, SessionUpdate
from antiphon.wire.openai.events_server import Error, SessionCreated, SessionUpdated

log = logging.getLogger(__name__)
_quiet = logging.getLogger(f"{__name__}.frames")
_quiet.setLevel(logging.INFO)  # at DEBUG the library writes the headers, and so the key

OPEN_S = 10.0
PING_S = 10.0
"""A path that is dead is noticed after two of these."""
MAX_FRAME_BYTES = 16 * 1024 * 1024
MAX_UNSENT = 2_000
"""Events that may wait for a slow path: 40 seconds of sound. Then the path is taken for dead."""


class SocketLost(Exception):
    """The session is over and another one may be opened. ``str`` says why, for the log."""


class Socket(Closable):
    """A session that is open. ``send`` never waits; ``write`` and ``read`` are run by the owner, side by side."""

    def __init__(self, connection: ClientConnection, account: Account) -> None:
        self._connection, self._account = connection, account
        self._unsent, self._outbox = anyio.create_memory_object_stream[ClientEvent](MAX_UNSENT)

    def send(self, event: ClientEvent) -> None:
        """Raises ``SocketLost`` when nothing gets through any more."""
        try:
            self._unsent.send_nowait(event)
        except anyio.WouldBlock:
            raise SocketLost("the service takes nothing any more") from None
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            raise SocketLost("the socket is closed") from None

    async def write(self) -> None:
        """Send what is to be sent, until the socket is closed."""
        with suppress(ConnectionClosed, anyio.ClosedResourceError):
            async for event in self._outbox:
                await self._connection.send(frames.frame_of(event))

    async def read(self) -> AsyncIterator[ServerEvent | UnknownEvent]:
        """Everything that can be understood, until the end: then raises ``SocketLost``, or ``ModelRefused``."""
        while True:
            event = await self.next()
            if event is not None:
                yield event

    async def next(self) -> ServerEvent | UnknownEvent | None:
        """The next event; None for a frame that is not in the protocol. Raises as ``read`` does."""
        try:
            frame = await self._connection.recv()
        except ConnectionClosed as closed:
            code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (None, "")
            refusal = failures.of_close(code, reason, self._account.api_key)
            if refusal is not None:
                raise refusal from None
            raise SocketLost(f"closed ({code}) {self._scrubbed(reason)}".strip()) from None
        try:
            event = frames.parse_server(frame)
        except WireError as error:
            log.warning("OpenAI sent what is not in the protocol: %s", self._scrubbed(error.message))
            return None
        if isinstance(event, Error):
            self._weigh(event)
        return event

    def _weigh(self, event: Error) -> None:
        code = event.error.code
        if code == Code.SESSION_EXPIRED:
            raise SocketLost("the session reached its longest duration")
        if row_of(code).fatal:
            raise failures.refusal_or_failure(code, event.error.message, self._account.api_key)

    def _scrubbed(self, text: str) -> str:
        return failures.scrubbed(text, self._account.api_key)

    async def begin(self, update: SessionUpdate, history: Iterable[ClientEvent]) -> None:
        """Configure the session and tell it the history. Raises ``ModelRefused``, or ``SocketLost``."""
        while not isinstance(await self.next(), SessionCreated):
            pass
        for event in (update, *history):
            try:
                await self._connection.send(frames.frame_of(event))
            except ConnectionClosed:
                break  # ``next`` says why
        while not isinstance(event_or_none := await self.next(), SessionUpdated):
            if isinstance(event_or_none, Error) and event_or_none.error.event_id in (SESSION_UPDATE_ID, None):
                detail = event_or_none.error
                raise failures.refusal_or_failure(detail.code, detail.message, self._account.api_key)

    async def aclose(self) -> None:
        self._unsent.close()
        self._outbox.close()
        with anyio.CancelScope(shield=True):
            await self._connection.close()


async def open_socket(account: Account, model: str, update: SessionUpdate, history: Iterable[ClientEvent]) -> Socket:
    """A session that is configured and knows the history. Raises ``ModelRefused``, ``ModelUnavailable``."""
    socket: Socket | None = None
    begun = False
    try:
        with anyio.fail_after(OPEN_S):
            socket = Socket(await _connected(account, model), account)
            await socket.begin(update, history)
            begun = True
            return socket
    except TimeoutError:
        raise ModelUnavailable(f"OpenAI did not answer within {OPEN_S:.0f} seconds.") from None
    except SocketLost as lost:
        raise ModelUnavailable(f"OpenAI ended the session before it began: {lost}.") from None
    finally:
        if socket is not None and not begun:
            await socket.aclose()


async def _connected(account: Account, model: str) -> ClientConnection:
    try:
        return await connect(
            account.socket_url(model),
            additional_headers=account.headers(),
            compression=None,
            open_timeout=None,
            close_timeout=1,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            max_size=MAX_FRAME_BYTES,
            logger=_quiet,
        )
    except InvalidStatus as answer:
        code, message = _body_error(answer.response.body)
        raise failures.of_status(answer.response.status_code, code, message, account.api_key) from None
    except (OSError, WebSocketException) as error:
        reason = failures.scrubbed(str(error) or type(error).__name__, account.api_key)
        raise ModelUnavailable(f"OpenAI cannot be reached: {reason}") from None


def _body_error(body: bytes | bytearray | memoryview | None) -> tuple[str | None, str | None]:
    """Code and message of an HTTP error's body, if it is one of the API's."""
    try:
        said = json.loads(bytes(body or b"")[:65_536])
    except ValueError:
        return None, None
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return None, None
    code, message = error.get("code"), error.get("message")
    return (code if isinstance(code, str) else None, message if isinstance(message, str) else None)
