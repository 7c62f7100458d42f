"""What stands around a candidate: its members' facts, problems, changes, vendor cases, services."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itsm.codec import from_bytes
from itsm.decisions import IncidentRef
from itsm.doubts import Doubts
from itsm.states import IncidentState, RecordKind
from store.doubting import CANDIDATE_DOUBTS
from store.reads import Reads
from store.result_tables import CANDIDATE_MEMBERS
from store.reviewed import Impact, MemberFact, NearMiss
from store.tables import CANONICAL

INCIDENTS = CANONICAL[RecordKind.INCIDENT]
PARTING_FIELDS = ("service", "ci", "category", "subcategory", "team", "location")
"""The fields by which a candidate may fall apart."""
MAX_FACTS = 5_000
"""So many members are looked at, the best fitting first."""
N_NEAR = 25
NEAR_DAYS = 14
_M, _N = CANDIDATE_MEMBERS.c, INCIDENTS.c


class AroundReads(Reads):
    """Reads of what stands around one candidate, by keys."""

    def facts(
        self, run_id: str, candidate_id: str, most: int = MAX_FACTS
    ) -> tuple[MemberFact, ...]:
        """Members with the fields they may be parted by, the best fitting first."""
        names = (_M.source, _M.number, _N.opened_at, *(_N[name] for name in PARTING_FIELDS))
        query = (
            sa.select(*names)
            .select_from(_joined())
            .where(
                _M.run_id == run_id,
                _M.candidate_id == candidate_id,
                picked(run_id, candidate_id, n=most),
            )
            .order_by(*in_order(CANDIDATE_MEMBERS))
        )
        return tuple(
            MemberFact(
                ref=IncidentRef(source=source, number=number),
                opened_at=opened_at,
                fields={
                    name: value for name, value in zip(PARTING_FIELDS, values, strict=True) if value
                },
            )
            for source, number, opened_at, *values in self._all(query)
        )

    def sights(
        self, run_id: str, candidate_id: str
    ) -> tuple[tuple[str, str, str | None, bool], ...]:
        """Source, number, service and whether it is restricted, of every member."""
        query = (
            sa.select(_M.source, _M.number, _N.service, sa.func.coalesce(_N.restricted, sa.false()))
            .select_from(_joined())
            .where(_M.run_id == run_id, _M.candidate_id == candidate_id)
            .order_by(_M.source, _M.number)
        )
        return tuple((row[0], row[1], row[2], bool(row[3])) for row in self._all(query))

    def seen_by(
        self, keys: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], tuple[str | None, bool]]:
        """The service of some incidents, and whether each is restricted, by source and number."""
        if not keys:
            return {}
        query = sa.select(_N.source, _N.number, _N.service, _N.restricted).where(
            sa.tuple_(_N.source, _N.number).in_(list(keys))
        )
        return {(row[0], row[1]): (row[2], bool(row[3])) for row in self._all(query)}

    def doubts(self, run_id: str, candidate_id: str) -> Doubts | None:
        """What mining kept of what speaks against a candidate; None where it kept nothing."""
        table = CANDIDATE_DOUBTS.c
        query = sa.select(table.doubts).where(
            table.run_id == run_id, table.candidate_id == candidate_id
        )
        found = self._all(query)
        return from_bytes(Doubts, found[0].doubts.encode()) if found else None

    def impact(self, run_id: str, candidate_id: str) -> Impact:
        """What the members come to."""
        hours = _hours(_N.opened_at, _N.resolved_at, self._engine.dialect.name)
        columns = (
            sa.func.count(),
            sa.func.count(_N.sla_met),
            _sum(_N.sla_met.is_(False)),
            sa.func.count(_N.reopen_count),
            _sum(_N.reopen_count > 0),
            sa.func.count(_N.reassignment_count),
            sa.func.coalesce(sa.func.sum(_N.reassignment_count), 0),
            _sum(_N.is_first_contact.is_(False)),
            _sum(_N.is_major),
            _sum(_N.priority <= 2),
            sa.func.count(_N.vendor),
            sa.func.coalesce(sa.func.sum(_N.affected_users), 0),
            sa.func.count(_N.affected_users),
            sa.func.count(_N.handling_h),
            sa.func.count(_N.resolved_at),
            sa.func.coalesce(sa.func.sum(_N.handling_h), 0.0),
            sa.func.coalesce(sa.func.sum(hours), 0.0),
        )
        query = (
            sa.select(*columns)
            .select_from(_joined())
            .where(_M.run_id == run_id, _M.candidate_id == candidate_id)
        )
        *counts, handling_h, resolution_h = self._all(query)[0]
        names = [n for n in Impact.__dataclass_fields__ if n not in {"handling_h", "resolution_h"}]
        return Impact(
            **dict(zip(names, map(int, counts), strict=True)),
            handling_h=float(handling_h),
            resolution_h=float(resolution_h),
        )

    def records(
        self, kind: RecordKind, sources: Sequence[str], numbers: Sequence[str]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Records of a kind by their number, as plain values; those not held are left out."""
        table = CANONICAL[kind]
        query = sa.select(table).where(
            table.c.source.in_(list(sources)), table.c.number.in_(list(numbers))
        )
        return {row.number: dict(row._mapping) for row in self._all(query)} if numbers else {}

    def criticality(self, services: Sequence[str]) -> Mapping[str, int]:
        """How critical some services are, 1 the most; those nobody has said it of are left out."""
        table = CANONICAL[RecordKind.SERVICE].c
        query = sa.select(table.name, table.criticality).where(
            table.name.in_(list(services)), table.criticality.is_not(None)
        )
        return {row.name: row.criticality for row in self._all(query)} if services else {}

    def near(
        self,
        run_id: str,
        candidate_id: str,
        place: Mapping[str, str],
        words: Sequence[str],
        seen: tuple[datetime, datetime],
    ) -> tuple[NearMiss, ...]:
        """Incidents at the same place and time that say some of the same words, and are no members.

        It walks through all incidents: nothing that a page waits for.

        Args:
            run_id: of which run.
            candidate_id: of which candidate.
            place: the service, or the configuration item, that members share.
            words: that members share; at least two of them are wanted in a title.
            seen: when the first and the last member were opened.
        """
        if not place or len(words) < 2:
            return ()
        title = sa.func.lower(_N.title)
        shared = sum((_has(title, word) for word in words), sa.literal(0))
        since, until = seen[0] - timedelta(days=NEAR_DAYS), seen[1] + timedelta(days=NEAR_DAYS)
        ours = sa.exists().where(
            _M.run_id == run_id, _M.candidate_id == candidate_id, *_same(CANDIDATE_MEMBERS)
        )
        other = CANDIDATE_MEMBERS.alias("other")
        belongs = sa.and_(other.c.run_id == run_id, *_same(other))
        query = (
            sa.select(
                *(_N[name] for name in _NEAR),
                sa.func.coalesce(_N.restricted, sa.false()).label("restricted"),
                other.c.candidate_id,
                *(_N[name] for name in _PEOPLE),
            )
            .select_from(INCIDENTS.outerjoin(other, belongs))
            .where(
                _N.opened_at.between(since, until),
                sa.or_(*(_N[name] == value for name, value in place.items())),
                _N.state != IncidentState.CANCELED.value,
                shared >= 2,
                ~ours,
            )
            .order_by(shared.desc(), _N.opened_at.desc(), _N.source, _N.number)
            .limit(N_NEAR)
        )
        return tuple(map(_near, self._all(query)))


