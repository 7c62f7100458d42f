"""The hours that a clock counts: round the clock as its due time shows, else service hours."""

import numpy as np
import pandas as pd

from reports.measures.data import Flags, Numbers, Positions, Times, hours_between, times
from reports.measures.scope import Scope

_CLOSE_H = 5 / 60


def is_round_clock(clocks: pd.DataFrame) -> Flags:
    """Clocks whose due time lies as far from their start as target and pauses say."""
    target = clocks["target_h"].to_numpy(dtype=np.float64)
    planned = hours_between(times(clocks, "started_at"), times(clocks, "due_at"))
    paused = np.nan_to_num(clocks["paused_h"].to_numpy(dtype=np.float64))
    return np.asarray(np.abs(planned - target - paused) <= _CLOSE_H)


def counted_hours(
    scope: Scope, clocks: pd.DataFrame, window: Positions, start: Times, end: Times
) -> Numbers:
    """Hours between instants as their clock counts them.

    Service hours where a calendar is configured and the clock does not run round the clock.

    Args:
        scope: the week.
        clocks: one row per clock.
        window: shape (n,), the clock of each pair of instants.
        start: shape (n,).
        end: shape (n,).
    """
    elapsed, hours = hours_between(start, end), scope.data.service_hours
    if hours is None:
        return elapsed
    served = hours.seconds_between_each(start, end) / 3600
    return np.where(is_round_clock(clocks)[window], elapsed, served)
