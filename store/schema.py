"""Bringing a database to the schema this program knows."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from itsm.errors import StoreError
from store.engine import WRITES, store_errors

_ADVISORY_LOCK = 4_276_115_903
"""The same in every program that upgrades this schema; any number would do."""


def upgrade(engine: Engine) -> None:
    """Bring a database, empty or older, to the newest schema; does nothing to one that has it.

    All steps run in one transaction under a lock: processes that start together wait for the first
    one, and a killed upgrade leaves what was there before.

    Raises:
        StoreError: the database was made by a newer program, cannot be reached or be written.
    """
    with store_errors(engine), engine.connect() as connection:
        if _revision(connection) == _newest():
            return
        connection.rollback()
        writing = connection.execution_options(**{WRITES: True})
        with writing.begin():
            if engine.dialect.name == "postgresql":
                writing.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            _require_known(writing)
            command.upgrade(_config(writing), "head")


def _require_known(connection: Connection) -> None:
    revision = _revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreError(
            f"the database has schema {revision}, which this program does not know: it was made by "
            "a newer version; update the program, or name another database"
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    location = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
