"""Opening a database: SQLite with write-ahead log by default, PostgreSQL by URL."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from itsm.errors import DamagedStoreError, StoreError

WRITES = "csi_writes"
"""Execution option of a connection that will write: SQLite then takes its write lock at BEGIN."""

BACKUPS = "csi_backups"
"""Execution option of an engine: the folder its backups are kept in, for errors to name."""

BUSY_TIMEOUT_S = 60
"""How long a writer waits for another one."""

_TRY_AGAIN_S = 0.02

_PRAGMAS = (
    "PRAGMA page_size = 16384",  # of a new file only; payloads of some kB fit better
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -16384",
    "PRAGMA wal_autocheckpoint = 4000",  # 64 MB: pages written again and again are moved once
    "PRAGMA temp_store = MEMORY",
)

_REMEDIES = (
    ("is locked", "another process is writing; wait for it to end and run again"),
    ("unable to open", "check that the folder exists and may be written"),
    ("readonly", "check that the file and its folder may be written"),
    ("disk is full", "free some space and run again; nothing was half written"),
    ("no space left", "free some space and run again; nothing was half written"),
    ("not a database", "the file is something else or damaged"),
    ("malformed", "the file is damaged, and nothing is written to it any more"),
    ("disk i/o", "the disk under the file fails; see the system's log, then `csi db check`"),
    ("password", "check user and password"),
    ("does not exist", "create the database, or check its name; then run the upgrade"),
    ("no such table", "run the upgrade of the database first"),
    ("closed the connection", "PostgreSQL was stopped; when it is back, run again"),
    ("terminating connection", "PostgreSQL was stopped; when it is back, run again"),
    ("connection is lost", "PostgreSQL was stopped; when it is back, run again"),
    ("connect", "check host and port, and that PostgreSQL is running"),
)
_DAMAGE = ("malformed", "not a database")


def open_engine(url: str) -> Engine:
    """A database by its URL; a SQLite file is created if needed, readable by its owner only.

    Args:
        url: `sqlite:///path/to/file.db`, or `postgresql://user:password@host/name`.

    Raises:
        StoreError: the URL is not one of these, or the file cannot be created.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        _create_private(parsed)
        engine = sa.create_engine(parsed, hide_parameters=True)
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
        return engine
    return sa.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        paramstyle="format",
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "options": "-c timezone=UTC"},
    )


@contextmanager
def store_errors(engine: Engine) -> Iterator[None]:
    """Turn what the database says into a StoreError with a remedy and without secrets."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise store_error(engine, error) from None


def store_error(engine: Engine, error: sa.exc.SQLAlchemyError) -> StoreError:
    """What went wrong, where, and what would mend it; never a record or a password.

    To be raised `from None`: the database's own error may quote the whole row it refused.
    """
    text = str(error.orig) if isinstance(error, sa.exc.DBAPIError) else str(error)
    said = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    remedy = next((cure for sign, cure in _REMEDIES if sign in said.lower()), None)
    where = engine.url.set(query={}).render_as_string(hide_password=True)
    told = f"database {where}: {said}" + (f"; {remedy}" if remedy else "")
    if any(sign in said.lower() for sign in _DAMAGE):
        return _damaged(engine, said, told)
    return StoreError(told)


def damaged_mark(engine: Engine) -> Path:
    """The file beside a SQLite file that says it was found damaged: then nothing is written."""
    file = Path(str(engine.url.database))
    return file.with_name(f"{file.name}.damaged")


def refuse_damaged(engine: Engine) -> None:
    """Let nothing be written to a file that was found damaged.

    Raises:
        DamagedStoreError: it was.
    """
    if engine.dialect.name == "sqlite" and damaged_mark(engine).exists():
        from store.way_back import way_back

        found = damaged_mark(engine).read_text(encoding="utf-8").strip()
        raise DamagedStoreError(
            f"database {engine.url.database} is damaged ({found}): nothing is written to it; "
            f"{way_back(engine)}"
        )


def _damaged(engine: Engine, said: str, told: str) -> DamagedStoreError:
    """The error for a damaged file, with the way back; the damage is noted beside the file."""
    from store.way_back import way_back

    if "malformed" in said.lower():
        damaged_mark(engine).write_text(f"{said}\n", encoding="utf-8")
    return DamagedStoreError(f"{told}; {way_back(engine)}")


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except sa.exc.ArgumentError:
        raise StoreError(
            "the database URL is not one; write sqlite:///path/to/file.db or "
            "postgresql://user:password@host/name"
        ) from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StoreError(
            f"database {parsed.get_backend_name()!r} is not supported; use sqlite or postgresql"
        )
    return parsed


def _create_private(url: URL) -> None:
    """Create the file before SQLite does: the records in it are personal data."""
    if not url.database or url.database == ":memory:":
        raise StoreError("a database in memory is lost at once; name a file: sqlite:///csi.db")
    path = Path(url.database)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            f"database {path}: {error.strerror}; check that the folder exists and may be written"
        ) from None


def _on_sqlite_connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _on_sqlite_begin
    for pragma in _PRAGMAS:
        _set_up(connection, pragma)


def _set_up(connection: sqlite3.Connection, pragma: str) -> None:
    """Carry a pragma out; where others hold the file, try again for as long as a writer waits.

    SQLite itself does not wait when a new file is to get its write-ahead log: of processes that
    open it at the same moment all but one would be told that it is locked.
    """
    until = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            return connection.execute(pragma).close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_TRY_AGAIN_S)


def _on_sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
