"""One week as seen at one cut-off: what every family of figures is computed from."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pandas as pd

from itsm.clocks import ReportingWeek
from itsm.states import RecordKind
from reports.measures.as_of import as_of
from reports.measures.data import MeasureData, times
from reports.measures.timeline import Timeline, timeline_of
from reports.measures.weeks import WeekGrid, instant


@dataclass(frozen=True, slots=True)
class Scope:
    """A week, a cut-off, and the data as known then; `grid` holds the weeks of the series."""

    week: ReportingWeek
    cutoff: np.datetime64
    data: MeasureData
    grid: WeekGrid
    first_week: int
    incidents: Timeline | None
    requests: Timeline | None
    weeks_back: int = 0
    sources: tuple[str, ...] = field(default=())

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

    def back(self, weeks: int) -> "Scope":
        """The same data and cut-off for an earlier week."""
        grid = WeekGrid(self.grid.weeks[:-weeks], self.grid.edges[:-weeks])
        return replace(self, week=self.week.shifted(-weeks), grid=grid, weeks_back=weeks)


def scope_of(data: MeasureData, week: ReportingWeek, cutoff_at: datetime, n_weeks: int) -> Scope:
    """The scope of a week at a cut-off."""
    cutoff = instant(cutoff_at)
    grid = WeekGrid.ending_with(week, n_weeks)
    known = as_of(data, cutoff_at)
    return Scope(
        week=week,
        cutoff=cutoff,
        data=known,
        grid=grid,
        first_week=grid.first_full(_first_record_at(data)),
        incidents=timeline_of(data, RecordKind.INCIDENT, cutoff),
        requests=timeline_of(data, RecordKind.SERVICE_REQUEST, cutoff),
        sources=tuple(sorted(data.sources)),
    )


def _first_record_at(data: MeasureData) -> np.datetime64:
    """When the oldest record of the kinds that flow week by week was opened."""
    firsts = [
        np.nanmin(times(frame, "opened_at"))
        for kind in (RecordKind.INCIDENT, RecordKind.SERVICE_REQUEST, RecordKind.CHANGE)
        if (frame := data.frame(kind)) is not None
    ]
    return min(firsts, default=np.datetime64("NaT", "us"))
