"""The command ``antiphon`` as a process of its own, seen from outside: what it prints, what it answers, how it ends."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

AGENT = """
from antiphon.agent import Agent, User
from antiphon.models.scripted import Reply, Script, ScriptedModel
agent = Agent(agent_user=User("Scripted"), llm=ScriptedModel(Script([Reply("Yes.")])))
number = 5
"""
FOR_LONG = 30.0


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Its one sentence; there must be no more than that."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        return line


def prepared(folder: Path) -> Path:
    """An agent in a file, and a page to serve."""
    (folder / "web").mkdir(exist_ok=True)
    (folder / "web" / "index.html").write_text("<!doctype html><title>Antiphon</title>", "utf-8")
    (folder / "shop.py").write_text(AGENT, "utf-8")
    return folder


async def started(folder: Path, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
    """Settings without their prefix, in small letters."""
    prepared(folder)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANTIPHON_")}
    ours = {"database_url": f"sqlite:///{folder / 'antiphon.db'}", "static_dir": str(folder / "web"), **settings}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "antiphon.cli", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env=inherited | {f"ANTIPHON_{name.upper()}": value for name, value in ours.items()},
    )


async def ended(process: asyncio.subprocess.Process) -> Ended:
    try:
        async with asyncio.timeout(FOR_LONG):
            out, err = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def run(folder: Path, *arguments: str, **settings: str) -> Ended:
    return await ended(await started(folder, *arguments, **settings))


class Serving:
    """A process that has said that it is ready."""

    def __init__(self, process: asyncio.subprocess.Process, announced: str) -> None:
        self.process, self.announced = process, announced
        found = re.search(r"http://\S+", announced)
        assert found is not None, announced
        self.url = found.group()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self.url, timeout=FOR_LONG) as client:
            yield client

    async def stopped(self, by: signal.Signals = signal.SIGTERM) -> tuple[Ended, float]:
        """How it ended, and after how many seconds."""
        began = time.monotonic()
        self.process.send_signal(by)
        return await ended(self.process), time.monotonic() - began


@asynccontextmanager
async def serving(folder: Path, *arguments: str, **settings: str) -> AsyncIterator[Serving]:
    process = await started(folder, "serve", "shop.py:agent", "--port", "0", *arguments, **settings)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(FOR_LONG):
            line = (await process.stdout.readline()).decode()
        if not line:
            raise AssertionError(f"it did not start: {await ended(process)}")
        yield Serving(process, line)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()
