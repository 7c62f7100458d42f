"""Records of many kinds read side by side in bounded memory, all as of one moment.

Rows come in the order of a time, such as the opening of incidents; what hangs on incidents comes in
the order of their openings, so that both can be read together, a week at a time. The database does
the sorting, on its disk.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.candidates import ProblemCandidate
from itsm.register import RegisterEntry
from itsm.states import RecordKind
from store.bulk import CHUNK
from store.engine import store_errors
from store.figure_values import FIGURE_VALUES
from store.journal import Journal
from store.reconciling import are_any, left
from store.registering import Register
from store.result_tables import MINING_RUNS
from store.results import Mining
from store.tables import CANONICAL
from store.unit_of_work import Store
from store.values import from_driver

Batch = dict[str, list[object]]
"""Some rows as columns of one length."""

Between = tuple[datetime | None, datetime]
"""The first and the last time of what is read; None for all there is before."""

BATCH_ROWS = 40 * CHUNK
PARENT = "parent_opened_at"
"""The column with the opening of the incident that a row hangs on."""

_INCIDENTS = CANONICAL[RecordKind.INCIDENT]


class Reading:
    """Reads in one transaction: what others write meanwhile is not seen."""

    def __init__(self, connection: Connection, known_at: datetime | None) -> None:
        self._connection = connection
        self._known_at = known_at
        self._is_filtered = are_any(connection)

    def by_time(
        self, kind: RecordKind, names: Sequence[str], at: str, between: Between
    ) -> Iterator[Batch]:
        """Records of a kind in the order of a time, then of source and number.

        Args:
            kind: of which kind.
            names: which columns.
            at: the column with the time; records without one are left out.
            between: the first and the last such time.
        """
        table = CANONICAL[kind].c
        columns = {name: table[name] for name in names}
        query = sa.select(table.source).where(_lies(table[at], between))
        yield from self._read(kind, columns, query.order_by(table[at], table.source, table.number))

    def on_incidents(
        self, kind: RecordKind, names: Sequence[str], order: Sequence[str], between: Between
    ) -> Iterator[Batch]:
        """What hangs on incidents, in the order of their opening, source and number.

        Args:
            kind: of records with `record_kind` and `record`.
            names: which columns; `PARENT` comes with them.
            order: columns that order the rows of one incident.
            between: when the first and the last of these incidents were opened.
        """
        table, incident = CANONICAL[kind], _INCIDENTS
        columns = {PARENT: incident.c.opened_at, **{name: table.c[name] for name in names}}
        query = (
            sa.select(table.c.source)
            .select_from(table.join(incident, _is_its_incident(table)))
            .where(
                table.c.record_kind == RecordKind.INCIDENT.value,
                _lies(incident.c.opened_at, between),
            )
            .order_by(
                incident.c.opened_at,
                incident.c.source,
                incident.c.number,
                *(table.c[name] for name in order),
            )
        )
        yield from self._read(kind, columns, query)

    def beside_incidents(
        self,
        kind: RecordKind,
        names: Sequence[str],
        at: str,
        between: Between,
        told: Mapping[str, str],
    ) -> Iterator[Batch]:
        """Records of a kind as `by_time`, with what the incident of each tells.

        Args:
            kind: of clocks, or of vendor cases.
            names: which columns.
            at: the column with the time.
            between: the first and the last such time.
            told: columns of incidents by the names that they come under; None where there is no
                incident.
        """
        table, incident = CANONICAL[kind], _INCIDENTS
        related = [_is_its_incident(table), incident.c.opened_at <= between[1]]
        if self._is_filtered:
            related.append(left(RecordKind.INCIDENT, self._known_at))
        columns = {
            **{name: table.c[name] for name in names},
            **{name: incident.c[column] for name, column in told.items()},
        }
        query = (
            sa.select(table.c.source)
            .select_from(table.outerjoin(incident, sa.and_(*related)))
            .where(_lies(table.c[at], between))
            .order_by(table.c[at], table.c.source, table.c.number)
        )
        yield from self._read(kind, columns, query)

    def whole(self, kind: RecordKind) -> Batch:
        """All records of a kind of which there are few."""
        table = CANONICAL[kind]
        query = sa.select(table.c.source).order_by(table.c.source, table.c.number)
        found: Batch = {name: [] for name in table.columns.keys()}  # noqa: SIM118
        for batch in self._read(kind, dict(table.columns.items()), query):
            for name, values in batch.items():
                found[name] += values
        return found

    def different(self, kind: RecordKind, name: str) -> set[str]:
        """The different texts in a column of a kind."""
        column = CANONICAL[kind].c[name]
        query = sa.select(column).where(column.is_not(None)).distinct()
        return set(self._connection.execute(query).scalars())

    def figures(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """The figures that are kept of each week, by week, in the order of figure and slice."""
        table = FIGURE_VALUES.c
        weeks = sa.select(table.week).distinct().order_by(table.week)
        for week in list(self._connection.execute(weeks).scalars()):
            query = sa.select(FIGURE_VALUES).where(table.week == week)
            rows = self._connection.execute(query.order_by(table.figure_id, table.slice))
            yield week, [_figure(row) for row in rows]

    def mined(self) -> Iterator[tuple[str, tuple[ProblemCandidate, ...]]]:
        """The candidates of the newest run of each week, by week."""
        mining = Mining(self._connection)
        table = MINING_RUNS.c
        weeks = sa.select(table.week).distinct().order_by(table.week)
        for week in list(self._connection.execute(weeks).scalars()):
            run = mining.of_week(week)
            assert run is not None
            yield week, mining.candidates(run.run_id)

    def register(self) -> tuple[RegisterEntry, ...]:
        """The entries of the register, by number."""
        return Register(self._connection, Journal(self._connection)).list()

    def _read(
        self, kind: RecordKind, columns: Mapping[str, sa.Column[Any]], query: sa.Select[Any]
    ) -> Iterator[Batch]:
        """The rows of a query in batches, without records that their system has deleted."""
        if self._is_filtered:
            query = query.where(left(kind, self._known_at))
        bare = [
            sa.type_coerce(column, sa.types.NullType()).label(name)
            for name, column in columns.items()
        ]
        result = self._connection.execute(
            query.with_only_columns(*bare, maintain_column_froms=True),
            execution_options={"stream_results": True, "yield_per": BATCH_ROWS},
        )
        seen: dict[str, dict[object, object]] = {name: {} for name in columns}
        dialect = self._connection.dialect
        for rows in result.partitions():
            found = zip(columns.items(), zip(*rows, strict=True), strict=True)
            yield {
                name: list(from_driver(dialect, column, values, seen[name]))
                for (name, column), values in found
            }


@contextmanager
def reading(store: Store, known_at: datetime | None = None) -> Iterator[Reading]:
    """A reading; its connection is its own, and is closed with it.

    Args:
        store: what is read.
        known_at: with the records deleted after this time; None for without them, too.
    """
    engine = store.queries.engine
    with store_errors(engine), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.detach()  # it sorts on the disk from now on, and is closed with that
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA temp_store = FILE")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield Reading(connection, known_at)


def _lies(column: sa.Column[Any], between: Between) -> sa.ColumnElement[bool]:
    first, last = between
    return column <= last if first is None else column.between(first, last)


def _is_its_incident(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether an incident is the one that a row names."""
    names = "record" if "record" in table.c else "incident"
    same = sa.and_(_INCIDENTS.c.source == table.c.source, _INCIDENTS.c.number == table.c[names])
    if "record_kind" not in table.c:
        return same
    return sa.and_(same, table.c.record_kind == RecordKind.INCIDENT.value)


def _figure(row: sa.Row[Any]) -> dict[str, Any]:
    """A figure as it is kept, with its JSON read."""
    told = dict(row._mapping)
    told["dimensions"] = orjson.loads(told.pop("slice"))
    told["companions"] = orjson.loads(told["companions"])
    del told["week"], told["unit"]
    return told
