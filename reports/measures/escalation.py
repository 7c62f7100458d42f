"""Escalations from first line to the lines behind it, and which of them could be spared."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from itsm.figures import Direction, FigureResult, Unit
from itsm.states import HistoryField, RecordKind
from reports.measures.build import Extras, Observed, not_available, share
from reports.measures.contract import Contract
from reports.measures.data import Flags, Numbers, Positions, Texts, Times, hours_between
from reports.measures.hops import team_moves
from reports.measures.scope import Scope
from reports.measures.timeline import EventKind, Events, Timeline
from reports.measures.trail import joined

MAX_CATEGORIES = 10
MIN_CASES = 5
"""A category with fewer resolutions says nothing of what first line can solve."""
NO_CATEGORY = "not given"

_contract = partial(
    Contract,
    family="flow between teams",
    unit=Unit.SHARE,
    direction=Direction.DOWN,
    kind=RecordKind.INCIDENT,
    owner="service desk lead",
    partner="csat",
    needs=("team.line", "incident history of team"),
    is_in_pack=False,
)
RATE = _contract(
    figure_id="escalation_rate",
    title="Incidents escalated from first line",
    formula=(
        "of the resolutions of the week of incidents that first line had, those that moved on to "
        "a team of a higher line before"
    ),
    denominator="resolutions in the week of incidents that a first-line team had",
    exclusions="test records, duplicates and canceled incidents; incidents without team history",
    decision="which categories first line is to be enabled for",
)
PARETO = _contract(
    figure_id="escalation_pareto",
    title="Categories that drive escalations",
    formula=(
        "of the escalated resolutions of the week, the share of each of the ten commonest "
        "categories, with the cumulative share beside it"
    ),
    direction=Direction.NEITHER,
    denominator="escalated resolutions in the week",
    exclusions=RATE.exclusions,
    decision="which category to write an article, a routing rule or a right for first",
)
SOLVABLE = _contract(
    figure_id="escalation_solvable",
    title="Escalations that first line could have solved",
    formula=(
        "of the escalated resolutions of the week, those with a category and close code that "
        "first line solved itself in at least half of the cases of the weeks shown (5 or more)"
    ),
    denominator="escalated resolutions in the week with category and close code",
    exclusions=f"{RATE.exclusions}; incidents without category or close code",
    needs=(*RATE.needs, "incident.category", "incident.close_code"),
    decision="what to hand first line: knowledge, rights, or time",
)
HELD = _contract(
    figure_id="escalation_held",
    title="Escalations held too long",
    formula=(
        "of the escalated resolutions of the week, those that left first line later than nine of "
        "ten incidents that first line solves itself are done; the threshold in hours beside it"
    ),
    denominator="escalated resolutions in the week",
    exclusions=RATE.exclusions,
    decision="after how many hours first line passes work on",
)
CONTRACTS = (RATE, PARETO, SOLVABLE, HELD)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Resolutions of incidents that first line had; `up_at` is NaT where they were not escalated.

    `up_at` is the first move from first line to a higher line before the resolution.
    """

    record: Positions
    week: Positions
    took_h: Numbers
    up_at: Times

    @property
    def is_escalated(self) -> Flags:
        return ~np.isnat(self.up_at)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """How much is escalated, by what, and what could have been spared."""
    timeline = scope.incidents
    lines = None if timeline is None else _lines(scope, timeline)
    if timeline is None or lines is None:
        reason = "needs the line of teams and the history of teams"
        yield from (not_available(scope, one, reason) for one in CONTRACTS)
        return
    number = timeline.number[lines.record]
    seen = Observed(lines.week, number)
    yield share(scope, RATE, seen, lines.is_escalated)
    category = _words(timeline, "category")[lines.record]
    yield from _pareto(scope, seen.only(lines.is_escalated), category[lines.is_escalated])
    yield _solvable(scope, timeline, lines, category)
    yield _held(scope, lines, seen)


