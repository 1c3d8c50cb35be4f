"""One live connection to an MCP server, from its making to its loss. Imported only when there is such a server.

Owns what the ``mcp`` package leaves to its user: knowing when a connection is dead, telling the server that a call was
cancelled, and the words a result becomes.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from uuid import uuid4

import anyio
import httpx
from anyio.abc import TaskStatus
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp import ClientSession, McpError, types
from mcp.shared.message import SessionMessage

from antiphon.errors import ToolError
from antiphon.tools.tool import result_text

Incoming = SessionMessage | Exception
Transport = tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]
Told = tuple[str, str, dict[str, object]]
"""A tool as the server tells of it: name, description, JSON Schema of its arguments."""

MAX_TOOLS = 500
CALL_KEY = "antiphon/call"
CANCEL_S = 1.0
"""How long telling a server of a cancellation may take."""

_UNKNOWN_SESSION = 32600
"""What the package answers for a web server that has forgotten us: it was restarted."""
_FAULTS = (
    OSError, ValueError, RuntimeError, McpError, httpx.HTTPError, anyio.BrokenResourceError, anyio.ClosedResourceError,
)  # fmt: skip
"""A server that is not there, goes away, speaks another version or no sense."""


class LinkLost(Exception):
    """The server is gone, or never was there. ``str`` says no more than is fit to be shown. ``untold``: it cannot have
    heard of the call."""

    def __init__(self, message: str, *, untold: bool = False) -> None:
        super().__init__(message)
        self.untold = untold


class Link:
    """A session with a server. ``lost`` when nothing can be asked of it any more."""

    def __init__(self, session: ClientSession, requests: dict[str, types.RequestId]) -> None:
        self._session, self._requests = session, requests
        self.closing = anyio.Event()
        self.tools: list[Told] = []

    @property
    def lost(self) -> bool:
        return self.closing.is_set()

    def close(self) -> None:
        self.closing.set()

    async def read_tools(self) -> None:
        cursor: str | None = None
        while len(self.tools) < MAX_TOOLS:
            page = await self._session.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
            self.tools += [(tool.name, tool.description or "", tool.inputSchema) for tool in page.tools]
            cursor = page.nextCursor
            if cursor is None:
                return

    async def call(self, name: str, arguments: dict[str, object], told: Callable[[str], None]) -> str:
        """Raises ``ToolError`` in the server's words, ``LinkLost``."""
        outcome: types.CallToolResult | ToolError | LinkLost = LinkLost("the connection was closed")
        # The package lets a call wait for ever when the connection is closed under it.
        async with anyio.create_task_group() as aside:
            aside.start_soon(self._stop_when_lost, aside.cancel_scope)
            outcome = await self._ask(name, arguments, told)
            aside.cancel_scope.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        text = result_text(_words(outcome))
        if outcome.isError:
            raise ToolError(text or f"{name} failed and did not say why.")
        return text

    async def _stop_when_lost(self, scope: anyio.CancelScope) -> None:
        await self.closing.wait()
        scope.cancel()

    async def _ask(
        self, name: str, arguments: dict[str, object], told: Callable[[str], None]
    ) -> types.CallToolResult | ToolError | LinkLost:
        async def tell(progress: float, total: float | None, message: str | None) -> None:
            told(message or (f"{progress:g}" if total is None else f"{progress:g} of {total:g}"))

        key = uuid4().hex
        try:
            return await self._session.call_tool(name, arguments, progress_callback=tell, meta={CALL_KEY: key})
        except McpError as error:
            if error.error.code in (types.CONNECTION_CLOSED, _UNKNOWN_SESSION):
                return LinkLost(str(error), untold=error.error.code == _UNKNOWN_SESSION)
            return ToolError(f"{name}: {error}")
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            return LinkLost("the connection is closed", untold=True)
        except (RuntimeError, ValueError) as error:  # what it answered is not what it said it would answer
            return ToolError(f"The answer of {name} makes no sense: {type(error).__name__}.")
        except anyio.get_cancelled_exc_class():
            await self._cancel(key)
            raise
        finally:
            self._requests.pop(key, None)

    async def _cancel(self, key: str) -> None:
        request_id = self._requests.get(key)
        if request_id is None or self.lost:
            return
        params = types.CancelledNotificationParams(requestId=request_id, reason="cancelled")
        with anyio.move_on_after(CANCEL_S, shield=True):
            try:
                await self._session.send_notification(
                    types.ClientNotification(types.CancelledNotification(params=params))
                )
            except (anyio.ClosedResourceError, anyio.BrokenResourceError):
                self.close()


