"""How long all figures of one week take, by family and size; `make bench` prints it.

Each size is a practice estate in frames, as the store hands them over. The history is thinned to
four rows per incident, so that a million incidents have four million: whole records at a time, as
some sources keep no history of some records. Nothing else is left out.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable, Iterator, Sized
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pandas as pd

from itsm.states import HistoryField, RecordKind
from itsm.statistics import MAX_WEEKS
from reports.measures.compute import compute
from reports.measures.data import MeasureData
from reports.measures.families import FAMILIES
from reports.measures.prepare import prepared
from reports.measures.scope import scope_of
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data

YEAR_WEEKS = 52
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
    """Build an estate, make it ready, measure some weeks, and print the seconds."""
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks)
    ready = _loaded(settings)
    week = settings.last_week
    before = week.shifted(-1)
    for text, one, weeks in (
        (f"first week, series of {MAX_WEEKS} weeks", week, MAX_WEEKS),
        ("a further week", before, MAX_WEEKS),
        (f"first week again, series of {YEAR_WEEKS} weeks", week, YEAR_WEEKS),
    ):
        cutoff_at = one.cutoff(timedelta(hours=settings.lag_h))
        _say(text, partial(compute, ready, one, cutoff_at, n_weeks=weeks))
        both = partial(compute, ready, one, cutoff_at, n_weeks=weeks, n_processes=2)
        _say("  the same in two processes", both)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"  {peak_mb:,.0f} MB at most; {busy:.1f} processes wanted each core")
    parts = sorted(timed(ready, settings), key=lambda part: -part[1])
    print("  " + "  ".join(f"{name} {spent:.2f}" for name, spent in parts[:16]), flush=True)


def _loaded(settings: EstateSettings) -> MeasureData:
    """An estate in frames, made ready for many weeks; the time of that is printed."""
    data = with_candidates(bench_data(settings))
    n_history = len(data.frames[RecordKind.HISTORY])
    print(f"{settings.n_incidents:,} incidents, {n_history:,} history rows", flush=True)
    kept: list[MeasureData] = []
    _say("made ready at load, once", lambda: kept.append(prepared(data)))
    return kept[0]


def _say(text: str, work: Callable[[], Sized | None]) -> None:
    """Do something, and print how long it took and how many figures came of it."""
    started, used = time.perf_counter(), time.process_time()
    made = work()
    seconds, used = time.perf_counter() - started, time.process_time() - used
    n = f"; {len(made):,} figures" if made is not None else ""
    print(f"  {text:36} {seconds:6.2f} s, {used:6.2f} s of one core{n}", flush=True)


def warm_up() -> None:
    """Load what figures import when they are first computed."""
    settings = EstateSettings(n_incidents=1_000, n_weeks=40)
    tuple(timed(prepared(estate_data(settings)), settings))


def main() -> None:
    """Print the seconds for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--weeks", type=int, default=52)
    given = parser.parse_args()
    warm_up()
    for size in given.incidents:
        bench(size, given.weeks)


if __name__ == "__main__":
    main()
