"""The migrations make the tables that the code expects, and can be taken back."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

from antiphon.errors import StoreError
from antiphon.store import sqlite, upgrade
from antiphon.store.tables import Base


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "100% store" / "a.db"


@pytest.fixture(autouse=True)
def upgraded(path: Path) -> None:
    path.parent.mkdir()
    to_head(path)


def to_head(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    sqlite.prepare(engine)
    try:
        with engine.execution_options(writing=True).begin() as connection:
            upgrade.to_head(connection, str(path))
    finally:
        engine.dispose()


def test_the_migrations_and_the_models_agree(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        made = "".join(connection.execute(text("select sql from sqlite_master where sql is not null")).scalars())
    engine.dispose()
    assert made.count("WITHOUT ROWID") == 2
    assert made.count("AUTOINCREMENT") == 1
    assert made.count("ON DELETE CASCADE") == 2


def test_upgrading_again_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    to_head(path)
    assert path.read_bytes() == before


def test_every_migration_can_be_taken_back(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(upgrade.MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        command.downgrade(config, "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()
    to_head(path)


def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"a\.db was written by a newer version of Antiphon \(its revision is 9999\)"):
        to_head(path)


def test_a_failed_upgrade_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("create table items (id integer)"))  # of some other program
    with pytest.raises(DatabaseError, match="table items already exists"):
        to_head(path)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["items"]
    engine.dispose()
