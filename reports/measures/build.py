"""Figures from observations: counts, shares and durations, with their weekly series."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from itsm.figures import Exactness, Figure, FigureResult, NotAvailable, Series, Signal
from itsm.statistics import wilson_interval
from reports.measures.contract import Contract
from reports.measures.data import Flags, Numbers, Positions, Texts
from reports.measures.scope import Scope
from reports.measures.signal import charted


MIN_BASE = 5
"""A share of fewer is shown with its interval, but is no point of a control chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a figure says beside its value."""

    dimensions: Mapping[str, str] = field(default_factory=dict)
    companions: Mapping[str, float] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    exactness: Exactness = Exactness.EXACT
    note: str | None = None
    has_series: bool = True
    first_week: int | None = None


PLAIN = Extras()


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


def count(
    scope: Scope, contract: Contract, week: Positions, number: Texts, extras: Extras = PLAIN
) -> Figure:
    """How many observations fall into the week.

    Args:
        scope: the week.
        contract: the figure's definition.
        week: shape (n,), week index of each observation, -1 outside.
        number: shape (n,), the records observed.
        extras: what the figure says beside.
    """
    now = week == scope.grid.last
    per_week = np.bincount(week[week >= 0], minlength=len(scope.grid))
    rows = _rows(number[now])
    return _figure(
        scope, contract, float(now.sum()), int(now.sum()), rows, extras,
        [float(value) for value in per_week],
    )


def share(
    scope: Scope,
    contract: Contract,
    week: Positions,
    number: Texts,
    hit: Flags,
    extras: Extras = PLAIN,
) -> FigureResult:
    """The share of the week's observations that are hits, with its Wilson interval.

    Args:
        scope: the week.
        contract: the figure's definition.
        week: shape (n,), week index of each observation, -1 outside.
        number: shape (n,), the records observed.
        hit: shape (n,), what the numerator counts.
        extras: what the figure says beside.
    """
    now = week == scope.grid.last
    n, hits = int(now.sum()), int((now & hit).sum())
    if n == 0:
        return not_available(scope, contract, _nothing(contract), extras.dimensions)
    base = np.bincount(week[week >= 0], minlength=len(scope.grid))
    top = np.bincount(week[(week >= 0) & hit], minlength=len(scope.grid))
    values = [float(a / b) if b >= MIN_BASE else None for a, b in zip(top, base, strict=True)]
    return _figure(
        scope, contract, hits / n, n, _rows(number[now & hit]), extras, values,
        numerator=float(hits), base_rows=_rows(number[now]), interval=wilson_interval(hits, n),
    )


def middle(
    scope: Scope,
    contract: Contract,
    week: Positions,
    number: Texts,
    value: Numbers,
    extras: Extras = PLAIN,
) -> FigureResult:
    """The median of the week's values; the 90th percentile and the mean stand beside it."""
    return _summary(scope, contract, week, number, value, extras, _median)


def average(
    scope: Scope,
    contract: Contract,
    week: Positions,
    number: Texts,
    value: Numbers,
    extras: Extras = PLAIN,
) -> FigureResult:
    """The mean of the week's values; the median and the 90th percentile stand beside it."""
    return _summary(scope, contract, week, number, value, extras, _mean)


def _median(values: Numbers) -> float:
    return float(np.median(values))


def _mean(values: Numbers) -> float:
    return float(np.mean(np.sort(values)))


def _summary(
    scope: Scope,
    contract: Contract,
    week: Positions,
    number: Texts,
    value: Numbers,
    extras: Extras,
    of: Callable[[Numbers], float],
) -> FigureResult:
    usable = (week >= 0) & ~np.isnan(value)
    week, number, value = week[usable], number[usable], value[usable]
    now = week == scope.grid.last
    if not now.any():
        return not_available(scope, contract, _nothing(contract), extras.dimensions)
    newest = value[now]
    companions = {
        "median": _median(newest), "p90": float(np.quantile(newest, 0.9)), "mean": _mean(newest)
    }
    order = np.argsort(week, kind="stable")
    parts = np.split(value[order], np.searchsorted(week[order], np.arange(1, len(scope.grid))))
    values = [of(part) if len(part) else None for part in parts] if extras.has_series else []
    return _figure(
        scope, contract, of(newest), len(newest), _rows(number[now]), extras, values,
        companions=companions,
    )


def standing(
    scope: Scope,
    contract: Contract,
    value: float,
    number: Texts,
    per_week: Numbers,
    extras: Extras = PLAIN,
) -> Figure:
    """A state at the end of the week, such as the backlog, with its own weekly series."""
    return _figure(
        scope, contract, value, len(number), _rows(number), extras,
        [None if np.isnan(one) else float(one) for one in per_week],
    )


def _figure(
    scope: Scope,
    contract: Contract,
    value: float,
    n: int,
    rows: tuple[str, ...],
    extras: Extras,
    values: list[float | None] | list[float],
    *,
    numerator: float | None = None,
    base_rows: tuple[str, ...] = (),
    interval: tuple[float, float] | None = None,
    companions: Mapping[str, float] | None = None,
) -> Figure:
    series, signal = _charted(scope, contract, list(values), extras)
    return Figure(
        figure_id=contract.figure_id,
        version=contract.version,
        title=contract.title,
        unit=contract.unit,
        period=scope.week.label,
        value=value,
        n=n,
        numerator=numerator,
        sources=scope.sources,
        exactness=extras.exactness,
        dimensions=dict(extras.dimensions),
        companions={**(companions or {}), **extras.companions},
        interval=interval,
        rows=rows,
        base_rows=base_rows,
        excluded={reason: n for reason, n in extras.excluded.items() if n},
        series=series,
        signal=signal,
        note=extras.note,
    )


def _charted(
    scope: Scope, contract: Contract, values: list[float | None], extras: Extras
) -> tuple[Series | None, Signal | None]:
    """The series from the first week that the source covers."""
    if not extras.has_series:
        return None, None
    first = scope.first_week if extras.first_week is None else extras.first_week
    weeks = [week.label for week in scope.grid.weeks][first:]
    return charted(weeks, values[first:], contract.unit, contract.direction)


def _rows(number: Texts) -> tuple[str, ...]:
    return tuple(sorted(map(str, number)))


def _nothing(contract: Contract) -> str:
    return f"nothing to measure in this week: no {contract.denominator}"
