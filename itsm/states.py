"""Record kinds, states and code tables: what a source's codes mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Self, TypeVar

from itsm.errors import UnknownCodeError

E = TypeVar("E", bound=StrEnum)

UNMAPPED = "unmapped"
"""What is kept for a code nobody has given a meaning; never a default."""


class RecordKind(StrEnum):
    """The kinds of record a source may hold."""

    INCIDENT = "incident"
    SERVICE_REQUEST = "service_request"
    CHANGE = "change"
    APPROVAL = "approval"
    PROBLEM = "problem"
    PROBLEM_TASK = "problem_task"
    KNOWN_ERROR = "known_error"
    VENDOR = "vendor"
    VENDOR_CASE = "vendor_case"
    CONTRACT = "contract"
    CONTRACT_CLAUSE = "contract_clause"
    SERVICE = "service"
    TEAM = "team"
    CONFIGURATION_ITEM = "configuration_item"
    CI_RELATION = "ci_relation"
    SLA_CLOCK = "sla_clock"
    HISTORY = "history"
    COMMENT = "comment"
    SURVEY_RESPONSE = "survey_response"
    KNOWLEDGE_ARTICLE = "knowledge_article"
    OUTAGE = "outage"
    POST_INCIDENT_REVIEW = "post_incident_review"
    REVIEW_ACTION = "review_action"


class IncidentState(StrEnum):
    """Where an incident or a service request stands."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    AWAITING_USER = "awaiting_user"
    AWAITING_VENDOR = "awaiting_vendor"
    AWAITING_PROBLEM = "awaiting_problem"
    AWAITING_CHANGE = "awaiting_change"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELED = "canceled"
    UNMAPPED = "unmapped"


class ChangeState(StrEnum):
    """Where a change stands."""

    NEW = "new"
    ASSESS = "assess"
    AUTHORIZE = "authorize"
    SCHEDULED = "scheduled"
    IMPLEMENT = "implement"
    REVIEW = "review"
    CLOSED = "closed"
    CANCELED = "canceled"
    UNMAPPED = "unmapped"


class ChangeOutcome(StrEnum):
    """How a closed change ended."""

    SUCCESSFUL = "successful"
    WITH_ISSUES = "with_issues"
    BACKED_OUT = "backed_out"
    UNSUCCESSFUL = "unsuccessful"
    UNMAPPED = "unmapped"


class ChangeType(StrEnum):
    """ITIL's three kinds of change."""

    STANDARD = "standard"
    NORMAL = "normal"
    EMERGENCY = "emergency"
    UNMAPPED = "unmapped"


class ApprovalState(StrEnum):
    """What an approver answered."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    NOT_REQUIRED = "not_required"
    UNMAPPED = "unmapped"


class ProblemState(StrEnum):
    """Where a problem stands."""

    NEW = "new"
    ASSESS = "assess"
    ROOT_CAUSE_ANALYSIS = "root_cause_analysis"
    FIX_IN_PROGRESS = "fix_in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELED = "canceled"
    UNMAPPED = "unmapped"


class TaskState(StrEnum):
    """Where a task or an action stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    DROPPED = "dropped"
    UNMAPPED = "unmapped"


class VendorCaseState(StrEnum):
    """Where a case with a third party stands, and who has to act."""

    NEW = "new"
    WITH_VENDOR = "with_vendor"
    WITH_US = "with_us"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELED = "canceled"
    UNMAPPED = "unmapped"


class ClockType(StrEnum):
    """Which kind of agreement a clock measures."""

    SLA = "sla"
    OLA = "ola"
    CONTRACT = "contract"
    UNMAPPED = "unmapped"


class ClockTarget(StrEnum):
    """What a clock waits for."""

    RESPONSE = "response"
    RESOLUTION = "resolution"
    UNMAPPED = "unmapped"


class HistoryField(StrEnum):
    """The fields of a record whose changes are kept."""

    STATE = "state"
    TEAM = "team"
    ASSIGNEE = "assignee"
    PRIORITY = "priority"
    VENDOR = "vendor"
    SLA_MET = "sla_met"


@dataclass(frozen=True, slots=True)
class CodeTable(Generic[E]):
    """What the codes of one field of one source mean.

    Codes are compared without case and surrounding blanks.
    """

    name: str
    meanings: Mapping[str, E]
    unmapped: E
    _folded: Mapping[str, E] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        folded = {_folded(code): meaning for code, meaning in self.meanings.items()}
        object.__setattr__(self, "_folded", folded)

    def meaning(self, code: str, *, record: str = "a record") -> E:
        """The meaning of a code.

        Raises:
            UnknownCodeError: the table does not hold the code.
        """
        try:
            return self._folded[_folded(code)]
        except KeyError:
            raise UnknownCodeError(self.name, code, record=record) from None

    def meaning_or_unmapped(self, code: str) -> E:
        """The meaning of a code, or the table's "unmapped" member, never a default."""
        return self._folded.get(_folded(code), self.unmapped)

    def extended(self, meanings: Mapping[str, E]) -> Self:
        """The same table with a company's own codes added; these win."""
        own = {_folded(code) for code in meanings}
        kept = {code: value for code, value in self.meanings.items() if _folded(code) not in own}
        return type(self)(self.name, {**kept, **meanings}, self.unmapped)


def _folded(code: str) -> str:
    return code.strip().casefold()


OPEN_INCIDENT_STATES = frozenset(IncidentState) - {
    IncidentState.RESOLVED,
    IncidentState.CLOSED,
    IncidentState.CANCELED,
    IncidentState.UNMAPPED,
}
"""States in which an incident still asks for work."""

WAITING_INCIDENT_STATES = frozenset(
    {
        IncidentState.AWAITING_USER,
        IncidentState.AWAITING_VENDOR,
        IncidentState.AWAITING_PROBLEM,
        IncidentState.AWAITING_CHANGE,
        IncidentState.ON_HOLD,
    }
)
"""States in which the work of the assigned team rests."""
