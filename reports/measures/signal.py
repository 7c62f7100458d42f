"""Is it a signal? Weekly series with control limits, and what their newest point says."""

from collections.abc import Sequence

import numpy as np

from itsm.figures import Direction, Series, Signal, Unit, Verdict
from itsm.statistics import MIN_WEEKS, Limits, SpecialCause, special_causes, xmr_limits

_POINTS = 100.0
"""Points of satisfaction are 1 to 5, those of recommendation -100 to 100."""
_BOUNDED_BELOW = frozenset({Unit.COUNT, Unit.SHARE, Unit.HOURS, Unit.DAYS, Unit.HOPS})


def charted(
    weeks: Sequence[str],
    values: Sequence[float | None],
    unit: Unit,
    direction: Direction,
    step: str | None = None,
) -> tuple[Series, Signal | None]:
    """A series with its natural process limits, and the verdict on its newest week.

    Args:
        weeks: labels, oldest first.
        values: one per week; None where the week has no value.
        unit: decides where limits are cut: a count never falls below 0, a share stays in 0-1.
        direction: which way is good; "neither" makes a signal a shift.
        step: label of the week in which a declared improvement went live; only weeks from then on
            make the limits, and only they are judged.

    Returns:
        The series, and the signal; None as the signal when the newest week has no value.
    """
    known = since(step, weeks, values)
    has_newest = bool(values) and values[-1] is not None
    if len(known) < MIN_WEEKS:
        series = Series(weeks=tuple(weeks), values=tuple(values))
        return series, Signal(verdict=Verdict.TOO_FEW_WEEKS) if has_newest else None
    limits = _apart(xmr_limits(known), unit)
    series = Series(
        weeks=tuple(weeks),
        values=tuple(values),
        limits=_possible(limits, unit),
        limits_from=step if step is not None and step > weeks[0] else None,
    )
    if not has_newest:
        return series, None
    causes = _weighty(special_causes(known, limits), known, limits, unit)
    return series, Signal(verdict=_verdict(known, limits, causes, direction), causes=causes)


def since(
    step: str | None, weeks: Sequence[str], values: Sequence[float | None]
) -> np.typing.NDArray[np.float64]:
    """The values there are, from a step's week on; labels of one kind of period sort by time."""
    return np.array(
        [
            value
            for week, value in zip(weeks, values, strict=True)
            if value is not None and (step is None or week >= step)
        ],
        dtype=np.float64,
    )


def _weighty(
    causes: tuple[SpecialCause, ...],
    values: np.typing.NDArray[np.float64],
    limits: Limits,
    unit: Unit,
) -> tuple[SpecialCause, ...]:
    """The causes that weigh something: one record more or less than the mean is no outer third."""
    if unit is not Unit.COUNT or abs(values[-1] - limits.centre) > 1:
        return causes
    return tuple(cause for cause in causes if cause is not SpecialCause.OUTER_THIRD)


def _apart(limits: Limits, unit: Unit) -> Limits:
    """The limits, those of a count at least one record away from its mean."""
    if unit is not Unit.COUNT:
        return limits
    lower, upper = limits.centre - 1, limits.centre + 1
    return Limits(min(limits.lower, lower), limits.centre, max(limits.upper, upper))


def _verdict(
    values: np.typing.NDArray[np.float64],
    limits: Limits,
    causes: tuple[SpecialCause, ...],
    direction: Direction,
) -> Verdict:
    if not causes:
        return Verdict.NORMAL
    if direction is Direction.NEITHER:
        return Verdict.SHIFT
    only_trend = causes == (SpecialCause.TREND,)
    is_up = values[-1] > (values[-2] if only_trend else limits.centre)
    is_good = is_up == (direction is Direction.UP)
    return Verdict.IMPROVEMENT if is_good else Verdict.DETERIORATION


def _possible(limits: Limits, unit: Unit) -> Limits:
    """Limits cut to what the unit can be; the rules are applied to the uncut ones."""
    lower = max(0.0, limits.lower) if unit in _BOUNDED_BELOW else limits.lower
    upper = min(1.0, limits.upper) if unit is Unit.SHARE else limits.upper
    if unit is Unit.POINTS:
        lower, upper = max(-_POINTS, lower), min(_POINTS, upper)
    return Limits(lower, limits.centre, upper)
