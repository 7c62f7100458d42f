"""How many events of a unit fall into each of many windows, all counted at once."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from reports.measures.data import Positions, Times

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EventsByUnit:
    """Events in the order (unit, time), for counting in windows.

    Ranks stand for times, so that a unit and a time fit into one whole number: an event lies before
    an instant exactly when its rank is lower than the instant's.
    """

    sorted_at: Times
    keys: Counts
    order: Positions
    width: int

    @classmethod
    def of(cls, unit: Positions, at: Times) -> "EventsByUnit":
        """Events by unit.

        Args:
            unit: shape (n,), a code per event; negative where the event has no unit.
            at: shape (n,), no NaT.
        """
        has_unit = np.flatnonzero(unit >= 0)
        sorted_at = np.sort(at)
        rank = np.searchsorted(sorted_at, at[has_unit], side="left")
        keys = unit[has_unit].astype(np.int64) * (len(at) + 1) + rank
        order = np.argsort(keys, kind="stable")
        return cls(sorted_at, keys[order], has_unit[order], len(at) + 1)

    def until(self, cutoff: np.datetime64, place: Positions | None) -> "EventsByUnit":
        """The events by a cut-off; `place` numbers them anew, None leaves their numbers."""
        known = self.sorted_at[: np.searchsorted(self.sorted_at, cutoff, side="right")]
        if len(known) == len(self.sorted_at):
            return self
        kept = self.keys % self.width < len(known)
        order = self.order[kept]
        return replace(
            self,
            sorted_at=known,
            keys=self.keys[kept],
            order=order if place is None else place[order],
        )

    def following(self, unit: Positions, at: Times, side: Literal["left", "right"]) -> Positions:
        """The first event of a unit at ("left") or after ("right") an instant; -1 for none.

        Args:
            unit: shape (m,); a negative one has no events.
            at: shape (m,); NaT has no following event.
            side: whether an event at the very instant counts.
        """
        rank = np.searchsorted(self.sorted_at, at, side=side)
        place = np.searchsorted(self.keys, unit.astype(np.int64) * self.width + rank, side="left")
        found = np.full(len(unit), -1, dtype=np.intp)
        inside = np.flatnonzero((place < len(self.keys)) & (unit >= 0) & ~np.isnat(at))
        hit = inside[self.keys[place[inside]] // self.width == unit[inside]]
        found[hit] = self.order[place[hit]]
        return found

    def bounds(self, unit: Positions, start: Times, end: Times) -> tuple[Positions, Positions]:
        """Where the events of each window begin and end in `order`; the end is not in it.

        Args:
            unit: shape (m,), the unit of each window; a negative one holds nothing.
            start: shape (m,), the first instant.
            end: shape (m,), the first instant after the window.
        """
        width = self.width
        base = np.maximum(unit, 0).astype(np.int64) * width
        first = np.searchsorted(self.keys, base + self._rank(start), side="left")
        last = np.searchsorted(self.keys, base + self._rank(end), side="left")
        return first, np.where(unit < 0, first, np.maximum(last, first))

    def count(self, unit: Positions, start: Times, end: Times) -> Counts:
        """Events of each window's unit in the window."""
        first, last = self.bounds(unit, start, end)
        return (last - first).astype(np.int64)

    def totals(self, unit: Positions) -> Counts:
        """Events of each unit at any time."""
        base = np.maximum(unit, 0).astype(np.int64) * self.width
        first = np.searchsorted(self.keys, base, side="left")
        last = np.searchsorted(self.keys, base + self.width, side="left")
        return np.where(unit < 0, 0, last - first).astype(np.int64)

    def count_all(self, start: Times, end: Times) -> Counts:
        """Events of every unit, and of none, in each window."""
        return (self._rank(end) - self._rank(start)).astype(np.int64)

    def _rank(self, at: Times) -> Counts:
        return np.searchsorted(self.sorted_at, at, side="left").astype(np.int64)
