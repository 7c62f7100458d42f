"""Views for dashboards in the database itself: records without people and texts, with plain names.

A view has one row per record, and names in the place of keys. Weeks come from the table `bi_weeks`,
which holds the reporting weeks of the configured zone as instants, so that clock changes are told
right. Views and table are no part of the schema: an upgrade drops them, and they are made again.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from itsm.clocks import ReportingWeek
from itsm.states import RecordKind
from store.columns import TEXT, Instant
from store.engine import WRITES, store_errors
from store.figure_values import FIGURE_VALUES
from store.reconciling import left
from store.result_tables import CANDIDATE_MEMBERS, CANDIDATES, MINING_RUNS, REGISTER_ENTRIES
from store.tables import CANONICAL
from store.unit_of_work import Store
from store.view_names import PREFIX, drop_views

_K = RecordKind
WEEKS = sa.Table(
    f"{PREFIX}weeks",
    sa.MetaData(),
    sa.Column("week", TEXT, primary_key=True),
    sa.Column("start_at", Instant(), nullable=False, index=True),
    sa.Column("end_at", Instant(), nullable=False),
)
FIRST_YEAR, LAST_YEAR = 2000, 2060
"""Weeks of these years are told; earlier and later times have none."""

_RECORDS: Mapping[str, tuple[RecordKind, Sequence[str]]] = MappingProxyType(
    {
        "incident": (
            _K.INCIDENT,
            "service team category subcategory priority impact urgency state channel close_code "
            "vendor opened_at resolved_at affected_users handling_h is_major is_test "
            "is_first_contact sla_met".split(),
        ),
        "change": (
            _K.CHANGE,
            "service team category type outcome state risk opened_at planned_start_at "
            "planned_end_at implemented_at closed_at".split(),
        ),
        "vendor_case": (
            _K.VENDOR_CASE,
            "vendor service severity state opened_at response_due_at responded_at "
            "resolution_due_at resolved_at waiting_on_us_h".split(),
        ),
        "clock": (
            _K.SLA_CLOCK,
            "record_kind record type target party started_at due_at ended_at is_breached "
            "target_h elapsed_h paused_h is_canceled".split(),
        ),
    }
)
"""The views of records: of which kind, and with which columns beside source and number.

Columns are an allow-list: what names people or is written by them is in none. Items and locations
are left to the files, where labels are cleaned.
"""


def make_views(store: Store, zone: str) -> tuple[str, ...]:
    """Make all views anew, in one transaction.

    Args:
        store: in whose database.
        zone: IANA name of the zone of the reporting weeks.

    Returns:
        The names of the views.
    """
    engine = store.queries.engine
    with store_errors(engine), engine.connect() as connection:
        writing = connection.execution_options(**{WRITES: True})
        with writing.begin():
            drop_views(writing)
            WEEKS.create(writing)
            writing.execute(sa.insert(WEEKS), list(_weeks(zone)))
            names = []
            for name, query in _views(engine.dialect).items():
                _create(writing, f"{PREFIX}{name}", query)
                names.append(f"{PREFIX}{name}")
    return tuple(names)


def _weeks(zone: str) -> Iterator[dict[str, object]]:
    week = ReportingWeek(FIRST_YEAR, 1, zone)
    while week.year <= LAST_YEAR:
        yield {"week": week.label, "start_at": week.start_at, "end_at": week.end_at}
        week = week.shifted(1)


def _create(connection: Connection, name: str, query: sa.Select[Any]) -> None:
    compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
    connection.exec_driver_sql(f"CREATE VIEW {name} AS {compiled}".replace("%%", "%"))


def _views(dialect: Dialect) -> dict[str, sa.Select[Any]]:
    """Every view by its name without prefix."""
    views = {
        name: _of_records(kind, columns, dialect) for name, (kind, columns) in _RECORDS.items()
    }
    return {
        **views,
        "week": sa.select(WEEKS.c.week, *(_shown(WEEKS.c[at], dialect) for at in _WEEK_TIMES)),
        "figure": sa.select(*(c for c in FIGURE_VALUES.columns if c.name != "companions")),
        "candidate": _candidates(),
        "candidate_member": _members(),
        "register_entry": _register(dialect),
    }


_WEEK_TIMES = ("start_at", "end_at")


def _of_records(kind: RecordKind, names: Sequence[str], dialect: Dialect) -> sa.Select[Any]:
    """The records of a kind with the week of every time that is no promise."""
    table = CANONICAL[kind].c
    number = sa.case((table.restricted, None), else_=table.number).label("number")
    columns: list[sa.ColumnElement[Any]] = [table.source, number]
    for name in names:
        column = table[name]
        if not isinstance(column.type, Instant):
            columns.append(column)
            continue
        columns.append(_shown(column, dialect))
        if name in _EVENTS:
            columns.append(_week_of(column).label(f"{name.removesuffix('_at')}_week"))
    if kind is RecordKind.INCIDENT:
        columns.append(table.duplicate_of.is_not(None).label("is_duplicate"))
        columns.append(table.problem.is_not(None).label("has_problem"))
    if kind is RecordKind.SLA_CLOCK:
        columns = [one for one in columns if one.key != "record"]
    return sa.select(*columns).where(left(kind, None))


_EVENTS = frozenset({"opened_at", "resolved_at", "closed_at", "started_at", "ended_at"})


def _week_of(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """The label of the week that a time lies in."""
    weeks = WEEKS.alias()
    query = sa.select(weeks.c.week).where(weeks.c.start_at <= column)
    return query.order_by(weeks.c.start_at.desc()).limit(1).scalar_subquery()


def _shown(column: sa.Column[Any], dialect: Dialect) -> sa.ColumnElement[Any]:
    """A time as a dashboard reads it: SQLite keeps microseconds, and shows UTC as text."""
    if dialect.name != "sqlite":
        return column
    seconds = sa.type_coerce(column, sa.BigInteger()) / sa.literal_column("1000000")
    return sa.func.datetime(seconds, sa.literal_column("'unixepoch'")).label(column.name)


def _newest_runs() -> sa.ScalarSelect[Any]:
    """The runs that no later run of the same week stands instead of."""
    run, later = MINING_RUNS.c, MINING_RUNS.alias().c
    is_later = sa.or_(
        later.finished_at > run.finished_at,
        sa.and_(later.finished_at == run.finished_at, later.run_id > run.run_id),
    )
    query = sa.select(run.run_id).where(~sa.exists().where(later.week == run.week, is_later))
    return query.scalar_subquery()


def _candidates() -> sa.Select[Any]:
    run, one = MINING_RUNS.c, CANDIDATES.c
    return (
        sa.select(run.week, one.candidate_id, one.position, one.n_members, one.score)
        .add_columns(one.avoidable, one.life, one.movement, one.decision)
        .join_from(CANDIDATES, MINING_RUNS)
        .where(run.run_id.in_(_newest_runs()))
    )


def _members() -> sa.Select[Any]:
    run, one = MINING_RUNS.c, CANDIDATE_MEMBERS.c
    return (
        sa.select(run.week, one.candidate_id, one.source, one.number, one.score)
        .join_from(CANDIDATE_MEMBERS, MINING_RUNS, one.run_id == run.run_id)
        .where(run.run_id.in_(_newest_runs()))
    )


def _register(dialect: Dialect) -> sa.Select[Any]:
    one = REGISTER_ENTRIES.c
    return sa.select(
        *(one.number, one.origin, one.state, one.service, _shown(one.raised_at, dialect)),
        *(one.impact, one.urgency, one.risk, one.effort, one.measure_id, one.next_review_on),
    )