_NEAR = ("source", "number", "title", "opened_at", "state", "service", "ci", "team")
_PEOPLE = ("assignee", "caller", "opened_by", "resolved_by")


def _same(members: sa.FromClause) -> tuple[sa.ColumnElement[bool], ...]:
    return members.c.source == _N.source, members.c.number == _N.number


def _near(row: sa.Row[Any]) -> NearMiss:
    names = (*_NEAR, "restricted", "candidate_id")
    told = dict(zip(names, row[: len(names)], strict=True))
    return NearMiss(**told, people=tuple(name for name in row[len(names) :] if name))


def in_order(
    members: sa.FromClause, *, farthest: bool = False
) -> tuple[sa.ColumnElement[Any], ...]:
    """The order of members: the best fitting first, or the worst."""
    column = members.c
    if farthest:
        return (column.score.asc(), column.source.desc(), column.number.desc())
    return (column.score.desc(), column.source.asc(), column.number.asc())


def picked(
    run_id: str, candidate_id: str, *, first: int = 0, n: int, farthest: bool = False
) -> sa.ColumnElement[bool]:
    """Whether a member is among some in the order; found before anything is read of incidents."""
    own = CANDIDATE_MEMBERS.alias("own")
    some = (
        sa.select(own.c.source, own.c.number)
        .where(own.c.run_id == run_id, own.c.candidate_id == candidate_id)
        .order_by(*in_order(own, farthest=farthest))
        .offset(first)
        .limit(n)
    )
    return sa.tuple_(_M.source, _M.number).in_(some)


def _joined() -> sa.Join:
    """Members with their incidents; one that is not held has no values."""
    is_member = sa.and_(_N.source == _M.source, _N.number == _M.number)
    return CANDIDATE_MEMBERS.outerjoin(INCIDENTS, is_member)


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _has(title: sa.ColumnElement[str], word: str) -> sa.ColumnElement[int]:
    return sa.case((title.contains(word.casefold(), autoescape=True), 1), else_=0)


def _hours(start: Any, end: Any, dialect: str) -> sa.ColumnElement[Any]:  # noqa: ANN401  # columns
    """Hours between two times, as each database keeps them."""
    if dialect == "postgresql":
        return sa.cast(sa.extract("epoch", end - start), sa.Double()) / 3600.0
    micros = sa.type_coerce(end, sa.BigInteger) - sa.type_coerce(start, sa.BigInteger)
    return sa.cast(micros, sa.Double()) / 3.6e9