def _lines(scope: Scope, timeline: Timeline) -> _Lines | None:
    teams, moves = scope.frame(RecordKind.TEAM), team_moves(timeline)
    if teams is None or moves is None or teams["line"].isna().all():
        return None
    first, higher = _names(teams, teams["line"] == 1), _names(teams, teams["line"] > 1)
    ends = timeline.events.of(EventKind.RESOLVED)
    ends = ends.inside(scope.grid)
    words = moves.words.astype(str)
    up = np.isin(words, first)[moves.from_code] & np.isin(words, higher)[moves.to_code]
    up_at = _first_before(moves.record[up], moves.at[up], ends)
    trail = timeline.trails[HistoryField.TEAM].until(scope.cutoff)
    had = np.zeros(len(timeline.opened_at), dtype=bool)
    had[trail.record[trail.coded("new").marks(frozenset(first).__contains__)]] = True
    kept = had[ends.record]
    took_h = hours_between(timeline.opened_at[ends.record], ends.at)
    week = ends.week_in(scope.grid)
    return _Lines(ends.record[kept], week[kept], took_h[kept], up_at[kept])


def _names(teams: pd.DataFrame, chosen: "pd.Series[bool]") -> list[str]:
    rows = teams[chosen.fillna(False).to_numpy(dtype=bool)]
    return sorted({*rows["name"].astype(str), *rows["number"].astype(str)})


def _first_before(record: Positions, at: Times, ends: Events) -> Times:
    """The first of the marks on each event's record, if it lies before the event; else NaT."""
    found = np.full(len(ends), np.datetime64("NaT", "us"), dtype=ends.at.dtype)
    if not len(record):
        return found
    keys, asked = joined(record, at, ends.record, ends.at)
    place = np.searchsorted(record, ends.record, "left")
    inside = place < len(record)
    hit = np.zeros(len(ends), dtype=bool)
    hit[inside] = (record[place[inside]] == ends.record[inside]) & (
        keys[place[inside]] <= asked[inside]
    )
    found[hit] = at[place[hit]]
    return found


def _words(timeline: Timeline, column: str) -> Texts:
    return timeline.columns.texts(column, NO_CATEGORY)


def _pareto(scope: Scope, seen: Observed, category: Texts) -> Iterator[FigureResult]:
    now = seen.week == scope.grid.last
    counts = pd.Series(category[now], dtype=object).value_counts()
    if counts.empty:
        yield not_available(scope, PARETO, "no escalated incident was resolved in the week")
        return
    order = sorted(counts.index, key=lambda name: (-counts[name], name))
    reached = 0.0
    for name in order[:MAX_CATEGORIES]:
        reached += counts[name] / counts.sum()
        extras = Extras(
            dimensions={"category": str(name)},
            companions={"cumulative share": reached},
            has_series=False,
        )
        yield share(scope, PARETO, seen, category == name, extras)


def _solvable(scope: Scope, timeline: Timeline, lines: _Lines, category: Texts) -> FigureResult:
    code = _words(timeline, "close_code")[lines.record]
    known = (category != NO_CATEGORY) & (code != NO_CATEGORY)
    if not known.any():
        return not_available(scope, SOLVABLE, "needs category and close code of incidents")
    frame = pd.DataFrame({"category": category, "code": code, "own": ~lines.is_escalated})
    by_fix = frame.groupby(["category", "code"], sort=True)["own"]
    is_solvable = (by_fix.transform("mean") >= 0.5) & (by_fix.transform("size") >= MIN_CASES)
    now = lines.week == scope.grid.last
    chosen = known & lines.is_escalated
    extras = Extras(
        excluded={"no category or close code": int((now & ~known & lines.is_escalated).sum())},
        has_series=False,
    )
    seen = Observed(lines.week, timeline.number[lines.record]).only(chosen)
    return share(scope, SOLVABLE, seen, is_solvable.to_numpy(dtype=bool)[chosen], extras)


def _held(scope: Scope, lines: _Lines, seen: Observed) -> FigureResult:
    own_h = lines.took_h[~lines.is_escalated]
    if len(own_h) < MIN_CASES:
        reason = "fewer than 5 incidents were solved by first line itself in the weeks shown"
        return not_available(scope, HELD, reason)
    threshold = float(np.quantile(own_h, 0.9))
    assert scope.incidents is not None
    opened = scope.incidents.opened_at[lines.record]
    held_h = hours_between(opened, lines.up_at)
    up = lines.is_escalated
    extras = Extras(companions={"threshold, hours": threshold}, has_series=False)
    return share(scope, HELD, seen.only(up), held_h[up] > threshold, extras)
