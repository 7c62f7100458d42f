"""Weeks: labels, year ends, daylight saving, and that they tile time without a gap."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.clocks import ReportingWeek, zone_of
from itsm.errors import ConfigError

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Africa/Cairo",  # the clock jumps at midnight
    "Asia/Kathmandu",
    "Pacific/Apia",  # skipped a whole day in 2011
)

instants = st.datetimes(datetime(1990, 1, 8), datetime(2037, 12, 1), timezones=st.just(UTC))
zones = st.sampled_from(ZONES)


@pytest.mark.parametrize(
    ("label", "zone", "hours"),
    [
        ("2026-W13", "Europe/Berlin", 167),  # 29 March
        ("2026-W43", "Europe/Berlin", 169),  # 25 October
        ("2026-W12", "Europe/Berlin", 168),
        ("2026-W10", "America/New_York", 167),  # 8 March
        ("2026-W44", "America/New_York", 169),  # 1 November
        ("2026-W13", "America/New_York", 168),
        ("2026-W13", "UTC", 168),
        ("2011-W52", "Pacific/Apia", 144),  # there was no 30 December
    ],
)
def test_a_week_is_as_long_as_its_zone_makes_it(label: str, zone: str, hours: int) -> None:
    assert ReportingWeek.parse(label, zone).hours == hours


def test_a_week_begins_on_monday_midnight_of_its_zone() -> None:
    week = ReportingWeek.parse("2026-W34", "Europe/Berlin")
    assert week.start_at == datetime(2026, 8, 16, 22, tzinfo=UTC)
    assert week.end_at == datetime(2026, 8, 23, 22, tzinfo=UTC)
    assert week.cutoff(timedelta(hours=6)) == datetime(2026, 8, 24, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (datetime(2020, 12, 31, tzinfo=UTC), "2020-W53"),
        (datetime(2021, 1, 3, 23, 59, 59, 999999, tzinfo=UTC), "2020-W53"),
        (datetime(2021, 1, 4, tzinfo=UTC), "2021-W01"),
        (datetime(2024, 12, 30, tzinfo=UTC), "2025-W01"),
        (datetime(2027, 1, 3, tzinfo=UTC), "2026-W53"),
    ],
)
def test_days_around_new_year_lie_in_the_iso_week(day: datetime, label: str) -> None:
    assert str(ReportingWeek.of(day)) == label


def test_the_zone_decides_which_week_an_instant_lies_in() -> None:
    instant = datetime(2026, 8, 23, 23, tzinfo=UTC)
    assert ReportingWeek.of(instant, "Europe/Berlin").label == "2026-W35"
    assert ReportingWeek.of(instant, "America/New_York").label == "2026-W34"


def test_shifting_crosses_years_of_52_and_53_weeks() -> None:
    week = ReportingWeek.parse("2026-W53")
    assert week.shifted(1).label == "2027-W01"
    assert week.shifted(-53).label == "2025-W52"
    assert [str(one) for one in week.shifted(1).last(3)] == ["2026-W52", "2026-W53", "2027-W01"]


@given(instants, zones)
def test_every_instant_lies_in_exactly_its_week(instant: datetime, zone: str) -> None:
    week = ReportingWeek.of(instant, zone)
    assert week.start_at <= instant < week.end_at
    assert week.shifted(1).start_at == week.end_at
    assert ReportingWeek.of(week.start_at, zone) == week
    assert ReportingWeek.of(week.end_at - timedelta(microseconds=1), zone) == week


@given(instants, zones, st.integers(-400, 400))
def test_labels_and_shifts_can_be_undone(instant: datetime, zone: str, weeks: int) -> None:
    week = ReportingWeek.of(instant, zone)
    assert ReportingWeek.parse(week.label, zone) == week
    assert week.shifted(weeks).shifted(-weeks) == week
    assert (week.shifted(weeks) > week) == (weeks > 0)


@pytest.mark.parametrize("label", ["", "2026-34", "2026W34", "2026-W3", "2026-W34x", "26-W34"])
def test_what_is_no_label_is_refused_with_an_example(label: str) -> None:
    with pytest.raises(ConfigError, match="write it as 2026-W34"):
        ReportingWeek.parse(label)


@pytest.mark.parametrize("label", ["2025-W53", "2026-W00", "2026-W54", "0000-W01"])
def test_a_week_that_does_not_exist_is_refused(label: str) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        ReportingWeek.parse(label)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "Europe", "../etc/passwd", "/etc/passwd"])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="IANA name"):
        zone_of(name)


def test_a_zone_is_found_by_its_name() -> None:
    assert zone_of("Europe/London") == ZoneInfo("Europe/London")
