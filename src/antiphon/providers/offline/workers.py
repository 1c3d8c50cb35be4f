"""Worker processes as their owner sees them: started, set up, talked to by frames, started again after a crash, closed.

Owns processes and who gets which answer. Knows nothing of speech. No task of its own: what a worker says is handed on
from the event loop's own reading of its pipe.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import cast

from antiphon.errors import ConfigurationError, ModelError, ModelUnavailable
from antiphon.lifetimes import Closable
from antiphon.providers.offline_workers.frames import Frame, Kind, Unpacker, json_frame

START_S = 30.0
ANSWER_S = 10.0
"""A worker that says nothing for so long while it owes an answer is stuck, and is killed."""

CLOSE_S = 2.0

OnPartial = Callable[[Frame], None]


class Exchange:
    """One turn's or utterance's talk with a worker. What comes after ``close`` is dropped unread.

    ``on_partial`` gets partial results as they come; everything else waits for ``receive``.
    """

    def __init__(self, process: "_Process", key: int, on_partial: OnPartial | None = None) -> None:
        self._process, self.key, self._on_partial = process, key, on_partial
        self._frames: deque[Frame] = deque()
        self._news = asyncio.Event()
        self._lost = False

    @property
    def alive(self) -> bool:
        return not self._lost

    def send(self, kind: Kind, payload: bytes = b"") -> None:
        self._process.send(Frame(kind, self.key, payload))

    def send_json(self, kind: Kind, value: object) -> None:
        self._process.send(json_frame(kind, self.key, value))

    def take(self, frame: Frame) -> None:
        if frame.kind is Kind.PARTIAL and self._on_partial is not None:
            self._on_partial(frame)
            return
        self._frames.append(frame)
        self._news.set()

    def lose(self) -> None:
        self._lost = True
        self._news.set()

    async def receive(self) -> Frame:
        """The next frame. Raises ``ModelUnavailable`` when the worker died or hangs, ``ModelError`` when it failed."""
        try:
            async with asyncio.timeout(ANSWER_S if self.key else START_S):
                while not self._frames and not self._lost:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self._process.kill()
            raise ModelUnavailable(f"The {self._process.what} worker did not answer and was ended.") from None
        if not self._frames:
            raise ModelUnavailable(f"The {self._process.what} worker went away.")
        frame = self._frames.popleft()
        if frame.kind is Kind.FAILED:
            raise ModelError(f"The {self._process.what} worker failed: {frame.payload.decode()}")
        return frame

    def close(self) -> None:
        self._process.forget(self.key)


class _Process(asyncio.SubprocessProtocol):
    """One run of a worker's program."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.exchanges: dict[int, Exchange] = {}
        self.running = False
        self._unpacker = Unpacker()
        self._transport: asyncio.SubprocessTransport | None = None
        self._exited = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._transport.get_pid() if self._transport is not None and self.running else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport fits the interface but does not inherit it.
        self._transport = cast("asyncio.SubprocessTransport", transport)
        self.running = True

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        try:
            frames = self._unpacker.feed(data)
        except ValueError:
            self.kill()
            return
        for frame in frames:
            exchange = self.exchanges.get(frame.key)
            if exchange is not None:
                exchange.take(frame)
            if frame.kind in (Kind.DONE, Kind.FAILED):
                self.forget(frame.key)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._lost()

    def process_exited(self) -> None:
        self._lost()
        self._exited.set()

    def open(self, key: int, on_partial: OnPartial | None = None) -> Exchange:
        exchange = self.exchanges[key] = Exchange(self, key, on_partial)
        return exchange

    def forget(self, key: int) -> None:
        self.exchanges.pop(key, None)

    def send(self, frame: Frame) -> None:
        """To a worker that is gone: nothing, its exchanges know."""
        if self._transport is None or not self.running:
            return
        stdin = cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0))
        stdin.write(frame.pack())

    def kill(self) -> None:
        if self._transport is not None and self.running:
            self._transport.kill()
        self._lost()

    async def aclose(self) -> None:
        """Ends its input, which ends the program; kills it when that takes too long."""
        if self._transport is None:
            return
        stdin = self._transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()
        self._lost()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._exited.wait()
        except TimeoutError:
            self._transport.kill()
            await self._exited.wait()
        finally:
            self._transport.close()

    def _lost(self) -> None:
        self.running = False
        exchanges, self.exchanges = self.exchanges, {}
        for exchange in exchanges.values():
            exchange.lose()


