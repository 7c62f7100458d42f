"""Figures of a week in DuckDB SQL and in plain pandas, beside ours, on the same records.

All three are given the same frames and have to agree; what differs is the time. The peers compute
these figures of this week and nothing else. Ours are told twice: the families these figures belong
to, with their series, slices and rows; and everything the catalogue has. What is made ready at load
is told on a line of its own: the peers have no such preparation.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from math import isclose

import pandas as pd

from itsm.figures import Figure, FigureResult
from itsm.statistics import MAX_WEEKS
from reports.measures.compute import compute
from reports.measures.data import MeasureData
from reports.measures.families import FAMILIES
from reports.measures.prepare import prepared
from reports.measures.scope import scope_of
from simulator.settings import EstateSettings
from tests.bench.measures_speed import bench_data
from tests.bench.peer_pandas import in_pandas
from tests.bench.peer_sql import FIGURES, in_sql

Told = Mapping[str, float]


def ours(data: MeasureData, settings: EstateSettings) -> Told:
    """The figures as packs tell them, with all that their families tell beside."""
    week = settings.last_week
    scope = scope_of(data, week, week.cutoff(timedelta(hours=settings.lag_h)), MAX_WEEKS)
    wanted = {name.split("/")[0] for name in FIGURES}
    found: list[FigureResult] = []
    for family in FAMILIES:
        if any(one.figure_id in wanted for one in family.CONTRACTS):
            found += family.figures(scope)
    return named(found)


def all_of_ours(data: MeasureData, settings: EstateSettings) -> Told:
    """The same out of everything the catalogue has."""
    week = settings.last_week
    return named(list(compute(data, week, week.cutoff(timedelta(hours=settings.lag_h)))))


def named(found: list[FigureResult]) -> Told:
    """Values by figure and slice, of those that the peers have."""
    values = {
        "/".join((one.figure_id, *one.dimensions.values())): one.value
        for one in found
        if isinstance(one, Figure)
    }
    return {name: values[name] for name in FIGURES}


def compared(n_incidents: int, n_weeks: int) -> dict[str, tuple[float, Told]]:
    """Seconds and figures of each way, best of two."""
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks)
    data = bench_data(settings)
    started = time.perf_counter()
    ready = prepared(data)
    print(f"{'made ready at load, once':36} {time.perf_counter() - started:6.2f} s", flush=True)
    week = settings.last_week
    start, end = pd.Timestamp(week.start_at), pd.Timestamp(week.end_at)
    cutoff = pd.Timestamp(week.cutoff(timedelta(hours=settings.lag_h)))
    ways: dict[str, Callable[[], Told]] = {
        f"ours, the families of these {len(FIGURES)}": lambda: ours(ready, settings),
        "ours, all figures": lambda: all_of_ours(ready, settings),
        f"DuckDB SQL, these {len(FIGURES)}": lambda: in_sql(data, start, end, cutoff),
        f"plain pandas, these {len(FIGURES)}": lambda: in_pandas(data, start, end, cutoff),
    }
    return {name: min((_timed(way) for _ in range(2)), key=_seconds) for name, way in ways.items()}


def _seconds(timed: tuple[float, Told]) -> float:
    return timed[0]


def _timed(way: Callable[[], Told]) -> tuple[float, Told]:
    started = time.perf_counter()
    told = way()
    return time.perf_counter() - started, told


def differing(found: Mapping[str, tuple[float, Told]]) -> list[str]:
    """The figures on which the ways do not agree, with what each says."""
    ways = [told for _, told in found.values()]
    return [
        f"{name}: " + ", ".join(f"{float(told[name]):.6g}" for told in ways)
        for name in FIGURES
        if not all(isclose(told[name], ways[0][name], rel_tol=1e-9) for told in ways)
    ]


def main() -> None:
    """Print a line for each way, and whether all agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--weeks", type=int, default=52)
    given = parser.parse_args()
    found = compared(given.incidents, given.weeks)
    for name, (seconds, _) in found.items():
        print(f"{name:36} {seconds:6.2f} s")
    differ = differing(found)
    print("\n".join(["THEY DIFFER", *differ]) if differ else f"all {len(FIGURES)} agree")


if __name__ == "__main__":
    main()
