"""How long all figures of one week take, by family and size; `make bench` prints it.

Each size is a practice estate in frames, as the store hands them over. The history is thinned to
four rows per incident, so that a million incidents have four million: whole records at a time, as
some sources keep no history of some records. Nothing else is left out.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from itsm.states import HistoryField, RecordKind
from itsm.statistics import MAX_WEEKS
from reports.measures.compute import compute
from reports.measures.data import MeasureData
from reports.measures.families import FAMILIES
from reports.measures.scope import scope_of
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data

HISTORY_ROWS = 4
"""History rows kept per incident."""
_KEPT = (HistoryField.STATE.value, HistoryField.TEAM.value, HistoryField.ASSIGNEE.value)


def bench_data(settings: EstateSettings, history_rows: int = HISTORY_ROWS) -> MeasureData:
    """An estate with so many history rows per incident, of state, team and assignee."""
    data = estate_data(settings)
    history = data.frames[RecordKind.HISTORY]
    history = history[history["field"].isin(_KEPT).to_numpy()]
    place = pd.factorize(history["record"])[0]
    n_rows = np.bincount(place)
    share = min(1.0, history_rows * settings.n_incidents / len(history))
    is_kept = (np.arange(len(n_rows)) * share) % 1.0 < share
    thinned = history[is_kept[place]].reset_index(drop=True)
    return replace(data, frames={**data.frames, RecordKind.HISTORY: thinned})


def with_candidates(data: MeasureData) -> MeasureData:
    """The same data with groups, so that figures of candidates have something to count."""
    incidents = data.frames[RecordKind.INCIDENT]
    kept = incidents["problem"].notna().to_numpy()
    of = pd.DataFrame(
        {
            "source": incidents["source"][kept],
            "number": incidents["number"][kept],
            "candidate_id": "C-" + incidents["problem"][kept],
        }
    )
    return replace(data, candidate_of=of.reset_index(drop=True))


def timed(data: MeasureData, settings: EstateSettings) -> Iterator[tuple[str, float]]:
    """Seconds of the scope and of each family, one after the other."""
    week = settings.last_week
    started = time.perf_counter()
    scope = scope_of(data, week, week.cutoff(timedelta(hours=settings.lag_h)), MAX_WEEKS)
    yield "scope", time.perf_counter() - started
    for family in FAMILIES:
        started = time.perf_counter()
        n = len(tuple(family.figures(scope)))
        yield (
            f"{getattr(family, '__name__', '').rsplit('.', 1)[-1]} ({n})",
            (time.perf_counter() - started),
        )


def bench(n_incidents: int, n_weeks: int) -> None:
    """Build an estate, measure its last week, and print the seconds."""
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks)
    started = time.perf_counter()
    data = with_candidates(bench_data(settings))
    built_s = time.perf_counter() - started
    n_history = len(data.frames[RecordKind.HISTORY])
    parts = sorted(timed(data, settings), key=lambda part: -part[1])
    week = settings.last_week
    started = time.perf_counter()
    results = compute(data, week, week.cutoff(timedelta(hours=settings.lag_h)))
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n_incidents:>9,} incidents, {n_history:,} history rows: {seconds:.2f} s for "
        f"{len(results)} figures with series; {peak_mb:,.0f} MB at most; built in {built_s:.0f} s"
    )
    print("          " + "  ".join(f"{name} {spent:.2f}" for name, spent in parts[:16]), flush=True)


def main() -> None:
    """Print the seconds for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--weeks", type=int, default=52)
    given = parser.parse_args()
    for size in given.incidents:
        bench(size, given.weeks)


if __name__ == "__main__":
    main()
