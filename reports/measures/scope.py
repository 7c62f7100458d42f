"""One week as seen at one cut-off: what every family of figures is computed from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from itsm.clocks import ReportingWeek
from itsm.states import RecordKind
from reports.measures.as_of import as_of, first_born
from reports.measures.data import MeasureData
from reports.measures.timeline import Timeline, timeline_of
from reports.measures.weeks import WeekGrid, instant


@dataclass(frozen=True, slots=True)
class Scope:
    """A week, a cut-off, and the data as known then; `grid` holds the weeks of the series.

    `today` is the data as known now: what is taken off a counter that the source keeps without
    history, to have it as it stood then.
    """

    week: ReportingWeek
    cutoff: np.datetime64
    data: MeasureData
    today: MeasureData
    grid: WeekGrid
    first_weeks: Mapping[RecordKind, int]
    incidents: Timeline | None
    requests: Timeline | None
    sources: tuple[str, ...]

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
        return self.first_weeks.get(kind, 0)

    def back(self, weeks: int) -> "Scope":
        """The same data and cut-off for an earlier week."""
        grid = WeekGrid(self.grid.weeks[:-weeks], self.grid.edges[:-weeks])
        return replace(self, week=self.week.shifted(-weeks), grid=grid)


def scope_of(data: MeasureData, week: ReportingWeek, cutoff_at: datetime, n_weeks: int) -> Scope:
    """The scope of a week at a cut-off."""
    cutoff = instant(cutoff_at)
    grid = WeekGrid.ending_with(week, n_weeks)
    known = as_of(data, cutoff_at)
    return Scope(
        week=week,
        cutoff=cutoff,
        data=known,
        today=data,
        grid=grid,
        first_weeks={
            kind: grid.first_full(first_born(kind, frame)) for kind, frame in data.frames.items()
        },
        incidents=timeline_of(data, RecordKind.INCIDENT, cutoff),
        requests=timeline_of(data, RecordKind.SERVICE_REQUEST, cutoff),
        sources=tuple(sorted(data.sources)),
    )
