"""Figures from observations: counts, shares and durations, with their weekly series."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from itsm.figures import Exactness, Figure, FigureResult, NotAvailable, Series, Signal
from itsm.states import RecordKind
from itsm.statistics import wilson_interval
from reports.measures.columns import Coded
from reports.measures.contract import Contract
from reports.measures.data import Flags, Numbers, Positions, Texts
from reports.measures.declared import marks
from reports.measures.scope import Scope
from reports.measures.signal import charted

MIN_BASE = 5
"""Shares and medians of fewer observations are shown, but are no points of a control chart."""

_FROM_THE_FIRST = frozenset({"opened"})
"""Figures of incidents that need none opened earlier; others are judged from settled weeks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a figure says beside its value.

    `covered_from` is given where a figure looks back: no week before it is a point of the series.
    """

    dimensions: Mapping[str, str] = field(default_factory=dict)
    companions: Mapping[str, float] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    exactness: Exactness = Exactness.EXACT
    note: str | None = None
    has_series: bool = True
    covered_from: np.datetime64 | None = None


PLAIN = Extras()


@dataclass(frozen=True, slots=True)
class Observed:
    """Observations of records: the week index of each (-1: outside the weeks), and its record."""

    week: Positions
    number: Texts | Coded

    def only(self, kept: Flags) -> "Observed":
        """The observations that a mask keeps."""
        return Observed(self.week[kept], self.number[kept])

    def named(self, kept: Flags) -> Texts:
        """The records of the observations that a mask keeps."""
        named = self.number[kept]
        return named.texts() if isinstance(named, Coded) else named


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """What was computed for the week, and for each week of the series."""

    value: float
    n: int
    rows: Texts
    series: Sequence[float | None]
    numerator: float | None = None
    base_rows: tuple[str, ...] = ()
    interval: tuple[float, float] | None = None
    companions: Mapping[str, float] = field(default_factory=dict)


def not_available(
    scope: Scope, contract: Contract, reason: str, dimensions: Mapping[str, str] | None = None
) -> NotAvailable:
    """A figure that cannot be had, with the reason and what is needed."""
    return NotAvailable(
        figure_id=contract.figure_id,
        version=contract.version,
        title=contract.title,
        unit=contract.unit,
        period=scope.week.label,
        reason=reason,
        sources=scope.sources,
        dimensions=dict(dimensions or {}),
    )


def count(scope: Scope, contract: Contract, seen: Observed, extras: Extras = PLAIN) -> Figure:
    """How many observations fall into the week.

    Args:
        scope: the week.
        contract: the figure's definition.
        seen: what is counted.
        extras: what the figure says beside.
    """
    now = seen.week == scope.grid.last
    per_week = np.bincount(seen.week[seen.week >= 0], minlength=len(scope.grid))
    counted = _Value(
        value=float(now.sum()),
        n=int(now.sum()),
        rows=seen.named(now),
        series=[float(value) for value in per_week],
    )
    return _figure(scope, contract, counted, extras)


def share(
    scope: Scope, contract: Contract, seen: Observed, hit: Flags, extras: Extras = PLAIN
) -> FigureResult:
    """The share of the week's observations that are hits, with its Wilson interval.

    Args:
        scope: the week.
        contract: the figure's definition.
        seen: the denominator's observations.
        hit: shape as `seen`, what the numerator counts.
        extras: what the figure says beside.
    """
    now = seen.week == scope.grid.last
    n, hits = int(now.sum()), int((now & hit).sum())
    if n == 0:
        return not_available(scope, contract, _nothing(contract), extras.dimensions)
    inside = seen.week >= 0
    base = np.bincount(seen.week[inside], minlength=len(scope.grid))
    top = np.bincount(seen.week[inside & hit], minlength=len(scope.grid))
    shared = _Value(
        value=hits / n,
        n=n,
        rows=seen.named(now & hit),
        series=[float(a / b) if b >= MIN_BASE else None for a, b in zip(top, base, strict=True)],
        numerator=float(hits),
        base_rows=_rows(seen.named(now)),
        interval=wilson_interval(hits, n),
    )
    return _figure(scope, contract, shared, extras)


def middle(
    scope: Scope, contract: Contract, seen: Observed, value: Numbers, extras: Extras = PLAIN
) -> FigureResult:
    """The median of the week's values; the 90th percentile and the mean stand beside it."""
    return _summary(scope, contract, (seen, value, _median), extras)


def average(
    scope: Scope, contract: Contract, seen: Observed, value: Numbers, extras: Extras = PLAIN
) -> FigureResult:
    """The mean of the week's values; the median and the 90th percentile stand beside it."""
    return _summary(scope, contract, (seen, value, _mean), extras)


