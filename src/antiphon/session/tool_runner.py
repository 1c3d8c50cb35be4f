"""Running a session's calls: one task each, stopped on request, its progress told a few times a second.

Knows nothing of what a call is for: in the background or waited for, it is run alike.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import anyio
from anyio.abc import TaskGroup

from antiphon.clock import Clock, LoopClock
from antiphon.dialogue.effects import RunTool
from antiphon.dialogue.events import ToolProgressed, ToolSettled
from antiphon.tools.calling import call_tool
from antiphon.tools.context import ToolContext
from antiphon.tools.toolset import CallableTool

MAX_OPEN = 16
"""Calls that may run at once in one session; more are refused, in words the model can act on."""

PROGRESS_EVERY_S = 0.5
PROGRESS_CHARS = 1000
"""Of a longer word on progress the end is shown."""


class ToolRunner:
    """Every call that is begun is settled exactly once, unless it is cancelled first.

    ``context`` is asked once a call. Where nobody takes the ``progress``, none is told.
    """

    def __init__(
        self,
        tools: Sequence[CallableTool],
        context: Callable[[], ToolContext],
        tell: Callable[[ToolSettled], None],
        progress: Callable[[ToolProgressed], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._context, self._tell, self._progress, self._clock = context, tell, progress, clock or LoopClock()
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
                async with anyio.create_task_group() as aside:
                    context = self._context()
                    if self._progress is not None:
                        news = _News()
                        context = replace(context, progress=news.put)
                        aside.start_soon(self._tell_progress, self._progress, request.call_id, news)
                    output, ok = await call_tool(self._tools, request.name, request.arguments, context)
                    aside.cancel_scope.cancel()
                self._tell(ToolSettled(request.call_id, output, ok))
        finally:
            del self._open[request.call_id]

    async def _tell_progress(self, tell: Callable[[ToolProgressed], None], call_id: str, news: "_News") -> None:
        while True:
            tell(ToolProgressed(call_id, await news.newest()))
            await self._clock.sleep_until(self._clock.now() + PROGRESS_EVERY_S)


class _News:
    """The newest word on progress. ``put`` may come from any thread, any number of times: only the last is kept."""

    def __init__(self) -> None:
        self._text = ""
        self._waking = False
        self._came = anyio.Event()
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()

    def put(self, text: str) -> None:
        text = text.encode(errors="replace").decode()  # a lone surrogate cannot be sent to anyone
        self._text = text if len(text) <= PROGRESS_CHARS else f"…{text[-PROGRESS_CHARS:]}"
        if threading.get_ident() == self._thread:
            self._came.set()
        elif not self._waking:
            self._waking = True
            with suppress(RuntimeError):  # the loop has ended: nobody watches this thread any more
                self._loop.call_soon_threadsafe(self._wake)

    async def newest(self) -> str:
        await self._came.wait()
        self._came = anyio.Event()
        return self._text

    def _wake(self) -> None:
        self._waking = False
        self._came.set()
