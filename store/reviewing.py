"""What a reviewer looks at: the queue of a run, and one candidate with its members.

Every question is answered from keys (run, candidate, source and number), so that its cost follows
the candidate at hand and not the number of incidents; docs/review-app.md has the times.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from itsm.candidates import ProblemCandidate
from itsm.codec import from_bytes
from itsm.states import UNMAPPED, RecordKind
from store.around_reads import AroundReads, in_order, picked
from store.bulk import batches
from store.decided_reads import DecidedReads
from store.result_tables import CANDIDATE_MEMBERS, CANDIDATES, MINING_RUNS
from store.reviewed import Listed, MemberRow, MemberTotals, PastWeek
from store.runs import MiningRun
from store.tables import CANONICAL, DELETIONS, QUARANTINE

INCIDENTS = CANONICAL[RecordKind.INCIDENT]
PEOPLE = ("assignee", "caller", "opened_by", "resolved_by")
"""The fields of an incident that name a person."""
MAX_WEEKS = 260
"""So many weeks are offered at most."""
IDS_PER_QUERY = 200
FEW = 400
"""Up to so many restricted incidents are looked for by their keys."""

_MEMBERS = CANDIDATE_MEMBERS.c
_DELETED = sa.select(DELETIONS.c.source, DELETIONS.c.number).where(
    DELETIONS.c.kind == RecordKind.INCIDENT.value
)
_IS_MEMBER = sa.and_(
    INCIDENTS.c.source == _MEMBERS.source,
    INCIDENTS.c.number == _MEMBERS.number,
    sa.tuple_(_MEMBERS.source, _MEMBERS.number).not_in(_DELETED),
)
_JOINED = CANDIDATE_MEMBERS.outerjoin(INCIDENTS, _IS_MEMBER)
_RESTRICTED_KEYS = (
    sa.select(INCIDENTS.c.source, INCIDENTS.c.number)
    .where(sa.text("incidents.restricted"))  # as the index says it, so that it is used
    .limit(FEW + 1)
)


class Reviewing(AroundReads, DecidedReads):
    """Reads for the review pages, each in a transaction of its own."""

    def runs(self) -> tuple[MiningRun, ...]:
        """The newest run of each week, the newest week first."""
        table = MINING_RUNS.c
        order = (table.week.desc(), table.finished_at.desc(), table.run_id.desc())
        rows = self._all(sa.select(MINING_RUNS).order_by(*order))
        newest: dict[str, MiningRun] = {}
        for row in rows:
            newest.setdefault(row.week, MiningRun(**row._mapping))
        return tuple(newest.values())[:MAX_WEEKS]

    def queue(self, run_id: str) -> tuple[Listed, ...]:
        """All candidates of a run, in the order they were saved."""
        table = CANDIDATES.c
        query = (
            sa.select(table.candidate, table.n_members)
            .where(table.run_id == run_id)
            .order_by(table.position)
        )
        return tuple(
            Listed(candidate=from_bytes(ProblemCandidate, text.encode()), n_members=n)
            for text, n in self._all(query)
        )

    def members(
        self,
        run_id: str,
        candidate_id: str,
        *,
        before: str | None = None,
        first: int = 0,
        n: int = 50,
        farthest: bool = False,
    ) -> tuple[MemberRow, ...]:
        """Some members of a candidate, the best fitting first, or the worst.

        Args:
            run_id: of which run.
            candidate_id: of which candidate.
            before: the run before; a member it did not have is new. None: none is.
            first: how many to pass over.
            n: how many at most.
            farthest: the worst fitting first.
        """
        names = ("title", "opened_at", "state", "service", "ci", "team", *PEOPLE)
        query = (
            sa.select(
                _MEMBERS.source,
                _MEMBERS.number,
                _MEMBERS.score,
                _is_new(candidate_id, before).label("is_new"),
                INCIDENTS.c.number.is_not(None).label("is_known"),
                sa.func.coalesce(INCIDENTS.c.restricted, sa.false()).label("restricted"),
                *(INCIDENTS.c[name] for name in names),
            )
            .select_from(_JOINED)
            .where(
                _MEMBERS.run_id == run_id,
                _MEMBERS.candidate_id == candidate_id,
                picked(run_id, candidate_id, first=first, n=n, farthest=farthest),
            )
            .order_by(*in_order(CANDIDATE_MEMBERS, farthest=farthest))
        )
        return tuple(map(_member, self._all(query)))

    def totals(self, run_id: str, candidate_id: str) -> MemberTotals:
        """What all members of a candidate come to."""
        incident = INCIDENTS.c
        is_known = incident.number.is_not(None)
        query = (
            sa.select(
                _MEMBERS.source,
                sa.func.count().label("n"),
                _count(is_known).label("n_known"),
                _count(is_known, incident.resolved_at.is_(None), incident.closed_at.is_(None)),
                _count(is_known, incident.restricted),
                _count(is_known, incident.title.is_(None)),
                _count(is_known, incident.service.is_(None)),
                _count(is_known, incident.ci.is_(None)),
                _count(is_known, incident.state == UNMAPPED),
                sa.func.count(incident.handling_h),
                sa.func.coalesce(sa.func.sum(incident.handling_h), 0.0),
                sa.func.count(incident.affected_users),
                sa.func.coalesce(sa.func.sum(incident.affected_users), 0),
            )
            .select_from(_JOINED)
            .where(_MEMBERS.run_id == run_id, _MEMBERS.candidate_id == candidate_id)
            .group_by(_MEMBERS.source)
            .order_by(_MEMBERS.source)
        )
        return _totals(self._all(query))

    def restricted(self, run_id: str, candidate_ids: Collection[str]) -> frozenset[str]:
        """The candidates, of some, that have a member whose text not everyone may see."""
        keys = self._all(_RESTRICTED_KEYS)
        if not keys:
            return frozenset()
        query = sa.select(_MEMBERS.candidate_id).distinct().where(_MEMBERS.run_id == run_id)
        if len(keys) <= FEW:
            each = sa.tuple_(_MEMBERS.source, _MEMBERS.number).in_([tuple(key) for key in keys])
            query = query.where(each, sa.tuple_(_MEMBERS.source, _MEMBERS.number).not_in(_DELETED))
        else:
            joined = CANDIDATE_MEMBERS.join(INCIDENTS, _IS_MEMBER)
            query = query.select_from(joined).where(INCIDENTS.c.restricted)
        found: set[str] = set()
        for some in batches(sorted(candidate_ids), IDS_PER_QUERY):
            rows = self._all(query.where(_MEMBERS.candidate_id.in_(some)))
            found.update(row.candidate_id for row in rows)
        return frozenset(found)

    def past(self, candidate_id: str, runs: Sequence[MiningRun]) -> tuple[PastWeek, ...]:
        """A candidate in some runs, in their order; without those that do not have it."""
        table = CANDIDATES.c
        names = ("n_members", "avoidable", "life", "movement", "decision")
        query = sa.select(table.run_id, *(table[name] for name in names)).where(
            table.run_id.in_([run.run_id for run in runs]), table.candidate_id == candidate_id
        )
        found = {row.run_id: row for row in self._all(query)}
        return tuple(
            PastWeek(week=run.week, **{name: getattr(row, name) for name in names})
            for run in runs
            if (row := found.get(run.run_id)) is not None
        )

    def n_left(self, candidate_id: str, run_id: str, before: str) -> int:
        """How many members the run before had that this one does not."""
        later = CANDIDATE_MEMBERS.alias("later")
        still = sa.exists().where(
            later.c.run_id == run_id,
            later.c.candidate_id == candidate_id,
            later.c.source == _MEMBERS.source,
            later.c.number == _MEMBERS.number,
        )
        query = (
            sa.select(sa.func.count())
            .select_from(CANDIDATE_MEMBERS)
            .where(_MEMBERS.run_id == before, _MEMBERS.candidate_id == candidate_id, ~still)
        )
        return int(self._all(query)[0][0])

    def set_aside(self) -> Mapping[str, int]:
        """How many incidents are in quarantine, by source."""
        table = QUARANTINE.c
        query = (
            sa.select(table.source, sa.func.count().label("n"))
            .where(table.kind == RecordKind.INCIDENT.value)
            .group_by(table.source)
            .order_by(table.source)
        )
        return {row.source: row.n for row in self._all(query)}

    def people(self) -> frozenset[str]:
        """Every name in the fields of incidents that name a person."""
        columns = [INCIDENTS.c[name] for name in PEOPLE]
        queries = [sa.select(column).where(column.is_not(None)) for column in columns]
        return frozenset(row[0] for row in self._all(sa.union(*queries)))

    def sources(self, run_id: str) -> Mapping[str, tuple[str, ...]]:
        """The sources of the members of each candidate of a run."""
        query = sa.select(_MEMBERS.candidate_id, _MEMBERS.source).distinct()
        found: dict[str, list[str]] = {}
        for name, source in self._all(query.where(_MEMBERS.run_id == run_id)):
            found.setdefault(name, []).append(source)
        return {name: tuple(sorted(some)) for name, some in found.items()}


def _is_new(candidate_id: str, before: str | None) -> sa.ColumnElement[bool]:
    if before is None:
        return sa.false()
    earlier = CANDIDATE_MEMBERS.alias("earlier")
    was_there = sa.exists().where(
        earlier.c.run_id == before,
        earlier.c.candidate_id == candidate_id,
        earlier.c.source == _MEMBERS.source,
        earlier.c.number == _MEMBERS.number,
    )
    return ~was_there


def _count(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """How many rows meet all conditions."""
    return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)


def _member(row: Row[Any]) -> MemberRow:
    found: dict[str, Any] = dict(row._mapping)
    people = tuple(name for field in PEOPLE if (name := found.pop(field)))
    flags = {name: bool(found.pop(name)) for name in ("is_new", "is_known", "restricted")}
    return MemberRow(**found | flags, people=people)


def _totals(rows: Sequence[Row[Any]]) -> MemberTotals:
    """The totals over all sources."""
    columns = [sum(column) for column in list(zip(*rows, strict=True))[1:]] if rows else [0] * 12
    *counts, n_handling, handling_h, n_users, users = columns
    return MemberTotals(
        **dict(zip(_COUNTS, map(int, counts), strict=True)),
        n_handling=int(n_handling),
        handling_h=float(handling_h) / n_handling if n_handling else None,
        n_users=int(n_users),
        affected_users=float(users) / n_users if n_users else None,
        sources=tuple(row.source for row in rows),
    )


_COUNTS = (
    "n",
    "n_known",
    "n_open",
    "n_restricted",
    "n_without_title",
    "n_without_service",
    "n_without_ci",
    "n_unmapped",
)
