"""Figures told three ways, by us, in SQL and in plain pandas, are the same figures."""

from datetime import timedelta

import pandas as pd

from reports.measures.prepare import prepared
from simulator.settings import EstateSettings
from tests.bench.measures_peers import all_of_ours, differing, ours
from tests.bench.peer_pandas import in_pandas
from tests.bench.peer_sql import FIGURES, in_sql
from tests.measures.estate_data import estate_data

ESTATE = EstateSettings(n_incidents=6_000, n_weeks=40, seed=5)


def test_figures_in_sql_and_in_pandas_are_ours() -> None:
    data, week = estate_data(ESTATE), ESTATE.last_week
    start, end = pd.Timestamp(week.start_at), pd.Timestamp(week.end_at)
    cutoff = pd.Timestamp(week.cutoff(timedelta(hours=ESTATE.lag_h)))
    ways = {
        "ours": ours(prepared(data), ESTATE),
        "all of ours": all_of_ours(data, ESTATE),
        "sql": in_sql(data, start, end, cutoff),
        "pandas": in_pandas(data, start, end, cutoff),
    }
    assert len(FIGURES) >= 40
    assert differing({name: (0.0, told) for name, told in ways.items()}) == []


def test_a_way_that_differs_is_told() -> None:
    told = dict.fromkeys(FIGURES, 1.0)
    found = differing({"one": (0.0, told), "other": (0.0, {**told, "opened": 2.0})})
    assert found == ["opened: 1, 2"]
