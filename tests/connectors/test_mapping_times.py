"""Times as people's exports write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.core.mapping.times import DateOrder, read_time

EVENING = datetime(2026, 11, 21, 19, 54, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T19:54:00Z",
        "2026-11-21 19:54",
        "2026-11-21T20:54:00+01:00",
        "2026-11-21T14:54:00.000-0500",
        "2026/11/21 19:54",
        "21/11/2026 19:54",
        "21.11.2026 19:54:00",
        "21-11-2026, 19:54",
        "21/11/26 7:54 PM",
        "21/Nov/26 7:54 PM",
        "21-Nov-2026 19:54",
        "21 November 2026 19:54",
        "Nov 21, 2026 7:54 PM",
        "  21/Nov/26 7:54 pm ",
        " 2026-11-21 19:54 ",
    ],
)
def test_the_forms_that_exports_use(text: str) -> None:
    assert read_time(text, UTC, day_first=None) == EVENING


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-13-01",
        "31/31/2026 10:00",
        "30/02/2026 10:00",
        "21/Nov/26 13:54 PM",
        "21/Nov/26 0:54 AM",
        "21/Foo/26 7:54 PM",
        "21/11/2026 25:00",
        "0001-01-01T00:00:00+14:00",
        "4711",
        "",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_time(text, UTC, day_first=True) is None


def test_a_date_that_reads_both_ways_needs_the_order() -> None:
    assert read_time("3/4/2026 10:00", UTC, day_first=None) is None
    assert read_time("3/4/2026 10:00", UTC, day_first=True) == datetime(2026, 4, 3, 10, tzinfo=UTC)
    assert read_time("3/4/2026 10:00", UTC, day_first=False) == datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert read_time("4/4/2026 10:00", UTC, day_first=None) == datetime(2026, 4, 4, 10, tzinfo=UTC)


def test_an_order_that_does_not_fit_is_not_turned_round() -> None:
    assert read_time("11/21/2026 10:00", UTC, day_first=True) is None
    assert read_time("21/11/2026 10:00", UTC, day_first=False) is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [("12:05 AM", 0), ("12:05 PM", 12), ("1:05 AM", 1), ("11:05 PM", 23)],
)
def test_the_twelve_hour_clock(text: str, hour: int) -> None:
    assert read_time(f"21/Nov/26 {text}", UTC, None) == datetime(2026, 11, 21, hour, 5, tzinfo=UTC)


def test_local_times_are_read_in_the_zone() -> None:
    assert read_time("2026-07-01 10:00", BERLIN, None) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert read_time("2026-01-01 10:00", BERLIN, None) == datetime(2026, 1, 1, 9, tzinfo=UTC)


def test_a_time_the_clocks_showed_twice_is_the_first_of_the_two() -> None:
    assert read_time("2026-10-25 02:30", BERLIN, None) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_time_the_clocks_skipped_has_the_offset_from_before() -> None:
    assert read_time("2026-03-29 02:30", BERLIN, None) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(
    at=st.datetimes(datetime(2000, 1, 1), datetime(2068, 12, 31)),
    form=st.sampled_from(
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d.%m.%y %I:%M:%S %p",
         "%d/%b/%y %I:%M:%S %p", "%b %d, %Y %H:%M:%S", "%Y/%m/%d %H:%M:%S"]
    ),
)  # fmt: skip
def test_what_is_written_is_what_is_read(at: datetime, form: str) -> None:
    expected = at.replace(microsecond=0, tzinfo=UTC)
    assert read_time(at.strftime(form), UTC, day_first=True) == expected


@given(at=st.datetimes(datetime(2000, 1, 1), datetime(2068, 12, 31)), zone=st.timezones())
def test_every_local_time_has_one_moment(at: datetime, zone: ZoneInfo) -> None:
    first = read_time(at.isoformat(), zone, None)
    assert first is not None
    assert first.tzinfo is UTC
    assert first == read_time(at.isoformat(), zone, None)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    read = read_time(text, UTC, day_first=True)
    assert read is None or read.tzinfo is UTC


@pytest.mark.parametrize(
    ("texts", "day_first", "is_told"),
    [
        (["21/11/2026", "3/4/2026"], True, True),
        (["11/21/2026", "3/4/2026"], False, True),
        (["3/4/2026"], None, False),
        (["3/3/2026"], None, True),
        (["21/11/2026", "11/21/2026"], None, False),
        (["2026-11-21", "soon", ""], None, True),
        (["21/11/2026"] * 21 + ["11/21/2026"], True, True),
        (["11/21/2026"] * 21 + ["31/2/2026"], False, True),
        (["2026-11-21"] * 30 + ["3/4/2026"], None, True),
        (["2026-11-21"] * 10 + ["3/4/2026"], None, False),
    ],
)
def test_dates_tell_their_order(texts: list[str], day_first: bool | None, is_told: bool) -> None:
    order = DateOrder()
    for text in texts:
        order.see(text)
    assert order.day_first is day_first
    assert order.is_told is is_told
