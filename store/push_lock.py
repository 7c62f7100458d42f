"""One push at a time per database: a lock that the operating system lifts when its holder dies."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from itsm.errors import StoreError
from store.engine import store_errors
from store.unit_of_work import Store

_ADVISORY_LOCK = 4_276_115_905
"""The same in every program that pushes from this schema; any number would do."""
_BUSY = "another push is at work on this database; wait until it has ended"


@contextmanager
def only_push(store: Store) -> Iterator[None]:
    """While it is held nobody else pushes from the same database; killed holders hold nothing.

    Raises:
        StoreError: somebody else holds it.
    """
    engine = store.queries._engine
    if engine.dialect.name == "postgresql":
        with store_errors(engine), engine.connect() as connection:
            got = connection.execute(sa.select(sa.func.pg_try_advisory_lock(_ADVISORY_LOCK)))
            if not got.scalar():
                raise StoreError(_BUSY)
            connection.commit()  # the lock is the session's, so no transaction stays open
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_ADVISORY_LOCK)))
        return
    file = engine.url.database
    if file in (None, "", ":memory:"):
        yield
        return
    with closing(sqlite3.connect(_beside(str(file)), timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise StoreError(_BUSY) from None
        yield


def _beside(file: str) -> str:
    """A file of its own: the database itself stays open to everybody."""
    path = Path(file)
    return str(path.with_name(f"{path.name}.push-lock"))
