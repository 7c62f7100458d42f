"""The tables in one SQLite file: made once per estate, copied for each server."""

import fcntl
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from simulator.columns import ColumnBlock
from simulator.estate import iter_blocks
from simulator.servicenow.fields import FieldType
from simulator.servicenow.fixed import fixed_tables, named_tables
from simulator.servicenow.ids import Ids
from simulator.servicenow.logs import Logs
from simulator.servicenow.rows import Filler, Row
from simulator.servicenow.tables import STORED, TABLES, Table
from simulator.settings import EstateSettings

_INDEXED = ("number", "correlation_id", "documentkey", "task", "element_id", "trigger_id", "name",
            "problem_id", "instance")  # fmt: skip


def made_database(settings: EstateSettings, directory: Path) -> Path:
    """The file with an estate's tables; an unchanged one is not made again.

    Who wants it while somebody makes it waits for that one.
    """
    path = directory / f"servicenow-{settings.fingerprint[:20]}.sqlite"
    if path.is_file():
        return path
    directory.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not path.is_file():
            unfinished = path.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
                _make(connection, settings)
            unfinished.replace(path)
    return path


def copied(path: Path, to: Path) -> Path:
    """A copy to write in, so that the made tables stay as they are."""
    shutil.copyfile(path, to)
    return to


def lived_in(settings: EstateSettings, home: Path) -> Path:
    """The file of an instance that lives on: made once, and written to ever after."""
    path = home / "instance.sqlite"
    if not path.is_file():
        made_database(settings, home).replace(path)
    return path


def quoted(name: str) -> str:
    """A name in SQL; names come from `TABLES`, never from a client."""
    return f'"{name}"'


def insert_statement(table: Table) -> str:
    """The statement that enters a whole row."""
    marks = ", ".join("?" * len(table.fields))
    return f"INSERT INTO {quoted(table.name)} VALUES ({marks})"


def _make(connection: sqlite3.Connection, settings: EstateSettings) -> None:
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536", "page_size=8192"):
        connection.execute(f"PRAGMA {pragma}")
    for table in STORED.values():
        connection.execute(_definition(table))
    filler = Filler.over(settings, Ids(settings.seed))
    logs = Logs(filler)
    connection.execute("BEGIN")
    for name, rows in fixed_tables(filler):
        _enter(connection, name, rows)
    for block in iter_blocks(settings):
        _enter_block(connection, logs, block)
    _enter(connection, "contract_sla", logs.agreements.values())
    for name, rows in named_tables(filler):
        _enter(connection, name, rows)
    connection.execute("COMMIT")
    for statement in (*_indexes(), *_finishing(), _task_view(), "ANALYZE"):
        connection.execute(statement)


def _enter_block(connection: sqlite3.Connection, logs: Logs, block: ColumnBlock) -> None:
    if block.n:
        for name, rows in logs.tables(block):
            _enter(connection, name, rows)


def _enter(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    connection.executemany(insert_statement(STORED[table]), rows)


def _definition(table: Table) -> str:
    columns = []
    for field in table.fields:
        folds = " COLLATE NOCASE" if field.folds_case else ""
        columns.append(f"{quoted(field.name)} TEXT NOT NULL DEFAULT ''{folds}")
    return f"CREATE TABLE {quoted(table.name)} ({', '.join(columns)})"


def _indexes() -> Iterator[str]:
    for table in STORED.values():
        names = table.by_name
        yield f"CREATE UNIQUE INDEX {quoted(f'{table.name}/id')} ON {quoted(table.name)} (sys_id)"
        for column in ("sys_updated_on", "sys_created_on"):
            if column in names:
                index = quoted(f"{table.name}/{column}")
                yield f"CREATE INDEX {index} ON {quoted(table.name)} ({column}, sys_id)"
        for column in _INDEXED:
            if column in names and names[column].type is not FieldType.FLAG:
                index = quoted(f"{table.name}/{column}")
                yield f"CREATE INDEX {index} ON {quoted(table.name)} ({quoted(column)})"


def _finishing() -> Iterator[str]:
    """What incidents show of their vendor cases and clocks."""
    shown = {
        "vendor_ticket": "vendor_ticket",
        "vendor_opened_at": "opened_at",
        "vendor_resolved_at": "resolved_at",
        "vendor_closed_at": "closed_at",
    }
    yield "CREATE INDEX cases_of ON u_vendor_case (incident, number)"
    ours = ", ".join(shown)
    theirs = ", ".join(shown.values())
    yield f"""UPDATE incident SET ({ours}) = (
        SELECT {theirs} FROM u_vendor_case WHERE incident = incident.sys_id
        ORDER BY number DESC LIMIT 1)
        WHERE sys_id IN (SELECT incident FROM u_vendor_case)"""
    yield """UPDATE incident SET made_sla = 'false' WHERE sys_id IN (
        SELECT task FROM task_sla WHERE has_breached = 'true')"""
    yield "UPDATE incident SET closed_by = resolved_by WHERE closed_at <> ''"


def _task_view() -> str:
    """All work as one table."""
    parts = []
    for table in STORED.values():
        if table.is_task:
            cells = ", ".join(
                quoted(field.name) if field.name in table.by_name else f"'' AS {quoted(field.name)}"
                for field in TABLES["task"].fields
            )
            parts.append(f"SELECT {cells} FROM {quoted(table.name)}")
    return f"CREATE VIEW task AS {' UNION ALL '.join(parts)}"