def _median(values: Numbers) -> float:
    return float(np.median(values))


def _mean(values: Numbers) -> float:
    return float(np.mean(np.sort(values)))


def _summary(
    scope: Scope,
    contract: Contract,
    observed: tuple[Observed, Numbers, Callable[[Numbers], float]],
    extras: Extras,
) -> FigureResult:
    seen, value, of = observed
    usable = (seen.week >= 0) & ~np.isnan(value)
    seen, value = seen.only(usable), value[usable]
    now = seen.week == scope.grid.last
    if not now.any():
        return not_available(scope, contract, _nothing(contract), extras.dimensions)
    newest = value[now]
    order = np.argsort(seen.week, kind="stable")
    bounds = np.searchsorted(seen.week[order], np.arange(1, len(scope.grid)))
    parts = np.split(value[order], bounds) if extras.has_series else []
    summary = _Value(
        value=of(newest),
        n=len(newest),
        rows=seen.named(now),
        series=[of(part) if len(part) >= MIN_BASE else None for part in parts],
        companions={
            "median": _median(newest),
            "p90": float(np.quantile(newest, 0.9)),
            "mean": _mean(newest),
        },
    )
    return _figure(scope, contract, summary, extras)


def standing(
    scope: Scope,
    contract: Contract,
    value: float,
    number: Texts,
    extras: Extras = PLAIN,
    *,
    per_week: Numbers | None = None,
) -> Figure:
    """A state at the end of the week, such as the backlog.

    Args:
        scope: the week.
        contract: the figure's definition.
        value: at the end of the week.
        number: the records behind it.
        extras: what the figure says beside.
        per_week: the value at the end of each week, NaN where it has none; without it the figure
            has no series.
    """
    values = np.empty(0) if per_week is None else per_week
    state = _Value(
        value=value,
        n=len(number),
        rows=number,
        series=[None if np.isnan(one) else float(one) for one in values],
    )
    extras = replace(extras, has_series=per_week is not None)
    return _figure(scope, contract, state, extras)


def _figure(scope: Scope, contract: Contract, made: _Value, extras: Extras) -> Figure:
    series, signal = _charted(scope, contract, made.series, extras)
    return Figure(
        figure_id=contract.figure_id,
        version=contract.version,
        title=contract.title,
        unit=contract.unit,
        period=scope.week.label,
        value=made.value,
        n=made.n,
        numerator=made.numerator,
        sources=scope.sources,
        exactness=extras.exactness,
        dimensions=dict(extras.dimensions),
        companions={**made.companions, **extras.companions},
        interval=made.interval,
        rows=_rows(made.rows),
        base_rows=made.base_rows,
        excluded={reason: n for reason, n in extras.excluded.items() if n},
        series=series,
        signal=signal,
        note=_noted(scope, extras),
    )


def _noted(scope: Scope, extras: Extras) -> str | None:
    """The note, and the known events of the week: named beside a signal, never instead of one."""
    service = extras.dimensions.get("service")
    known = marks(scope.data.declared.events, (scope.week,), service).get(scope.week.label)
    if known is None or not extras.has_series:
        return extras.note
    return " ".join(filter(None, (extras.note, f"Known in this period: {', '.join(known)}.")))


def _charted(
    scope: Scope, contract: Contract, values: Sequence[float | None], extras: Extras
) -> tuple[Series | None, Signal | None]:
    """The series from the first week that the source covers."""
    if not extras.has_series:
        return None, None
    first = scope.first_week(contract.kind)
    if extras.covered_from is not None:
        first = max(first, scope.grid.first_full(extras.covered_from))
    weeks = [week.label for week in scope.grid.weeks][first:]
    declared = scope.data.declared
    step = declared.step_of(contract.figure_id, extras.dimensions, scope.week.label)
    if contract.kind is RecordKind.INCIDENT and contract.figure_id not in _FROM_THE_FIRST:
        step = max(filter(None, (step, scope.settled_from)), default=None)
    series, signal = charted(weeks, values[first:], contract.unit, contract.direction, step)
    if not declared.events and not declared.steps:
        return series, signal
    events = marks(declared.events, scope.grid.weeks[first:], extras.dimensions.get("service"))
    steps = declared.improvements(contract.figure_id, extras.dimensions)
    return replace(series, events=events, steps={w: steps[w] for w in weeks if w in steps}), signal


def _rows(number: Texts) -> tuple[str, ...]:
    return tuple(sorted(map(str, number)))


def _nothing(contract: Contract) -> str:
    return f"nothing to measure in this week: no {contract.denominator}"
