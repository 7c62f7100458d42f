"""Data made ready at load gives the same figures, to the last digit."""

import threading
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


def test_figures_computed_side_by_side_are_the_same() -> None:
    data, week = prepared(estate_data(ESTATE)), ESTATE.last_week
    cutoff = week.cutoff(timedelta(days=1))
    assert compute(data, week, cutoff, n_processes=2) == compute(data, week, cutoff)
    assert compute(MeasureData(frames={}), week, cutoff, n_processes=2) == compute(
        MeasureData(frames={}), week, cutoff
    )


def test_a_process_with_threads_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    data, week = golden_data(OFFICE), WEEK
    cutoff = week.cutoff(timedelta(days=2))
    alone = compute(data, week, cutoff)
    monkeypatch.delattr("multiprocessing.get_context")
    is_over = threading.Event()
    other = threading.Thread(target=is_over.wait)
    other.start()
    try:
        assert compute(data, week, cutoff, n_processes=2) == alone
    finally:
        is_over.set()
        other.join()


def test_no_records_are_prepared_as_no_records() -> None:
    assert prepared(MeasureData(frames={})).frames == {}
