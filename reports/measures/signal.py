"""Is it a signal? Weekly series with control limits, and what their newest point says."""

from collections.abc import Sequence

import numpy as np

from itsm.figures import Direction, Series, Signal, Unit, Verdict
from itsm.statistics import MIN_WEEKS, Limits, SpecialCause, special_causes, xmr_limits

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
    limits = xmr_limits(known)
    series = Series(
        weeks=tuple(weeks),
        values=tuple(values),
        limits=_possible(limits, unit),
        limits_from=step if step is not None and step > weeks[0] else None,
    )
    if not has_newest:
        return series, None
    causes = special_causes(known, limits)
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
    return Limits(lower, limits.centre, upper)
