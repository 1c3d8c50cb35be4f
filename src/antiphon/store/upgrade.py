"""Bringing a database's tables up to this code's version with Alembic. Synchronous: to be run in a thread."""

from pathlib import Path

from sqlalchemy import Connection

from antiphon.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"


def to_head(connection: Connection, name: str) -> None:
    """Upgrade inside the connection's transaction; does nothing when there is nothing to do.

    Raises ``StoreError``, with the database's ``name``, for one of a newer version; ``SQLAlchemyError`` for one that
    cannot be read or written.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
    if unknown:
        revision = ", ".join(sorted(unknown))
        raise StoreError(
            f"the database {name} was written by a newer version of Antiphon (its revision is {revision}):"
            " run that version, or restore a backup made before it"
        )
    command.upgrade(config, "head")
    # Changes nothing, but only where something could be changed: better now than in the middle of a call.
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num WHERE 1 = 0")
