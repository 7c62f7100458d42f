"""Changes that are followed by more incidents than the item's own base rate explains.

Every change is asked the same question: of all incidents on its item (its service, where no item is
recorded), how many fell into the 72 hours after it? Under "this change did nothing" each falls
there with the chance that any other incident has, which takes weekday, season and growth out. The
mid-p of that binomial question goes into a false-discovery control over all changes asked; apart
for changes that ended as successful and others, as far more of these break something. How a change
ended is told by those who made it, and says nothing of how many incidents come by chance.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from scipy import stats

from itsm.states import ChangeOutcome
from reports.measures.data import HOUR, Flags, Numbers, Positions, Texts, Times, hours_between
from reports.measures.discoveries import Asked, grouped_rates
from reports.measures.windows import EventsByUnit

WINDOW_H = 72
"""Hours after a change in which incidents may be its doing."""
FALSE_DISCOVERIES = 0.10
"""Share of the changes found that may be false, on average."""
PRIOR = 50.0
"""How many incidents elsewhere the clock weighs, when telling how busy a window was."""
UNITS = ("ci", "service")
"""What a change is tested on: the first of these that it names and incidents know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What was found for each change tested; arrays are parallel.

    `unit` is "ci" or "service", `n_after` the incidents on it in the 72 hours, `expected` what its
    base rate explains, `q` the false-discovery rate at which the change is found, `lag_h` the
    median hours to those incidents. `rows` are positions of incidents, for changes found; none for
    the others. `rivals` is how many other changes on the same unit lie within 72 hours. The same
    incidents are charged once: of found changes whose windows on a unit overlap, the one with the
    smallest q is found, and `behind` gives the others its place; -1 where there is none.
    """

    change: Positions
    unit: Texts
    unit_name: Texts
    n_after: Numbers
    expected: Numbers
    p: Numbers
    q: Numbers
    is_found: Flags
    lag_h: Numbers
    rivals: Numbers
    behind: Positions
    rows: tuple[Positions, ...]

    def __len__(self) -> int:
        return len(self.change)


def attributed(
    incidents: pd.DataFrame | None,
    opened_at: Times,
    changes: pd.DataFrame,
    implemented_at: Times,
    until: np.datetime64,
    by_unit: Mapping[str, tuple[EventsByUnit, Texts]] | None = None,
) -> Attribution:
    """Asked every change whose 72 hours are over.

    Args:
        incidents: with ci and service; not read where `by_unit` is given.
        opened_at: shape (n incidents,), when each was opened.
        changes: with ci, service, and outcome where it is known; canceled ones left out by the
            caller.
        implemented_at: shape (n changes,), NaT where a change is not implemented.
        until: what is known; a change whose window ends later is not tested yet.
        by_unit: the incidents by CI and by service with the names of these, where they are at hand.
    """
    end = implemented_at + WINDOW_H * HOUR
    begins = opened_at.min() if len(opened_at) else until
    over = np.asarray((end <= until) & (implemented_at >= begins))
    told = by_unit or {} if incidents is None else _by_units(incidents, opened_at)
    parts = []
    open_question = np.flatnonzero(over)
    for unit in UNITS:
        events, names = told[unit]
        place = pd.Index(names).get_indexer(pd.Index(changes[unit].iloc[open_question]))
        is_known = events.totals(place) > 0
        asked = open_question[is_known]
        labels = np.array([*names, None], dtype=object)
        part = _tested(events, asked, (place[is_known], labels), implemented_at, until)
        parts.append(replace(part, unit=np.full(len(asked), unit, dtype=object)))
        open_question = open_question[~is_known]
    return _joined(parts, opened_at, implemented_at, endings_of(changes))


def _by_units(incidents: pd.DataFrame, opened_at: Times) -> dict[str, tuple[EventsByUnit, Texts]]:
    coded = {unit: pd.factorize(incidents[unit]) for unit in UNITS}
    return {
        unit: (EventsByUnit.of(codes, opened_at), np.asarray(names, dtype=object))
        for unit, (codes, names) in coded.items()
    }


def endings_of(changes: pd.DataFrame) -> Texts:
    """How each change ended, as far as it matters: successful, otherwise, or not told."""
    if "outcome" not in changes:
        return np.full(len(changes), "not told", dtype=object)
    outcome = changes["outcome"]
    is_told = (outcome.notna() & (outcome != ChangeOutcome.UNMAPPED.value)).to_numpy()
    is_fine = (outcome == ChangeOutcome.SUCCESSFUL.value).fillna(False).to_numpy(dtype=bool)
    names = np.where(is_fine, "successful", "otherwise")
    return np.where(is_told, names, "not told").astype(object)


@dataclass(frozen=True, slots=True)
class _Part:
    """The changes tested on one kind of unit; `first` and `last` are places in `events`."""

    change: Positions
    unit: Texts
    unit_name: Texts
    events: EventsByUnit
    first: Positions
    last: Positions
    expected: Numbers
    tests: Asked
    rivals: Numbers


def _tested(
    events: EventsByUnit,
    change: Positions,
    unit: tuple[Positions, Texts],
    implemented_at: Times,
    until: np.datetime64,
) -> _Part:
    code, name = unit[0], unit[1][unit[0]]
    start, window = implemented_at[change], WINDOW_H * HOUR
    first, last = events.bounds(code, start, start + window)
    everywhere = events.count_all(start, start + window).astype(np.float64)
    total = events.totals(code).astype(np.float64)
    n = (last - first).astype(np.float64)
    period = (until - (events.sorted_at[0] if len(events.sorted_at) else until)) / HOUR
    share = WINDOW_H / max(float(period), WINDOW_H)
    expected, tests = rate_test(n, total, everywhere, len(events.sorted_at), share)
    near = EventsByUnit.of(code, start).count(code, start - window, start + window) - 1
    return _Part(change, name, name, events, first, last, expected, tests, near.astype(np.float64))


def rate_test(
    n: Numbers, total: Numbers, n_everywhere: Numbers, total_everywhere: int, time_share: float
) -> tuple[Numbers, Asked]:
    """What the base rate explains of each window, and the mid-p of what was seen.

    Args:
        n: events of the unit in the window.
        total: events of the unit in the whole period.
        n_everywhere: events of all units in the window.
        total_everywhere: events of all units in the whole period.
        time_share: of the window in the period; it weighs as `PRIOR` events of other units do, so
            that where there are few others the clock decides.

    Returns:
        Events expected from the unit's own rate outside the window, and the one-sided mid-p: the
        chance of more, and half that of as many. The plain tail is too cautious where most counts
        are 0, 1 or 2.

    Source:
        Przyborowski & Wilenski 1940 (conditional test of two rates); Lancaster 1961 (mid-p).
    """
    others = total_everywhere - total + PRIOR
    weight = np.clip((n_everywhere - n + PRIOR * time_share) / others, 1e-12, 1 - 1e-12)
    expected = (total - n) * weight / (1 - weight)
    tail = stats.binom.sf(n - 1, total, weight) - stats.binom.pmf(n, total, weight) / 2
    p = np.clip(np.where(n == 0, 1.0, tail), 0.0, 1.0)
    return expected, Asked(p, n == 0, (1 - weight) ** total)


def _joined(
    parts: list[_Part], opened_at: Times, implemented_at: Times, ending: Texts
) -> Attribution:
    change = np.concatenate([part.change for part in parts])
    order = np.argsort(change, kind="stable")
    change = change[order]
    unit = np.concatenate([part.unit for part in parts])[order]
    name = np.concatenate([part.unit_name for part in parts])[order]
    tests = Asked(
        *(
            np.concatenate([getattr(part.tests, one.name) for part in parts])[order]
            for one in fields(Asked)
        )
    )
    q = grouped_rates(tests, ending[change])
    is_found = q <= FALSE_DISCOVERIES
    surest = _surest(np.flatnonzero(is_found), q, tests.p, implemented_at[change])
    behind = _charged_once(surest, unit, name, implemented_at[change])
    is_found &= behind < 0
    rows = _rows(parts, order, is_found)
    lag_h = [
        _median_lag(implemented_at[one], opened_at[some]) if len(some) else np.nan
        for one, some in zip(change.tolist(), rows, strict=True)
    ]
    return Attribution(
        change=change,
        unit=unit,
        unit_name=name,
        n_after=np.concatenate([part.last - part.first for part in parts])[order].astype(float),
        expected=np.concatenate([part.expected for part in parts])[order],
        p=tests.p,
        q=q,
        is_found=is_found,
        lag_h=np.array(lag_h, dtype=np.float64),
        rivals=np.concatenate([part.rivals for part in parts])[order],
        behind=behind,
        rows=rows,
    )


def _rows(parts: list[_Part], order: Positions, is_found: Flags) -> tuple[Positions, ...]:
    """Positions of the incidents behind each change found; none for the others."""
    rows = [np.zeros(0, dtype=np.intp)] * len(order)
    first, last = (np.concatenate([getattr(part, end) for part in parts]) for end in _BOUNDS)
    of_part = np.repeat(np.arange(len(parts)), [len(part.change) for part in parts])
    for place in np.flatnonzero(is_found).tolist():
        own = order[place]
        events = parts[of_part[own]].events.order
        rows[place] = np.sort(events[first[own] : last[own]])
    return tuple(rows)


_BOUNDS = ("first", "last")


def _surest(found: Positions, q: Numbers, p: Numbers, implemented_at: Times) -> Positions:
    """What was found, the surest first; of alike ones, the latest."""
    age = -implemented_at[found].astype(np.int64)
    return found[np.lexsort((age, p[found], q[found]))]


def _charged_once(surest: Positions, unit: Texts, name: Texts, implemented_at: Times) -> Positions:
    """For each change, the found one that already accounts for its window; -1 for none."""
    behind = np.full(len(unit), -1, dtype=np.intp)
    kept: dict[tuple[str, str], list[int]] = {}
    for place in surest.tolist():
        others = kept.setdefault((unit[place], name[place]), [])
        near = [
            other
            for other in others
            if abs(implemented_at[other] - implemented_at[place]) < WINDOW_H * HOUR
        ]
        if near:
            behind[place] = near[0]
        else:
            others.append(place)
    return behind


def _median_lag(implemented_at: np.datetime64, opened_at: Times) -> float:
    return float(np.median(hours_between(np.full(len(opened_at), implemented_at), opened_at)))
