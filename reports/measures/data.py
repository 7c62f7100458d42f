"""What figures are computed from: frames of records, and what a company configured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from itsm.candidates import CostModel, ProblemCandidate
from itsm.clocks import ServiceHours
from itsm.register import RegisterEntry
from itsm.states import RecordKind
from reports.measures.declared import Declared

Times = NDArray[np.datetime64]
Texts = NDArray[np.object_]
Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]
Numbers = NDArray[np.float64]

TIME_TYPE = "datetime64[us]"
HOUR = np.timedelta64(3600 * 10**6, "us")
DAY = 24 * HOUR
_UTC = (UTC, ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of an escalation ladder: due after misses in so many of the last so many weeks."""

    misses: int
    of_weeks: int
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureData:
    """Everything known, as frames of records.

    Args:
        frames: one frame per record kind a source provides, with the columns of
            `itsm.fields.column_names`; a kind no source provides is absent or empty.
        candidate_of: columns source, number, candidate_id of mined incidents; None when nothing
            was mined.
        zone: IANA name of the zone of the weeks, for the reader; the reporting week decides.
        sources: names of the sources covered.
        service_hours: when services are promised; None when no calendar is configured.
        declared: targets, known events, steps and plans; nothing unless a company says so.
        team_sizes: people per team by name, where the team records do not tell.
        candidates: what was mined, with its decisions; None when nothing was mined.
        register: the register of improvements; None when it was not handed in.
        cost: what an hour of work costs; assumptions until a company sets its own.
        run_costs: what running a service costs in a year, by its name, beside its contracts.
        case_log: cases with steps, columns of `reports.measures.process_map.COLUMNS`; None when
            none is imported.
        vendor_lists: the vendors' own lists of cases, columns of
            `reports.measures.reconciliation.COLUMNS`; None when none is imported.
        made: what `reports.measures.prepare` has made of the frames at load; it is used for these
            very frames only.
        ladders: the escalation ladders of vendors by name, the highest step first.
    """

    frames: Mapping[RecordKind, pd.DataFrame]
    candidate_of: pd.DataFrame | None = None
    zone: str = "UTC"
    sources: tuple[str, ...] = ()
    service_hours: ServiceHours | None = None
    team_sizes: Mapping[str, int] = field(default_factory=dict)
    declared: Declared = field(default_factory=Declared)
    candidates: tuple[ProblemCandidate, ...] | None = None
    register: tuple[RegisterEntry, ...] | None = None
    cost: CostModel = field(default_factory=CostModel)
    run_costs: Mapping[str, float] = field(default_factory=dict)
    case_log: pd.DataFrame | None = None
    vendor_lists: pd.DataFrame | None = None
    made: Mapping[RecordKind, object] = field(default_factory=dict, repr=False, compare=False)
    ladders: Mapping[str, tuple[Rung, ...]] = field(default_factory=dict)

    def frame(self, kind: RecordKind) -> pd.DataFrame | None:
        """The frame of a kind, None when no source provides such records."""
        frame = self.frames.get(kind)
        return None if frame is None or frame.empty else frame

    def sizes(self) -> dict[str, int]:
        """People per team by number and by name: configured, else from the team records."""
        teams = self.frame(RecordKind.TEAM)
        sizes: dict[str, int] = {}
        if teams is not None:
            known = teams[teams["size"].notna()]
            for column in ("name", "number"):
                sizes.update(zip(known[column], known["size"].astype(int), strict=True))
        return {**sizes, **self.team_sizes}


def times(frame: pd.DataFrame, column: str) -> Times:
    """A time column as naive UTC datetime64[us]; missing is NaT. It may not be written to."""
    told = frame[column]
    if getattr(told.dtype, "tz", None) in _UTC:
        return np.asarray(told.to_numpy(dtype=TIME_TYPE))
    return np.asarray(told.dt.tz_localize(None).to_numpy(), dtype=TIME_TYPE)


def texts(frame: pd.DataFrame, column: str) -> Texts:
    """A text column as an object array."""
    return frame[column].to_numpy(dtype=object)


def words(frame: pd.DataFrame, column: str, blank: str) -> Texts:
    """A text column as an object array, with a word where it is missing."""
    known = frame[column].notna().to_numpy()
    return np.where(known, frame[column].to_numpy(dtype=object), blank).astype(object)


def flags(frame: pd.DataFrame, column: str) -> Flags:
    """A flag column as booleans; missing is False."""
    return frame[column].fillna(False).to_numpy(dtype=bool)


def hours_between(start: Times, end: Times) -> Numbers:
    """Elapsed hours, NaN where an end is missing."""
    return np.asarray((end - start) / HOUR, dtype=np.float64)
