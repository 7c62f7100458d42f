"""The records pulled from ITSM tools, one frozen dataclass per kind.

Times are aware UTC and end in `_at`. A text that is not given is None, never "". The key of a
record is (source, number). Every `*_code` field keeps the source's own word beside the meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from itsm.record import Record
from itsm.states import (
    ApprovalState,
    ChangeOutcome,
    ChangeState,
    ChangeType,
    IncidentState,
    ProblemState,
    RecordKind,
    TaskState,
)
from itsm.surroundings import (
    CiRelation,
    Comment,
    ConfigurationItem,
    Contract,
    ContractClause,
    HistoryEvent,
    KnowledgeArticle,
    Outage,
    PostIncidentReview,
    ReviewAction,
    Service,
    SlaClock,
    SurveyResponse,
    Team,
    Vendor,
    VendorCase,
)

__all__ = [
    "RECORD_TYPES",
    "Approval",
    "Change",
    "CiRelation",
    "Comment",
    "ConfigurationItem",
    "Contract",
    "ContractClause",
    "HistoryEvent",
    "Incident",
    "KnowledgeArticle",
    "KnownError",
    "Outage",
    "PostIncidentReview",
    "Problem",
    "ProblemTask",
    "Quarantined",
    "RawRecord",
    "Record",
    "ReviewAction",
    "Service",
    "ServiceRequest",
    "SlaClock",
    "SurveyResponse",
    "Team",
    "Vendor",
    "VendorCase",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(Record):
    """An interruption of a service or a loss of its quality."""

    opened_at: datetime
    state: IncidentState
    state_code: str
    title: str | None = None
    description: str | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    priority: int | None = None
    impact: int | None = None
    urgency: int | None = None
    service: str | None = None
    ci: str | None = None
    category: str | None = None
    subcategory: str | None = None
    symptom: str | None = None
    location: str | None = None
    team: str | None = None
    assignee: str | None = None
    caller: str | None = None
    opened_by: str | None = None
    resolved_by: str | None = None
    channel: str | None = None
    close_code: str | None = None
    close_notes: str | None = None
    reopen_count: int | None = None
    reassignment_count: int | None = None
    sla_met: bool | None = None
    is_first_contact: bool | None = None
    is_major: bool = False
    is_test: bool = False
    major_declared_at: datetime | None = None
    affected_users: int | None = None
    handling_h: float | None = None
    problem: str | None = None
    parent_incident: str | None = None
    duplicate_of: str | None = None
    caused_by_change: str | None = None
    change: str | None = None
    vendor: str | None = None
    knowledge_article: str | None = None
    correlation: str | None = None
    """What another system knows the same incident by: a number, a key or an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest(Record):
    """Something a user asks for that is part of normal service."""

    opened_at: datetime
    state: IncidentState
    state_code: str
    title: str | None = None
    description: str | None = None
    catalogue_item: str | None = None
    service: str | None = None
    team: str | None = None
    assignee: str | None = None
    caller: str | None = None
    channel: str | None = None
    priority: int | None = None
    due_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Record):
    """An addition, modification or removal that may affect a service."""

    opened_at: datetime
    state: ChangeState
    state_code: str
    type: ChangeType
    type_code: str
    outcome: ChangeOutcome | None = None
    outcome_code: str | None = None
    title: str | None = None
    description: str | None = None
    service: str | None = None
    ci: str | None = None
    category: str | None = None
    team: str | None = None
    risk: int | None = None
    planned_start_at: datetime | None = None
    planned_end_at: datetime | None = None
    implemented_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Record):
    """One approver's answer to a change (or a request)."""

    change: str
    state: ApprovalState
    state_code: str
    step: str | None = None
    approver: str | None = None
    requested_at: datetime | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Record):
    """A cause, or potential cause, of one or more incidents."""

    opened_at: datetime
    state: ProblemState
    state_code: str
    title: str | None = None
    description: str | None = None
    service: str | None = None
    ci: str | None = None
    category: str | None = None
    team: str | None = None
    priority: int | None = None
    root_cause: str | None = None
    workaround: str | None = None
    is_known_error: bool = False
    resolved_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemTask(Record):
    """A piece of work on a problem."""

    problem: str
    state: TaskState
    state_code: str
    title: str | None = None
    team: str | None = None
    opened_at: datetime | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownError(Record):
    """An analysed problem without a final fix."""

    opened_at: datetime
    problem: str | None = None
    title: str | None = None
    workaround: str | None = None
    service: str | None = None
    ci: str | None = None
    resolved_at: datetime | None = None


RECORD_TYPES: Mapping[RecordKind, type[Record]] = MappingProxyType(
    {
        RecordKind.INCIDENT: Incident,
        RecordKind.SERVICE_REQUEST: ServiceRequest,
        RecordKind.CHANGE: Change,
        RecordKind.APPROVAL: Approval,
        RecordKind.PROBLEM: Problem,
        RecordKind.PROBLEM_TASK: ProblemTask,
        RecordKind.KNOWN_ERROR: KnownError,
        RecordKind.VENDOR: Vendor,
        RecordKind.VENDOR_CASE: VendorCase,
        RecordKind.CONTRACT: Contract,
        RecordKind.CONTRACT_CLAUSE: ContractClause,
        RecordKind.SERVICE: Service,
        RecordKind.TEAM: Team,
        RecordKind.CONFIGURATION_ITEM: ConfigurationItem,
        RecordKind.CI_RELATION: CiRelation,
        RecordKind.SLA_CLOCK: SlaClock,
        RecordKind.HISTORY: HistoryEvent,
        RecordKind.COMMENT: Comment,
        RecordKind.SURVEY_RESPONSE: SurveyResponse,
        RecordKind.KNOWLEDGE_ARTICLE: KnowledgeArticle,
        RecordKind.OUTAGE: Outage,
        RecordKind.POST_INCIDENT_REVIEW: PostIncidentReview,
        RecordKind.REVIEW_ACTION: ReviewAction,
    }
)
"""The dataclass of every record kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """What a source gave for one record, before mapping.

    `payload` is JSON as canonical bytes (sorted keys); where a source gives several rows per record
    they are one payload. `row` is the payload as it was read already, for whoever maps it next; it
    says nothing that the payload does not, and is not kept.
    """

    source: str
    kind: RecordKind
    key: str
    payload: bytes
    content_hash: str
    row: object = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A record set aside, with what is wrong and what would mend it.

    `key` is that of its raw record, `number` what people know it by, where it is known and another
    word.
    """

    source: str
    kind: RecordKind
    key: str
    field: str
    reason: str
    remedy: str
    rule: str
    number: str | None = None
