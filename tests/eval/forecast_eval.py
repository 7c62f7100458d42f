"""How far forecasts are off, and how often what comes lies in their interval, on practice estates.

The last four weeks of every service are kept back, forecast from the weeks before, and compared;
beside it the seasonal-naive forecast on the same weeks.
"""

import argparse

import numpy as np
import pandas as pd

from itsm.states import RecordKind
from reports.measures.data import times
from reports.measures.forecast import HORIZON, forecast
from reports.measures.weeks import WeekGrid
from simulator.settings import EstateSettings
from tests.eval.estate_frames import estate_frames


def compared(seed: int, n_incidents: int, n_weeks: int) -> pd.DataFrame:
    """A row per service: error, naive error, and the share of weeks inside the interval."""
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks, seed=seed)
    incidents = estate_frames(settings, (RecordKind.INCIDENT,))[RecordKind.INCIDENT]
    week = WeekGrid.ending_with(settings.last_week, n_weeks).index_of(times(incidents, "opened_at"))
    rows = []
    for _, of_service in incidents.assign(week=week).groupby("service"):
        counts = np.bincount(of_service["week"], minlength=n_weeks).astype(np.float64)
        known, came = counts[:-HORIZON], counts[-HORIZON:]
        found = forecast(known)
        inside = (came >= found.low) & (came <= found.high)
        rows.append(
            {
                "off": np.abs(came - found.values).mean(),
                "naive": np.abs(came - known[-1]).mean(),
                "inside": inside.mean(),
                "beats": found.beats_naive,
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--weeks", type=int, default=44)
    chosen = parser.parse_args()
    parts = [compared(3000 + seed, chosen.incidents, chosen.weeks) for seed in range(chosen.seeds)]
    rows = pd.concat(parts, ignore_index=True)
    print(
        f"{len(rows)} services: off by {rows['off'].mean():.2f} a week, the naive forecast by "
        f"{rows['naive'].mean():.2f}; {rows['inside'].mean():.1%} of weeks in the 80 % interval; "
        f"smoothing told for {rows['beats'].mean():.0%}"
    )


if __name__ == "__main__":
    main()
