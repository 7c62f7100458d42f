"""Bringing a database to the schema this program knows."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from itsm.errors import StoreError
from store.engine import WRITES, store_errors
from store.view_names import drop_views

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 4_276_115_903
"""The same in every program that upgrades this schema; any number would do."""


def upgrade(engine: Engine) -> None:
    """Bring a database, empty or older, to the newest schema; does nothing to one that has it.

    All steps run in one transaction under a lock: processes that start together wait for the first
    one, and a killed upgrade leaves what was there before. Views for dashboards are dropped, as
    tables change beneath them; `csi extract --views` makes them again.

    Raises:
        StoreError: the database was made by a newer program, cannot be reached or be written.
    """
    with store_errors(engine), engine.connect() as connection:
        if _revision(connection) == revisions()[-1]:
            return
        connection.rollback()
        writing = connection.execution_options(**{WRITES: True})
        with writing.begin():
            if engine.dialect.name == "postgresql":
                writing.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            _require_known(_revision(writing))
            drop_views(writing)
            _run_steps(writing)


def revisions() -> list[str]:
    """The steps this program knows, oldest first; a step's file begins with its name."""
    files = (_MIGRATIONS / "versions").glob("[0-9]*.py")
    return sorted(path.name.partition("_")[0] for path in files)


def _require_known(revision: str | None) -> None:
    if revision is not None and revision not in revisions():
        raise StoreError(
            f"the database has schema {revision}, which this program does not know: it was made by "
            "a newer version; update the program, or name another database"
        )


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _run_steps(connection: Connection) -> None:
    """Alembic is imported here only: a database that is up to date does not need it."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
