"""A copy of the database to try something on, so that the database itself is never written to."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from store.backup_sqlite import copy_of
from store.engine import WRITES, open_engine, store_errors
from store.result_tables import METADATA
from store.schema import upgrade

_BATCH = 5_000


def scratch_copy(engine: Engine, folder: Path, name: str) -> str:
    """Copy a database as it is at one instant into a SQLite file, whatever it is itself.

    Args:
        engine: the database; it is only read.
        folder: where the copy goes; the folder is its owner's alone, as the copy holds all texts.
        name: of the file, without its ending.

    Returns:
        The URL of the copy.

    Raises:
        StoreError: the database cannot be read, or the disk is full.
    """
    file = folder / f"{name}.sqlite"
    url = f"sqlite:///{file}"
    if engine.dialect.name == "sqlite":
        copy_of(engine, file)
        return url
    copy = open_engine(url)
    upgrade(copy)
    with (
        store_errors(engine),
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as live,
        copy.connect().execution_options(**{WRITES: True}) as scratch,
        scratch.begin(),
    ):
        for table in METADATA.sorted_tables:
            rows = live.execution_options(yield_per=_BATCH).execute(sa.select(table))
            for some in rows.mappings().partitions(_BATCH):
                scratch.execute(sa.insert(table), [dict(row) for row in some])
    copy.dispose()
    return url
