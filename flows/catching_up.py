"""Weeks whose run was missed: the next weekly run makes them first, in order, and once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.week_making import Made, Making, make_week
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import CsiError
from reports.editions import Choice
from store.unit_of_work import UnitOfWork
from store.week_lock import only_weeks
from store.week_runs import How


@dataclass(frozen=True, slots=True)
class Missed:
    """Weeks before one that should have been made and were not, oldest first.

    Attributes:
        weeks: those that the next weekly run makes good.
        left: those that are too old for that; `csi backfill` makes them.
    """

    weeks: tuple[ReportingWeek, ...] = ()
    left: tuple[ReportingWeek, ...] = ()


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The weeks that were made late, and why one was not, by week."""

    made: Mapping[str, Made]
    troubles: Mapping[str, str]

    @property
    def missing(self) -> dict[str, str]:
        """What was not made, as a pack confesses it."""
        return {f"the pack of {week}": why for week, why in self.troubles.items()}


def missed(parts: Parts, week: ReportingWeek, now: datetime | None = None) -> Missed:
    """The weeks before one that were missed.

    Counted from the newest week that was made before it, so nothing is missed before the first
    pack. A week that a wrong clock says was made in the future counts as not made; so does one
    whose making was begun by a schedule and never ended.

    Args:
        parts: settings and store.
        week: the week that is due.
        now: the time now, None for the clock's.
    """
    at = now or datetime.now(UTC)
    with parts.store.look() as uow:
        made = made_weeks(uow, at)
        halted = {
            one.week
            for one in uow.week_runs.list()
            if not one.is_done(at) and one.how in (How.ON_TIME, How.LATE) and one.week < week.label
        }
    before = [label for label in made if label < week.label]
    if not before:
        return Missed()
    first = min([ReportingWeek.parse(max(before), week.zone).shifted(1).label, *halted])
    found = []
    one = ReportingWeek.parse(first, week.zone)
    while one < week:
        if one.label not in made:
            found.append(one)
        one = one.shifted(1)
    kept = parts.settings.catching_up.weeks
    oldest = week.shifted(-kept)
    return Missed(
        weeks=tuple(one for one in found if one >= oldest),
        left=tuple(one for one in found if one < oldest),
    )


def make_good(
    parts: Parts,
    week: ReportingWeek,
    missing: Mapping[str, str],
    now: datetime | None = None,
    *,
    has_pdf: bool = True,
) -> CaughtUp:
    """Make the missed weeks before one, in order; one that cannot be made ends it.

    Two schedulers by mistake make each week once: the second waits, and finds it made.

    Args:
        parts: from `flows.wiring`.
        week: the week that is due.
        missing: what the packs have to do without, such as a source that did not answer.
        now: the time now, None for the clock's.
        has_pdf: whether the packs are laid out as PDF, too.
    """
    found = missed(parts, week, now)
    if found.left:
        parts.say(f"late   {told_left(found)}")
    made: dict[str, Made] = {}
    for one in found.weeks:
        try:
            done = make_one_good(parts, one, week, missing, now, has_pdf=has_pdf)
        except CsiError as error:
            parts.say(f"late   {one} could not be made: {error}")
            return CaughtUp(made, {one.label: str(error)})
        if done is not None:
            made[one.label] = done
    return CaughtUp(made, {})


def make_one_good(
    parts: Parts,
    one: ReportingWeek,
    week: ReportingWeek,
    missing: Mapping[str, str],
    now: datetime | None = None,
    *,
    has_pdf: bool = True,
) -> Made | None:
    """Make a missed week as of its own cut-off; None where somebody else has made it meanwhile."""
    waits = "late   another run is making weeks of the past; waiting for it to end"
    with only_weeks(parts.store, on_wait=lambda: parts.say(waits)):
        if one not in missed(parts, week, now).weeks:
            return None
        parts.say(f"late   {one} was missed and is made now")
        sends = parts.settings.catching_up.sends
        making = Making(How.LATE, made_by=week.label, sends=sends, has_pdf=has_pdf)
        return make_week(parts, one, one.cutoff(parts.settings.cutoff_lag), missing, making)


def told_left(found: Missed) -> str:
    """Which missed weeks are too old to be made good by themselves, and what makes them."""
    first, last = found.left[0], found.left[-1]
    n = len(found.left)
    return (
        f"{n} missed weeks from {first} to {last} are older than catching_up.weeks allows; "
        f"`csi backfill --from {first} --to {last}` makes them"
    )


def made_weeks(uow: UnitOfWork, at: datetime) -> set[str]:
    """The weeks that were made to their end; packs of versions that noted no weeks count."""
    noted = {one.week: one.is_done(at) for one in uow.week_runs.list()}
    edition = Choice().key
    packed = {one.week for one in uow.packs.lines() if one.edition == edition and "-W" in one.week}
    return {week for week, is_done in noted.items() if is_done} | (packed - noted.keys())