async def keep_link(
    transport: Callable[[], AbstractAsyncContextManager[Transport]], timeout_s: float, task_status: TaskStatus[Link]
) -> None:
    """Connect, give the link to whoever started this, and keep it until it is closed or lost. Raises ``LinkLost`` when
    there is nothing to give; nothing later."""
    link: Link | None = None
    fault: BaseException | None = None
    try:
        with anyio.CancelScope() as scope:
            to_us, received = anyio.create_memory_object_stream[Incoming]()
            sent, to_server = anyio.create_memory_object_stream[SessionMessage]()
            requests: dict[str, types.RequestId] = {}
            async with (
                to_us, received, sent, to_server,
                transport() as (read, write), read, write,
                anyio.create_task_group() as pumps,
                ClientSession(received, sent) as session,
            ):  # fmt: skip
                new = Link(session, requests)
                pumps.start_soon(_send, to_server, write, requests)
                pumps.start_soon(_receive, read, to_us, new)
                with anyio.fail_after(timeout_s):
                    await session.initialize()
                    await new.read_tools()
                link = new
                scope.shield = True  # from here on it is closed in order, so that its process can end in order
                task_status.started(link)
                await link.closing.wait()
                pumps.cancel_scope.cancel()
    except* _FAULTS as group:
        fault = group
    finally:
        if link is not None:
            link.close()
    if link is None and fault is not None:
        raise LinkLost(_reason(fault))


async def _receive(
    read: MemoryObjectReceiveStream[Incoming], to_us: MemoryObjectSendStream[Incoming], link: Link
) -> None:
    """Pass on what the server says; when it says no more the link is lost."""
    async with to_us:
        async for message in read:
            await to_us.send(message)
    link.close()


async def _send(
    to_server: MemoryObjectReceiveStream[SessionMessage],
    write: MemoryObjectSendStream[SessionMessage],
    requests: dict[str, types.RequestId],
) -> None:
    """Pass on what we say, noting which request each call became: a cancellation must name it."""
    async for message in to_server:
        root = message.message.root
        if isinstance(root, types.JSONRPCRequest) and root.params is not None:
            key = root.params.get("_meta", {}).get(CALL_KEY)
            if key is not None:
                requests[key] = root.id
        await write.send(message)


def _words(result: types.CallToolResult) -> str:
    """A result as a model is to read it. Pictures and sound are named."""
    parts = [_part(block) for block in result.content]
    if not any(parts) and result.structuredContent is not None:
        return result_text(result.structuredContent)
    return "\n".join(part for part in parts if part)


def _part(block: types.ContentBlock) -> str:
    match block:
        case types.TextContent():
            return block.text
        case types.ImageContent() | types.AudioContent():
            return f"[{block.type}, {block.mimeType}, {len(block.data) * 3 // 4} bytes]"
        case types.ResourceLink():
            return f"[resource {block.name}: {block.uri}]"
        case types.EmbeddedResource(resource=types.TextResourceContents() as resource):
            return resource.text
        case types.EmbeddedResource(resource=resource):
            return f"[resource {resource.uri}, {resource.mimeType or 'of unknown kind'}]"


def _reason(error: BaseException) -> str:
    """The first leaf, in words without details that could hold a secret."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered with status {error.response.status_code}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, FileNotFoundError):
        return "there is no such command"
    return "the connection was closed" if isinstance(error, McpError) else type(error).__name__
