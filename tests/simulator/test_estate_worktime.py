"""Working time of the estate."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.settings import EstateSettings
from simulator.worktime import from_work, offset_s, to_work

INSTANTS = st.integers(0, 4_000_000_000)
OFFSETS = st.sampled_from([-18_000, 0, 3_600, 19_800])


def one(seconds: int) -> np.ndarray:
    return np.array([seconds])


@given(INSTANTS, OFFSETS)
def test_going_there_and_back_leads_to_the_next_working_instant(at: int, offset: int) -> None:
    back = int(from_work(to_work(one(at), offset), offset)[0])
    assert back >= at
    assert back - at <= 60 * 3_600
    assert to_work(one(back), offset) == to_work(one(at), offset)
    local = datetime.fromtimestamp(back + offset, UTC)
    assert local.weekday() < 5
    assert 7 <= local.hour < 19


@given(INSTANTS, st.integers(0, 2_000_000), OFFSETS)
def test_working_time_never_runs_faster_than_the_clock(at: int, later: int, offset: int) -> None:
    worked = int((to_work(one(at + later), offset) - to_work(one(at), offset))[0])
    assert 0 <= worked <= later


def test_a_working_week_has_sixty_hours() -> None:
    monday = int(datetime(2026, 8, 17, tzinfo=UTC).timestamp())
    week = to_work(one(monday + 7 * 86_400), 0) - to_work(one(monday), 0)
    assert week[0] == 60 * 3_600
    friday = monday + int(timedelta(days=4, hours=18).total_seconds())
    after = datetime.fromtimestamp(int(from_work(to_work(one(friday), 0) + 2 * 3_600, 0)[0]), UTC)
    assert after == datetime(2026, 8, 24, 8, tzinfo=UTC)


def test_the_offset_is_that_of_standard_time() -> None:
    assert offset_s(EstateSettings(zone="Europe/Berlin")) == 3_600
    assert offset_s(EstateSettings(zone="America/New_York")) == -5 * 3_600
    assert offset_s(EstateSettings(zone="Australia/Sydney")) == 10 * 3_600
