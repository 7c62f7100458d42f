"""Data made ready at load gives the same figures, to the last digit."""

from datetime import timedelta

import pytest

from reports.measures.compute import compute
from reports.measures.data import MeasureData
from reports.measures.prepare import prepared
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data
from tests.measures.golden_estate import OFFICE, WEEK, golden_data
from tests.measures.measure_frames import figures_of

ESTATE = EstateSettings(n_incidents=1_500, n_weeks=8, seed=11)


def test_prepared_data_gives_the_same_figures_on_the_golden_estate() -> None:
    data = golden_data(OFFICE)
    assert figures_of(prepared(data), WEEK) == figures_of(data, WEEK)


@pytest.mark.parametrize("weeks_back", [0, 3])
def test_prepared_data_gives_the_same_figures_on_a_practice_estate(weeks_back: int) -> None:
    data = estate_data(ESTATE)
    week = ESTATE.last_week.shifted(-weeks_back)
    cutoff = week.cutoff(timedelta(days=1))
    assert compute(prepared(data), week, cutoff) == compute(data, week, cutoff)


def test_no_records_are_prepared_as_no_records() -> None:
    assert prepared(MeasureData(frames={})).frames == {}
