"""Opening a database: SQLite with write-ahead log by default, PostgreSQL by URL."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from itsm.errors import StoreError

WRITES = "csi_writes"
"""Execution option of a connection that will write: SQLite then takes its write lock at BEGIN."""

BUSY_TIMEOUT_S = 60
"""How long a writer waits for another one."""

_PRAGMAS = (
    "PRAGMA page_size = 16384",  # of a new file only; payloads of some kB fit better
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -24576",
    "PRAGMA wal_autocheckpoint = 4000",  # 64 MB: pages written again and again are moved once
    "PRAGMA temp_store = MEMORY",
)

_REMEDIES = (
    ("is locked", "another process is writing; wait for it to end and run again"),
    ("unable to open", "check that the folder exists and may be written"),
    ("readonly", "check that the file and its folder may be written"),
    ("disk is full", "free some space and run again; nothing was half written"),
    ("no space left", "free some space and run again; nothing was half written"),
    ("not a database", "the file is something else or damaged; name another one"),
    ("malformed", "the file is damaged; restore a copy, or pull into a new one"),
    ("password", "check user and password"),
    ("does not exist", "create the database, or check its name; then run the upgrade"),
    ("no such table", "run the upgrade of the database first"),
    ("connect", "check host and port, and that PostgreSQL is running"),
)


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
    return StoreError(f"database {where}: {said}" + (f"; {remedy}" if remedy else ""))


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
        connection.execute(pragma).close()


def _on_sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
