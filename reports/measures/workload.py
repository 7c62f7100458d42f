"""What comes in the next four weeks, when in the week it comes, and how many people that takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from itsm.clocks import ReportingWeek, zone_of
from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.columns import Coded
from reports.measures.contract import Contract
from reports.measures.data import Numbers, Positions, Texts, Times
from reports.measures.declared import Planned
from reports.measures.forecast import COVERED, MIN_WEEKS, Forecast, adjusted, forecast
from reports.measures.scope import Scope
from reports.measures.spikes import BASE_WEEKS
from reports.measures.timeline import Timeline
from reports.measures.weeks import WeekGrid

N_SLICES = 10
"""Services and teams with the most incidents have a forecast of their own."""
N_PAST = 156
"""Weeks that a forecast learns from, at most."""
MIN_TEAM = 5
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

FORECAST = Contract(
    figure_id="workload_forecast",
    title="Incidents expected next week",
    family="workload",
    formula=(
        f"exponential smoothing of the weekly openings, four weeks ahead with {COVERED:.0%} "
        "intervals from its own past errors; in total, and for the ten services and teams with the "
        "most. The seasonal-naive forecast instead, where that did better at eight past origins"
    ),
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="none: an expected count",
    exclusions=(
        "test records and duplicates; teams of fewer than 5 people; planned changes and growth "
        "only as far as they are declared"
    ),
    kind=RecordKind.INCIDENT,
    needs=("incident.opened_at", f"{MIN_WEEKS} weeks of it"),
    owner="service desk lead",
    decision="staffing of the next four weeks",
    partner="csat",
    is_in_pack=False,
)
STAFF = Contract(
    figure_id="staff_needed",
    title="People needed next week",
    family="workload",
    formula="incidents expected next week x hours of handling / productive hours of a person",
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="productive hours of a person in a week",
    exclusions="requests, changes and projects; what is no work on incidents",
    kind=RecordKind.INCIDENT,
    needs=(*FORECAST.needs, "incident.handling_h, or an assumption"),
    owner="team leads",
    decision="how many people are planned for incidents",
    partner="csat",
    is_in_pack=False,
)
ARRIVALS = Contract(
    figure_id="arrivals_by_hour",
    title="Incidents opened in the busiest hour of the week",
    family="workload",
    formula=(
        f"mean openings in each hour of the local week over {BASE_WEEKS} weeks; the busiest hour, "
        "and beside it the five busiest and the share outside Monday to Friday, 8 to 18"
    ),
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    denominator="weeks",
    exclusions="test records and duplicates",
    kind=RecordKind.INCIDENT,
    needs=("incident.opened_at",),
    owner="service desk lead",
    decision="when shifts begin and how they are manned",
    partner="csat",
    is_in_pack=False,
)
CONTRACTS = (FORECAST, STAFF, ARRIVALS)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Forecast, people and hours."""
    timeline = scope.incidents
    lacking = None if timeline is not None else "no source provides incidents"
    if not isinstance(scope.week, ReportingWeek):
        lacking = "is told for weeks only"
    if timeline is None or lacking is not None:
        yield from (not_available(scope, contract, str(lacking)) for contract in CONTRACTS)
        return
    grid = WeekGrid.ending_with(scope.week, N_PAST)
    week = timeline.opened_in(grid)
    born = scope.births.get(RecordKind.INCIDENT, np.datetime64("NaT", "us"))
    first = grid.first_full(born)
    if len(grid) - first < MIN_WEEKS:
        reason = f"needs {MIN_WEEKS} whole weeks, and there are {len(grid) - first}"
        yield from (not_available(scope, contract, reason) for contract in (FORECAST, STAFF))
    else:
        with threadpool_limits(limits=1):
            told = list(_expected(scope, timeline, week - first, len(grid) - first))
        yield from told
    yield _hours(scope, timeline)


def _expected(
    scope: Scope, timeline: Timeline, week: Positions, n_weeks: int
) -> Iterator[FigureResult]:
    whole = forecast(np.bincount(week[week >= 0], minlength=n_weeks).astype(np.float64))
    whole = adjusted(whole, _plans(scope, None, None))
    yield _told(scope, whole, {})
    for name, values in _slices(scope, timeline).items():
        labels = values.words
        counts = _by_week(values.codes, week, len(labels), n_weeks)
        busiest = np.argsort(-counts.sum(axis=1), kind="stable")[:N_SLICES]
        for place in sorted(busiest.tolist(), key=lambda one: str(labels[one])):
            label = str(labels[place])
            found = adjusted(forecast(counts[place]), _plans(scope, name, label))
            yield _told(scope, found, {name: label})
    yield _people(scope, timeline, whole)


def _slices(scope: Scope, timeline: Timeline) -> Mapping[str, Coded]:
    """Services and teams, without teams so small that a person would be told of."""
    small = {name for name, size in scope.data.sizes().items() if size < MIN_TEAM}
    team, service = timeline.columns.coded("team"), timeline.columns.coded("service")
    is_shown = np.array([word not in small for word in team.words], dtype=bool)
    place = np.append(np.where(is_shown, np.cumsum(is_shown) - 1, -1), -1)
    return {"service": service, "team": Coded(place[team.codes], team.words[is_shown])}


