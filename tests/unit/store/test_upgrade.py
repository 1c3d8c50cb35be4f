"""The migrations make the tables that the code expects, and can be taken back."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import DatabaseError

from antiphon.errors import StoreError
from antiphon.store import upgrade
from antiphon.store.tables import Base


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "100% store" / "a.db"


@pytest.fixture(autouse=True)
def upgraded(path: Path) -> None:
    path.parent.mkdir()
    upgrade.to_head(make_url(f"sqlite+pysqlite:///{path}"), str(path))


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
    upgrade.to_head(make_url(f"sqlite+pysqlite:///{path}"), str(path))
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
    upgrade.to_head(make_url(f"sqlite+pysqlite:///{path}"), str(path))


def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"a\.db was written by a newer version of Antiphon \(its revision is 9999\)"):
        upgrade.to_head(make_url(f"sqlite+pysqlite:///{path}"), str(path))


def test_a_failed_upgrade_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("create table items (id integer)"))  # of some other program
    with pytest.raises(DatabaseError, match="table items already exists"):
        upgrade.to_head(make_url(f"sqlite+pysqlite:///{path}"), str(path))
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["items"]
    engine.dispose()
