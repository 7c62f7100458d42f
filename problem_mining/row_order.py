"""The one order that incidents are mined in: as they were opened.

Where two are equally good, mining takes the first. Were that the one with the lower number, the
same incidents under other numbers, as another system gives them, would be other groups.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def by_opening(incidents: pd.DataFrame) -> IntArray:
    """The places of incidents by their opening, then by key; those without an opening come last."""
    keys = incidents["key"].astype(str).to_numpy(dtype=object)
    by_key = keys.argsort(kind="stable")
    days = opening_days(incidents)[by_key]
    return np.asarray(by_key[np.argsort(days, kind="stable")], dtype=np.int64)


def opening_days(incidents: pd.DataFrame) -> FloatArray:
    """The opening of each incident in days since 1970, NaN where unknown."""
    if "opened_at" not in incidents.columns:
        return np.full(len(incidents), np.nan)
    times = pd.to_datetime(incidents["opened_at"], utc=True, errors="coerce")
    days = (times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64)
