"""When incidents come: a pattern of days only where it is sure, one outage told from a repeat."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from itsm.candidates import Rhythm
from itsm.clocks import ReportingWeek
from problem_mining.ranking import weekly_counts
from problem_mining.rhythm import Calendar, calendar_of, rhythm_of

WEEK = ReportingWeek.parse("2026-W34")
END = WEEK.end_at
YEAR = [END - timedelta(days=k, hours=12) for k in range(364)]
WORKDAYS = [at for at in YEAR if at.weekday() < 5]
USUAL = calendar_of(WORKDAYS, "UTC")


def of(opened: Sequence[datetime], usual: Calendar = USUAL) -> Rhythm:
    return rhythm_of(opened, weekly_counts(opened, WEEK, 26), WEEK, usual)


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 7, tzinfo=UTC)


def test_the_end_of_the_month_is_seen_and_the_next_one_told() -> None:
    found = of([at(1, 30), at(2, 27), at(3, 31), at(4, 30), at(5, 29), at(6, 30), at(7, 31)])
    assert found.pattern.startswith("7 of 7 times on the end of the month (usual: 1")
    assert found.next_on == date(2026, 8, 29)


def test_mondays_and_the_days_after_patching_are_told_apart() -> None:
    mondays = [t for t in YEAR if t.weekday() == 0][:12]
    assert of(mondays).pattern.startswith("12 of 12 times on Mondays")
    assert of(mondays).next_on == date(2026, 8, 24)
    patched = [at(m, d) for m, d in [(2, 11), (3, 11), (4, 15), (5, 13), (6, 10), (7, 15), (8, 12)]]
    assert "the days after the second Tuesday" in of(patched).pattern
    assert of(patched).next_on == date(2026, 9, 8)


def test_a_fixed_interval_is_told() -> None:
    found = of([END - timedelta(days=10 * k + 4) for k in range(8)])
    assert (found.pattern, found.next_on) == ("about every 10 days", date(2026, 8, 30))


def test_ordinary_days_make_no_pattern() -> None:
    draw = np.random.default_rng(11)
    told = 0
    for _ in range(300):
        days = draw.choice(len(WORKDAYS), size=int(draw.integers(5, 40)), replace=False)
        told += bool(of([WORKDAYS[k] for k in days]).pattern)
    assert told <= 3, "one in a hundred at most"


def test_workdays_are_no_pattern_where_everything_comes_on_workdays() -> None:
    some = WORKDAYS[::13][:20]
    assert not of(some).pattern.startswith("the")
    assert of(some[:4]).pattern == "", "four times are too few"


def test_one_outage_is_not_a_repeat() -> None:
    outage = [at(8, 3) + timedelta(minutes=7 * k) for k in range(40)]
    assert of(outage).n_episodes == 1
    assert of(outage).is_one_event
    twice = outage + [t - timedelta(days=30) for t in outage]
    assert of(twice).n_episodes == 2
    assert not of(twice).is_one_event
    assert of([*outage, at(5, 4)]).is_one_event, "one straggler does not make it a repeat"


@pytest.mark.parametrize(
    ("newest", "says"), [(3, "steady"), (30, "above its usual level: a point outside")]
)
def test_the_trend_is_that_of_a_control_chart(newest: int, says: str) -> None:
    counts = [2, 3, 2, 4, 3, 2, 3, 3, 2, 4, 3, 2, newest]
    opened = [
        END - timedelta(days=7 * (len(counts) - k) - 1, minutes=-n)
        for k, count in enumerate(counts)
        for n in range(count)
    ]
    assert of(opened).trend.startswith(says)
    assert of(opened[-newest:]).trend == "too short to tell"
