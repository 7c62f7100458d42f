"""The schema: the same by migration and by declaration, safe to bring up at any time."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import ReflectedIndex

import store
from itsm.errors import StoreError
from itsm.states import RecordKind
from store import Store, open_engine, upgrade
from store.portion_digests import are_watched
from store.result_tables import METADATA
from store.schema import revisions
from store.tables import TABLE_NAMES

NewUrl = Callable[[], str]
UPGRADE = "import sys; from store import *; upgrade(open_engine(sys.argv[1]))"


def options(index: ReflectedIndex) -> dict[str, str]:
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def shape(engine: Engine) -> dict[str, object]:
    """Everything an inspector can tell of the tables, in a form that can be compared."""
    inspector = sa.inspect(engine)
    tables: dict[str, object] = {
        name: {
            "columns": sorted(
                (c["name"], c["type"].compile(engine.dialect), c["nullable"], c["default"])
                for c in inspector.get_columns(name)
            ),
            "key": inspector.get_pk_constraint(name),
            "parents": inspector.get_foreign_keys(name),
            "indexes": {
                i["name"]: (i["column_names"], i["unique"], options(i))
                for i in inspector.get_indexes(name)
            },
        }
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }
    return tables | {"triggers": triggers(engine)}


def triggers(engine: Engine) -> dict[str, str]:
    """What the database does by itself; only SQLite has to."""
    if engine.dialect.name != "sqlite":
        return {}
    with engine.connect() as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        return dict(connection.exec_driver_sql(query).tuples().all())


def test_migrations_make_what_the_tables_declare(empty_url: str) -> None:
    engine = open_engine(empty_url)
    upgrade(engine)
    migrated = shape(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": METADATA})
        assert compare_metadata(context, METADATA) == []
    METADATA.drop_all(engine)
    METADATA.create_all(engine)
    assert migrated == shape(engine)
    with engine.connect() as connection:
        assert engine.dialect.name != "sqlite" or are_watched(connection)
    assert set(TABLE_NAMES.values()) <= migrated.keys()
    assert set(TABLE_NAMES) == set(RecordKind)
    engine.dispose()


def make_at(engine: Engine, revision: str) -> None:
    """A database as an older program made it."""
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def rows(engine: Engine) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables."""
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(table.select())]
            for table in tables.sorted_tables
            if table.name != "alembic_version"
        }


def fill(engine: Engine) -> None:
    """A row in every table, with something in every column."""
    plain: dict[type, object] = {
        str: "INC1",
        int: 7,
        float: 0.5,
        bool: True,
        bytes: b"\0\xff",
        datetime: datetime(2026, 8, 17, tzinfo=UTC),
        date: date(2026, 8, 17),
    }
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                values = {c.name: plain[c.type.python_type] for c in table.columns}
                connection.execute(table.insert().values(values))


@pytest.mark.parametrize("revision", revisions()[:-1])
def test_an_older_database_is_upgraded_with_everything_in_it(revision: str, empty_url: str) -> None:
    engine = open_engine(empty_url)
    make_at(engine, revision)
    fill(engine)
    before = rows(engine)
    assert all(len(found) == 1 for found in before.values())
    upgrade(engine)
    after = rows(engine)
    for table, (row,) in before.items():
        assert row.items() <= after[table][0].items(), table
    with Store(engine).begin() as uow:
        assert uow.raw.numbers("INC1", RecordKind.INCIDENT, ["INC1"]) == {}
    migrated = shape(engine)
    METADATA.drop_all(engine)
    METADATA.create_all(engine)
    assert shape(engine) == migrated
    engine.dispose()


def test_the_comparison_sees_a_missing_index(new_url: NewUrl) -> None:
    engine = open_engine(new_url())
    before = shape(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_raw_records_pending")
    assert shape(engine) != before
    engine.dispose()


def test_upgrading_again_changes_nothing(empty_url: str) -> None:
    engine = open_engine(empty_url)
    upgrade(engine)
    first = shape(engine)
    upgrade(engine)
    assert shape(engine) == first
    engine.dispose()


def test_steps_follow_each_other_in_the_order_of_their_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    steps = ScriptDirectory.from_config(config).walk_revisions()
    assert [step.revision for step in steps][::-1] == revisions()


def test_a_database_that_is_up_to_date_is_opened_without_alembic(new_url: NewUrl) -> None:
    opened = f"{UPGRADE}; assert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", opened, new_url()], check=True)


def test_processes_that_start_together_all_succeed(empty_url: str) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty_url], stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 3, "".join(said)
    engine = open_engine(empty_url)
    assert Store(engine).queries.counts()[RecordKind.INCIDENT] == 0
    engine.dispose()


def test_an_upgrade_that_fails_leaves_nothing(empty_url: str) -> None:
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE watermarks (other INTEGER)")
    with pytest.raises(StoreError, match="already exists"):
        upgrade(engine)
    assert sa.inspect(engine).get_table_names() == ["watermarks"]
    engine.dispose()


def test_a_database_of_a_newer_program_is_refused(new_url: NewUrl) -> None:
    engine = open_engine(new_url())
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"9999.*newer version; update the program"):
        upgrade(engine)
    engine.dispose()


def test_it_needs_no_file_in_the_working_directory(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "50% elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    engine = open_engine(empty_url)
    upgrade(engine)
    assert not any(elsewhere.iterdir())
    engine.dispose()


def test_every_index_can_be_used_by_its_query(sqlite_template: Path) -> None:
    """On SQLite, which tells; PostgreSQL takes no index on empty tables."""
    queries = {
        "ix_raw_records_pending": (
            "SELECT key FROM raw_records WHERE is_landed = 0 AND source = 's' "
            "AND kind = 'incident' AND key > '' ORDER BY key"
        ),
        "ix_raw_records_number": (
            "SELECT key FROM raw_records WHERE source = 's' AND kind = 'incident' "
            "AND number IN (SELECT value FROM json_each('[]'))"
        ),
        "ix_candidate_members_source_number": (
            "SELECT 1 FROM candidate_members WHERE source = 's' AND number = 'INC1'"
        ),
    }
    with open_engine(f"sqlite:///{sqlite_template}").connect() as connection:
        for index, query in queries.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
            assert index in " ".join(map(str, chain.from_iterable(plan)))


def test_the_documentation_names_every_table() -> None:
    text = (Path(__file__).parents[2] / "docs/store.md").read_text()
    section = text.split("## Tables")[1].split("\n## ")[0]
    first_cells = re.findall(r"^\| `(\w+)` ", section, re.MULTILINE)
    kinds = re.findall(r"`(\w+)`", section.split("And one table per record kind")[1])
    assert sorted(first_cells) == sorted(set(METADATA.tables) - set(TABLE_NAMES.values()))
    assert set(TABLE_NAMES.values()) <= set(kinds)
