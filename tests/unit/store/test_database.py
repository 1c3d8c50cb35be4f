"""Databases that cannot be had: each gets one sentence that names it, and no password."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from antiphon.errors import AntiphonError, ConfigurationError, ConflictError, StoreError
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
            async with database.reading() as connection:
                await connection.exec_driver_sql("select words from secrets")
    assert str(caught.value) == f"the database {tmp_path}/a.db cannot be read: no such table: secrets"


async def test_a_write_that_fails_is_undone_and_the_next_one_works(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/a.db") as database:
        with pytest.raises(ConflictError, match="refuses the change: UNIQUE constraint failed"):  # noqa: PT012
            async with database.writing() as connection:
                for _ in range(2):
                    await connection.exec_driver_sql("insert into alembic_version values ('twice')")
        async with database.writing() as connection:
            await connection.exec_driver_sql("insert into alembic_version values ('once')")
    with closing(sqlite3.connect(tmp_path / "a.db")) as raw:
        assert raw.execute("select version_num from alembic_version order by 1").fetchall() == [("0001",), ("once",)]


async def test_the_file_is_in_wal_mode_and_keeps_foreign_keys(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/a.db") as database, database.reading() as connection:
        values = [
            (await connection.exec_driver_sql(f"pragma {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 1, 1, 5000]


async def test_postgresql_is_not_copied_to_a_file(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/a.db") as database:
        database.dialect = "postgresql"
        with pytest.raises(ConfigurationError, match="pg_dump"):
            await database.backup(tmp_path / "copy.db")
