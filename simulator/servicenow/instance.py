"""What a running server holds: its tables, its clock, what records show, and what goes wrong."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulator.faults import Chances, FaultName, Faults
from simulator.servicenow.rendering import Names, Renderer, Show, Zone
from simulator.servicenow.tables import STORED, Table
from simulator.settings import EstateSettings

WRITTEN_FROM = 9_000_000
"""Numbers given by a server are above this one."""
FORM = "%Y-%m-%d %H:%M:%S"


@dataclass(slots=True)
class Instance:
    """One instance over one database file.

    Args:
        settings: of the estate.
        path: the file, which may be written to.
        login: the user who asks; the zone times are shown in is that of this user.
        clock: what time it is.
        earliest: the time is never before this; None: the estate's export.
    """

    settings: EstateSettings
    path: Path
    login: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    earliest: datetime | None = None
    chances: Chances = field(default_factory=lambda: Chances(Faults()))
    names: Names = field(default_factory=Names)
    lock: threading.RLock = field(default_factory=threading.RLock)
    counts: dict[tuple[object, ...], int] = field(default_factory=dict)
    _given: Counter[str] = field(default_factory=Counter)
    _ahead: timedelta = timedelta()
    _idle: list[sqlite3.Connection] = field(default_factory=list)
    _renderers: dict[tuple[str, str, str], Renderer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        earliest = self.earliest or self.settings.export_at
        self._ahead = max(timedelta(), earliest - self.clock())

    def now(self) -> datetime:
        """The instance's time: that of its clock, but never before the earliest."""
        skew = self.chances.faults.first(FaultName.CLOCK_SKEW)
        return self.clock() + self._ahead + timedelta(seconds=skew.seconds if skew else 0)

    def now_text(self) -> str:
        """The instance's time as it is stored."""
        return self.now().astimezone(UTC).strftime(FORM)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection to the tables, for one request."""
        with self.lock:
            idle = self._idle.pop() if self._idle else None
        connection = idle or self._opened()
        try:
            yield connection
        finally:
            with self.lock:
                self._idle.append(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction; one at a time."""
        with self.lock, self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self.changed()

    def serial(self, name: str) -> int:
        """The next number of a counter; none is ever given twice."""
        with self.lock:
            self._given[name] += 1
            return self._given[name]

    def counts_on(self) -> None:
        """Counters go on where those who wrote into the tables before have left them."""
        with self.lock, self.connection() as connection:
            for table in STORED.values():
                name = f'"{table.name}"'
                told = connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()
                self._given["sys_id"] += int(told[0])
                if table.prefix:
                    self._given[table.prefix] = _highest(connection, table)

    def changed(self) -> None:
        """Records were written: forget what was remembered about them."""
        with self.lock:
            self.counts.clear()
            self.names.forget()

    def renderer(self, show: Show, base: str) -> Renderer:
        """Makes cells in the user's zone."""
        zone = self._zone()
        key = (show.value, base, zone)
        with self.lock:
            if key not in self._renderers:
                self._renderers[key] = Renderer(show, Zone(zone), self.names, base)
            return self._renderers[key]

    def zone(self) -> Zone:
        """The zone of the user."""
        return Zone(self._zone())

    def close(self) -> None:
        """Close every connection."""
        with self.lock:
            while self._idle:
                self._idle.pop().close()

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=60
        )
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-32768"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _zone(self) -> str:
        with self.connection() as connection:
            statement = "SELECT time_zone FROM sys_user WHERE user_name = ?"
            row = connection.execute(statement, (self.login,)).fetchone()
        return str(row[0]) if row else ""


def _highest(connection: sqlite3.Connection, table: Table) -> int:
    """How many numbers a server has given in a table."""
    least = f"{table.prefix}{WRITTEN_FROM}"
    statement = f'SELECT MAX(number) FROM "{table.name}" WHERE number > ?'
    told = connection.execute(statement, (least,)).fetchone()[0]
    return int(told.removeprefix(table.prefix)) - WRITTEN_FROM if told else 0
