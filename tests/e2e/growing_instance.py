"""A practice ServiceNow whose records come to be, and change, as a moved clock passes them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from simulator.servicenow.instance import FORM
from simulator.servicenow.server import ServiceNowServer
from simulator.servicenow.tables import STORED
from simulator.settings import EstateSettings

_LATER = "later"
"""The database of what has not happened yet."""
_BLANKED = ("resolved_at", "closed_at", "resolved_by", "closed_by", "close_code", "close_notes")
"""What an incident does not say before it is resolved."""


@dataclass
class Growing:
    """A served instance and its clock; what lies after the clock is held back.

    A record is there once it was last changed; an incident from its opening on, in work until then.
    """

    server: ServiceNowServer
    later: Path
    times: list[datetime] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """What the clock says."""
        return self.times[-1]

    def hold_back(self, at: datetime) -> None:
        """Set the clock for the first time: nothing later has happened."""
        self.times.append(at)
        stamp = _written(at)
        with self._writing() as tables:
            for name, changed in _dated():
                later = f'"{_LATER}"."{name}"'
                tables.execute(
                    f'CREATE TABLE {later} AS SELECT * FROM "{name}" WHERE {changed} > ?', (stamp,)
                )
                tables.execute(f'DELETE FROM "{name}" WHERE {changed} > ?', (stamp,))
            _open_incidents(tables, "", stamp)

    def grow(self, to: datetime) -> int:
        """Set the clock forward; returns how many records came to be or changed."""
        since, stamp, n = _written(self.now), _written(to), 0
        self.times.append(to)
        with self._writing() as tables:
            n += _open_incidents(tables, since, stamp)
            for name, changed in _dated():
                later = f'"{_LATER}"."{name}"'
                due = f"SELECT sys_id FROM {later} WHERE {changed} <= ?"
                tables.execute(f'DELETE FROM "{name}" WHERE sys_id IN ({due})', (stamp,))
                moved = f'INSERT INTO "{name}" SELECT * FROM {later} WHERE {changed} <= ?'
                n += tables.execute(moved, (stamp,)).rowcount
                tables.execute(f"DELETE FROM {later} WHERE {changed} <= ?", (stamp,))
        return n

    def rows(self, table: str) -> list[tuple[str, str]]:
        """Key and number of the records of a table as they are now, in the order of numbers."""
        with self.server.instance.connection() as tables:
            return list(tables.execute(f'SELECT sys_id, number FROM "{table}" ORDER BY number'))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection to what is and what is to come, in a transaction."""
        tables = sqlite3.connect(self.server.instance.path, isolation_level=None, timeout=60)
        try:
            tables.execute(f"ATTACH ? AS {_LATER}", (str(self.later),))
            tables.execute("BEGIN IMMEDIATE")
            yield tables
            tables.execute("COMMIT")
        finally:
            tables.close()
            self.server.instance.changed()


@contextmanager
def growing(settings: EstateSettings, made: Path, later: Path, port: int) -> Iterator[Growing]:
    """A served instance; the clock has to be set before anybody asks.

    Args:
        settings: of the estate.
        made: where its tables are kept and found again.
        later: a file for what has not happened yet.
        port: where it listens.
    """
    times = [settings.export_at]  # or the instance would run ahead of its clock
    with ServiceNowServer(settings, directory=made, port=port, clock=lambda: times[-1]) as server:
        yield Growing(server, later, times)


def _open_incidents(tables: sqlite3.Connection, since: str, stamp: str) -> int:
    """Incidents opened up to a time and changed later, as they stood: in work."""
    names = [field.name for field in STORED["incident"].fields]
    shown = {name: "''" for name in names if name in _BLANKED or name.startswith("vendor_")}
    shown |= {"state": "'2'", "active": "'true'", "sys_updated_on": "sys_created_on"}
    columns = ", ".join(shown.get(name, f'"{name}"') for name in names)
    return tables.execute(
        f'INSERT INTO "incident" SELECT {columns} FROM "{_LATER}"."incident" '
        "WHERE sys_created_on > ? AND sys_created_on <= ? AND sys_updated_on > ?",
        (since, stamp, stamp),
    ).rowcount


def _dated() -> Iterator[tuple[str, str]]:
    """The tables whose rows are dated, each with the column of the last change."""
    for name, table in STORED.items():
        for column in ("sys_updated_on", "sys_created_on"):
            if column in table.by_name:
                yield name, column
                break


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime(FORM)
