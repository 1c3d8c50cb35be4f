"""All that is true of SQLite alone: its file, its pragmas, its transactions, its backup. Knows no table."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from antiphon.errors import ConfigurationError, ConflictError

Error = sqlite3.Error
BUSY_TIMEOUT_MS = 5_000


def prepare(engine: Engine) -> None:
    """Make the file's folder, and give every connection its pragmas and honest transactions.

    Python's driver begins transactions by itself, late and never for DDL; it is told not to, and ``BEGIN`` is said
    here: https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions. With WAL and synchronous=NORMAL
    (https://www.sqlite.org/pragma.html#pragma_synchronous) a commit survives the death of the process.

    Raises ``OSError``; ``ConfigurationError`` for a database that would keep nothing.
    """
    path = engine.url.database
    if not path or ":memory:" in path or engine.url.query.get("mode") == "memory":
        raise ConfigurationError("an SQLite database in memory keeps nothing: name a file, as in sqlite:///antiphon.db")
    if not path.startswith("file:"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)


def backup(path: str, to: Path) -> None:
    """Copy the database at ``path`` as it is now, writers or not: https://www.sqlite.org/backup.html. Blocks.

    Raises ``ConflictError`` when ``to`` exists, ``OSError`` and ``sqlite3.Error``.
    """
    if to.exists():
        raise ConflictError(f"{to} exists already")
    partial = to.with_name(to.name + ".partial")
    try:
        with (
            closing(sqlite3.connect(path, uri=path.startswith("file:"))) as source,
            closing(sqlite3.connect(partial)) as target,
        ):
            source.backup(target)
        partial.rename(to)
    finally:
        partial.unlink(missing_ok=True)


def _connected(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001
    connection.isolation_level = None
    # SQLite's own `lower` knows ASCII only; PostgreSQL's knows every script.
    connection.create_function("lower", 1, _lower, deterministic=True)
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    # A transaction that reads before it writes would fail, not wait, when another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")


def _lower(value: object) -> str | None:
    return None if value is None else str(value).lower()
