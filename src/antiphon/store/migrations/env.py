"""What Alembic runs to migrate: on the connection it is handed, inside that connection's transaction."""

from alembic import context

from antiphon.store.tables import Base

# SQLite cannot alter most of a table in place: batches copy it.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
