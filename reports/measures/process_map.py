"""Where a process waits: any log of cases with steps, or requests passing from team to team."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.contract import Contract
from reports.measures.data import DAY, Texts
from reports.measures.holders import NO_TEAM, pieces_of
from reports.measures.process_delay import OWN, VENDORS, WAITING, WORK, followed, hours
from reports.measures.scope import Scope
from reports.measures.teams import without_small
from reports.measures.timeline import EventKind, Timeline

COLUMNS = (
    "process",
    "case",
    "step",
    "owner",
    "is_vendor",
    "ready_at",
    "begun_at",
    "ended_at",
    "needed_at",
)
"""Columns of a case log, one row per step of a case: the team or vendor that does it, when it could
begin, began and ended (aware times; missing while it has not), and by when the case is needed."""
MAX_HOPS = 20
AHEAD_DAYS = 14
_PROXY = "Proxy: the teams of requests stand for steps, as no log of cases with steps is given."

_contract = partial(
    Contract,
    family="process delay",
    direction=Direction.DOWN,
    denominator="steps that ended in the week",
    exclusions=(
        "cases without a step in the week; steps whose times are not known; where requests stand "
        "for cases, those opened more than 90 days before the week"
    ),
    kind=RecordKind.SERVICE_REQUEST,
    needs=("a case log with steps, or service_request history of team",),
    owner="process owner",
    partner="csat",
    is_in_pack=False,
)
HOPS = _contract(
    figure_id="process_hop_wait",
    title="Waiting between the steps of a process",
    formula=(
        "hours from the moment a step could begin until it began, of the steps that ended in the "
        "week, over all and by hop from one step to the next; the longest in total first"
    ),
    unit=Unit.HOURS,
    decision="which hop to shorten first",
)
SPLIT = _contract(
    figure_id="process_time_split",
    title="Work and waiting, own staff and vendors",
    formula=(
        "hours of waiting and of work of the steps that ended in the week, of our own teams and of "
        "vendors; the four parts sum to the whole"
    ),
    unit=Unit.HOURS,
    direction=Direction.NEITHER,
    decision="how to divide work between own staff and vendors",
)
UPCOMING = _contract(
    figure_id="process_upcoming",
    title="Cases needed soon with unfinished steps",
    formula=(
        "cases needed within 14 days after the week that have an unfinished step, and by the team "
        "or vendor whose step it is"
    ),
    unit=Unit.COUNT,
    denominator="none: a count",
    exclusions="cases that do not tell by when they are needed",
    needs=("a case log with steps and needed_at, or service_request.due_at",),
    decision="which starts to rescue this week",
)
CONTRACTS = (HOPS, SPLIT, UPCOMING)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Waits by hop, work and waiting by side, and what is needed soon."""
    steps = scope.data.case_log
    exactness = Exactness.EXACT
    if steps is None:
        steps = None if scope.requests is None else steps_of(scope, scope.requests)
        exactness = Exactness.PROXY
    if steps is None or steps.empty:
        reason = "needs a log of cases with steps, or the history of teams of requests"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    steps = _as_known(scope, steps)
    ended = steps[(steps["ended_at"] >= scope.week_start) & (steps["ended_at"] < scope.week_end)]
    yield from _hops(scope, ended, exactness)
    yield from _split(scope, ended, exactness)
    yield from _upcoming(scope, steps, exactness)


def _as_known(scope: Scope, steps: pd.DataFrame) -> pd.DataFrame:
    """The steps as known at the cut-off, in naive UTC, with the step that each one follows."""
    known = {}
    for name in ("ready_at", "begun_at", "ended_at", "needed_at"):
        column = pd.to_datetime(steps[name], utc=True).dt.tz_localize(None)
        known[name] = column if name == "needed_at" else column.mask(column > scope.cutoff)
    return followed(steps.assign(**known, owner=without_small(scope.data, _texts(steps, "owner"))))


def _texts(steps: pd.DataFrame, column: str) -> Texts:
    return steps[column].fillna("not given").to_numpy(dtype=object)


def _hops(scope: Scope, ended: pd.DataFrame, exactness: Exactness) -> Iterator[FigureResult]:
    ended = ended.assign(wait=hours(ended["ready_at"], ended["begun_at"]))
    ended = ended[ended["wait"].notna()]
    if ended.empty:
        yield not_available(scope, HOPS, "no step with known times ended in the week")
        return
    yield _wait(scope, ended, {}, exactness)
    groups = ended.groupby(["process", "before", "step"], sort=True)
    totals = groups["wait"].sum().sort_values(ascending=False, kind="stable")
    for hop in totals.index[:MAX_HOPS]:
        process, before, step = hop
        dimensions = {"process": str(process), "from": str(before), "to": str(step)}
        yield _wait(scope, groups.get_group(hop), dimensions, exactness)


def _wait(
    scope: Scope, rows: pd.DataFrame, dimensions: dict[str, str], exactness: Exactness
) -> FigureResult:
    wait = np.sort(rows["wait"].to_numpy(dtype=np.float64))
    beside = {"median": float(np.median(wait)), "p90": float(np.quantile(wait, 0.9))}
    note = None if exactness is Exactness.EXACT or dimensions else _PROXY
    extras = Extras(dimensions=dimensions, companions=beside, exactness=exactness, note=note)
    return standing(scope, HOPS, float(wait.sum()), _cases(rows), extras)


