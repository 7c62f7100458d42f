"""Avoidable hours by hand, and how alive a candidate is."""

from datetime import UTC, datetime, timedelta

import pytest

from itsm.candidates import CostModel, Life
from itsm.clocks import ReportingWeek
from itsm.statistics import poisson_rate_interval
from problem_mining.ranking import (
    Repeats,
    avoidable_hours,
    expected_repeats,
    life_of,
    weekly_counts,
)

WEEK = ReportingWeek.parse("2026-W34", "Europe/Berlin")
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def days_before(*days: float) -> list[datetime]:
    return [WEEK.end_at - timedelta(days=each) for each in days]


def test_thirteen_even_weeks_go_on_as_they_were() -> None:
    opened = days_before(*(7 * week + 1 for week in range(13)))
    found = expected_repeats(opened, WEEK, LONG_AGO)
    low, high = poisson_rate_interval(13, 91)
    assert found.expected == pytest.approx(13 / 91 * 90)
    assert (found.low, found.high) == pytest.approx((low * 90, high * 90))


def test_a_short_past_is_a_short_exposure() -> None:
    found = expected_repeats(days_before(1, 3), WEEK, WEEK.end_at - timedelta(days=14))
    assert found.expected == pytest.approx(2 / 14 * 90)


def test_what_is_older_than_thirteen_weeks_or_after_the_week_does_not_count() -> None:
    assert expected_repeats(days_before(92, 200, -1), WEEK, LONG_AGO).expected == 0


def test_one_outage_is_less_certain_than_as_many_even_repeats() -> None:
    outage = expected_repeats(days_before(*[3.0] * 26), WEEK, LONG_AGO)
    even = expected_repeats(days_before(*(3.5 * k + 1 for k in range(26))), WEEK, LONG_AGO)
    assert outage.expected == pytest.approx(even.expected)
    assert outage.low < even.low / 5
    assert outage.high > 2 * even.high


def test_avoidable_hours_multiply_repeats_with_the_hours_of_one() -> None:
    cost = CostModel(handling_h=2.0, lost_h_per_user=0.5, affected_users=4.0)
    found = avoidable_hours(Repeats(10, 5, 20), cost, [], [])
    assert (found.value, found.low, found.high, found.unit) == (40, 20, 80, "h")
    assert found.assumed == ("handling_h", "affected_users", "lost_h_per_user")


def test_hours_and_users_of_the_members_come_before_assumptions() -> None:
    found = avoidable_hours(Repeats(10, 5, 20), CostModel(), [1.0, 3.0], [10.0])
    assert found.value == 10 * (2 + 10 * 0.5)
    assert found.assumed == ("lost_h_per_user",)
    known = avoidable_hours(Repeats(1, 1, 1), CostModel(is_assumed=False), [], [])
    assert known.assumed == ()


def test_weekly_counts_end_with_the_week_asked_for() -> None:
    opened = [WEEK.start_at, WEEK.start_at - timedelta(seconds=1), WEEK.end_at]
    assert weekly_counts(opened, WEEK, 3) == (0, 1, 1)


@pytest.mark.parametrize(
    ("days", "life"),
    [
        ((1, 20), Life.EMERGING),
        ((1, 20, 40), Life.ACTIVE),
        ((1, 70), Life.RECURRED),
        ((1, 30, 100), Life.ACTIVE),
        ((29, 60), Life.QUIET),
        ((92, 200), Life.STALE),
    ],
)
def test_life_follows_from_when_members_came(days: tuple[float, ...], life: Life) -> None:
    assert life_of(days_before(*days), WEEK) is life
