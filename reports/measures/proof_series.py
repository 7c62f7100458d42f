"""Proof by a figure that is no count of incidents: resolution time, first-contact resolution.

The figure is told by week for the members and for comparable incidents of their services, and the
difference of the two is compared before and after. What moves both, such as a trend or a season,
cancels; weeks that hang together make the interval wider.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from scipy import stats

from itsm.errors import MeasureError
from itsm.figures import Direction, Figure, Unit
from itsm.periods import Period, period_of
from itsm.proof import Effect, FigureWeeks, Spread
from itsm.states import RecordKind
from reports.measures.contract import Contract
from reports.measures.data import Flags, Numbers
from reports.measures.families import FAMILIES
from reports.measures.proof_counts import Groups, Watched
from reports.measures.proof_effect import WEEK, Span
from reports.measures.rate_ratio import CONFIDENCE, THREE_LOOKS
from reports.measures.scope import scope_of

LEAST_BEFORE = 6
LEAST_AFTER = 3
"""Fewer weeks with a value on either side give no effect."""
_RATIOS = frozenset({Unit.HOURS, Unit.DAYS, Unit.HOPS, Unit.COUNT, Unit.MONEY})
_STOCKS = frozenset({"backlog", "backlog_age", "backlog_ageing"})
"""What piles up: one week's value is mostly that of the week before."""
_EDGE = 0.01
"""A share of all or nothing in a week is taken as this close to it."""
_MOST_MEMORY = 0.8


def unprovable(figure_id: str) -> str | None:
    """Why a figure cannot prove an improvement, and what to take; None where it can."""
    contract = _contract(figure_id)
    instead = "take the rate of member incidents (member_rate), resolution_time or fcr"
    if contract is None:
        return f"cannot be proven with {figure_id!r}: no such figure is in the catalogue; {instead}"
    why = None
    if contract.kind is not RecordKind.INCIDENT:
        why = "it is not told of incidents, so that there is nothing comparable beside it"
    elif contract.direction is Direction.NEITHER:
        why = "neither way is good by itself"
    elif figure_id in _STOCKS:
        why = "it is a stock, of which every week holds mostly the week before"
    elif contract.unit not in _RATIOS and contract.unit is not Unit.SHARE:
        why = f"{contract.unit.value} have no ratio that means anything"
    return None if why is None else f"cannot be proven with {contract.title}: {why}; {instead}"


def _contract(figure_id: str) -> Contract | None:
    every = (one for family in FAMILIES for one in family.CONTRACTS)
    return next((one for one in every if one.figure_id == figure_id), None)


@dataclass(frozen=True, slots=True)
class Weeks:
    """The reporting week that a series ends with, and how many there are."""

    last: Period
    n: int


def figure_weeks(watched: Watched, figure_id: str, groups: Groups, weeks: Weeks) -> FigureWeeks:
    """A figure by week for some incidents, and for comparable ones.

    Args:
        watched: the incidents.
        figure_id: of the catalogue.
        groups: whose figure it is, and whose it is compared with.
        weeks: the reporting weeks to tell it for.

    Raises:
        MeasureError: the figure is not told of incidents; says what to take.
    """
    contract = _contract(figure_id)
    if contract is None or contract.kind is not RecordKind.INCIDENT:
        raise MeasureError(unprovable(figure_id) or "")
    values, compared = (
        _values(watched, figure_id, kept, weeks) for kept in (groups.members, groups.compared)
    )
    labels = tuple(one.label for one in weeks.last.last(weeks.n))
    return FigureWeeks(
        figure_id=figure_id,
        weeks=labels,
        values=tuple(values.get(label) for label in labels),
        compared=tuple(compared.get(label) for label in labels),
    )


def of_services(watched: Watched, groups: Groups, *, whole: bool) -> Groups:
    """Members beside the comparable incidents of their services, which is for a measure.

    Args:
        watched: the incidents.
        groups: members and comparable incidents.
        whole: the whole services of the members beside all others, which is for a guard.
    """
    service = watched.timeline.columns.coded("service").codes
    there = np.isin(service, np.unique(service[groups.members]))
    if whole:
        return Groups(there, groups.compared & ~there)
    return Groups(groups.members, groups.compared & there)


def _values(watched: Watched, figure_id: str, kept: Flags, weeks: Weeks) -> dict[str, float | None]:
    """The figure of some incidents by the label of the week."""
    records = watched.timeline.records[kept]
    frames = {**watched.data.frames, RecordKind.INCIDENT: records.reset_index(drop=True)}
    data = replace(watched.data, frames=frames, made={})
    if records.empty:
        return {}
    family = next(
        one for one in FAMILIES if figure_id in {each.figure_id for each in one.CONTRACTS}
    )
    scope = scope_of(data, weeks.last, watched.as_of, weeks.n)
    for result in family.figures(scope):
        is_it = result.figure_id == figure_id and not result.dimensions
        if is_it and isinstance(result, Figure) and result.series is not None:
            return dict(zip(result.series.weeks, result.series.values, strict=True))
    return {}