def _cases(rows: pd.DataFrame) -> Texts:
    return rows["case"].drop_duplicates().to_numpy(dtype=object)


def _split(scope: Scope, ended: pd.DataFrame, exactness: Exactness) -> Iterator[FigureResult]:
    wait = hours(ended["ready_at"], ended["begun_at"])
    work = hours(ended["begun_at"], ended["ended_at"])
    known = (wait.notna() & work.notna()).to_numpy()
    if not known.any():
        yield not_available(scope, SPLIT, "no step with known times ended in the week")
        return
    is_vendor = ended["is_vendor"].fillna(False).to_numpy(dtype=bool)
    total = float(np.sort((wait + work)[known]).sum())
    yield standing(scope, SPLIT, total, _cases(ended[known]), Extras(exactness=exactness))
    for side, of_side in ((OWN, ~is_vendor), (VENDORS, is_vendor)):
        for part, spent in ((WAITING, wait), (WORK, work)):
            chosen = known & of_side
            value = float(np.sort(spent[chosen]).sum())
            extras = Extras(
                dimensions={"side": side, "part": part},
                companions={"share": value / total} if total else {},
                exactness=exactness,
            )
            yield standing(scope, SPLIT, value, _cases(ended[chosen]), extras)


def _upcoming(scope: Scope, steps: pd.DataFrame, exactness: Exactness) -> Iterator[FigureResult]:
    if steps["needed_at"].isna().all():
        yield not_available(scope, UPCOMING, "no case tells by when it is needed")
        return
    until = scope.week_end + AHEAD_DAYS * DAY
    soon = (steps["needed_at"] >= scope.week_end) & (steps["needed_at"] < until)
    waiting = steps[soon & ~(steps["ended_at"] < scope.week_end)]
    number = _cases(waiting)
    extras = Extras(exactness=exactness)
    yield standing(scope, UPCOMING, float(len(number)), number, extras)
    for owner, rows in waiting.groupby("owner", sort=True):
        extras = Extras(
            dimensions={"owner": str(owner)},
            companions={"unfinished steps": float(len(rows))},
            exactness=exactness,
        )
        cases = _cases(rows)
        yield standing(scope, UPCOMING, float(len(cases)), cases, extras)


def steps_of(scope: Scope, timeline: Timeline) -> pd.DataFrame | None:
    """Requests as cases: each team that had one is a step, from its assignment to its end.

    A step begins with the first change of state in it; where there is none, with the assignment.
    """
    ends = timeline.events.of(EventKind.RESOLVED)
    done = np.full(len(timeline.opened_at), np.datetime64("NaT", "us"))
    done[ends.record] = ends.at
    since = scope.week_start - 90 * DAY
    chosen = np.flatnonzero((timeline.opened_at >= since) & (timeline.opened_at < scope.week_end))
    if not timeline.trails or not len(chosen):
        return None
    until = np.where(np.isnat(done), scope.cutoff, done)[chosen]
    pieces = pieces_of(timeline, chosen, timeline.opened_at[chosen], until)
    pieces = pieces.only(pieces.team != NO_TEAM)
    if not len(pieces.window):
        return None
    frame = pd.DataFrame(
        {
            "window": pieces.window,
            "owner": without_small(scope.data, pieces.team),
            "at": pieces.start,
            "end": pieces.end,
            "is_new": pieces.state == "new",
        }
    )
    changed = (frame["owner"] != frame["owner"].shift()) | (
        frame["window"] != frame["window"].shift()
    )
    return _as_steps(scope, timeline, chosen, frame.assign(step=changed.cumsum()), done)


def _as_steps(
    scope: Scope,
    timeline: Timeline,
    chosen: "np.typing.NDArray[np.intp]",
    frame: pd.DataFrame,
    done: "np.typing.NDArray[np.datetime64]",
) -> pd.DataFrame:
    groups = frame.groupby("step", sort=True)
    first = groups.first()
    record = chosen[first["window"].to_numpy()]
    begun = frame[~frame["is_new"]].groupby("step")["at"].min().reindex(first.index)
    end = groups["end"].max()
    is_running = np.isnat(done[record]) & (end >= scope.cutoff).to_numpy()
    begun = begun.where(begun.notna() | is_running, first["at"])
    teams = scope.frame(RecordKind.TEAM)
    vendors = set() if teams is None else set(teams["name"][teams["vendor"].notna()])
    item = timeline.columns.texts("catalogue_item", "request")
    due = timeline.columns.only(["due_at"], record)["due_at"]
    return pd.DataFrame(
        {
            "process": item[record],
            "case": timeline.number[record],
            "step": first["owner"].to_numpy(dtype=object),
            "owner": first["owner"].to_numpy(dtype=object),
            "is_vendor": first["owner"].isin(vendors).to_numpy(),
            "ready_at": first["at"].to_numpy(),
            "begun_at": begun.to_numpy(),
            "ended_at": end.mask(is_running).to_numpy(),
            "needed_at": due.to_numpy(),
        }
    )
