"""One database by its URL: opened, brought up to date, read and written in transactions, errors in one clear sentence.

Owns the engine, its threads and every SQLAlchemy error; knows no table and no statement.

A transaction is one function run in one thread, not a row of awaits: a task that is cancelled half-way leaves no
half-open transaction behind, and nobody waits for its lock. (With SQLAlchemy's asyncio extension over aiosqlite that
happens: the closed connection of a cancelled writer may keep SQLite's only write lock until it is collected.)
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from antiphon.errors import ConfigurationError, ConflictError, MissingExtraError, StoreError
from antiphon.store import sqlite, upgrade

T = TypeVar("T")

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
_READERS = 4
_dumps = partial(json.dumps, separators=(",", ":"), allow_nan=False)


class Database:
    """An open database. Made by ``open_database`` alone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(writing=True)
        self.dialect = engine.dialect.name
        # Threads of our own, so that a transaction never queues behind a recogniser. SQLite has one writer at a time:
        # queueing for it here is fair, and faster than its own retries.
        self._readers = ThreadPoolExecutor(_READERS, "antiphon-store-reader")
        self._writers = ThreadPoolExecutor(1 if self.dialect == "sqlite" else _READERS, "antiphon-store-writer")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a thread, in a transaction that sees one moment. Raises ``StoreError``."""
        return await asyncio.wrap_future(self._submitted(self._readers, self._engine, "read", work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a thread, in a transaction that is committed when it returns and undone when it raises.

        Cancelled, it has not begun or is carried to its end first. Raises ``ConflictError`` when the change contradicts
        a key, ``StoreError`` for all else.
        """
        return await _to_the_end(self._submitted(self._writers, self._writing, "written", work))

    def _submitted(
        self, threads: ThreadPoolExecutor, engine: Engine, done: str, work: Callable[[Connection], T]
    ) -> Future[T]:
        try:
            return threads.submit(_run, engine, done, work)
        except RuntimeError as error:
            raise StoreError(f"the database {_name(engine.url)} cannot be {done}: it is closed") from error

    async def backup(self, to: Path) -> None:
        """Write a copy as of now to the file ``to``. Raises ``ConflictError`` when it exists, ``StoreError``, and
        ``ConfigurationError`` for a database that has tools of its own for this."""
        path = self._engine.url.database
        if self.dialect != "sqlite" or path is None:
            raise ConfigurationError("only an SQLite database is copied to a file: use pg_dump for PostgreSQL")
        with translated(self._engine.url, "copied"):
            await asyncio.to_thread(sqlite.backup, path, to)

    async def aclose(self) -> None:
        """Wait for what is running and close every connection."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._readers.shutdown()
        self._writers.shutdown()
        self._engine.dispose()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """The database at ``sqlite:///path`` or ``postgresql://user:password@host/name``, made if it is an SQLite file that
    is not there, and its tables brought up to date.

    Raises ``ConfigurationError`` for a URL that cannot be one, ``StoreError`` when it cannot be opened or written, is
    something else, or was written by a newer version.
    """
    database = Database(await asyncio.to_thread(_opened, _parsed(url)))
    try:
        yield database
    finally:
        await database.aclose()


@contextmanager
def translated(url: URL, done: str) -> Iterator[None]:
    """Turn what goes wrong underneath into one sentence that names the database and never its password."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(f"the database {_name(url)} refuses the change: {_reason(error)}") from error
    except (SQLAlchemyError, sqlite.Error, OSError, OverflowError) as error:
        raise StoreError(f"the database {_name(url)} cannot be {done}: {_reason(error)}") from error


def _run(engine: Engine, done: str, work: Callable[[Connection], T]) -> T:
    with translated(engine.url, done), engine.begin() as connection:
        return work(connection)


async def _to_the_end(running: Future[T]) -> T:
    """The result of work in a thread. A cancellation is passed on once it has ended, or was kept from beginning."""
    cancelled: asyncio.CancelledError | None = None
    finished = asyncio.wrap_future(running)
    while not finished.done():
        try:
            await asyncio.wait([finished])
        except asyncio.CancelledError as error:
            cancelled = error
            running.cancel()
    if cancelled is not None:
        raise cancelled from None if finished.cancelled() else finished.exception()
    return finished.result()


def _name(url: URL) -> str:
    """The file, or the address without its password."""
    if url.get_backend_name() == "sqlite" and url.database is not None:
        return url.database
    return url.render_as_string(hide_password=True)


def _reason(error: Exception) -> str:
    """The driver's own words, without SQLAlchemy's statement, parameters (they may be private) and links."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError) and cause.strerror is not None:
        return cause.strerror.lower()
    return str(cause).strip().partition("\n")[0] or type(cause).__name__


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError("the database's address is not a URL, as in sqlite:///antiphon.db") from error
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise ConfigurationError(f"{backend} is not a database this works with: sqlite or postgresql")
    return parsed.set(drivername=_DRIVERS[backend])


def _opened(url: URL) -> Engine:
    """An engine whose database is there, up to date and can be written."""
    try:
        engine = create_engine(url, json_serializer=_dumps, pool_size=_READERS + 1)
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"the driver for {url.get_backend_name()} is not installed: {error.name}") from error
    with translated(url, "opened"):
        if engine.dialect.name == "sqlite":
            sqlite.prepare(engine)
        try:
            with engine.execution_options(writing=True).begin() as connection:
                upgrade.to_head(connection, _name(url))
        except BaseException:
            engine.dispose()
            raise
    return engine
