"""What drives a week's volume: which service, item, category, change or candidate brought more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.columns import Coded
from reports.measures.contract import Contract
from reports.measures.data import Flags, Numbers, Positions, Texts
from reports.measures.discoveries import discovery_rates
from reports.measures.mined import mined_of
from reports.measures.scope import Scope
from reports.measures.timeline import Timeline

BASE_WEEKS = 13
"""Weeks before this one that tell what is usual."""
MIN_BASE_WEEKS = 4
LEAST = 4
"""A driver brings at least so many incidents more than usual."""
FALSE_DRIVERS = 0.05
DIMENSIONS = ("service", "ci", "category", "change", "candidate")

EXCESS = Contract(
    figure_id="volume_excess",
    title="Incidents more than usual, and what brought them",
    family="handling",
    formula=(
        f"incidents opened in the week - their mean in the {BASE_WEEKS} weeks before; and the same "
        "for each service, CI, category, causing change and candidate that brought more than its "
        f"own weeks explain (conditional rate test, false-discovery rate {FALSE_DRIVERS:.0%}), "
        "with its share of the whole excess. Drivers overlap: an incident has a service and a CI"
    ),
    unit=Unit.COUNT,
    direction=Direction.DOWN,
    denominator="none: a difference of counts",
    exclusions=(
        "test records and duplicates; records opened and canceled within the week; "
        f"drivers of fewer than {LEAST} incidents more"
    ),
    kind=RecordKind.INCIDENT,
    needs=("incident.opened_at", "what drivers there are: service, ci, category"),
    owner="service desk lead",
    decision="where a spike is worked on, and who is told",
    partner="csat",
    is_in_pack=False,
)
CONTRACTS = (EXCESS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A value that brought more than usual.

    `excess` is in incidents, `share` of the whole excess (None where the week as a whole brought
    none), `q` the false-discovery rate at which it is named; `rows` are positions of its incidents.
    """

    dimension: str
    value: str
    n: int
    usual: float
    excess: float
    share: float | None
    q: float
    rows: Positions


def drivers(
    values: Mapping[str, pd.Series], week: Positions, newest: int, first: int = 0
) -> tuple[Driver, ...]:
    """What brought more incidents in the newest week than in the weeks before.

    Args:
        values: by dimension, the value of each incident; missing where it has none.
        week: shape (n,), the week of each incident, -1 outside the weeks.
        newest: the week asked about.
        first: the first week that the source covers.

    Returns:
        The surest first. The surest is also the most telling: a value that holds the excess and
        little else.
    """
    start = max(first, newest - BASE_WEEKS)
    n_base = newest - start
    if n_base < MIN_BASE_WEEKS:
        return ()
    is_base, is_now = (week >= start) & (week < newest), week == newest
    whole = float(is_now.sum()) - float(is_base.sum()) / n_base
    found: list[tuple[str, str, float, float, float]] = []
    for name, column in values.items():
        codes, names = pd.factorize(column)
        now, base = (_counts(codes, chosen, len(names)) for chosen in (is_now, is_base))
        p = _more_than_usual(now, base, n_base)
        there = np.flatnonzero(now > 0)
        found += [(name, str(names[i]), now[i], base[i] / n_base, p[i]) for i in there.tolist()]
    if not found:
        return ()
    q = discovery_rates(np.array([one[4] for one in found]))
    named = [
        Driver(
            dimension=name,
            value=value,
            n=int(n),
            usual=float(usual),
            excess=float(n - usual),
            share=float(n - usual) / whole if whole > 0 else None,
            q=float(rate),
            rows=np.flatnonzero(is_now & (values[name] == value).to_numpy(dtype=bool)),
        )
        for (name, value, n, usual, _), rate in zip(found, q, strict=True)
        if rate <= FALSE_DRIVERS and n - usual >= LEAST
    ]
    order = {name: place for place, name in enumerate(DIMENSIONS)}
    named.sort(key=lambda one: (one.q, -one.excess, -order.get(one.dimension, 9), one.value))
    return tuple(named)


def _counts(codes: Positions, chosen: Flags, n: int) -> Numbers:
    inside = codes[chosen & (codes >= 0)]
    return np.bincount(inside, minlength=n).astype(np.float64)


def _more_than_usual(now: Numbers, base: Numbers, n_base: int) -> Numbers:
    """Mid-p that a week brings so many of a value, given all it brought in these weeks.

    Source:
        Przyborowski & Wilenski 1940; Lancaster 1961.
    """
    total, weight = now + base, 1 / (n_base + 1)
    tail = stats.binom.sf(now - 1, total, weight) - stats.binom.pmf(now, total, weight) / 2
    return np.asarray(tail, dtype=np.float64)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """The excess of the week, and each of its drivers."""
    timeline = scope.incidents
    if timeline is None:
        yield not_available(scope, EXCESS, "no source provides incidents")
        return
    week, newest = timeline.counted_in(scope.grid), scope.grid.last
    first = scope.first_week(RecordKind.INCIDENT)
    start = max(first, newest - BASE_WEEKS)
    if newest - start < MIN_BASE_WEEKS:
        reason = f"needs {MIN_BASE_WEEKS} weeks before this one to tell what is usual"
        yield not_available(scope, EXCESS, reason)
        return
    usual = float(((week >= start) & (week < newest)).sum()) / (newest - start)
    now = week == newest
    shown = np.flatnonzero(week >= start)
    named = drivers(_values(scope, timeline, shown), week[shown], newest, first)
    extras = Extras(
        companions={"usual": usual, "opened": float(now.sum())},
        exactness=Exactness.COMPUTED,
        note=_sentence(named),
    )
    yield standing(scope, EXCESS, float(now.sum()) - usual, timeline.number[now], extras)
    for one in named:
        yield _slice(scope, one, timeline.number[shown[one.rows]])


def _slice(scope: Scope, one: Driver, number: Texts) -> FigureResult:
    beside = {"usual": one.usual, "opened": float(one.n), "false-discovery rate": one.q}
    if one.share is not None:
        beside["share of the excess"] = one.share
    extras = Extras(
        dimensions={"driver": one.dimension, "value": one.value},
        companions=beside,
        exactness=Exactness.COMPUTED,
    )
    return standing(scope, EXCESS, one.excess, number, extras)


def _values(scope: Scope, timeline: Timeline, shown: Positions) -> dict[str, pd.Series]:
    """What may have brought each incident, by dimension; only those the source tells of."""
    columns = {"service": "service", "ci": "ci", "category": "category"}
    columns["change"] = "caused_by_change"
    coded = {name: timeline.columns.coded(column) for name, column in columns.items()}
    mined = scope.data.candidate_of
    if mined is not None and not mined.empty:
        found = mined_of(timeline, mined)
        coded["candidate"] = Coded(found.of_record, found.candidate.words)
    values = {name: one.only(shown) for name, one in coded.items()}
    return {name: one.series() for name, one in values.items() if (one.codes >= 0).any()}


def _sentence(named: tuple[Driver, ...]) -> str | None:
    """The surest driver in plain words."""
    if not named:
        return "No service, CI, category, change or candidate alone brought more than usual."
    one = named[0]
    share = "" if one.share is None else f", {min(one.share, 1.0):.0%} of the excess"
    further = {0: "", 1: "; 1 more is named, and overlaps"}
    more = further.get(len(named) - 1, f"; {len(named) - 1} more are named, and overlap")
    return (
        f"{one.dimension} {one.value} brought {one.n} where {one.usual:.1f} are usual{share}{more}."
    )