class Worker(Closable):
    """A place for one worker process: started when needed, started again when it has died."""

    def __init__(self, module: str, setup: object, what: str, keys: "count[int]") -> None:
        self._module, self._setup, self._what, self._keys = module, setup, what, keys
        self._process: _Process | None = None
        self._starting = asyncio.Lock()
        self._open = False
        self.facts: dict[str, int] = {}

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def open_exchanges(self) -> int:
        return len(self._process.exchanges) if self._process is not None else 0

    async def start(self) -> None:
        """Running and ready. Raises ``ConfigurationError`` when the worker cannot work here."""
        async with self._starting:
            self._open = True
            if self._process is not None and self._process.running:
                return
            hello = await self._spawn()
            try:
                ready = await hello.receive()
            except ModelError as error:
                raise ConfigurationError(str(error)) from error
            finally:
                hello.close()
            self.facts = ready.json() if ready.payload else {}

    async def exchange(self, on_partial: OnPartial | None = None) -> Exchange:
        """A new exchange, with a new process when the last one died: it answers as soon as it is ready.

        Raises ``ModelUnavailable`` when the worker was closed, or never started.
        """
        async with self._starting:
            if not self._open:
                raise ModelUnavailable(f"The {self._what} worker is not running.")
            if self._process is None or not self._process.running:
                (await self._spawn()).close()
            assert self._process is not None
            return self._process.open(next(self._keys), on_partial)

    async def aclose(self) -> None:
        self._open = False
        async with self._starting:
            process, self._process = self._process, None
            if process is not None:
                await process.aclose()

    async def _spawn(self) -> Exchange:
        """The exchange (key 0) on which the new process says that it is ready."""
        if self._process is not None:
            await self._process.aclose()
        process = _Process(self._what)
        # Its own session: Ctrl-C in the terminal reaches the owner alone. The end of its input ends it in any case.
        await asyncio.get_running_loop().subprocess_exec(
            lambda: process, sys.executable, "-P", "-m", self._module,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=None, start_new_session=True,
        )  # fmt: skip
        self._process = process
        hello = process.open(0)
        hello.send_json(Kind.SETUP, self._setup)
        return hello


class Pool(Closable):
    """Some workers of one kind. ``start`` starts them all and waits until they are ready."""

    def __init__(self, module: str, setup: object, *, size: int, what: str) -> None:
        if size < 1:
            raise ConfigurationError(f"A pool of {size} {what} workers can do nothing.")
        keys = count(1)
        self.workers = [Worker(module, setup, what, keys) for _ in range(size)]
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        for worker in self.workers:
            self._idle.put_nowait(worker)

    async def start(self) -> None:
        """Raises ``ConfigurationError`` when a worker cannot work here; then none is left running."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for worker in self.workers:
                    tasks.create_task(worker.start())
        except* ConfigurationError as errors:
            await self.aclose()
            raise ConfigurationError(str(errors.exceptions[0])) from errors

    def least_busy(self) -> Worker:
        return min(self.workers, key=lambda worker: worker.open_exchanges)

    async def take(self, patience_s: float) -> Worker | None:
        """A worker nobody else has, first come first served; None when none is given back in time."""
        try:
            async with asyncio.timeout(patience_s):
                return await self._idle.get()
        except TimeoutError:
            return None

    def give_back(self, worker: Worker) -> None:
        self._idle.put_nowait(worker)

    async def aclose(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for worker in self.workers:
                tasks.create_task(worker.aclose())
