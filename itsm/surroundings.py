"""The records around the work: vendors, services, items, clocks, histories, outages, reviews."""

from dataclasses import dataclass
from datetime import datetime

from itsm.record import Record
from itsm.states import (
    ClockTarget,
    ClockType,
    HistoryField,
    RecordKind,
    TaskState,
    VendorCaseState,
)


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

    For `state`, `old` and `new` are meanings of the kind's state enum and `new_code` is the
    source's word. `number` is unique within the source. `is_integration` marks changes no person
    made.
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
