"""Times without a zone: what is asked for is never too little, whatever the clock shows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.core.local_times import FORM, LocalTimes
from itsm.errors import ConfigError

PARIS = LocalTimes("Europe/Paris")
ENDS = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""When summer time ends in Paris: the clock goes from 3 back to 2."""


@pytest.mark.parametrize("minutes", range(-240, 241, 10))
def test_a_time_to_ask_from_is_never_behind_the_moment(minutes: int) -> None:
    at = ENDS + timedelta(minutes=minutes)
    for fold in (0, 1):
        meant = datetime.strptime(PARIS.since(at), FORM).replace(
            tzinfo=ZoneInfo("Europe/Paris"), fold=fold
        )
        assert meant.astimezone(UTC) <= at
        assert at - meant.astimezone(UTC) <= timedelta(hours=3)


@pytest.mark.parametrize("minutes", range(-240, 241, 10))
def test_a_time_to_ask_up_to_is_never_before_the_moment(minutes: int) -> None:
    at = ENDS + timedelta(minutes=minutes)
    for fold in (0, 1):
        meant = datetime.strptime(PARIS.until(at), FORM).replace(
            tzinfo=ZoneInfo("Europe/Paris"), fold=fold
        )
        assert meant.astimezone(UTC) >= at


def test_times_are_read_as_the_first_of_two_and_written_plainly_in_utc() -> None:
    assert PARIS.read("2026-10-25 02:30:00") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert PARIS.read("2026-07-01 12:00:00") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert PARIS.read("2026-07-01T12:00:00Z") == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert PARIS.read("soon") is None
    utc = LocalTimes("UTC")
    assert utc.is_exact
    assert not PARIS.is_exact
    assert utc.since(ENDS) == utc.until(ENDS) == "2026-10-25 01:00:00"


def test_the_shift_tells_when_the_clock_was_put_back() -> None:
    before, after = datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 3, 30)
    assert PARIS.shift_at(before) != PARIS.shift_at(after)
    assert PARIS.shift_at(datetime(2026, 7, 1)) == timedelta(hours=2)


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="Mars/Base"):
        LocalTimes("Mars/Base")
