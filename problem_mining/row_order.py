"""The one order that incidents are mined in: as they were opened.

Where two are equally good, mining takes the first. Were that the one with the lower number, the
same incidents under other numbers, as another system gives them, would be other groups.
"""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def by_opening(incidents: pd.DataFrame) -> IntArray:
    """The places of incidents by their opening, then by key; those without an opening come last."""
    days = opening_days(incidents)
    order = np.argsort(days, kind="stable").astype(np.int64)
    _, moment = np.unique(days[order], return_inverse=True)  # what is unknown is one moment
    goes_on = np.diff(moment, prepend=-1) == 0
    tied = goes_on.copy()
    tied[:-1] |= goes_on[1:]
    place = np.flatnonzero(tied)
    keys = incidents["key"].iloc[order[place]].astype(str).to_numpy(dtype=object)
    by_key = keys.argsort(kind="stable")
    order[place] = order[place][by_key[np.argsort(moment[place][by_key], kind="stable")]]
    return order


def opening_days(incidents: pd.DataFrame) -> FloatArray:
    """The opening of each incident in days since 1970, NaN where unknown."""
    if "opened_at" not in incidents.columns:
        return np.full(len(incidents), np.nan)
    times = pd.to_datetime(incidents["opened_at"], utc=True, errors="coerce")
    days = (times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64)


def moments(incidents: pd.DataFrame) -> list[datetime | None]:
    """The opening of each incident to the microsecond, None where unknown."""
    if "opened_at" not in incidents.columns:
        return [None] * len(incidents)
    return moments_of(incidents["opened_at"])


def moments_of(times: pd.Series) -> list[datetime | None]:
    """Each of some times to the microsecond, None where there is none."""
    found = pd.to_datetime(times, utc=True, errors="coerce")
    bare: list[Any] = found.dt.tz_localize(None).to_numpy("datetime64[us]").tolist()
    return [None if at is None else at.replace(tzinfo=UTC) for at in bare]
