"""Calendar months and quarters beside reporting weeks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.periods import Months, calendar_month, calendar_quarter, period_of


def test_a_month_and_a_quarter_begin_and_end_at_local_midnight() -> None:
    month = calendar_month("2026-03", "Europe/London")
    assert month.start_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert month.end_at == datetime(2026, 3, 31, 23, tzinfo=UTC)  # summer time has begun
    quarter = calendar_quarter("2026-Q4", "Europe/London")
    assert quarter.first_day == date(2026, 10, 1)
    assert quarter.end_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert quarter.cutoff(timedelta(days=2)) == datetime(2027, 1, 3, tzinfo=UTC)


@given(st.integers(12, 9000 * 12), st.sampled_from([1, 3]), st.integers(-5, 5))
def test_periods_follow_each_other_without_gap_and_sort_by_label(
    first: int, length: int, step: int
) -> None:
    one = Months(first - first % length, length)
    if one.first + 6 * length < 9999 * 12 and one.first - 6 * length > 12:
        assert one.end_at == one.shifted(1).start_at
        assert one.shifted(step).shifted(-step) == one
        assert (one.label < one.shifted(1).label) and str(one) == one.label
        assert period_of(one.label) == one
        assert [period.label for period in one.last(2)] == [one.shifted(-1).label, one.label]


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "26-01", "2026-Q5", "2026-Q0", "0000-01"])
def test_a_label_that_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        period_of(text)


def test_a_label_tells_its_kind() -> None:
    assert period_of("2026-W34") == ReportingWeek.parse("2026-W34")
    assert period_of("2026-08").label == "2026-08"
    with pytest.raises(ConfigError, match="write it as 2026-Q3"):
        calendar_quarter("2026-08")
