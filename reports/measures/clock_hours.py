"""The hours that a clock counts: round the clock as its due time shows, else service hours."""

import numpy as np
import pandas as pd

from reports.measures.clock_calendar import clock_hours_of, is_round_clock
from reports.measures.data import Numbers, Positions, Times, hours_between
from reports.measures.scope import Scope


def counted_hours(
    scope: Scope, clocks: pd.DataFrame, window: Positions, start: Times, end: Times
) -> Numbers:
    """Hours between instants as their clock counts them.

    Service hours where a calendar is configured, or can be read off the clocks, and the clock does
    not run round the clock.

    Args:
        scope: the week.
        clocks: one row per clock.
        window: shape (n,), the clock of each pair of instants.
        start: shape (n,).
        end: shape (n,).
    """
    elapsed, hours = hours_between(start, end), clock_hours_of(scope)
    if hours is None:
        return elapsed
    served = hours.seconds_between_each(start, end) / 3600
    return np.where(is_round_clock(clocks)[window], elapsed, served)
