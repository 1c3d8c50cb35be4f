"""Handing work to a program: what may be run, what it is given, what comes back, and that nothing of it stays."""

# ruff: noqa: ASYNC110, ASYNC240 (what other processes do is seen in files, and they are small)

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from antiphon.delegates.command import command
from antiphon.errors import ConfigurationError, ToolError
from antiphon.tools.calling import call_tool
from antiphon.tools.tool import Tool
from tests.unit.tools.test_tool import CONTEXT

ENV = {"PATH": os.defpath, "HOME": "/home/ada", "API_KEY": "secret", "LANG": "C.UTF-8"}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def coder(work: Path, code: str, *more: str, **options: object) -> Tool:
    """A program that runs some Python."""
    given = {"allow": [sys.executable], "env": ENV, **options}
    return command([sys.executable, "-c", code, *more], workdir=work, **given)  # type: ignore[arg-type]


async def send(tool: Tool, task: str = "do it", progress: list[str] | None = None) -> str:
    context = CONTEXT if progress is None else replace(CONTEXT, progress=progress.append)
    return await tool.call(f'{{"task": {json.dumps(task)}}}', context)


# What it is given


async def test_it_is_given_the_task_on_stdin_in_its_own_folder(work: Path) -> None:
    tool = coder(work, "import os, sys; print(os.getcwd(), sys.stdin.read())")
    assert (tool.name, tool.background, tool.timeout_s) == ("send_to_claude_code", True, 600.0)
    assert await send(tool, "grüße; $(rm -rf /) `x`") == f"{work} grüße; $(rm -rf /) `x`\n[ended with exit code 0]"
    assert work.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("task", ["plain", "two words; rm -rf /", "--dangerously-skip-permissions", "-rf", "a\0b"])
async def test_as_an_argument_the_task_is_one_and_never_an_option(work: Path, task: str) -> None:
    tool = coder(work, "import sys; print(sys.argv[1:])", text="argument")
    (said,) = eval((await send(tool, task)).splitlines()[0])
    assert said.strip() == task.replace("\0", "")
    assert not said.startswith("-")


async def test_it_gets_the_variables_on_the_list_and_no_others(work: Path) -> None:
    code = "import os; print(sorted(set(os.environ) - {'LC_CTYPE', '__CF_USER_TEXT_ENCODING'}))"
    assert (await send(coder(work, code))).startswith("['HOME', 'LANG', 'PATH']")
    assert (await send(coder(work, code, keep=["API_KEY", "MISSING"]))).startswith("['API_KEY']")


async def test_a_task_without_measure_is_refused(work: Path) -> None:
    with pytest.raises(ToolError, match="too long"):
        await send(coder(work, "print(1)"), "x" * 200_000)


async def test_a_program_that_does_not_read_its_task_is_not_waited_for(work: Path) -> None:
    assert (await send(coder(work, "print('no thanks')"), "x" * 99_000)).startswith("no thanks")


# What may be run


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\necho hello\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("argv", "allow", "words"),
    [
        (["sh"], [], "may not be run"),
        (["sh"], ["cat"], "may not be run"),
        (["./sh"], ["./sh"], "relative"),
        (["no-such-coder"], ["no-such-coder"], "no executable no-such-coder"),
        (["{work}/coder"], ["{work}/coder"], "can write to"),
        (["{tmp}/coder"], ["coder"], "no executable coder"),
        (["{tmp}/linked"], ["{tmp}/linked"], "can write to"),
        ([], ["sh"], "no command"),
    ],
)
def test_only_what_is_on_the_list_and_out_of_reach_is_run(
    work: Path, tmp_path: Path, argv: Sequence[str], allow: Sequence[str], words: str
) -> None:
    inside = executable(work / "coder")
    executable(tmp_path / "coder")
    (tmp_path / "linked").symlink_to(inside)
    filled = [[part.format(work=work, tmp=tmp_path) for part in parts] for parts in (argv, allow)]
    with pytest.raises(ConfigurationError, match=words):
        command(filled[0], allow=filled[1], workdir=work, env=ENV)


async def test_a_name_is_looked_up_on_the_path_that_was_given(work: Path, tmp_path: Path) -> None:
    executable(tmp_path / "bin" / "coder")
    env = {"PATH": f".:{tmp_path / 'bin'}:{os.defpath}"}
    tool = command(["coder"], allow=["coder"], workdir=work, env=env)
    assert (await send(tool)).startswith("hello")


async def test_a_folder_that_was_replaced_is_not_entered(work: Path, tmp_path: Path) -> None:
    tool = coder(work, "print(1)")
    work.rmdir()
    work.symlink_to(tmp_path)
    with pytest.raises(ToolError, match="not the folder it was"):
        await send(tool)


async def test_a_folder_that_is_gone_is_made_again(work: Path) -> None:
    tool = coder(work, "print('here')")
    work.rmdir()
    assert (await send(tool)).startswith("here")


def test_a_folder_that_cannot_be_is_said_at_once(work: Path) -> None:
    work.write_text("a file")
    with pytest.raises(ConfigurationError, match="cannot be its folder"):
        coder(work, "print(1)")


async def test_a_program_that_disappeared_is_told_to_the_model(work: Path, tmp_path: Path) -> None:
    path = executable(tmp_path / "coder")
    tool = command([str(path)], allow=[str(path)], workdir=work, env=ENV)
    path.unlink()
    with pytest.raises(ToolError, match="cannot be run"):
        await send(tool)


