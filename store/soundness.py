"""Whether the database file is whole, asked at the start of a run; a damaged one is not written.

SQLite trusts its file: a page that a failing disk or a stray program changed is found only when
somebody happens to read it, and by then more may have been built on it. What cannot be pulled
again, decisions and the journal above all, is looked through at the start of every run; the whole
file when that is quick or has not been done for a day, by a run or by a backup, which verifies its
copy. PostgreSQL has checksums of its own.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from store.engine import damaged_mark, refuse_damaged, store_errors
from store.result_tables import METADATA
from store.tables import CANONICAL, RAW_RECORDS

QUICK_BYTES = 256 * 2**20
"""A file up to this size is looked through whole each time: about 4 s of CPU for each GB."""
WHOLE_EVERY = timedelta(days=1)
"""How often a larger one is."""

_PULLED_AGAIN = frozenset({RAW_RECORDS.name, *(table.name for table in CANONICAL.values())})


def require_sound(engine: Engine, at: datetime, *, whole: bool = False) -> None:
    """See that the database may be written; damage holds until a look at all of it finds none.

    Args:
        engine: any; only SQLite's file is looked through.
        at: now.
        whole: look through all of it, however large it is.

    Raises:
        DamagedStoreError: the file is damaged; names the way back and what is lost by it.
    """
    if engine.dialect.name != "sqlite":
        return
    file, mark = Path(str(engine.url.database)), damaged_mark(engine)
    is_whole = whole or mark.exists() or file.stat().st_size <= QUICK_BYTES or _is_due(file, at)
    if found := damage(engine, whole=is_whole):
        mark.write_text(f"{found[0]}\n", encoding="utf-8")
        refuse_damaged(engine)
    if is_whole:
        mark.unlink(missing_ok=True)
        note_sound(engine, at)


def note_sound(engine: Engine, at: datetime) -> None:
    """Note that all of a SQLite file was looked through, and sound.

    Args:
        engine: of the file.
        at: when; a backup whose copy is verified has done it, too.
    """
    _checked(Path(str(engine.url.database))).write_text(f"{at.isoformat()}\n")


def damage(engine: Engine, *, whole: bool = True) -> tuple[str, ...]:
    """What is damaged in a SQLite file, nothing where it is sound.

    Args:
        engine: of a SQLite file.
        whole: look through the records too, which could be pulled again.
    """
    with closing(sqlite3.connect(f"{_uri(engine)}?mode=rw", uri=True)) as connection:
        try:
            if whole:
                return _said(connection, "PRAGMA quick_check(5)")
            there = _said(connection, "SELECT name FROM sqlite_master WHERE type = 'table'", ())
            kept = sorted((METADATA.tables.keys() & set(there)) - _PULLED_AGAIN)
            return tuple(
                line for name in kept for line in _said(connection, f"PRAGMA quick_check({name})")
            )
        except sqlite3.DatabaseError as error:
            return (str(error),)


def dangling(engine: Engine) -> tuple[str, ...]:
    """Rows that name another row that is not there, by table."""
    with store_errors(engine), engine.connect() as connection:
        rows = connection.execute(sa.text("PRAGMA foreign_key_check")).all()
    return tuple(
        sorted({f"{row[0]}: a row names one of {row[2]} that is not there" for row in rows})
    )


def _said(
    connection: sqlite3.Connection, query: str, fine: Sequence[str] = ("ok",)
) -> tuple[str, ...]:
    told = tuple(str(row[0]) for row in connection.execute(query))
    return () if told == tuple(fine) else told


def _uri(engine: Engine) -> str:
    return Path(str(engine.url.database)).resolve().as_uri()


def _is_due(file: Path, at: datetime) -> bool:
    noted = _checked(file)
    try:
        return at - datetime.fromisoformat(noted.read_text().strip()) >= WHOLE_EVERY
    except (OSError, ValueError):
        return True


def _checked(file: Path) -> Path:
    """Where it is noted when the file was last looked through whole."""
    return file.with_name(f"{file.name}.checked")
