"""Signals, limits, intervals and unions, against hand-made cases and other libraries."""

import itertools

import numpy as np
import pytest
from scipy import stats

from itsm.clocks import ReportingWeek, ServiceHours
from itsm.figures import Direction, Unit, Verdict
from itsm.statistics import SpecialCause, wilson_interval
from reports.measures.availability import union
from reports.measures.experience import net_interval
from reports.measures.signal import charted
from reports.measures.weeks import WeekGrid, instant

CALM = [50.0, 52, 49, 51, 50, 48, 51, 50, 52, 49, 50]


def _labels(n: int) -> list[str]:
    return [week.label for week in ReportingWeek.parse("2026-W30").last(n)]


@pytest.mark.parametrize(
    ("newest", "direction", "verdict"),
    [
        (90.0, Direction.UP, Verdict.IMPROVEMENT),
        (90.0, Direction.DOWN, Verdict.DETERIORATION),
        (10.0, Direction.UP, Verdict.DETERIORATION),
        (10.0, Direction.DOWN, Verdict.IMPROVEMENT),
        (90.0, Direction.NEITHER, Verdict.SHIFT),
        (51.0, Direction.UP, Verdict.NORMAL),
    ],
)
def test_which_way_is_good_decides_what_a_signal_is_called(
    newest: float, direction: Direction, verdict: Verdict
) -> None:
    _, signal = charted(_labels(12), [*CALM, newest], Unit.COUNT, direction)
    assert signal is not None
    assert signal.verdict is verdict
    assert (SpecialCause.OUTSIDE in signal.causes) == (verdict is not Verdict.NORMAL)


@pytest.mark.parametrize(("newest", "is_signal"), [(1.0, False), (2.0, True)])
def test_a_single_record_makes_no_signal(newest: float, is_signal: bool) -> None:
    """Neither the first in a quarter nor the second in three weeks; two at once do."""
    for before in ([0.0] * 12, [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0]):
        values = [*before, newest]
        series, signal = charted(_labels(len(values)), values, Unit.COUNT, Direction.DOWN)
        assert signal is not None and series.limits is not None
        assert bool(signal.causes) == is_signal
        assert (newest > series.limits.upper) == is_signal


def test_the_limits_of_points_lie_where_points_can_be() -> None:
    values = [90.0, -60, 80, -90, 100, -20, 70, 90, -80, 60, 20]
    series, _ = charted(_labels(11), values, Unit.POINTS, Direction.UP)
    assert series.limits is not None
    assert (series.limits.lower, series.limits.upper) == (-100, 100)


def test_a_trend_is_judged_by_where_it_goes_not_by_where_it_stands() -> None:
    values = [60.0, 20, 60, 20, 60, 20, 60, 20, 22, 24, 26, 28, 30]
    _, signal = charted(_labels(13), values, Unit.COUNT, Direction.UP)
    assert signal is not None
    assert signal.causes == (SpecialCause.TREND,)
    assert signal.verdict is Verdict.IMPROVEMENT


def test_few_weeks_give_no_limits_and_a_week_without_value_no_signal() -> None:
    series, signal = charted(_labels(9), CALM[:9], Unit.COUNT, Direction.UP)
    assert series.limits is None
    assert signal is not None
    assert signal.verdict is Verdict.TOO_FEW_WEEKS
    series, signal = charted(_labels(12), [*CALM, None], Unit.COUNT, Direction.UP)
    assert series.limits is not None
    assert signal is None


def test_limits_are_those_of_the_moving_ranges_cut_to_what_can_be() -> None:
    values = [0.9, 1.0, 0.8, 1.0, 0.7, 1.0, 0.9, 1.0, 0.8, 0.9]
    series, _ = charted(_labels(10), values, Unit.SHARE, Direction.UP)
    assert series.limits is not None
    spread = 2.66 * sum(abs(b - a) for a, b in itertools.pairwise(values)) / 9
    assert series.limits.lower == pytest.approx(sum(values) / 10 - spread)
    assert series.limits.upper == 1.0


@pytest.mark.parametrize(("hits", "n"), [(0, 7), (7, 7), (3, 11), (250, 1000)])
def test_shares_have_wilson_intervals(hits: int, n: int) -> None:
    z = stats.norm.ppf(0.975)
    p = hits / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert wilson_interval(hits, n) == pytest.approx((centre - half, centre + half))


def test_the_interval_of_a_net_score_covers_it_as_often_as_it_says() -> None:
    draws = np.random.default_rng(7).multinomial(80, (0.5, 0.3, 0.2), size=400)
    covered = [
        low <= 0.3 <= high
        for up, _, down in draws
        for low, high in [net_interval(int(up), int(down), 80)]
    ]
    assert 0.92 <= np.mean(covered) <= 0.98


def test_the_interval_of_a_net_score_stays_within_what_can_be() -> None:
    assert net_interval(5, 0, 5)[1] == 1.0
    assert net_interval(0, 5, 5)[0] == -1.0
    assert net_interval(0, 0, 5)[0] < 0 < net_interval(0, 0, 5)[1]


def test_overlapping_and_touching_outages_are_one() -> None:
    hours = np.array(["2026-01-01T00", "2026-01-01T01", "2026-01-01T05"], dtype="datetime64[us]")
    ends = np.array(["2026-01-01T04", "2026-01-01T02", "2026-01-01T06"], dtype="datetime64[us]")
    start, end = union(hours, ends)
    assert (end - start).sum() == np.timedelta64(5, "h")
    assert len(start) == 2
    touching = union(hours[:2], np.array(["2026-01-01T01", "2026-01-01T02"], "datetime64[us]"))
    assert len(touching[0]) == 1
    assert len(union(hours[:0], ends[:0])[0]) == 0


@pytest.mark.parametrize(
    ("first", "begins"),
    [
        ("2026-01-05 09:00", "2026-W02"),
        ("2026-01-07 09:00", "2026-W03"),
        ("2025-06-01", "2026-W01"),
    ],
)
def test_a_series_begins_with_the_first_week_covered_from_its_first_day(
    first: str, begins: str
) -> None:
    grid = WeekGrid.ending_with(ReportingWeek.parse("2026-W05"), 5)
    assert grid.weeks[grid.first_full(np.datetime64(first, "us"))].label == begins


def test_the_hour_that_the_clocks_skip_is_in_no_service_hours() -> None:
    week = ReportingWeek.parse("2026-W13", "Europe/London")
    grid = WeekGrid.ending_with(week, 1)
    assert (grid.edges[1] - grid.edges[0]) / np.timedelta64(1, "h") == 167
    assert instant(week.end_at) == grid.edges[1]
    assert ServiceHours().seconds_between(week.start_at, week.end_at) == 167 * 3600
