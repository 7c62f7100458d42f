"""What the checks have to be told beside the records, and which time places a record in a week."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from checks.expectations import Facts
from checks.settings import DEFAULT, CheckSettings
from itsm.clocks import ReportingWeek
from itsm.quality import QuarantineCount, SourceProfile
from itsm.states import RecordKind

if TYPE_CHECKING:
    import pandas as pd

    from checks.judged import Moments

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(days=1)
"""How far a source's clock may be ahead of ours."""

MAIN_TIMES: Mapping[RecordKind, str] = MappingProxyType(
    {
        RecordKind.INCIDENT: "opened_at",
        RecordKind.SERVICE_REQUEST: "opened_at",
        RecordKind.CHANGE: "opened_at",
        RecordKind.APPROVAL: "requested_at",
        RecordKind.PROBLEM: "opened_at",
        RecordKind.PROBLEM_TASK: "opened_at",
        RecordKind.KNOWN_ERROR: "opened_at",
        RecordKind.VENDOR_CASE: "opened_at",
        RecordKind.SLA_CLOCK: "started_at",
        RecordKind.HISTORY: "at",
        RecordKind.COMMENT: "at",
        RecordKind.SURVEY_RESPONSE: "answered_at",
        RecordKind.OUTAGE: "started_at",
    }
)
"""The time that places a record of a kind in a week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What the records of one kind of one source are judged against.

    Attributes:
        source: the source's name.
        cutoff_at: what is known up to; aware.
        week: the week a pack is made for; None means the seven days before the cut-off.
        known: the numbers that were read, per kind. A kind without any is one the source does not
            provide: references to it are not judged.
        past: the profile of an earlier pull, if there was one.
        read_at: when the source was read; nothing in it can have happened later. None: judged
            against the bulk of the records themselves.
        set_aside: records of this kind that are not in the frame, because mapping or an earlier
            check set them aside.
        settings: the thresholds.
    """

    source: str
    cutoff_at: datetime
    week: ReportingWeek | None = None
    known: Mapping[RecordKind, Set[str]] = field(default_factory=dict)
    past: SourceProfile | None = None
    read_at: datetime | None = None
    set_aside: tuple[QuarantineCount, ...] = ()
    settings: CheckSettings = DEFAULT

    @property
    def period(self) -> tuple[datetime, datetime]:
        """The reporting week: its first instant, and the first one after it."""
        if self.week is None:
            return self.cutoff_at - timedelta(days=7), self.cutoff_at
        return self.week.start_at, self.week.end_at

    @property
    def zone(self) -> str:
        """The zone that weeks are counted in."""
        return "UTC" if self.week is None else self.week.zone

    @property
    def n_set_aside(self) -> int:
        """How many records were set aside before the frame was made."""
        return sum(count.n for count in self.set_aside)

    def facts(self, latest_at: datetime) -> Facts:
        """What the suite of a kind needs to know, with the moment after which nothing is."""
        return Facts(
            cutoff_at=self.cutoff_at, latest_at=latest_at, known=self.known, settings=self.settings
        )

    def latest_at(self, moved: "Moments") -> datetime:
        """The moment after which nothing can have happened.

        Args:
            moved: when the records last moved, in any order; only looked at where it is not known
                when they were read.
        """
        if self.read_at is not None:
            return self.read_at + CLOCK_SKEW
        newest = self.cutoff_at
        if len(moved):
            import numpy as np

            place = (len(moved) * 99) // 100
            newest = max(newest, instant(int(np.partition(moved, place)[place])))
        return newest + timedelta(days=self.settings.future_days)


def moved_at(kind: RecordKind, frame: "pd.DataFrame") -> "pd.Series":
    """When each record last moved: its last update, or else the time that places it."""
    main = MAIN_TIMES.get(kind)
    return frame["updated_at"] if main is None else frame["updated_at"].fillna(frame[main])


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970 of an aware time."""
    return (at - EPOCH) // timedelta(microseconds=1)


def instant(since: int) -> datetime:
    """The time so many microseconds after the beginning of 1970."""
    return EPOCH + timedelta(microseconds=since)
