"""The runs page: what ran, what is late, and when each stage last went well."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reports.lookup import words
from reports.numbers import local_time, number
from reports.text import clean
from review_app.addresses import safe_address
from review_app.parts import ReviewParts
from review_app.works import StageStanding
from store.push_runs import EVERYWHERE, PushRun
from store.runs import MiningRun
from store.stage_runs import Outcome, StageRun
from store.unit_of_work import Store

MAX_RUNS = 20


@dataclass(frozen=True, slots=True)
class Bare:
    """A stage of which nobody said when it is expected."""

    stage: str
    source: str
    run: StageRun | None
    expected_within_h: float | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLine:
    """A stage as the page shows it."""

    name: str
    source: str
    good: str
    ago: str
    newest: str
    error: str
    expected: str
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsView:
    """What ran, and what should have."""

    stages: tuple[StageLine, ...]
    n_late: int
    prefect: str | None
    mined: tuple[tuple[str, str, str, str, str], ...]
    pushes: tuple[tuple[str, str, str, str], ...]
    stops: tuple[tuple[str, str, str, str], ...]


def runs_view(parts: ReviewParts, store: Store) -> RunsView:
    """What the page shows."""
    now = parts.works.clock()
    with store.look() as uow:
        kept = uow.stage_runs.list()
        pushes, stops = uow.push_runs.list()[:MAX_RUNS], uow.push_runs.stops()
    told: Sequence[StageStanding] = [Bare(one.stage, one.source, one) for one in kept]
    if parts.works.standings is not None:
        told = parts.works.standings(now)
    lines = tuple(_stage(one, parts, now) for one in told)
    return RunsView(
        stages=lines,
        n_late=sum(line.is_late for line in lines),
        prefect=safe_address(parts.works.prefect),
        mined=tuple(_mined(run, parts) for run in parts.reviewing.runs()[:MAX_RUNS]),
        pushes=tuple(_push(run, parts) for run in pushes),
        stops=tuple(
            (
                "every source" if stop.source == EVERYWHERE else clean(stop.source, 60),
                clean(parts.works.name(stop.actor), 60),
                local_time(stop.at, parts.zone).partition(" (")[0],
                clean(stop.reason, 300),
            )
            for stop in stops
        ),
    )


def _stage(one: StageStanding, parts: ReviewParts, now: datetime) -> StageLine:
    run = one.run
    good = run.good_at if run else None
    within = one.expected_within_h
    return StageLine(
        name=words(one.stage),
        source=clean(one.source, 60),
        good=_when(good, parts) if good else "never",
        ago=_ago(now - good) if good else "",
        newest=_newest(run, parts),
        error=clean(run.error or "", 400) if run and run.outcome is Outcome.FAILED else "",
        expected="not expected" if within is None else f"every {number(within, 0)} h",
        is_late=one.is_late,
    )


def _newest(run: StageRun | None, parts: ReviewParts) -> str:
    if run is None:
        return "never begun"
    at = _when(run.ended_at or run.began_at, parts)
    told = {Outcome.GOOD: "went well", Outcome.FAILED: "failed"}
    return f"{told.get(run.outcome, 'running, or was killed; begun')} {at}"


def _mined(run: MiningRun, parts: ReviewParts) -> tuple[str, str, str, str, str]:
    """Week, when, how long, of how many, by which version."""
    took = (run.finished_at - run.started_at).total_seconds()
    return (
        clean(run.week, 20),
        _when(run.finished_at, parts),
        f"{number(took, 0)} s",
        number(run.n_incidents),
        clean(run.mining_version, 40),
    )


def _push(run: PushRun, parts: ReviewParts) -> tuple[str, str, str, str]:
    """Id, begun, ended, counts."""
    counts = ", ".join(f"{number(n)} {words(name)}" for name, n in sorted(run.numbers.items()))
    ended = _when(run.finished_at, parts) if run.finished_at else "did not end"
    return clean(run.run_id, 60), _when(run.started_at, parts), ended, counts or "nothing to do"


def _when(at: datetime, parts: ReviewParts) -> str:
    return local_time(at, parts.zone).partition(" (")[0]


def _ago(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours < 2:
        return f"{max(hours, 0) * 60:.0f} min ago"
    return f"{hours:.0f} h ago" if hours < 96 else f"{hours / 24:.0f} days ago"
