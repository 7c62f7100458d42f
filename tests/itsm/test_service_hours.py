"""Service hours against a slow loop over days that anyone can check by eye."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm.clocks import ServiceHours
from itsm.errors import ConfigError

OFFICE = dict.fromkeys(range(5), (time(9), time(17)))
BERLIN = ServiceHours("Europe/Berlin", OFFICE)
HOUR = 3600.0

hours_of_day = st.integers(0, 23 * 4 + 3).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
ends_of_day = hours_of_day | st.just(time(23, 59, 59))
windows = st.tuples(hours_of_day, ends_of_day).filter(lambda pair: pair[0] < pair[1])
weeks = st.dictionaries(st.integers(0, 6), windows, min_size=1)
instants = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=40))


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A time of the clock in Berlin in 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("start_at", "end_at", "hours"),
    [
        (at(6, 1, 10), at(6, 1, 12), 2.0),  # inside a Monday
        (at(6, 1, 7), at(6, 1, 8), 0.0),  # before opening
        (at(6, 1, 18), at(6, 2, 8), 0.0),  # a night
        (at(6, 1, 18), at(6, 2, 9, 30), 0.5),
        (at(6, 5, 16), at(6, 8, 10), 2.0),  # over a weekend
        (at(6, 6, 10), at(6, 7, 10), 0.0),  # a weekend
        (at(6, 1, 17), at(6, 1, 17), 0.0),
        (at(3, 27, 12), at(3, 30, 12), 8.0),  # over the change to summer time
        (at(10, 23, 12), at(10, 26, 12), 8.0),  # and back
        (at(6, 1, 0), at(6, 8, 0), 40.0),
    ],
)
def test_only_time_inside_the_windows_counts(
    start_at: datetime, end_at: datetime, hours: float
) -> None:
    assert BERLIN.seconds_between(start_at, end_at) == hours * HOUR


def test_times_in_the_wrong_order_count_nothing() -> None:
    assert BERLIN.seconds_between(at(6, 2, 12), at(6, 1, 12)) == 0.0
    assert BERLIN.seconds_between(at(6, 2, 12), at(1, 5, 12)) == 0.0
    assert ServiceHours().seconds_between(at(6, 2, 12), at(6, 1, 12)) == 0.0


def test_round_the_clock_is_elapsed_time_also_when_the_clock_changes() -> None:
    assert ServiceHours().seconds_between(at(3, 28, 12), at(3, 29, 12)) == 23 * HOUR
    whole_days = ServiceHours("Europe/Berlin", dict.fromkeys(range(7), (time(0), time(23, 59, 59))))
    assert whole_days.seconds_between(at(3, 28, 12), at(3, 29, 12)) == 23 * HOUR
    assert whole_days.seconds_between(at(10, 24, 12), at(10, 25, 12)) == 25 * HOUR


def test_holidays_and_closed_days_do_not_count() -> None:
    service = ServiceHours("Europe/Berlin", OFFICE, country="DE", closed_days=(date(2026, 5, 4),))
    # 1 May 2026 is a Friday and a holiday, 4 May is closed.
    assert service.seconds_between(at(4, 30, 16), at(5, 5, 10)) == 2 * HOUR
    assert BERLIN.seconds_between(at(4, 30, 16), at(5, 5, 10)) == 18 * HOUR


def test_holidays_count_in_every_year_of_a_long_span() -> None:
    service = ServiceHours("UTC", {4: (time(9), time(10))}, country="DE")
    christmas = datetime(2020, 12, 25, tzinfo=UTC)
    assert service.seconds_between(christmas, christmas + timedelta(days=1)) == 0
    new_year = datetime(2021, 1, 1, tzinfo=UTC)
    assert service.seconds_between(christmas, new_year + timedelta(days=8)) == HOUR


def test_a_service_that_is_always_closed_serves_nothing() -> None:
    closed = [date(2026, 5, 1) + timedelta(days=day) for day in range(60)]
    service = ServiceHours("UTC", OFFICE, closed_days=closed)
    assert service.seconds_between(at(6, 1, 10), at(6, 2, 10)) == 0.0


def test_a_missing_time_gives_a_missing_duration() -> None:
    known, missing = np.datetime64("2026-06-01T10:00"), np.datetime64("NaT")
    start = np.array([known, missing, known, missing])
    end = np.array([missing, known, known + np.timedelta64(1, "h"), missing])
    for service in (BERLIN, ServiceHours()):
        seconds = service.seconds_between_each(start, end)
        np.testing.assert_array_equal(seconds, [np.nan, np.nan, HOUR, np.nan])
    nothing = np.array([missing])
    assert np.isnan(BERLIN.seconds_between_each(nothing, nothing)).all()
    assert len(BERLIN.seconds_between_each(nothing[:0], nothing[:0])) == 0


@settings(max_examples=150)
@given(weeks, st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]), instants, spans)
def test_any_span_equals_a_loop_over_its_days(
    windows: dict[int, tuple[time, time]], zone: str, start_at: datetime, span: timedelta
) -> None:
    service = ServiceHours(zone, windows, country="US")
    expected = _by_days(service, start_at, start_at + span)
    assert service.seconds_between(start_at, start_at + span) == pytest.approx(expected, abs=1e-3)


@given(weeks, st.lists(st.tuples(instants, spans), min_size=1, max_size=20))
def test_many_spans_at_once_equal_each_by_itself(
    windows: dict[int, tuple[time, time]], pairs: list[tuple[datetime, timedelta]]
) -> None:
    service = ServiceHours("Europe/Berlin", windows)
    start = np.array([start_at.replace(tzinfo=None) for start_at, _ in pairs], "datetime64[us]")
    end = np.array([(one + span).replace(tzinfo=None) for one, span in pairs], "datetime64[us]")
    each = [service.seconds_between(one, one + span) for one, span in pairs]
    np.testing.assert_allclose(service.seconds_between_each(start, end), each, atol=1e-3)


@given(instants, spans, spans)
def test_two_spans_in_a_row_add_up(start_at: datetime, one: timedelta, two: timedelta) -> None:
    whole = BERLIN.seconds_between(start_at, start_at + one + two)
    first = BERLIN.seconds_between(start_at, start_at + one)
    second = BERLIN.seconds_between(start_at + one, start_at + one + two)
    assert whole == pytest.approx(first + second, abs=1e-3)


@pytest.mark.parametrize("window", [(time(22), time(6)), (time(9), time(9)), (time(18), time(0))])
def test_a_window_that_does_not_end_after_it_begins_is_refused(window: tuple[time, time]) -> None:
    with pytest.raises(ConfigError, match="split hours that cross midnight"):
        ServiceHours("UTC", {0: window})


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="weekday 7"):
        ServiceHours("UTC", {7: (time(9), time(17))})
    with pytest.raises(ConfigError, match="IANA name"):
        ServiceHours("Mars/Olympus", OFFICE)
    with pytest.raises(ConfigError, match="'XX'"):
        ServiceHours("UTC", OFFICE, country="XX").seconds_between(at(6, 1, 10), at(6, 1, 12))


def _by_days(service: ServiceHours, start_at: datetime, end_at: datetime) -> float:
    """Service seconds, day by day: the overlap of the span with the day's window."""
    import holidays

    closed = holidays.country_holidays("US", years=range(2025, 2028))
    zone, total = ZoneInfo(service.zone), 0.0
    day = start_at.astimezone(zone).date()
    while day <= end_at.astimezone(zone).date():
        if day.weekday() in service.windows and day not in closed:
            opens, closes = service.windows[day.weekday()]
            from_at = datetime.combine(day, opens, zone).astimezone(UTC)
            if closes == time(23, 59, 59):
                to_at = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
            else:
                to_at = datetime.combine(day, closes, zone).astimezone(UTC)
            overlap = min(end_at, to_at) - max(start_at, from_at)
            total += max(overlap.total_seconds(), 0.0)
        day += timedelta(days=1)
    return total