async def test_a_program_that_cannot_start_is_told_to_the_model(work: Path, tmp_path: Path) -> None:
    path = executable(tmp_path / "coder")
    path.write_text("#!/no/such/interpreter\n")
    with pytest.raises(ToolError, match="could not be started"):
        await send(command([str(path)], allow=[str(path)], workdir=work, env=ENV))


# What comes back


async def test_its_lines_are_progress_as_they_come(work: Path) -> None:
    steps: list[str] = []
    code = "import time\nfor n in range(3): print('step', n, flush=True); time.sleep(0.1)"
    assert (await send(coder(work, code), progress=steps)).startswith("step 0\nstep 1\nstep 2\n")
    assert steps == ["step 0", "step 1", "step 2"]


async def test_a_failure_says_what_was_written_to_either(work: Path) -> None:
    code = "import sys; print('half done'); sys.stderr.write('x' * 9000 + 'no disk'); sys.exit(3)"
    with pytest.raises(ToolError) as caught:
        await send(coder(work, code))
    assert str(caught.value).startswith(
        "half done\n[ended with exit code 3]\nstderr: [the first 7007 bytes are cut]\nx"
    )
    assert str(caught.value).endswith("no disk")


async def test_a_program_that_ends_by_a_signal_says_which(work: Path) -> None:
    with pytest.raises(ToolError, match="by signal 9"):
        await send(coder(work, "import os; os.kill(os.getpid(), 9)"))


@pytest.mark.parametrize("end", ["\\n", ""])
async def test_of_100_megabytes_the_end_is_kept(work: Path, end: str) -> None:
    code = f"import sys\nfor n in range(1000): sys.stdout.write('y' * 100_000 + '{end}')\nprint('the end')"
    steps: list[str] = []
    output = await send(coder(work, code), progress=steps)
    assert len(output) < 13_000
    assert output.startswith("[the first ")
    assert output.endswith("the end\n[ended with exit code 0]")
    assert max(map(len, steps)) <= 12_000


async def test_what_is_no_text_is_made_one(work: Path) -> None:
    output = await send(coder(work, "import sys; sys.stdout.buffer.write(b'\\xff\\xfe ok')"))
    assert output.startswith("�� ok")


async def test_silence_is_said(work: Path) -> None:
    assert await send(coder(work, "pass")) == "[it wrote nothing]\n[ended with exit code 0]"


# Nothing of it stays

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        break
open(f"{os.getpid()}.pid", "w").close()
print("here", flush=True)
time.sleep(60)
"""


async def pids(work: Path, count: int) -> list[int]:
    with anyio.fail_after(20):
        while len(found := list(work.glob("*.pid"))) < count:
            await anyio.sleep(0.01)
    return [int(path.stem) for path in found]


async def over(pid: int) -> None:
    """Returns when the process is dead, collected or not."""
    with anyio.fail_after(10), suppress(OSError):
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            await anyio.sleep(0.01)


async def test_a_cancelled_program_that_ignores_being_asked_is_ended_with_its_children(work: Path) -> None:
    tool = coder(work, STUBBORN)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, tool)
        running = await pids(work, 4)
        tasks.cancel_scope.cancel()
    for pid in running:
        await over(pid)


async def test_one_that_takes_too_long_is_ended_too(work: Path) -> None:
    tool = coder(work, STUBBORN, timeout=1.5)
    output, ok = await call_tool({tool.name: tool}, tool.name, '{"task": "x"}', CONTEXT)
    assert (output, ok) == ("send_to_claude_code did not finish within 1.5 seconds.", False)
    for pid in await pids(work, 4):
        await over(pid)


async def test_children_that_are_left_behind_are_ended_and_not_waited_for(work: Path) -> None:
    code = (
        "import os, time\nif os.fork() == 0:\n open(f'{os.getpid()}.pid', 'w').close(); time.sleep(60)\nprint('done')"
    )
    with anyio.fail_after(20):
        output = await send(coder(work, code + "\nwhile not any(n.endswith('.pid') for n in os.listdir()): pass"))
    assert output.startswith("done")
    (pid,) = await pids(work, 1)
    await over(pid)


async def test_a_child_that_hid_from_the_group_does_not_hold_the_result_back(work: Path) -> None:
    code = (
        "import os, time\nif os.fork() == 0:\n os.setsid(); open(f'{os.getpid()}.pid', 'w').close(); time.sleep(30)\n"
        "while not any(n.endswith('.pid') for n in os.listdir()): pass\nprint('done')"
    )
    with anyio.fail_after(20):
        assert (await send(coder(work, code))).startswith("done")
    (pid,) = await pids(work, 1)
    os.kill(pid, 9)  # what `command` says it cannot do


async def test_one_task_at_a_time(work: Path) -> None:
    tool = coder(work, "import os, time\nopen(f'{os.getpid()}.pid', 'w').close(); time.sleep(60)")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, tool)
        await pids(work, 1)
        with pytest.raises(ToolError, match="at work on another task"):
            await send(tool)
        tasks.cancel_scope.cancel()
    for path in work.glob("*.pid"):
        path.unlink()
    async with anyio.create_task_group() as tasks:  # it is free again
        tasks.start_soon(send, tool)
        await pids(work, 1)
        tasks.cancel_scope.cancel()
