"""``MCPServer``: the tools of a Model Context Protocol server, over stdio or streamable HTTP, beside an agent's own.

Owns the connection: made when the server starts, once for all calls (a command may take seconds to come up, and people
do not wait for that), and made again on the next call after it was lost. What a tool is told and what it answers pass
through; secrets (environment, headers) are kept out of every message. https://modelcontextprotocol.io/specification
"""

import json
import logging
import re
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
from anyio.abc import TaskGroup, TaskStatus

from antiphon.errors import ConfigurationError, MissingExtraError, ToolError
from antiphon.tools.context import ToolContext
from antiphon.tools.toolset import Toolset

if TYPE_CHECKING:
    from antiphon.tools.mcp_link import Link, Transport

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 30.0


class MCPTool:
    """One tool of a server, as an agent has it. ``remote_name`` is what the server calls it."""

    def __init__(
        self,
        server: "MCPServer",
        remote_name: str,
        description: str,
        parameters: Mapping[str, Any],
        timeout_s: float,
        background: bool,
    ) -> None:
        self.name = re.sub(r"[^a-zA-Z0-9_-]", "_", server.prefix + remote_name)[:64]
        self.description, self.timeout_s, self.background = description, timeout_s, background
        self.parameters: Mapping[str, Any] = {"properties": {}, **parameters, "type": "object"}
        self._server, self._remote_name = server, remote_name

    async def call(self, arguments: str, context: ToolContext) -> str:
        """Forward the call; the server checks the arguments. Raises ``ToolError``."""
        try:
            values = json.loads(arguments if arguments.strip() else "{}")
        except ValueError as error:
            raise ToolError(f"{self.name} was not run, its arguments are no JSON: {error}") from error
        if not isinstance(values, dict):
            raise ToolError(f"{self.name} was not run, its arguments are wrong: they must be a JSON object")
        return await self._server.forward(self._remote_name, values, context.progress)


class MCPServer(Toolset):
    """Made with ``stdio`` or ``http``; given to ``Agent(tools=[...])`` like a tool.

    name: used in messages. prefix: put before the tools' names, for servers that would clash. background: the tools (by
    the server's names) that run in the background of the conversation. timeout: seconds one call may take.
    """

    def __init__(
        self,
        name: str,
        transport: "Callable[[], AbstractAsyncContextManager[Transport]]",
        *,
        prefix: str = "",
        background: Collection[str] = (),
        timeout: float = 30.0,
    ) -> None:
        if find_spec("mcp") is None:
            raise MissingExtraError('Tools of MCP servers need the extra "mcp": pip install "antiphon[mcp]".')
        self.name, self.prefix = name, prefix
        self._transport, self._background, self._timeout_s = transport, frozenset(background), timeout
        self._tools: tuple[MCPTool, ...] = ()
        self._tasks: TaskGroup | None = None
        self._link: Link | None = None
        self._connecting = anyio.Lock()

    @classmethod
    def stdio(
        cls,
        command: str,
        args: Sequence[str] = (),
        *,
        env: Mapping[str, str] | None = None,
        workdir: str | Path | None = None,
        name: str | None = None,
        prefix: str = "",
        background: Collection[str] = (),
        timeout: float = 30.0,
    ) -> "MCPServer":
        """A server that is run as a child process. ``env`` is added to the few variables it is given anyway (HOME, PATH
        and the like, not our own settings); its stderr is ours."""

        def transport() -> "AbstractAsyncContextManager[Transport]":
            from mcp.client.stdio import StdioServerParameters, stdio_client

            given = None if env is None else dict(env)
            return stdio_client(
                StdioServerParameters(command=command, args=list(args), env=given, cwd=workdir), errlog=sys.stderr
            )

        label = name or Path(command).name
        return cls(label, transport, prefix=prefix, background=background, timeout=timeout)

    @classmethod
    def http(
        cls,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        name: str | None = None,
        prefix: str = "",
        background: Collection[str] = (),
        timeout: float = 30.0,
    ) -> "MCPServer":
        """A server elsewhere, over streamable HTTP. ``headers`` go with every request (``Authorization``)."""

        @asynccontextmanager
        async def transport() -> "AsyncIterator[Transport]":
            import httpx
            from mcp.client.streamable_http import streamable_http_client

            waits = httpx.Timeout(CONNECT_TIMEOUT_S, read=None)  # each call has its own limit
            async with (
                httpx.AsyncClient(headers=dict(headers or {}), timeout=waits) as client,
                streamable_http_client(url, http_client=client) as (read, write, _),
            ):
                yield read, write

        label = name or urlsplit(url).hostname or "http"
        return cls(label, transport, prefix=prefix, background=background, timeout=timeout)

    @property
    def tools(self) -> Sequence[MCPTool]:
        return self._tools

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Raises ``ConfigurationError`` when the server cannot be reached or does not speak the protocol."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                try:
                    await self._connected()
                except ToolError as error:
                    raise ConfigurationError(str(error)) from error
                yield
            finally:
                self._tasks = None
                if self._link is not None:
                    self._link.close()

    async def forward(self, name: str, arguments: dict[str, Any], progress: Callable[[str], None]) -> str:
        """Call a tool by the server's name for it. Raises ``ToolError``, also when the server is gone: whether the call
        was carried out is not known then."""
        from antiphon.tools.mcp_link import LinkLost

        for last in (False, True):
            link = await self._connected()
            try:
                return await link.call(name, arguments, progress)
            except LinkLost as error:
                link.close()
                if last or not error.untold:
                    message = (
                        f"The connection to {self.name} was lost during {name}; it is not known whether it was done."
                    )
                    raise ToolError(message) from error
        raise AssertionError("the second attempt returns or raises")

    async def _connected(self) -> "Link":
        """The live link, made anew when there is none. Raises ``ToolError``."""
        from antiphon.tools.mcp_link import LinkLost

        async with self._connecting:
            if self._link is None or self._link.lost:
                if self._tasks is None:
                    raise ToolError(f"The MCP server {self.name} is not connected.")
                try:
                    self._link = await self._tasks.start(self._keep)
                except LinkLost as error:
                    raise ToolError(f"The MCP server {self.name} cannot be reached: {error}") from error
                self._tools = tuple(
                    MCPTool(self, remote_name, description, schema, self._timeout_s, remote_name in self._background)
                    for remote_name, description, schema in self._link.tools
                )
            return self._link

    async def _keep(self, *, task_status: "TaskStatus[Link]") -> None:
        from antiphon.tools.mcp_link import keep_link

        await keep_link(self._transport, CONNECT_TIMEOUT_S, task_status)
        log.info("MCP connection ended", extra={"server": self.name})
