"""A store with nothing in it, for every test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import Store, open_engine, upgrade


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema."""
    path = tmp_path_factory.mktemp("review") / "empty.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def store(tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    """A store with nothing in it."""
    path = tmp_path / "review.db"
    shutil.copyfile(empty_database, path)
    engine = open_engine(f"sqlite:///{path}")
    yield Store(engine)
    engine.dispose()
