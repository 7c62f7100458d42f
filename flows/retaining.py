"""Retention: what is kept longer than the settings say is counted, told, and removed.

It goes in batches, each of its own transaction with its row in the journal: whoever is killed goes
on the next night. Nothing goes unless the settings say a number of days, and nothing on hold goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from flows.erasing_files import remove_withdrawn
from flows.privacy_settings import RetentionSettings
from flows.stage_watch import watched
from flows.standing import RETAIN
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import NotThereError
from itsm.periods import Period
from itsm.retention import FOR_FIGURES, Kept, Removal
from itsm.states import RecordKind
from itsm.statistics import MAX_WEEKS
from reports.measures.contracts import CATALOGUE
from store.decision_tables import DECIDED_INCIDENTS
from store.result_tables import CANDIDATE_MEMBERS
from store.retaining import BATCH
from store.runs import PackSnapshot
from store.unit_of_work import UnitOfWork

_RECORDS = {
    Kept.INCIDENTS: RecordKind.INCIDENT,
    Kept.SERVICE_REQUESTS: RecordKind.SERVICE_REQUEST,
    Kept.CHANGES: RecordKind.CHANGE,
    Kept.SURVEYS: RecordKind.SURVEY_RESPONSE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would go of a kind, what stays because it is on hold, and what rests on what goes."""

    kept: Kept
    before_at: datetime
    n_due: int
    n_held: int
    needed_by: tuple[str, ...]

    def __str__(self) -> str:
        held = f", {self.n_held:,} more stay on hold" if self.n_held else ""
        what = self.kept.replace("_", " ")
        return f"{what}: {self.n_due:,} from before {self.before_at:%Y-%m-%d} go{held}"


def plans(parts: Parts, now: datetime) -> tuple[Plan, ...]:
    """What would go of each kind that the settings name."""
    with parts.store.look() as uow:
        return tuple(
            Plan(
                kept=kept,
                before_at=before,
                n_due=uow.retaining.due(kept, before),
                n_held=uow.retaining.on_hold(kept, before),
                needed_by=tuple(_needed_by(parts, uow, kept, before, now)),
            )
            for kept, before in _asked(parts.settings.retention, now)
        )


def retain(parts: Parts, now: datetime) -> dict[Kept, int]:
    """Remove what is over; how many rows of each kind went."""
    asked = list(_asked(parts.settings.retention, now))
    if not asked:
        return {}
    with watched(parts.store, RETAIN):
        gone = {kept: sum(_batches(parts, kept, before, now)) for kept, before in asked}
        n_objects = remove_withdrawn(parts)
    for kept, n in gone.items():
        if n:
            parts.say(f"retain {n:,} {kept.replace('_', ' ')} removed")
    if n_objects:
        parts.say(f"retain {n_objects:,} files of packs removed from the archive")
    return gone


def frozen_since(
    parts: Parts, uow: UnitOfWork, period: Period, edition: str
) -> PackSnapshot | None:
    """The pack of a period whose records were removed since: it stays as it was frozen.

    Returns:
        None where its records are all there, so that it may be computed.

    Raises:
        NotThereError: they are not, and no pack was made of them before.
    """
    gone = [one for one in uow.retaining.removals() if _is_gone(one, period)]
    if not gone:
        return None
    kept = uow.packs.get(period.label, edition)
    if kept is None:
        raise NotThereError(
            f"{period.label}: {gone[0]}; no {edition} pack of it was made before, and none can be "
            "made now: its figures would be too small"
        )
    parts.say(f"pack   {period.label} stays as it was frozen: {gone[0]}")
    return kept


def told_removed(parts: Parts, period: Period) -> dict[str, str]:
    """What a pack has to say of records that its lines and baselines would reach back to."""
    with parts.store.look() as uow:
        found = uow.retaining.removals()
    first = period.shifted(-MAX_WEEKS)
    return {
        f"{one.kind.replace('_', ' ')} of before {one.before_at:%Y-%m-%d}": str(one)
        for one in found
        if one.kind in FOR_FIGURES and first.start_at < one.before_at
    }


