"""Copies of a SQLite file: made by SQLite itself while others write, and put back in its place."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from itsm.errors import DamagedStoreError, StoreError
from store.backups import PARTIAL, Backup, sha256_of
from store.engine import damaged_mark

_BESIDE = ("-wal", "-shm", "-journal")
_DAMAGE = ("malformed", "not a database")


def copy_of(engine: Engine, file: Path) -> None:
    """Copy a database as it is at one instant; writers go on meanwhile, their work is not in it.

    Raises:
        StoreError: it cannot be read, or the disk is full.
    """
    source = Path(str(engine.url.database)).resolve().as_uri()
    with (
        _sqlite_errors(str(engine.url.database)),
        closing(sqlite3.connect(f"{source}?mode=rw", uri=True)) as live,
        closing(sqlite3.connect(file)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").close()


def verify(file: Path) -> None:
    """See that a copy is sound, indexes and references included.

    Raises:
        DamagedStoreError: it is not, so what it was copied from is not either.
    """
    uri = f"{file.resolve().as_uri()}?mode=ro"
    with _sqlite_errors(str(file)), closing(sqlite3.connect(uri, uri=True)) as copy:
        told = [str(row[0]) for row in copy.execute("PRAGMA integrity_check(3)")]
        if told != ["ok"]:
            raise DamagedStoreError(
                f"the database is damaged, so no backup was made: {'; '.join(told)}; "
                "earlier backups are whole, `csi db check` names the newest"
            )


def put_back(engine: Engine, backup: Backup, at: datetime) -> Path | None:
    """Put a backup in the place of the database; the database it replaces is kept beside it.

    Nobody else may have the database open. Killed at any moment, either the one or the other is
    there, and doing it again ends it.

    Returns:
        Where the former database is now; None where there was none.

    Raises:
        StoreError: another process has the database open, or the disk is full.
    """
    live = Path(str(engine.url.database))
    engine.dispose()
    fresh = live.with_name(f"{live.name}.restoring{PARTIAL}")
    _copy_bytes(backup, fresh)
    aside = None
    if live.exists():
        _require_alone(live)
        aside = live.with_name(f"{live.name}.before-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        for end in _BESIDE:
            if (log := live.with_name(live.name + end)).exists():
                log.replace(aside.with_name(aside.name + end))
        if not aside.exists():
            os.link(live, aside)
    fresh.replace(live)
    damaged_mark(engine).unlink(missing_ok=True)
    return aside


def _copy_bytes(backup: Backup, fresh: Path) -> None:
    """The copy of a copy, whole or not there."""
    try:
        os.close(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with backup.file.open("rb") as source, fresh.open("wb") as target:
            while chunk := source.read(2**20):
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StoreError(f"{fresh}: {error.strerror}; the database was not touched") from None
    if sha256_of(fresh) != backup.sha256:
        fresh.unlink()
        raise StoreError(f"backup {backup.file} is not as it was written; take an earlier one")


def _require_alone(live: Path) -> None:
    """See that nobody else has the file open, and fold its log into it where it is sound.

    Raises:
        StoreError: somebody has.
    """
    with closing(sqlite3.connect(live, timeout=0.5)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE").close()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                return
            raise StoreError(
                f"database {live}: another process has it open; stop the worker, the review pages "
                "and every other `csi`, then restore again"
            ) from None
        except sqlite3.DatabaseError:
            return  # damaged: its log goes aside with it


@contextmanager
def _sqlite_errors(file: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if any(sign in str(error).lower() for sign in _DAMAGE):
            raise DamagedStoreError(
                f"database {file}: {error}; no backup was made, earlier ones are whole; "
                "`csi db check` names the newest"
            ) from None
        remedy = "; free some space and run again" if "full" in str(error) else ""
        raise StoreError(f"database {file}: {error}{remedy}; nothing was kept") from None
