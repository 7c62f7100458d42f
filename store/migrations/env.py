"""Run by Alembic on the connection of `store.schema.upgrade`, in its transaction."""

from alembic import context
from sqlalchemy.engine import Connection

from store.result_tables import METADATA

connection = context.config.attributes["connection"]
assert isinstance(connection, Connection)
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