def _by_week(codes: Positions, week: Positions, n_codes: int, n_weeks: int) -> Numbers:
    inside = (codes >= 0) & (week >= 0)
    joint = codes[inside] * n_weeks + week[inside]
    counts = np.bincount(joint, minlength=n_codes * n_weeks).astype(np.float64)
    return counts.reshape(n_codes, n_weeks)


def _plans(scope: Scope, dimension: str | None, value: str | None) -> tuple[Planned, ...]:
    """What is planned for a slice; the total takes the plans of every service in, by their extra.

    A factor of one service says nothing of the total.
    """
    planned = scope.data.declared.planned
    if dimension is None:
        return tuple(one for one in planned if one.dimension is None or one.factor == 1)
    return tuple(
        one
        for one in planned
        if (one.dimension, one.value) == (dimension, value)
        or (one.dimension is None and not one.extra)
    )


def _told(scope: Scope, found: Forecast, dimensions: Mapping[str, str]) -> FigureResult:
    beside: dict[str, float] = {}
    for ahead, (value, low, high) in enumerate(
        zip(found.values, found.low, found.high, strict=True), start=1
    ):
        label = scope.week.shifted(ahead).label
        beside |= {label: value, f"{label}, low": low, f"{label}, high": high}
    beside |= {"mean error": found.error, "mean error of the naive one": found.naive_error}
    extras = Extras(
        dimensions=dimensions,
        companions=beside,
        exactness=Exactness.COMPUTED,
        note=found.sentence(),
    )
    return standing(scope, FORECAST, found.values[0], _nobody(), extras)


def _nobody() -> Texts:
    return np.empty(0, dtype=object)


def _people(scope: Scope, timeline: Timeline, whole: Forecast) -> FigureResult:
    """People for the expected week; every input is told, and which of them is an assumption."""
    known = timeline.columns.numbers("handling_h")
    known = known[~np.isnan(known)]
    is_known = len(known) >= MIN_WEEKS
    handling_h = float(np.mean(np.sort(known))) if is_known else scope.data.cost.handling_h
    declared = scope.data.declared
    hours = declared.productive_h
    assumed = [
        name
        for name, is_assumed in (
            ("handling hours", not is_known and "handling_h" in scope.data.cost.assumed),
            ("productive hours", declared.is_productive_h_assumed),
        )
        if is_assumed
    ]
    extras = Extras(
        companions={
            "low": whole.low[0] * handling_h / hours,
            "high": whole.high[0] * handling_h / hours,
            "incidents expected": whole.values[0],
            "handling hours each": handling_h,
            "productive hours a week": hours,
        },
        exactness=Exactness.COMPUTED,
        note=f"Assumed, not measured: {' and '.join(assumed)}." if assumed else None,
    )
    return standing(scope, STAFF, whole.values[0] * handling_h / hours, _nobody(), extras)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Mean openings by weekday (0 is Monday) and hour of the local day; shape (7, 24)."""

    mean: Numbers

    def busiest(self, n: int) -> tuple[tuple[str, float], ...]:
        """The n busiest hours of the week, by name."""
        order = np.argsort(-self.mean, axis=None, kind="stable")[:n]
        return tuple(
            (f"{DAYS[place // 24]} {place % 24:02d}:00", float(self.mean.flat[place]))
            for place in order.tolist()
        )

    @property
    def share_outside_office(self) -> float:
        """Share outside Monday to Friday, 8 to 18."""
        total = float(self.mean.sum())
        return 1 - float(self.mean[:5, 8:18].sum()) / total if total else 0.0


def arrivals(opened_at: Times, zone: str, n_weeks: int) -> Arrivals:
    """When in the local week incidents are opened.

    Args:
        opened_at: of the weeks counted; naive UTC.
        zone: IANA name of the zone people work in.
        n_weeks: how many weeks these are.
    """
    local = pd.DatetimeIndex(opened_at).tz_localize("UTC").tz_convert(zone_of(zone))
    place = np.asarray(local.day_of_week * 24 + local.hour)
    counts = np.bincount(place, minlength=7 * 24).astype(np.float64)
    return Arrivals(counts.reshape(7, 24) / max(n_weeks, 1))


def _hours(scope: Scope, timeline: Timeline) -> FigureResult:
    first = max(scope.first_week(RecordKind.INCIDENT), len(scope.grid) - BASE_WEEKS)
    n_weeks = len(scope.grid) - first
    week = scope.grid.index_of(timeline.opened_at)
    chosen = week >= first
    if n_weeks < 1 or not chosen.any():
        return not_available(scope, ARRIVALS, "no incident was opened in a whole week")
    found = arrivals(timeline.opened_at[chosen], scope.week.zone, n_weeks)
    busiest = found.busiest(5)
    beside = dict(busiest) | {"share outside Mon-Fri 8-18": found.share_outside_office}
    extras = Extras(companions=beside, note=f"Busiest: {busiest[0][0]}, over {n_weeks} weeks.")
    return standing(scope, ARRIVALS, busiest[0][1], timeline.number[chosen], extras)