def _is_gone(one: Removal, period: Period) -> bool:
    return one.kind in FOR_FIGURES and period.start_at < one.before_at


def _asked(settings: RetentionSettings, now: datetime) -> Iterator[tuple[Kept, datetime]]:
    """The kinds that are not kept for good, and before when they go."""
    for kept in Kept:
        days = getattr(settings, kept.value)
        if days is not None:
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            yield kept, midnight - timedelta(days=days)


def _batches(parts: Parts, kept: Kept, before: datetime, now: datetime) -> Iterator[int]:
    while True:
        with parts.store.begin() as uow:
            n = uow.retaining.remove(kept, before, now)
            uow.commit()
        yield n
        if n < BATCH:
            return


def _needed_by(
    parts: Parts, uow: UnitOfWork, kept: Kept, before: datetime, now: datetime
) -> Iterator[str]:
    """What rests on what would go."""
    if kept in _RECORDS:
        yield from _figures(parts, kept, before, now)
    if kept is Kept.INCIDENTS:
        yield from _decisions(uow, before)
        yield from _plans_without_baseline(uow, before)
    if kept is Kept.RAW_PAGES:
        yield "a mapping that changes later reaches only records whose payload is still there"
    if kept is Kept.CANDIDATES:
        yield "the lineage of candidates (csi lineage) begins with the oldest run that stays"


def _figures(parts: Parts, kept: Kept, before: datetime, now: datetime) -> Iterator[str]:
    n = sum(one.kind is _RECORDS[kept] for one in CATALOGUE.values())
    week = ReportingWeek.of(now, parts.settings.zone)
    n_weeks = max(MAX_WEEKS, parts.settings.mining.lookback_weeks)
    back = week.shifted(-n_weeks).start_at
    if back < before:
        yield (
            f"{n} figures and mining look back {n_weeks} weeks, to {back:%Y-%m-%d}: their lines "
            f"and baselines would begin at {before:%Y-%m-%d}; keep {(now - back).days} days or more"
        )
    else:
        yield f"{n} figures look back to {back:%Y-%m-%d} at most: none of next week's needs it"
    with parts.store.look() as uow:
        weeks = [one for one in uow.packs.weeks() if "-W" in one]
    frozen = [w for w in weeks if ReportingWeek.parse(w, parts.settings.zone).start_at < before]
    if frozen:
        yield f"{len(frozen)} weeks with packs stay as they were frozen and are not computed again"


def _decisions(uow: UnitOfWork, before: datetime) -> Iterator[str]:
    """Decisions bind incidents by their key and stay; members of the newest run would be bare."""
    going = uow.retaining.members(before).subquery()
    bound = DECIDED_INCIDENTS.c
    n_bound = _n_in(uow, sa.select(bound.source, bound.number).distinct(), going)
    if n_bound:
        yield f"{n_bound:,} of them are bound by decisions, which stay and hold for new incidents"
    run = uow.mining.latest()
    if run is not None:
        member = CANDIDATE_MEMBERS.c
        of_run = sa.select(member.source, member.number).where(member.run_id == run.run_id)
        if n_members := _n_in(uow, of_run.distinct(), going):
            yield f"{n_members:,} of them are members of candidates of the newest run"


def _plans_without_baseline(uow: UnitOfWork, before: datetime) -> Iterator[str]:
    """Entries that would be proven against weeks of which nothing is left."""
    waiting = [
        one.number
        for one in uow.register.list()
        if one.baseline is not None and min(one.baseline.weeks, default=before) < before
    ]
    if waiting:
        yield f"baselines of {', '.join(waiting)} rest on them: those are frozen, and stay"


def _n_in(uow: UnitOfWork, keys: sa.Select[tuple[str, str]], going: sa.Subquery) -> int:
    each = keys.subquery()
    same = sa.and_(each.c.source == going.c.source, each.c.number == going.c.number)
    query = sa.select(sa.func.count()).select_from(each.join(going, same))
    return uow.connection.execute(query).scalar_one()
