"""Both databases, the same tests: an empty one per test, with or without the schema."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from store import Store, open_engine, upgrade
from store.result_tables import METADATA
from tests.postgres_server import PostgresServer

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]

_numbers = count()


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
