"""The records pulled from ITSM tools, one frozen dataclass per kind.

Times are aware UTC and end in `_at`. A text that is not given is None, never "". The key of a
record is (source, number). Every `*_code` field keeps the source's own word beside the meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from itsm.states import (
    ApprovalState,
    ChangeOutcome,
    ChangeState,
    ChangeType,
    ClockTarget,
    ClockType,
    HistoryField,
    IncidentState,
    ProblemState,
    RecordKind,
    TaskState,
    VendorCaseState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record carries.

    `restricted` marks a record whose text not everyone may see: it is never mined, and no pack
    shows its text.
    """

    source: str
    number: str
    updated_at: datetime | None = None
    restricted: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor(Record):
    """A third party that supports our services."""

    name: str
    owner: str | None = None
    contingency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCase(Record):
    """A case raised with a vendor."""

    vendor: str
    opened_at: datetime
    state: VendorCaseState
    state_code: str
    vendor_reference: str | None = None
    title: str | None = None
    severity: int | None = None
    incident: str | None = None
    service: str | None = None
    contract: str | None = None
    response_due_at: datetime | None = None
    responded_at: datetime | None = None
    resolution_due_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    waiting_on_us_h: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Record):
    """An agreement with a vendor."""

    vendor: str
    title: str | None = None
    service: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    cost_per_year: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractClause(Record):
    """One commitment of a contract: what is due, for which severity, within how long."""

    contract: str
    target: ClockTarget
    within_h: float
    severity: int | None = None
    text: str | None = None
    credit_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Record):
    """A service as its users know it; criticality 1 is the highest."""

    name: str
    owner: str | None = None
    criticality: int | None = None
    users: int | None = None
    service_hours: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Record):
    """A support team; line 1 is the service desk."""

    name: str
    line: int | None = None
    size: int | None = None
    vendor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationItem(Record):
    """A component that has to be managed to deliver a service."""

    name: str
    ci_class: str | None = None
    service: str | None = None
    team: str | None = None
    is_retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CiRelation(Record):
    """`parent` needs `child`: what breaks the child may break the parent."""

    parent: str
    child: str
    relation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaClock(Record):
    """One running or ended clock of a record, under an SLA, an OLA or a contract."""

    record_kind: RecordKind
    record: str
    type: ClockType
    target: ClockTarget
    type_code: str | None = None
    agreement: str | None = None
    party: str | None = None
    started_at: datetime
    due_at: datetime | None = None
    ended_at: datetime | None = None
    is_breached: bool | None = None
    breached_at: datetime | None = None
    target_h: float | None = None
    elapsed_h: float | None = None
    paused_h: float | None = None
    is_canceled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent(Record):
    """One change of one field of a record, in the order (at, sequence).

    For `state`, `old` and `new` are meanings of the kind's state enum and `new_code` is the source's
    word. `number` is unique within the source. `is_integration` marks changes no person made.
    """

    record_kind: RecordKind
    record: str
    at: datetime
    sequence: int
    field: HistoryField
    old: str | None = None
    new: str | None = None
    new_code: str | None = None
    actor: str | None = None
    is_integration: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Record):
    """A comment the caller sees, or a work note only the teams see."""

    record_kind: RecordKind
    record: str
    at: datetime
    text: str
    author: str | None = None
    is_work_note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyResponse(Record):
    """A user's answer about a record; `score` is on 1-5 with 5 best, `nps` on 0-10."""

    record_kind: RecordKind
    record: str
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    score: float | None = None
    nps: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeArticle(Record):
    """A knowledge article."""

    title: str
    state_code: str
    opened_at: datetime | None = None
    owner: str | None = None
    service: str | None = None
    category: str | None = None
    uses: int | None = None
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage(Record):
    """A time in which a service was not available."""

    service: str
    started_at: datetime
    ended_at: datetime | None = None
    is_planned: bool = False
    incident: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostIncidentReview(Record):
    """The review of a major incident."""

    incident: str
    restored_at: datetime | None = None
    completed_at: datetime | None = None
    owner: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAction(Record):
    """What a post-incident review asked to be done."""

    review: str
    title: str
    state: TaskState
    state_code: str
    owner: str | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None


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
    they are one payload.
    """

    source: str
    kind: RecordKind
    key: str
    payload: bytes
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A record set aside, with what is wrong and what would mend it."""

    source: str
    kind: RecordKind
    key: str
    field: str
    reason: str
    remedy: str
    rule: str
