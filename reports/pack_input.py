"""Everything a pack is made from, ready computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from itsm.brought import Brought
from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek, zone_of
from itsm.figures import FigureResult
from itsm.meetings import MeetingAction
from itsm.periods import DayUpTo, Months
from itsm.quality import GateReport, QuarantineCount
from itsm.register import RegisterEntry
from itsm.states import RecordKind
from reports.editions import Choice
from reports.measures.targets import Judged
from reports.model import Comment, Missing, Pack, RunInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class PackInput:
    """Everything a pack is made from, ready computed.

    `member_titles` are redacted titles by (source, number); a restricted record has none.
    `is_mined` is False where no mining run stands behind the candidates. `n_records` are the
    records used, by kind. `restatements` say which earlier figures moved; `targets` are those that
    were declared, held against their figures. `late` are sources whose newest data are older than
    the period's end. `earlier` is the pack of the period before; `brought` what the programme has
    brought so far. `decides` is who is asked for decisions, and `decision_page` the address of one,
    with {id} in it. `comments` are what people say of sections; `meeting` the actions that
    weekly reviews have given.
    """

    week: ReportingWeek | Months | DayUpTo
    cutoff_at: datetime
    figures: Sequence[FigureResult]
    run: RunInfo
    candidates: Sequence[ProblemCandidate] = ()
    register: Sequence[RegisterEntry] = ()
    checks: GateReport = field(default_factory=lambda: GateReport(reports=()))
    quarantine: Sequence[QuarantineCount] = ()
    missing: Sequence[Missing] = ()
    late: Sequence[Missing] = ()
    member_titles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    n_records: Mapping[RecordKind, int] = field(default_factory=dict)
    restatements: Sequence[str] = ()
    targets: Sequence[Judged] = ()
    is_mined: bool = True
    organisation: str = "IT services"
    choice: Choice = field(default_factory=Choice)
    earlier: Pack | None = None
    brought: Brought | None = None
    decides: str = "problem manager"
    decision_page: str = ""
    comments: Sequence[Comment] = ()
    meeting: Sequence[MeetingAction] = ()

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return self.week.shifted(1).first_day - timedelta(days=1)

    @property
    def reader_zone(self) -> ZoneInfo:
        """The zone that times are told in."""
        return zone_of(self.choice.zone or self.week.zone)
