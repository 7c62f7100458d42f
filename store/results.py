"""What the stages found: profiles, check reports, mining runs with candidates."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.candidates import Member, ProblemCandidate
from itsm.codec import from_bytes, to_bytes
from itsm.quality import CheckReport, SourceProfile
from itsm.ready_json import to_bytes_beside
from itsm.states import RecordKind
from store.bulk import upsert
from store.result_tables import (
    CANDIDATE_MEMBERS,
    CANDIDATES,
    CHECK_REPORTS,
    MINING_RUNS,
    SOURCE_PROFILES,
)
from store.runs import MiningRun, Ready, nothing_ready


class Profiles:
    """What each pull looked like, by source, kind and week."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def latest(self, source: str, kind: RecordKind, *, before_week: str) -> SourceProfile | None:
        """The profile of the newest week before one; None when there is none."""
        table = SOURCE_PROFILES.c
        query = (
            sa.select(table.profile)
            .where(table.source == source, table.kind == kind.value, table.week < before_week)
            .order_by(table.week.desc())
            .limit(1)
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else from_bytes(SourceProfile, found.encode())

    def save(self, profile: SourceProfile, week: str) -> None:
        """Keep the profile of a week; replaces an earlier one of the same week."""
        row = (profile.source, profile.kind.value, week, to_bytes(profile).decode())
        upsert(self._connection, SOURCE_PROFILES, [row])


class Checks:
    """The check reports of each week."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, week: str, reports: Sequence[CheckReport]) -> None:
        """Keep the reports of a week; they replace all of the same week and the same sources."""
        table = CHECK_REPORTS.c
        sources = {report.source for report in reports}
        self._connection.execute(
            sa.delete(CHECK_REPORTS).where(table.week == week, table.source.in_(sorted(sources)))
        )
        rows = [(week, r.source, r.kind.value, to_bytes(r).decode()) for r in reports]
        upsert(self._connection, CHECK_REPORTS, rows)

    def newest_week(self) -> str | None:
        """The last week that was checked; None before the first."""
        query = sa.select(sa.func.max(CHECK_REPORTS.c.week))
        return self._connection.execute(query).scalar()

    def list(self, week: str) -> tuple[CheckReport, ...]:
        """The reports of a week, in the order (source, kind)."""
        table = CHECK_REPORTS.c
        query = sa.select(table.report).where(table.week == week).order_by(table.source, table.kind)
        found = self._connection.execute(query).scalars()
        return tuple(from_bytes(CheckReport, report.encode()) for report in found)


class Mining:
    """Mining runs, and the candidates each of them proposed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(
        self,
        run: MiningRun,
        candidates: Sequence[ProblemCandidate],
        ready: Ready = nothing_ready,
    ) -> None:
        """Keep a run with its candidates, in their order.

        It replaces a run with the same id, and any of the same week, cut-off, version and input:
        the same run made again, after a kill for example, leaves one.

        Args:
            run: the run.
            candidates: what it proposes.
            ready: the fields of each that are JSON already.
        """
        table = MINING_RUNS.c
        is_same = sa.and_(
            table.week == run.week,
            table.cutoff_at == run.cutoff_at,
            table.mining_version == run.mining_version,
            table.input_hash == run.input_hash,
        )
        self._connection.execute(
            sa.delete(MINING_RUNS).where(sa.or_(table.run_id == run.run_id, is_same))
        )
        upsert(self._connection, MINING_RUNS, [_run_row(run)])
        rows = [_candidate_row(run, n, one, ready) for n, one in enumerate(candidates)]
        upsert(self._connection, CANDIDATES, rows)
        members = [
            (run.run_id, candidate.candidate_id, member.source, member.number, n, member.score)
            for candidate in candidates
            for n, member in enumerate(candidate.members)
        ]
        upsert(self._connection, CANDIDATE_MEMBERS, members)

    def latest(self, *, before_week: str | None = None) -> MiningRun | None:
        """The newest run of the newest week, or of the newest before a week."""
        table = MINING_RUNS.c
        query = sa.select(MINING_RUNS).order_by(
            table.week.desc(), table.finished_at.desc(), table.run_id.desc()
        )
        if before_week is not None:
            query = query.where(table.week < before_week)
        return _run(self._connection.execute(query.limit(1)).first())

    def of_week(self, week: str) -> MiningRun | None:
        """The newest run of a week."""
        table = MINING_RUNS.c
        query = sa.select(MINING_RUNS).where(table.week == week)
        newest = query.order_by(table.finished_at.desc(), table.run_id.desc()).limit(1)
        return _run(self._connection.execute(newest).first())

    def run(self, run_id: str) -> MiningRun | None:
        """A run by its id."""
        query = sa.select(MINING_RUNS).where(MINING_RUNS.c.run_id == run_id)
        return _run(self._connection.execute(query).first())

    def candidates(self, run_id: str) -> tuple[ProblemCandidate, ...]:
        """The candidates of a run with their members, in the order they were saved."""
        table = CANDIDATES.c
        query = (
            sa.select(table.candidate_id, table.candidate)
            .where(table.run_id == run_id)
            .order_by(table.position)
        )
        members = self._members(run_id)
        return tuple(
            replace(
                from_bytes(ProblemCandidate, candidate.encode()),
                members=tuple(members.get(candidate_id, ())),
            )
            for candidate_id, candidate in self._connection.execute(query)
        )

    def held(self, run_id: str) -> tuple[tuple[str, str, tuple[Member, ...]], ...]:
        """Id, statement and members of the candidates of a run, in the order they were saved.

        Without all the rest, which for some ten thousand candidates takes seconds to read.
        """
        table = CANDIDATES.c
        query = sa.select(table.candidate_id, table.statement).where(table.run_id == run_id)
        found = self._connection.execute(query.order_by(table.position)).all()
        members = self._members(run_id)
        return tuple((name, said, tuple(members.get(name, ()))) for name, said in found)

    def candidate(self, run_id: str, candidate_id: str) -> ProblemCandidate | None:
        """One candidate of a run with its members; None where the run has no such candidate."""
        table = CANDIDATES.c
        query = sa.select(table.candidate).where(
            table.run_id == run_id, table.candidate_id == candidate_id
        )
        found = self._connection.execute(query).scalar()
        if found is None:
            return None
        members = self._members(run_id, candidate_id).get(candidate_id, ())
        return replace(from_bytes(ProblemCandidate, found.encode()), members=tuple(members))

    def ever_seen(self, *, until_week: str) -> frozenset[str]:
        """The id of every candidate that some run up to a week has shown."""
        runs, table = MINING_RUNS.c, CANDIDATES.c
        query = (
            sa.select(table.candidate_id)
            .join(MINING_RUNS, runs.run_id == table.run_id)
            .where(runs.week <= until_week)
            .distinct()
        )
        return frozenset(self._connection.execute(query).scalars())

    def ever_members(
        self, candidate_ids: Collection[str], *, until_week: str
    ) -> tuple[tuple[str, str, str], ...]:
        """Every incident that some candidates have held, in a run up to a week.

        Mining looks back so many weeks only; what lies before was grouped by earlier runs.

        Returns:
            Source, number and candidate of each, as the oldest such run has it.
        """
        runs, table = MINING_RUNS.c, CANDIDATE_MEMBERS.c
        oldest_first = (runs.week, runs.finished_at, runs.run_id)
        query = sa.select(runs.run_id).where(runs.week <= until_week).order_by(*oldest_first)
        found: dict[tuple[str, str], str] = {}
        for run_id in list(self._connection.execute(query).scalars()):
            members = (
                sa.select(table.source, table.number, table.candidate_id)
                .where(table.run_id == run_id, table.candidate_id.in_(sorted(candidate_ids)))
                .order_by(table.candidate_id, table.position)
            )
            for source, number, candidate_id in self._connection.execute(members):
                found.setdefault((source, number), candidate_id)
        return tuple((*key, candidate_id) for key, candidate_id in sorted(found.items()))

    def _members(self, run_id: str, candidate_id: str | None = None) -> dict[str, list[Member]]:
        table = CANDIDATE_MEMBERS.c
        query = (
            sa.select(table.candidate_id, table.source, table.number, table.score)
            .where(table.run_id == run_id)
            .order_by(table.candidate_id, table.position)
        )
        if candidate_id is not None:
            query = query.where(table.candidate_id == candidate_id)
        members: dict[str, list[Member]] = {}
        for name, source, number, score in self._connection.execute(query):
            member = Member(source=source, number=number, score=score)
            members.setdefault(name, []).append(member)
        return members


def _run_row(run: MiningRun) -> tuple[object, ...]:
    return tuple(getattr(run, column.name) for column in MINING_RUNS.columns)


def _run(row: Row[tuple[object, ...]] | None) -> MiningRun | None:
    return None if row is None else MiningRun(**row._mapping)


def _candidate_row(
    run: MiningRun, n: int, candidate: ProblemCandidate, ready: Ready
) -> tuple[object, ...]:
    """The candidate as JSON without its members, which have a table of their own."""
    told = {**ready(candidate.candidate_id, candidate), "members": b"[]"}
    return (
        run.run_id,
        candidate.candidate_id,
        n,
        candidate.statement,
        candidate.score,
        candidate.n_members,
        candidate.avoidable_hours.value,
        candidate.avoidable_hours.unit,
        candidate.life,
        candidate.movement,
        candidate.decision,
        candidate.first_seen_at,
        candidate.last_seen_at,
        to_bytes_beside(candidate, told).decode(),
    )
