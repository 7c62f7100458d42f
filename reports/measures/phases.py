"""The whole chart of a series: every point judged, by the limits of the phase it lies in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from itsm.statistics import MIN_WEEKS, Limits, SpecialCause, special_causes, xmr_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Weeks between two declared steps; without limits where there are fewer than ten."""

    first_week: str
    last_week: str
    began_with: str | None
    limits: Limits | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One week: its value, the rules it completes, and what was known to happen in it."""

    week: str
    value: float | None
    causes: tuple[SpecialCause, ...]
    known: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A series with its phases; a known event is named beside a signal and never hides it."""

    points: tuple[Point, ...]
    phases: tuple[Phase, ...]

    @property
    def signals(self) -> tuple[Point, ...]:
        """The weeks that complete a rule."""
        return tuple(point for point in self.points if point.causes)


def chart(
    weeks: Sequence[str],
    values: Sequence[float | None],
    *,
    steps: Mapping[str, str] | None = None,
    known: Mapping[str, str] | None = None,
) -> Chart:
    """A series as a chart in phases.

    Limits of a phase come from its own weeks alone: neither the weeks before a step nor a known
    event is taken out of them by hand.

    Args:
        weeks: labels, oldest first.
        values: one per week; None where the week has no value.
        steps: the improvement that went live, by the label of its week.
        known: names of known events, by the label of the week they fall into.
    """
    steps, known = steps or {}, known or {}
    starts = [0, *(place for place, week in enumerate(weeks) if place and week in steps)]
    points: list[Point] = []
    phases: list[Phase] = []
    for first, last in zip(starts, [*starts[1:], len(weeks)], strict=True):
        if first == last:
            continue
        limits = _limits(values[first:last])
        causes = _judged(values[first:last], limits)
        began_with = steps.get(weeks[first])
        phases.append(
            Phase(
                first_week=weeks[first],
                last_week=weeks[last - 1],
                began_with=began_with,
                limits=limits,
            )
        )
        points += [
            Point(week=week, value=value, causes=found, known=known.get(week))
            for week, value, found in zip(
                weeks[first:last], values[first:last], causes, strict=True
            )
        ]
    return Chart(points=tuple(points), phases=tuple(phases))


def _limits(values: Sequence[float | None]) -> Limits | None:
    there = np.array([value for value in values if value is not None], dtype=np.float64)
    return xmr_limits(there) if len(there) >= MIN_WEEKS else None


def _judged(
    values: Sequence[float | None], limits: Limits | None
) -> list[tuple[SpecialCause, ...]]:
    """The rules that each point completes, as if it were the newest."""
    seen: list[float] = []
    found: list[tuple[SpecialCause, ...]] = []
    for value in values:
        if value is None or limits is None:
            found.append(())
            continue
        seen.append(value)
        found.append(special_causes(np.array(seen[-7:], dtype=np.float64), limits))
    return found
