"""One week as seen at one cut-off: what every family of figures is computed from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
import pandas as pd

from itsm.errors import MeasureError
from itsm.periods import Period
from itsm.states import RecordKind
from reports.measures.actions import Actions, actions_of
from reports.measures.as_of import as_of, first_born
from reports.measures.data import Flags, MeasureData, Numbers
from reports.measures.hops import hops_of
from reports.measures.returns import HOLD_DAYS, reopened_within
from reports.measures.timeline import EventKind, Timeline, timeline_of
from reports.measures.weeks import WeekGrid, instant

T = TypeVar("T")
_ON_TIMELINES = frozenset({RecordKind.INCIDENT, RecordKind.SERVICE_REQUEST, RecordKind.HISTORY})
"""Kinds whose past is told by timelines, which cut off events and not records."""


@dataclass(frozen=True)
class Scope:
    """A week, a cut-off, and the data as known then.

    `grid` holds the weeks of the series, and `births` when the oldest record of each kind came to
    be. What several families need of the incidents is computed once and kept.
    """

    week: Period
    cutoff: np.datetime64
    data: MeasureData
    grid: WeekGrid
    births: Mapping[RecordKind, np.datetime64]
    incidents: Timeline | None
    requests: Timeline | None
    sources: tuple[str, ...]
    memo: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, made when it is first asked for; for what several families need."""
        if key not in self.memo:
            self.memo[key] = make()
        return cast("T", self.memo[key])

    @cached_property
    def came_back(self) -> tuple[Flags, str | None]:
        """For each resolution of incidents, whether it was taken back; what cannot be seen."""
        return reopened_within(self._known_incidents, HOLD_DAYS)

    @cached_property
    def settled_at(self) -> np.datetime64:
        """When nine of ten incidents that were open as the records begin had been resolved.

        Before that, nothing old can be resolved, reopened or waiting: figures of the first weeks
        are no base to judge later ones by. NaT where no resolution is known.
        """
        born = self.births.get(RecordKind.INCIDENT, np.datetime64("NaT", "us"))
        if self.incidents is None:
            return born
        events = self.incidents.events.of(EventKind.RESOLVED)
        took = events.at - self.incidents.opened_at[events.record]
        if not len(took) or np.isnat(born):
            return np.datetime64("NaT", "us")
        return np.datetime64(born + np.quantile(took.astype(np.int64), 0.9).astype(took.dtype))

    @property
    def settled_from(self) -> str | None:
        """The label of the first whole period after `settled_at`; None where all of them are."""
        place = self.grid.first_full(self.settled_at)
        if place == 0:
            return None
        return (*self.grid.weeks, self.week.shifted(1))[min(place, len(self.grid))].label

    @cached_property
    def hops(self) -> Numbers:
        """Hops up to each resolution of incidents; NaN where they are not known."""
        return hops_of(self._known_incidents)

    @cached_property
    def actions(self) -> Actions | None:
        """Actions of people on incidents; None when no source tells of any."""
        return actions_of(self._known_incidents)

    @property
    def _known_incidents(self) -> Timeline:
        if self.incidents is None:
            raise MeasureError("no source provides incidents")
        return self.incidents

    @property
    def week_end(self) -> np.datetime64:
        """The first instant after the week."""
        return np.datetime64(self.grid.edges[-1], "us")

    @property
    def week_start(self) -> np.datetime64:
        """The first instant of the week."""
        return np.datetime64(self.grid.edges[-2], "us")

    def frame(self, kind: RecordKind) -> pd.DataFrame | None:
        """The frame of a kind as known at the cut-off."""
        return self.data.frame(kind)

    def first_week(self, kind: RecordKind) -> int:
        """Index of the first week that the sources cover with records of a kind."""
        return self.grid.first_full(self.births.get(kind, np.datetime64("NaT", "us")))

    def back(self, weeks: int) -> "Scope":
        """The same data and cut-off for an earlier week."""
        week = self.week.shifted(-weeks)
        grid = WeekGrid.ending_with(week, len(self.grid))
        return replace(self, week=week, grid=grid, memo={})


def scope_of(data: MeasureData, week: Period, cutoff_at: datetime, n_weeks: int) -> Scope:
    """The scope of a week at a cut-off."""
    cutoff = instant(cutoff_at)
    grid = WeekGrid.ending_with(week, n_weeks)
    others = {kind: frame for kind, frame in data.frames.items() if kind not in _ON_TIMELINES}
    known = as_of(replace(data, frames=others), cutoff_at)
    return Scope(
        week=week,
        cutoff=cutoff,
        data=known,
        grid=grid,
        births={kind: first_born(kind, frame) for kind, frame in data.frames.items()},
        incidents=timeline_of(data, RecordKind.INCIDENT, cutoff),
        requests=timeline_of(data, RecordKind.SERVICE_REQUEST, cutoff),
        sources=tuple(sorted(data.sources)),
    )
