"""``antiphon serve`` as people start it: a process of its own, on a free port, with a database of its own."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

AGENTS = Path(__file__).parent / "agents.py"
START_S = 20.0
STOP_S = 15.0


class Server:
    """``start``, ``kill`` and ``start`` again keep the port and the database. ``agent``: a name in agents.py; None: the
    agent that is served when none is named."""

    def __init__(self, folder: Path, agent: str | None) -> None:
        folder.mkdir()
        self.folder, self.agent = folder, agent
        self.url = ""
        self._log = folder / "server.log"
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns when it says that it is ready."""
        named = [] if self.agent is None else [f"{AGENTS}:{self.agent}"]
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "antiphon.cli", "serve", *named, "--port", str(self._port)),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, "ANTIPHON_DATABASE_URL": f"sqlite:///{self.folder / 'antiphon.db'}"},
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(START_S):
            line = (await self._process.stdout.readline()).decode()
        assert " is ready: " in line, f"antiphon serve did not start: {line}\n{self.log()}"
        self.url = line.rpartition(" ")[2].strip()
        self._port = int(self.url.rpartition(":")[2])

    async def stop(self) -> int:
        """As Ctrl+C does, and the exit code."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_S):
            return await self._finished()

    async def kill(self) -> None:
        """Without a chance to say or write anything."""
        assert self._process is not None
        self._process.kill()
        await self._finished()

    async def _finished(self) -> int:
        assert self._process is not None
        await self._process.communicate()
        code = self._process.returncode
        assert code is not None
        return code

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def log(self) -> str:
        """What it wrote to its standard error."""
        return self._log.read_text("utf-8")

    async def get(self, path: str) -> Any:
        """The JSON of one of its routes."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            return (await client.get(path)).raise_for_status().json()

    async def conversation(self, conversation_id: str) -> dict[str, Any]:
        """The conversation as it is on disk, with its items."""
        whole: dict[str, Any] = await self.get(f"/api/conversations/{conversation_id}")
        return whole

    async def until_over(self, conversation_id: str, within_s: float = 10.0) -> None:
        """Waits until nobody is in the conversation any more."""
        async with asyncio.timeout(within_s):
            while (await self.conversation(conversation_id))["live"]:  # noqa: ASYNC110 - the server is asked
                await asyncio.sleep(0.1)
