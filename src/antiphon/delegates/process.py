"""One run of a program: its output as it comes, the end of it kept, and nothing of it left running afterwards.

Owns processes and their ends. Knows nothing of who asked or what for.
"""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream, Process

from antiphon.errors import ToolError
from antiphon.tools.context import no_progress


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of stdout and stderr that are kept (the last ones). grace_s: from asking a program to end to making it.
    drain_s: how long output is waited for that a child outside the group may still hold open."""

    stdout: int = 12_000
    stderr: int = 2_000
    grace_s: float = 2.0
    drain_s: float = 1.0


class _Tail:
    """The last bytes of a stream."""

    def __init__(self, limit: int) -> None:
        self._limit, self._kept, self._total = limit, bytearray(), 0

    def add(self, data: bytes) -> None:
        self._total += len(data)
        self._kept += data
        del self._kept[: -self._limit]

    def text(self) -> str:
        words = self._kept.decode(errors="replace").strip()
        cut = self._total - len(self._kept)
        return f"[the first {cut} bytes are cut]\n{words}" if cut else words

    def line(self) -> str:
        """The newest line that is not empty."""
        lines = self._kept.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


async def run(
    argv: Sequence[str],
    stdin: str,
    workdir: Path,
    env: Mapping[str, str],
    progress: Callable[[str], None],
    limits: Limits,
) -> str:
    """Run to the end; what it wrote. Raises ``ToolError`` with what it wrote when its exit code is not 0. However this
    ends, the program's process group is over when it does."""
    stdout, stderr = _Tail(limits.stdout), _Tail(limits.stderr)
    try:
        process = await anyio.open_process(argv, cwd=workdir, env=env, start_new_session=True)
    except OSError as error:
        raise ToolError(f"The command could not be started: {error.strerror or type(error).__name__}.") from error
    async with process:
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_write, process, stdin)
                tasks.start_soon(_read, process.stdout, stdout, progress)
                tasks.start_soon(_read, process.stderr, stderr, no_progress)
                await process.wait()
                _signal(process, signal.SIGKILL)  # children that it left behind
                tasks.cancel_scope.deadline = anyio.current_time() + limits.drain_s
        except BaseException:
            with anyio.CancelScope(shield=True):
                await _end(process, limits.grace_s)
            raise
    report = _report(process.returncode, stdout.text(), stderr.text())
    if process.returncode != 0:
        raise ToolError(report)
    return report


def _report(code: int | None, stdout: str, stderr: str) -> str:
    ended = f"[ended with exit code {code}]" if code is None or code >= 0 else f"[ended by signal {-code}]"
    parts = [stdout or "[it wrote nothing]", ended]
    if stderr:
        parts.append(f"stderr: {stderr}")
    return "\n".join(parts)


async def _write(process: Process, text: str) -> None:
    assert process.stdin is not None
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # it does not want to know
        await process.stdin.send(text.encode())
        await process.stdin.aclose()


async def _read(stream: ByteReceiveStream | None, tail: _Tail, progress: Callable[[str], None]) -> None:
    assert stream is not None
    async for data in stream:
        tail.add(data)
        line = tail.line()
        if line:
            progress(line)


async def _end(process: Process, grace_s: float) -> None:
    """Ask the whole group to end, then make it. It is over even when its first process is: that may have children."""
    _signal(process, signal.SIGTERM)
    with anyio.move_on_after(grace_s):
        await process.wait()
    _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    """To the process group, which is named by its first process."""
    with suppress(ProcessLookupError, PermissionError):  # there is nobody left; macOS says the latter of the dead
        os.killpg(process.pid, number)
