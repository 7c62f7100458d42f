"""Gives back what deleted rows took, so that no file of the database holds them any more."""

import sqlite3
from contextlib import closing

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from itsm.errors import StoreError
from store.engine import refuse_damaged, store_errors
from store.portion_tables import PORTION_DIGESTS


def compact(engine: Engine) -> None:
    """Write the database anew without what was deleted; PostgreSQL gives its pages back in time.

    Raises:
        StoreError: another process writes, or the disk has no room for a second copy.
    """
    refuse_damaged(engine)
    if engine.dialect.name == "postgresql":
        with store_errors(engine), engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.execute(sa.text("VACUUM"))
        return
    file = str(engine.url.database)
    try:
        with closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as connection:
            # VACUUM may give rows other numbers, and digests are kept by these.
            connection.execute(f"DELETE FROM {PORTION_DIGESTS.name}").close()  # noqa: S608  # ours
            connection.execute("VACUUM").close()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"database {file}: {error}: what was deleted may still lie in free pages of the file; "
            "stop what writes to it, see that there is room for a second copy, and erase again"
        ) from None