@dataclass(frozen=True, slots=True)
class FigureMeter:
    """A figure since going live; the week of going live itself is left out.

    `peak` are the labels of weeks before that do not count, as they made somebody choose it.
    """

    before: FigureWeeks
    after: FigureWeeks
    live_at: datetime
    peak: frozenset[str] = frozenset()

    def effect(self, span: Span) -> Effect | str:
        """Some weeks against the baseline; why, where it cannot be told."""
        day = self.live_at.date()
        first = [
            one
            for one in self.before.weeks
            if period_of(one).shifted(1).first_day <= day and one not in self.peak
        ]
        return self._ratio((self.before, first), span)

    def change(self, held: Span, later: Span) -> Effect | str:
        """Later weeks against those in which it held, allowing for what both do not know."""
        parts = (self.after, self._since(held))
        return self._ratio(parts, later, least=LEAST_AFTER)

    def back(self, span: Span) -> Span | None:
        """All weeks of a span: so few values do not tell since which of them."""
        return span

    def _since(self, span: Span) -> list[str]:
        start, end = (self.live_at.date() + edge * WEEK for edge in (span.first, span.last))
        return [
            one
            for one in self.after.weeks
            if period_of(one).first_day > start and period_of(one).shifted(1).first_day <= end
        ]

    def _ratio(
        self,
        first: tuple[FigureWeeks, Sequence[str]],
        span: Span,
        *,
        least: int = LEAST_BEFORE,
    ) -> Effect | str:
        contract = _contract(self.before.figure_id)
        if contract is None:
            return unprovable(self.before.figure_id) or ""
        later = self._since(span)
        old, new = _gaps(*first, contract), _gaps(self.after, later, contract)
        if len(old) < least or len(new) < LEAST_AFTER:
            return (
                f"{contract.title} has a value for both sides in {len(old)} weeks before and "
                f"{len(new)} since, and {least} and {LEAST_AFTER} are needed; take the rate of "
                "member incidents, or a wider pattern"
            )
        centre, error, freedom, memory = difference(old, new)
        reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) * THREE_LOOKS * error
        ratio, low, high = np.exp([centre, centre - reach, centre + reach]).tolist()
        return Effect(
            from_at=self.live_at + span.first * WEEK,
            until_at=self.live_at + span.last * WEEK,
            ratio=ratio,
            low=low,
            high=high,
            n_weeks=len(new),
            observed=float(len(new)),
            expected=None,
            spread=Spread.WEEKLY_VALUES,
            dispersion=(1 + memory) / (1 - memory),
            p_poisson=None,
            unit=_unit(contract),
        )


def _unit(contract: Contract) -> str:
    if contract.unit is Unit.SHARE:
        turned = "of a miss of" if contract.direction is Direction.UP else "of"
        return f"the odds {turned} {contract.title} are"
    turned = "one over " if contract.direction is Direction.UP else ""
    return f"{turned}{contract.title} is"


def _gaps(figure: FigureWeeks, labels: Sequence[str], contract: Contract) -> Numbers:
    """The figure of members less that of comparable incidents, where a ratio becomes a sum."""
    wanted = set(labels)
    pairs = [
        (own, other)
        for week, own, other in zip(figure.weeks, figure.values, figure.compared, strict=True)
        if week in wanted and own is not None and other is not None
    ]
    values = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    if contract.unit is Unit.SHARE:
        kept = np.clip(values, _EDGE, 1 - _EDGE)
        scale = np.log(kept / (1 - kept))
    else:
        scale = np.log(values[(values > 0).all(axis=1)])
    sign = -1.0 if contract.direction is Direction.UP else 1.0
    return np.asarray(sign * (scale[:, 0] - scale[:, 1]))


def difference(old: Numbers, new: Numbers) -> tuple[float, float, float, float]:
    """The difference of two means of weekly values that may hang together.

    Returns:
        The difference, its standard error, the degrees of freedom, and how much of a week's
        deviation is found again in the next.

    Source:
        Welch 1947; effective size of a first-order autoregression: Bartlett 1935.
    """
    rest = [part - part.mean() for part in (old, new)]
    square = sum(float(part @ part) for part in rest)
    next_to = sum(float(part[1:] @ part[:-1]) for part in rest)
    n = len(old) + len(new)
    memory = float(np.clip(next_to / max(square, 1e-12) + 1 / n, 0.0, _MOST_MEMORY))
    grown = (1 + memory) / (1 - memory)
    parts = [grown * float(part @ part) / (len(part) - 1) / len(part) for part in rest]
    freedom = sum(parts) ** 2 / max(
        sum(part**2 / (len(one) - 1) for part, one in zip(parts, rest, strict=True)), 1e-300
    )
    return float(new.mean() - old.mean()), float(np.sqrt(sum(parts))), max(freedom, 1.0), memory
