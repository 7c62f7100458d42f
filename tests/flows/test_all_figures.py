"""Figures of many incidents are computed side by side, and are the same."""

from datetime import timedelta

import pytest

from flows import figures
from reports.measures.compute import compute
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data


@pytest.mark.parametrize("large", [1, 10**6])
def test_many_incidents_give_the_figures_that_few_would(
    monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    settings = EstateSettings(n_incidents=300, n_weeks=8, seed=7)
    data, week = estate_data(settings), settings.last_week
    cutoff_at = week.cutoff(timedelta(days=1))
    asked: list[int] = []

    def noted(*given: object, n_processes: int = 1) -> object:
        asked.append(n_processes)
        return compute(*given, n_processes=n_processes)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(figures, "compute", noted)
    monkeypatch.setattr(figures, "LARGE", large)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert figures.all_figures(data, week, cutoff_at) == compute(data, week, cutoff_at)
    assert asked == [2 if large == 1 else 1]
