"""From every schema that was ever given out, with rows in every table, and killed on the way."""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection, Engine

import store
from store import Store, open_engine, upgrade
from store.schema import revisions

SCRIPT = Path(__file__).with_name("upgrading_process.py")
ROOT = Path(__file__).parents[2]
AT = datetime(2026, 8, 17, 9, 30, tzinfo=UTC)
MICROSECONDS = int(AT.timestamp()) * 10**6
STATEMENTS = 100
"""An upgrade of the first schema takes at least so many; each new step adds some."""
CHANGED = {("register_entries", "version"), ("register_entries", "entry")}
"""Columns that a step fills anew; all others keep what they held."""


def database_at(url: str, revision: str) -> Engine:
    """A database with the schema of a release, and a row in every table of it."""
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    engine = open_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    with engine.begin() as connection:
        tables = reflected(connection)
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert().values(row_of(table)))
    return engine


def reflected(connection: Connection) -> sa.MetaData:
    tables = sa.MetaData()
    tables.reflect(connection)
    return tables


def row_of(table: sa.Table) -> dict[str, object]:
    """A value for every column, equal where tables refer to each other."""
    return {column.name: value_of(column) for column in table.columns}


def value_of(column: "sa.Column[object]") -> object:
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.LargeBinary):
        return b"{}"
    if isinstance(kind, sa.DateTime):
        return AT
    if isinstance(kind, sa.Date):
        return date(2026, 8, 17)
    if isinstance(kind, sa.Float):
        return 2.5
    if isinstance(kind, sa.Integer):
        is_time = column.name.endswith(("_at", "_until")) or column.name == "at"
        return MICROSECONDS if is_time else 1
    return "{}" if column.name in {"decision", "candidate", "report", "entry"} else "one"


def rows(engine: Engine) -> dict[str, list[dict[str, object]]]:
    """Every row of every table but Alembic's, by table."""
    with engine.connect() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(table.select())]
            for table in reflected(connection).sorted_tables
            if table.name != "alembic_version"
        }


@pytest.mark.parametrize("revision", revisions())
def test_from_every_schema_nothing_is_lost(revision: str, empty_url: str) -> None:
    engine = database_at(empty_url, revision)
    before = rows(engine)
    engine.dispose()
    upgrade(engine)
    after = rows(engine)
    for table, had in before.items():
        for old in had:
            kept = [
                {name: new[name] for name in old if name in new and (table, name) not in CHANGED}
                for new in after[table]
            ]
            wanted = {name: old[name] for name in kept[0]}
            assert wanted in kept, f"{table} of {revision}"
    with Store(engine).begin() as uow:
        uow.raw.fresh([])
    engine.dispose()


def test_every_schema_had_rows_that_could_be_lost(empty_url: str) -> None:
    engine = database_at(empty_url, revisions()[0])
    assert all(len(found) == 1 for found in rows(engine).values())
    assert len(rows(engine)) > 20
    engine.dispose()


def upgraded(url: str, *die_at: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(SCRIPT), url, *die_at],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def assert_heals(url: str, part: float) -> None:
    """Kill an upgrade of the first schema at a part of its statements, then upgrade."""
    engine = database_at(url, revisions()[0])
    before = rows(engine)
    engine.dispose()
    killed = upgraded(url, str(int(part * STATEMENTS)))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert rows(engine) == before, "a killed upgrade leaves what was there before"
    engine.dispose()
    assert upgraded(url).returncode == 0
    with Store(engine).begin() as uow:
        assert uow.audit.verify() == ()
    engine.dispose()


@pytest.mark.parametrize("part", [0.1, 0.5])
def test_an_upgrade_killed_in_the_middle_heals_at_the_next_start(
    part: float, empty_url: str
) -> None:
    assert_heals(empty_url, part)


@pytest.mark.soak
@pytest.mark.parametrize("part", [n / 20 for n in range(1, 20)])
def test_an_upgrade_killed_anywhere_heals_at_the_next_start(part: float, empty_url: str) -> None:
    assert_heals(empty_url, part)
