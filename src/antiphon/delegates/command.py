"""``command``: a task in text given to a command-line program, such as a coder (``claude -p``), in a folder of its own.

Owns what may be run and where, and with what environment: an executable that is on a list, never a shell, never a path
that the program itself could have written. What it confines is the start: a program that was started may do whatever
the user it runs as may do. To confine that too, run the server as a user of few rights, or put ``bwrap`` or ``podman
run`` before the command. POSIX only.
"""

import os
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import anyio
from anyio import to_thread

from antiphon.delegates.process import Limits, run
from antiphon.errors import ConfigurationError, ToolError
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import BACKGROUND_TIMEOUT_S, Tool, tool

DESCRIPTION = (
    "Give a task to a programmer who works on the files of one project by command line. Takes minutes; say what is to "
    "be done, and how it can be seen that it is done."
)
KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")
MAX_TASK_BYTES = 100_000
"""Linux takes no argument longer than 128 kB."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is run: checked when it is made, and once more before each start. Raises ``ConfigurationError``."""

    argv: tuple[str, ...]
    workdir: Path
    allowed: tuple[str, ...]
    env: dict[str, str]

    def prepare(self) -> str:
        """Make the folder and find the executable; its absolute path."""
        self.workdir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.workdir.resolve() != self.workdir:
            raise ConfigurationError(f"{self.workdir} is not the folder it was: it leads to {self.workdir.resolve()}.")
        executable = self._find(self.argv[0])  # not resolved: a program may go by the name it is called by
        if executable not in [self._find(name) for name in self.allowed]:
            raise ConfigurationError(
                f"{self.argv[0]} may not be run; allowed are: {', '.join(self.allowed) or 'none'}."
            )
        return str(executable)

    def _find(self, name: str) -> Path:
        """The absolute path of an executable. Names are looked up on the given PATH alone."""
        if os.sep in name and not Path(name).is_absolute():
            raise ConfigurationError(f"{name} is relative; give a name or an absolute path.")
        found = shutil.which(name, path=self.env.get("PATH", os.defpath))
        if found is None:
            raise ConfigurationError(f"There is no executable {name} on the PATH that was given.")
        path = Path(os.path.normpath(found))
        if not path.is_absolute() or any(one.is_relative_to(self.workdir) for one in (path, path.resolve())):
            raise ConfigurationError(f"{name} is in a folder that the program can write to: {found}.")
        return path


def command(
    argv: Sequence[str],
    *,
    workdir: str | Path,
    allow: Collection[str],
    env: Mapping[str, str],
    keep: Collection[str] = KEPT,
    name: str = "send_to_claude_code",
    description: str = DESCRIPTION,
    text: Literal["argument", "stdin"] = "stdin",
    timeout: float = BACKGROUND_TIMEOUT_S,
) -> Tool:
    """A background tool ``name(task)``, for ``Agent(tools=[...])``: runs ``argv`` on a task and shows its output as it
    comes. One task at a time: the next would work on the same files.

    workdir: its folder, made when missing. allow: the executables that may be run, by name or absolute path. env: where
    the variables named in ``keep`` are taken from (``os.environ``, in your own file); the program gets no others. text:
    how it is given the task, on its stdin or as its last argument. timeout: seconds; when they are over, or the task is
    cancelled, it and every child in its process group is ended.

    Raises ``ConfigurationError`` when the command is not on the list or cannot be found.
    """
    kept = {variable: env[variable] for variable in keep if variable in env}
    program = _checked(name, Program(tuple(argv), Path(workdir).resolve(), tuple(allow), kept))
    at_work = anyio.Lock()

    @tool(name=name, description=description, timeout=timeout, background=True)
    async def send(task: str, context: ToolContext) -> str:
        """Send a task.

        Args:
            task: everything that must be known to do it, in words; the conversation was not heard.
        """
        task = _bounded(task)
        try:
            at_work.acquire_nowait()
        except anyio.WouldBlock as error:
            raise ToolError(f"{name} is at work on another task; wait until that is done, or cancel it.") from error
        try:
            executable = await to_thread.run_sync(program.prepare)
            last, stdin = ([], task) if text == "stdin" else ([_no_option(task)], "")
            argv = [executable, *program.argv[1:], *last]
            return await run(argv, stdin, program.workdir, program.env, context.progress, Limits())
        except (ConfigurationError, OSError) as error:
            raise ToolError(f"{name} cannot be run: {error}") from error
        finally:
            at_work.release()

    return send


def _checked(name: str, program: Program) -> Program:
    """A program that can be run here."""
    if sys.platform == "win32":
        raise ConfigurationError("Commands cannot be run on Windows: there are no process groups to end them by.")
    if not program.argv:
        raise ConfigurationError(f"{name}: there is no command.")
    try:
        program.prepare()
    except OSError as error:
        raise ConfigurationError(f"{name}: {program.workdir} cannot be its folder: {error.strerror}.") from error
    return program


def _bounded(task: str) -> str:
    """What can be given to a program: no NUL, no lone surrogate, not too long."""
    encoded = task.encode(errors="replace").replace(b"\0", b"")
    if len(encoded) > MAX_TASK_BYTES:
        raise ToolError(f"The task is too long: at most {MAX_TASK_BYTES} bytes.")
    return encoded.decode()


def _no_option(task: str) -> str:
    """As an argument, a task must not be taken for an option."""
    return f" {task}" if task.startswith("-") else task
