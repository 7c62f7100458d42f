"""Backups of a PostgreSQL database, by its own pg_dump and pg_restore."""

import os
import shutil
import subprocess
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine

from itsm.errors import ConfigError, StoreError
from store.backups import Backup
from store.engine import store_errors

LOCK_TIMEOUT_S = 15
"""How long restoring waits for others to leave the tables."""
_NEEDED = "install PostgreSQL's client programs, of the server's version or newer"


def dump_of(url: URL, file: Path) -> None:
    """Dump a database as it is at one instant, while others write.

    Raises:
        ConfigError: pg_dump is not installed.
        StoreError: it failed; says how.
    """
    options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={file}")
    _run("pg_dump", url, *options, f"--dbname={_told(url)}")


def verify_dump(file: Path) -> None:
    """Read a dump to its end.

    Raises:
        ConfigError: pg_restore is not installed.
        StoreError: the dump cannot be read.
    """
    _run("pg_restore", None, f"--file={os.devnull}", str(file))


def put_back_dump(engine: Engine, backup: Backup) -> None:
    """Let a dump take the place of what a database holds, in one transaction.

    Raises:
        ConfigError: pg_restore or psql is not installed.
        StoreError: it failed, or others use the tables; the database is as it was.
    """
    script = backup.file.with_name(f"{backup.file.name}.sql.partial")
    try:
        options = ("--no-owner", "--no-privileges", f"--file={script}")
        script.touch(mode=0o600)
        _run("pg_restore", None, *options, str(backup.file))
        drops = _drops(engine)
        engine.dispose()
        command = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        _run(
            "psql", engine.url, *command, f"--command={drops}", f"--file={script}",
            f"--dbname={_told(engine.url)}",
        )  # fmt: skip
    finally:
        script.unlink(missing_ok=True)


def _drops(engine: Engine) -> str:
    """What takes the present tables and views away."""
    with store_errors(engine), engine.connect() as connection:
        there = sa.inspect(connection)
        quote = engine.dialect.identifier_preparer.quote
        views = [f"DROP VIEW IF EXISTS {quote(one)} CASCADE" for one in there.get_view_names()]
        tables = [f"DROP TABLE IF EXISTS {quote(one)} CASCADE" for one in there.get_table_names()]
    return "; ".join((f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'", *views, *tables))


def _run(program: str, url: URL | None, *options: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment."""
    found = shutil.which(program)
    if found is None:
        raise ConfigError(f"{program} is not installed; {_NEEDED}")
    environment = dict(os.environ)
    if url is not None and url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, words of ours
        (found, *options), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if "error" in line.lower()), "")
        wants_newer = "server version mismatch" in done.stderr
        remedy = f"; {_NEEDED}" if wants_newer else ""
        raise StoreError(f"{program}: {said or done.stderr.strip()[:300]}{remedy}; nothing changed")


def _told(url: URL) -> str:
    """The address as PostgreSQL's programs take it, without the password."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False)
