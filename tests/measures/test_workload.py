"""Forecasts against the past and another library, hours of the week, people and their inputs."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from itsm.clocks import ReportingWeek
from itsm.errors import MeasureError
from itsm.figures import Figure, NotAvailable
from itsm.periods import calendar_month
from itsm.records import Team
from reports.measures.compute import compute
from reports.measures.declared import Declared, Planned
from reports.measures.forecast import MIN_WEEKS, Forecast, _level, adjusted, forecast
from reports.measures.workload import arrivals
from tests.measures.measure_frames import SOURCE, figures_of, incident, measure_data, pick

WEEK = ReportingWeek.parse("2026-W30")


def _series(draws: np.random.Generator, kind: int, n: int) -> np.ndarray:
    rate = {
        0: np.full(n, 30.0),
        1: 30 * np.exp(np.cumsum(draws.normal(0, 0.06, n))),
        2: np.where(np.arange(n) < n // 2, 20.0, 35.0),
    }[kind]
    return draws.poisson(rate).astype(float)


def test_intervals_hold_what_comes_about_as_often_as_they_say_and_beat_the_naive_one() -> None:
    draws = np.random.default_rng(3)
    held, off, naive_off = [], [], []
    for place in range(45):
        values = _series(draws, place % 3, 44)
        found, came = forecast(values[:40]), values[40:]
        held.append(np.mean((came >= found.low) & (came <= found.high)))
        off.append(np.abs(came - found.values).mean())
        naive_off.append(np.abs(came - values[39]).mean())
    assert 0.72 <= np.mean(held) <= 0.95
    assert np.mean(off) < np.mean(naive_off)


def test_the_level_is_that_of_statsmodels() -> None:
    values = _series(np.random.default_rng(1), 1, 30)
    model = SimpleExpSmoothing(
        values, initialization_method="known", initial_level=float(values.mean())
    )
    told = model.fit(smoothing_level=0.3, optimized=False).forecast(1)[0]
    assert _level(values, 0.3) == pytest.approx(told)


def test_where_last_week_repeats_itself_the_naive_forecast_is_told_and_said() -> None:
    steps = np.repeat(np.arange(10, 100, 10.0), 5)
    found = forecast(steps[:43])
    assert not found.beats_naive
    assert found.values == (steps[42],) * 4
    assert "does not beat the seasonal-naive" in found.sentence()


def test_a_year_ago_is_the_season_where_there_is_one() -> None:
    year = np.tile(np.concatenate([np.full(26, 10.0), np.full(26, 50.0)]), 3)[:130]
    found = forecast(year)
    assert found.naive_error == 0
    assert found.values == (50.0,) * 4


def test_a_forecast_needs_weeks_and_a_calm_series_is_calm() -> None:
    with pytest.raises(MeasureError, match="too few weeks"):
        forecast(np.ones(MIN_WEEKS - 1))
    found = forecast(np.full(MIN_WEEKS, 9.0))
    assert found.values == (9.0,) * 4
    assert found.high[0] == pytest.approx(9 + 1.2816 * 3, abs=1e-3)
    assert forecast(np.zeros(MIN_WEEKS)).high == (0.0,) * 4


def test_an_error_of_the_future_does_not_reach_the_past() -> None:
    values = _series(np.random.default_rng(8), 0, 40)
    late = values.copy()
    late[-1] += 500
    assert forecast(late).naive_error > forecast(values).naive_error
    assert forecast(values).n_errors == 32


def test_what_is_known_of_the_coming_weeks_is_added_and_named() -> None:
    plain = forecast(np.full(MIN_WEEKS, 10.0))
    launch = Planned(reason="launch of Pay", extra=5, first=2, last=3)
    growth = Planned(reason="200 new people", factor=1.1)
    found = adjusted(plain, [growth, launch])
    assert found.values == pytest.approx((11, 16, 16, 11))
    assert "200 new people (x 1.1); launch of Pay (+5 a week)" in found.sentence()
    assert plain.values == (10.0,) * 4


def _busy(n_weeks: int, **fields: object) -> list[object]:
    return [
        incident(f"I{w:02}{i}", WEEK.shifted(-w).start_at + timedelta(days=i, hours=9), **fields)
        for w in range(n_weeks)
        for i in range(5)
    ]


def test_total_services_and_teams_are_told_but_no_small_team() -> None:
    teams = [
        Team(source=SOURCE, number="T1", name="Desk", size=9),
        Team(source=SOURCE, number="T2", name="Tiny", size=3),
    ]
    records = [*_busy(30, service="Pay", team="Desk")]
    records += [incident(f"S{w}", WEEK.shifted(-w).start_at, team="Tiny") for w in range(30)]
    results = figures_of(measure_data([*records, *teams]), WEEK)  # type: ignore[list-item]  # records
    told = {tuple(one.dimensions.items()): one for one in results
            if one.figure_id == "workload_forecast"}  # fmt: skip
    assert set(told) == {(), (("service", "Pay"),), (("team", "Desk"),)}
    whole = told[()]
    assert isinstance(whole, Figure)
    assert whole.value == 6
    assert whole.companions["2026-W34"] == 6
    staff = pick(results, "staff_needed")
    assert isinstance(staff, Figure)
    assert staff.value == pytest.approx(6 * 1.0 / 26)
    assert staff.note == "Assumed, not measured: handling hours and productive hours."


def test_declared_inputs_are_used_and_no_longer_called_assumptions() -> None:
    declared = Declared(
        productive_h=20,
        is_productive_h_assumed=False,
        planned=(Planned(reason="move", extra=10, dimension="service", value="Pay"),),
    )
    data = measure_data(_busy(30, service="Pay", handling_h=2.0), declared=declared)  # type: ignore[arg-type]  # records
    results = figures_of(data, WEEK)
    staff, pay = pick(results, "staff_needed"), pick(results, "workload_forecast", service="Pay")
    assert isinstance(staff, Figure)
    assert isinstance(pay, Figure)
    assert pay.value == 15
    assert staff.value == pytest.approx(15 * 2 / 20)
    assert staff.note is None


def test_few_weeks_and_other_periods_have_no_forecast() -> None:
    data = measure_data(_busy(10))  # type: ignore[arg-type]  # records
    assert isinstance(pick(figures_of(data, WEEK), "workload_forecast"), NotAvailable)
    month = calendar_month("2026-07")
    results = compute(data, month, month.end_at)
    assert isinstance(pick(results, "workload_forecast"), NotAvailable)


def test_hours_are_those_of_the_local_day_also_when_the_clocks_change() -> None:
    at = [datetime(2026, 3, 23, 8, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC)]
    opened = np.array([one.replace(tzinfo=None) for one in at], dtype="datetime64[us]")
    found = arrivals(opened, "Europe/London", 2)
    assert found.mean[0, 8] == 1  # 08:00 on both Mondays, an hour apart in UTC
    assert found.busiest(1) == (("Monday 08:00", 1.0),)
    assert found.share_outside_office == 0
    assert arrivals(opened[:0], "UTC", 1).share_outside_office == 0


def test_a_forecast_says_what_it_is_made_of() -> None:
    found = Forecast(
        values=(1,) * 4, low=(0,) * 4, high=(2,) * 4, error=1.0, naive_error=2.0,
        inside=0.75, n_errors=32, beats_naive=True,
    )  # fmt: skip
    assert found.sentence().startswith("Exponential smoothing, held against 32 past weeks")
