"""The packs of the past: week by week, each as of its cut-off, going on where a kill ended it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pandas as pd

from flows.catching_up import made_weeks
from flows.reading import frame
from flows.week_making import Made, Making, make_week
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.states import RecordKind
from reports.editions import Choice
from store.runs import PackSnapshot
from store.week_lock import only_weeks
from store.week_runs import How, WeekRun

IN_ITS_TIME_DAYS = 7
"""A pack of a version that noted no weeks was made on time if it was made so soon after."""


class Outcome(StrEnum):
    """What became of a week in a backfill."""

    MADE = "made"
    """Its pack was made for the first time."""
    RESTATED = "restated"
    """Its pack takes the place of another, and says what moved."""
    SAME = "same"
    """It was made again, and tells the same."""
    THERE = "there"
    """It was made before, and was left as it is."""
    EMPTY = "empty"
    """No record reaches back so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is to be backfilled.

    Attributes:
        first: the first week.
        last: the last week, itself included.
        again: whether weeks that have a pack are made again, so that late data restate them.
        sends: whether the timer may let these packs out to readers.
        editions: whether the editions that readers get are made, too.
        has_pdf: whether the full edition is laid out as PDF.
    """

    first: ReportingWeek
    last: ReportingWeek
    again: bool = False
    sends: bool = False
    editions: bool = False
    has_pdf: bool = True

    @property
    def weeks(self) -> tuple[ReportingWeek, ...]:
        """All of them, oldest first."""
        found = [self.first]
        while found[-1] < self.last:
            found.append(found[-1].shifted(1))
        return tuple(found)

    @property
    def name(self) -> str:
        """What tells one backfill from another."""
        return f"{self.first}..{self.last}{' again' if self.again else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a week: the version of its pack (None: it has none), and what moved in it."""

    week: str
    outcome: Outcome
    version: int | None = None
    moved: tuple[str, ...] = ()
    n_candidates: int | None = None

    def __str__(self) -> str:
        told = {
            Outcome.MADE: f"v{self.version} made",
            Outcome.RESTATED: f"v{self.version} takes the place of v{(self.version or 0) - 1}",
            Outcome.SAME: f"as it was, v{self.version}",
            Outcome.THERE: "made before",
            Outcome.EMPTY: "no record reaches back so far",
        }[self.outcome]
        mined = "" if self.n_candidates is None else f", {self.n_candidates:,} candidates"
        return f"{self.week}  {told}{mined}"


def past_of(parts: Parts, first: str, last: str, now: datetime | None = None) -> Past:
    """The weeks from one to another.

    Raises:
        ConfigError: a label is no week, they are the wrong way round, or the last is not over yet.
    """
    zone, lag = parts.settings.zone, parts.settings.cutoff_lag
    start, end = ReportingWeek.parse(first, zone), ReportingWeek.parse(last, zone)
    if end < start:
        raise ConfigError(f"--from {start} lies after --to {end}; give the older week first")
    if end.cutoff(lag) > (now or datetime.now(UTC)):
        raise ConfigError(
            f"--to {end}: its cut-off is {end.cutoff(lag):%Y-%m-%d %H:%M} UTC, which is still to "
            "come; the weekly run makes it"
        )
    return Past(first=start, last=end)


def backfill(parts: Parts, past: Past) -> Iterator[Done]:
    """Make the packs of the past, oldest first; what became of each week, as soon as it is known.

    Killed at any point and started again, it goes on with the first week that was not done. Nothing
    is pulled, proposed or proven, and nothing is sent unless `past.sends` says so.

    Raises:
        ConfigError: the store holds no incident.
    """
    begins_at = _begins_at(parts)
    weeks = past.weeks
    job = _job(parts, past, [week for week in weeks if week.end_at > begins_at])
    for n, week in enumerate(weeks, 1):
        parts.say(f"backfill {n} of {len(weeks)}: {week}")
        if week.end_at <= begins_at:
            yield Done(week=week.label, outcome=Outcome.EMPTY)
            continue
        yield _one(parts, past, week, job)


def _one(parts: Parts, past: Past, week: ReportingWeek, job: str) -> Done:
    """One week; only one process at a time makes weeks of the past."""
    waits = "backfill: another run is making weeks of the past; waiting for it to end"
    with only_weeks(parts.store, on_wait=lambda: parts.say(waits)):
        with parts.store.look() as uow:
            run, before = uow.week_runs.get(week.label), uow.packs.get(week.label, Choice().key)
            is_made = week.label in made_weeks(uow, datetime.now(UTC))
        if _is_done(run, job) or (is_made and not past.again):
            version = before.version if before else None
            return Done(week=week.label, outcome=Outcome.THERE, version=version)
        cutoff_at = week.cutoff(parts.settings.cutoff_lag)
        making = Making(
            _how(run, before, cutoff_at),
            made_by=run.made_by if run else None,
            sends=past.sends,
            improves=False,
            publishes=past.editions,
            has_pdf=past.has_pdf,
            job=job,
        )
        made = make_week(parts, week, cutoff_at, {}, making)
    return _done(parts, week, before, made)


def _done(parts: Parts, week: ReportingWeek, before: PackSnapshot | None, made: Made) -> Done:
    with parts.store.look() as uow:
        after = uow.packs.get(week.label, Choice().key)
        candidates = uow.mining.candidates(made.run_id) if made.run_id else ()
    assert after is not None, "a week that was made has a pack"
    outcome = Outcome.MADE
    if before is not None:
        outcome = Outcome.SAME if before.version == after.version else Outcome.RESTATED
    return Done(
        week=week.label,
        outcome=outcome,
        version=after.version,
        moved=after.moved if outcome is Outcome.RESTATED else (),
        n_candidates=len(candidates) if made.run_id else None,
    )


def _how(run: WeekRun | None, before: PackSnapshot | None, cutoff_at: datetime) -> How:
    """How a week came to be made first; a pack without a note was made by an older version."""
    if run is not None:
        return run.how
    if before is None:
        return How.BACKFILL
    is_soon = (before.made_at - cutoff_at).days < IN_ITS_TIME_DAYS
    return How.ON_TIME if is_soon else How.ASKED


def _is_done(run: WeekRun | None, job: str) -> bool:
    """Whether a week was made to its end in this very backfill."""
    if run is None or run.job != job or run.made_at is None:
        return False
    return run.made_at >= run.began_at


def _job(parts: Parts, past: Past, weeks: Sequence[ReportingWeek]) -> str:
    """The id of the backfill: that of the one to go on with, else a new one.

    One is gone on with as long as some week was begun in it and another is not done.

    Args:
        parts: settings and store.
        past: what is to be backfilled.
        weeks: those of it that records reach back to.
    """
    with parts.store.look() as uow:
        runs = {one.week: one for one in uow.week_runs.list()}
    number = max((_number(one.job, past.name) for one in runs.values()), default=0)
    job = f"{past.name} #{max(number, 1)}"
    if number and all(_is_done(runs.get(week.label), job) for week in weeks):
        return f"{past.name} #{number + 1}"
    return job


def _number(job: str | None, name: str) -> int:
    head, _, number = (job or "").rpartition(" #")
    return int(number) if head == name and number.isdigit() else 0


def _begins_at(parts: Parts) -> datetime:
    """When the first incident was opened.

    Raises:
        ConfigError: there is none.
    """
    opened = frame(parts.store, RecordKind.INCIDENT, datetime.max.replace(tzinfo=UTC))["opened_at"]
    first: pd.Timestamp = opened.min()
    if pd.isna(first):
        raise ConfigError("the store holds no incident; read the sources first with `csi pull`")
    return first.to_pydatetime()
