"""Columns of facts: local days and weeks of instants, hours between them, flags."""

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from reports.extract.members import Members
from reports.measures.data import Flags, Times, times


class Calendar:
    """Tells instants into local days and ISO weeks, and remembers the days.

    Args:
        zone: of the reporting weeks.
        members: where the days are kept.
    """

    def __init__(self, zone: ZoneInfo, members: Members) -> None:
        self._zone = zone
        self._members = members

    def keys(self, of: str, at: Times) -> dict[str, "pd.Series[int]"]:
        """The columns with the keys of day and week, such as opened_date_key.

        Args:
            of: what happened then, such as "opened".
            at: shape (n,), naive UTC; NaT has no key.
        """
        local = pd.Series(at).dt.tz_localize("UTC").dt.tz_convert(self._zone).dt.tz_localize(None)
        known = local.dropna()
        days = known.to_numpy().astype("datetime64[D]").astype(np.int64)
        self._members.days.update(np.unique(days).tolist())
        iso = known.dt.isocalendar()
        day = known.dt.year * 10_000 + known.dt.month * 100 + known.dt.day
        week = iso["year"].astype("int64") * 100 + iso["week"].astype("int64")
        return {
            f"{of}_date_key": day.astype("Int64").reindex(local.index),
            f"{of}_week_key": week.astype("Int64").reindex(local.index),
        }


def whole_seconds(at: Times) -> "pd.Series":
    """Naive UTC times as aware ones, to the second."""
    return pd.Series(at.astype("datetime64[s]").astype("datetime64[us]")).dt.tz_localize("UTC")


def instants(frame: pd.DataFrame, names: tuple[str, ...]) -> dict[str, "pd.Series"]:
    """Some time columns of a frame, to the second."""
    return {name: whole_seconds(times(frame, name)) for name in names}


def flag_column(values: Flags, known: Flags) -> "pd.Series[bool]":
    """Flags with null where they are not known."""
    return pd.Series(values, dtype="boolean").mask(~known)
