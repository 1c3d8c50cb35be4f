"""Databases that cannot be had: each gets one sentence that names it, and no password."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from antiphon.errors import AntiphonError, ConflictError, StoreError
from antiphon.store.database import open_database, translated


async def opening(url: str) -> str:
    """What is said when it cannot be opened."""
    with pytest.raises(AntiphonError) as caught:
        async with open_database(url):
            raise AssertionError("it was opened")
    assert "\n" not in str(caught.value)
    return f"{type(caught.value).__name__}: {caught.value}"


async def test_a_file_that_is_not_there_is_made_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "antiphon.db"
    async with open_database(f"sqlite:///{path}") as database:
        assert database.dialect == "sqlite"
    assert path.exists()


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("milk, bread and a good deal more of what a person writes down. " * 20)
    said = await opening(f"sqlite:///{path}")
    assert said == f"StoreError: the database {path} cannot be opened: file is not a database"


async def test_a_folder(tmp_path: Path) -> None:
    said = await opening(f"sqlite:///{tmp_path}")
    assert said == f"StoreError: the database {tmp_path} cannot be opened: unable to open database file"


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "antiphon.db"
    said = await opening(f"sqlite:///{path}")
    assert said == f"StoreError: the database {path} cannot be opened: file exists"


async def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with open_database(f"sqlite:///{path}"):
        pass
    said = await opening(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert said == f"StoreError: the database file:{path} cannot be opened: attempt to write a readonly database"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("antiphon.db", "the database's address is not a URL, as in sqlite:///antiphon.db"),
        ("", "the database's address is not a URL, as in sqlite:///antiphon.db"),
        ("mysql://me:secret@host/db", "mysql is not a database this works with: sqlite or postgresql"),
        ("sqlite://", "an SQLite database in memory keeps nothing: name a file, as in sqlite:///antiphon.db"),
        ("sqlite:///:memory:", "an SQLite database in memory keeps nothing: name a file, as in sqlite:///antiphon.db"),
    ],
)
async def test_an_address_that_is_none(url: str, said: str) -> None:
    assert await opening(url) == f"ConfigurationError: {said}"


def test_the_password_is_never_told() -> None:
    url = make_url("postgresql+psycopg://me:secret@db.example/antiphon")
    cause = OSError("connection refused")
    with pytest.raises(StoreError) as caught, translated(url, "opened"):
        raise OperationalError("select 1", {"words": "private"}, cause)
    assert str(caught.value) == (
        "the database postgresql+psycopg://me:***@db.example/antiphon cannot be opened: connection refused"
    )


async def test_two_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    async def one() -> None:
        async with open_database(f"sqlite:///{tmp_path}/a.db"):
            pass

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(one())


async def test_a_table_that_is_gone_is_a_store_error_without_the_statement(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/a.db") as database:
        with pytest.raises(StoreError) as caught:
            await database.read(lambda connection: connection.exec_driver_sql("select words from secrets"))
    assert str(caught.value) == f"the database {tmp_path}/a.db cannot be read: no such table: secrets"


async def test_a_write_that_fails_is_undone_and_the_next_one_works(tmp_path: Path) -> None:
    def twice(connection: Connection) -> None:
        for _ in range(2):
            insert(connection, "twice")

    def insert(connection: Connection, value: str) -> None:
        connection.execute(text("insert into alembic_version values (:value)"), {"value": value})

    async with open_database(f"sqlite:///{tmp_path}/a.db") as database:
        with pytest.raises(ConflictError, match="refuses the change: UNIQUE constraint failed"):
            await database.write(twice)
        await database.write(lambda connection: insert(connection, "once"))
    with closing(sqlite3.connect(tmp_path / "a.db")) as raw:
        assert raw.execute("select version_num from alembic_version order by 1").fetchall() == [("0001",), ("once",)]


async def test_the_file_is_in_wal_mode_and_keeps_foreign_keys(tmp_path: Path) -> None:
    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"pragma {name}").scalar() for name in names]

    async with open_database(f"sqlite:///{tmp_path}/a.db") as database:
        assert await database.read(pragmas) == ["wal", 1, 1, 5000]


async def test_a_cancelled_write_has_not_begun_or_is_whole_when_the_cancellation_arrives(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        begun.set()
        go_on.wait(60)
        connection.execute(text("insert into alembic_version values ('slow')"))

    async with open_database(f"sqlite:///{tmp_path}/a.db") as database:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(database.write(slow))
            await asyncio.to_thread(begun.wait)
            queued = group.create_task(
                database.write(lambda connection: connection.execute(text("delete from alembic_version")))
            )
            await asyncio.sleep(0)
            for task in (running, queued, running, queued):
                task.cancel()
                await asyncio.sleep(0)
            assert queued.cancelled()
            assert not running.done()
            go_on.set()
        assert running.cancelled()
        versions = await database.read(
            lambda connection: (
                connection.execute(text("select version_num from alembic_version order by 1")).scalars().all()
            )
        )
    assert versions == ["0001", "slow"]


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/a.db") as database:
        pass
    with pytest.raises(StoreError, match=r"a\.db cannot be read: it is closed"):
        await database.read(lambda connection: connection.exec_driver_sql("select 1"))
    await database.aclose()
