"""The weeks of a series as instants, so that a column of times is told into weeks at once."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from itsm.periods import Period
from reports.measures.data import TIME_TYPE, Times


def instant(at: datetime) -> np.datetime64:
    """An aware time as naive UTC datetime64[us]."""
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")


@dataclass(frozen=True, slots=True)
class WeekGrid:
    """Consecutive weeks, oldest first, with their edges as instants."""

    weeks: tuple[Period, ...]
    edges: Times = field(compare=False)

    @classmethod
    def ending_with(cls, week: Period, n_weeks: int) -> "WeekGrid":
        """The last n weeks up to and including a week."""
        weeks = week.last(n_weeks)
        edges = [instant(one.start_at) for one in weeks] + [instant(week.end_at)]
        return cls(weeks, np.array(edges, dtype=TIME_TYPE))

    def __len__(self) -> int:
        return len(self.weeks)

    @property
    def last(self) -> int:
        """Index of the newest week."""
        return len(self.weeks) - 1

    def index_of(self, at: Times) -> npt.NDArray[np.intp]:
        """Week index of each time; -1 where it is missing or outside the weeks."""
        index = np.searchsorted(self.edges, at, side="right") - 1
        outside = np.isnat(at) | (index < 0) | (index >= len(self.weeks))
        return np.where(outside, -1, index)

    def counts(self, at: Times) -> npt.NDArray[np.int64]:
        """Times per week."""
        index = self.index_of(at)
        return np.bincount(index[index >= 0], minlength=len(self)).astype(np.int64)

    def first_full(self, first_at: np.datetime64) -> int:
        """Index of the first week that a source covers from its start.

        A log that begins in the middle of a week tells only a part of that week. The week of the
        first record counts as covered when that record falls on its first day.
        """
        if np.isnat(first_at) or first_at < self.edges[0]:
            return 0
        index = int(np.searchsorted(self.edges, first_at, side="right") - 1)
        begins_on_first_day = first_at < self.edges[index] + np.timedelta64(1, "D")
        return index if begins_on_first_day else index + 1
