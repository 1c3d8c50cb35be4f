"""Running tools: one task a call, with a time limit, cancellation, and an answer for the model whatever happens.

This is the boundary for a tool's own exceptions: nothing a tool raises reaches the session.
"""

import logging
from collections.abc import Callable, Sequence
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup

from antiphon.dialogue.effects import RunTool
from antiphon.dialogue.events import ToolSettled
from antiphon.errors import ToolError
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import Tool

log = logging.getLogger(__name__)

MAX_OPEN = 16
"""Calls that may run at once in one session; more are refused, in words the model can act on."""


class ToolRunner:
    """Every call that is begun is settled exactly once, unless it is cancelled first."""

    def __init__(
        self, tools: Sequence[Tool], context: Callable[[], ToolContext], tell: Callable[[ToolSettled], None]
    ) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._context, self._tell = context, tell
        self._open: dict[str, anyio.CancelScope] = {}

    def run(self, request: RunTool, tasks: TaskGroup) -> None:
        if len(self._open) >= MAX_OPEN:
            self._tell(ToolSettled(request.call_id, f"Refused: {MAX_OPEN} calls are running already.", ok=False))
            return
        self._open[request.call_id] = anyio.CancelScope()
        tasks.start_soon(self._run, request)

    def cancel(self, call_id: str) -> None:
        scope = self._open.get(call_id)
        if scope is not None:
            scope.cancel()

    async def _run(self, request: RunTool) -> None:
        try:
            with self._open[request.call_id]:
                output, ok = await self._call(request)
                self._tell(ToolSettled(request.call_id, output, ok))
        finally:
            del self._open[request.call_id]

    async def _call(self, request: RunTool) -> tuple[str, bool]:
        tool = self._tools.get(request.name)
        if tool is None:
            return f"There is no tool named {request.name!r}. Tools: {', '.join(self._tools) or 'none'}.", False
        try:
            with anyio.move_on_after(tool.timeout_s):
                await anyio.lowlevel.checkpoint()  # a call that was cancelled before it began is not made
                return await tool.call(request.arguments, self._context()), True
            return f"{request.name} did not finish within {tool.timeout_s:g} seconds.", False
        except ToolError as error:
            return str(error), False
        except Exception as error:
            # Somebody else's code: whatever it raises, the conversation goes on and the model is told.
            reference = uuid4().hex[:8]
            log.exception("tool failed", extra={"tool": request.name, "reference": reference})
            return f"{request.name} failed: {type(error).__name__} (reference {reference}).", False
