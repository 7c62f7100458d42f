"""Putting a backup in the place of a database, whichever database it is."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from itsm.errors import ConfigError
from store.backups import Backup


def restore(engine: Engine, backup: Backup, at: datetime) -> Path | None:
    """Put a backup in the place of a database.

    Args:
        engine: of the database, which nobody else may use meanwhile.
        backup: whole, of the same kind of database.
        at: now; it names what is put aside.

    Returns:
        Where the former database is now; None where it is not kept.

    Raises:
        ConfigError: the backup is of another kind of database, or a program is missing.
        StoreError: it failed; the database is as it was.
    """
    is_sqlite = backup.file.suffix == ".sqlite"
    if is_sqlite != (engine.dialect.name == "sqlite"):
        raise ConfigError(
            f"{backup.file} is not of a {engine.dialect.name} database; name another backup, or "
            "the other database in the configuration"
        )
    if is_sqlite:
        from store.backup_sqlite import put_back

        return put_back(engine, backup, at)
    from store.backup_postgres import put_back_dump

    put_back_dump(engine, backup)
    return None
