"""The business objects of the practice system: names, ids, fields, relationships."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from itsm.states import RecordKind
from simulator.cherwell.words import FORMS, STATES
from simulator.desk.records import Event, Remark
from simulator.desk.tables import Form, Table, columns_of, words

K = RecordKind
_AUDIT = """RecID=@id:rec; ParentPublicID=number:key; ParentRecID=@owner:owner;
    FieldName=@field:audited; OldValue=@old:shown; NewValue=@new:shown; CreatedBy=@actor;
    CreatedDateTime=@at:at; LastModDateTime=@updated:at; ParentTypeName=record_kind:parent"""
_NOTE = """RecID=@id:rec; ParentPublicID=number:key; ParentRecID=@owner:owner; Details=@text;
    CreatedBy=@author; CreatedDateTime=@at:at; LastModDateTime=@updated:at;
    ShowInPortal=@is_internal:portal; ParentTypeName=record_kind:parent"""


@dataclass(frozen=True, slots=True)
class BusinessObject:
    """A business object: its table, its id, which of its fields is the number people know."""

    table: Table
    id: str
    public: str
    is_major: bool

    @property
    def name(self) -> str:
        """Its name."""
        return self.table.name

    def field_id(self, name: str) -> str:
        """The short id of a field."""
        return _KNOWN_FIELDS.get((self.name, name)) or hashed(f"{self.name}/{name}", 42)

    def field_named(self, told: str) -> str | None:
        """The name of a field, by its id, short or full."""
        short = told.rpartition("FI:")[2].lower()
        return next((one for one in self.table.columns if self.field_id(one) == short), None)


def hashed(text: str, n: int) -> str:
    """An id of so many hexadecimal places that belongs to a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:n]


def rec_id(prefix: str) -> Callable[[int], str]:
    """Ids of records: 42 hexadecimal places, ascending."""
    return lambda n: f"{prefix}f{n:0{41 - len(prefix)}d}"


_KNOWN_OBJECTS = {
    "Incident": "6dd53665c0c24cab86870a21cf6434ae",
    "Task": "9355d5ed41e384ff345b014b6cb1c6e748594aea5b",
}
_KNOWN_FIELDS = {
    ("Incident", "IncidentID"): "6ae282c55e8e4266ae66ffc070c17fa3",
    ("Incident", "Status"): "5eb3234ae1344c64a19819eda437f18d",
    ("Incident", "Description"): "252b836fc72c4149915053ca1131d138",
    ("Incident", "ShortDescription"): "93e8ea93ff67fd95118255419690a50ef2d56f910c",
    ("Incident", "Priority"): "83c36313e97b4e6b9028aff3b401b71c",
    ("Incident", "CreatedDateTime"): "c1e86f31eb2c4c5f8e8615a5189e9b19",
    ("Task", "Title"): "93ad98a2d68a61778eda3d4d9cbb30acbfd458aea4",
}
_SPECS: tuple[tuple[str, RecordKind, str, str], ...] = (
    (
        "Incident",
        K.INCIDENT,
        "IncidentID",
        """RecID=@id:rec; IncidentID=number:key; ShortDescription=title; Description=description;
        Status=state:state; PendingReason=state:reason; Priority=priority:number;
        Impact=impact:number; Urgency=urgency:number; Service=service; Category=category;
        Subcategory=subcategory; ConfigItemDisplayName=ci; LocationName=location;
        OwnedByTeam=team; OwnedBy=assignee; CustomerDisplayName=caller; CreatedBy=opened_by;
        Source=channel; CreatedDateTime=opened_at:at; ResolvedDateTime=resolved_at:at;
        ClosedDateTime=closed_at:at; CloseDescription=close_notes; CauseCode=close_code;
        ReopenCount=reopen_count:number; ProblemID=problem:key;
        MasterIncidentID=parent_incident:key; DuplicateOfID=duplicate_of:key;
        ChangeID=caused_by_change:key; VendorName=vendor; IsMajorIncident=is_major:flag;
        SLA=sla_name; SLAResolveByDeadline=sla_due:at; LastModBy=modified_by;
        LastModDateTime=@updated:at""",
    ),
    (
        "ServiceRequest",
        K.SERVICE_REQUEST,
        "RequestID",
        """RecID=@id:rec; RequestID=number:key; ShortDescription=title; Status=state:state;
        PendingReason=state:reason; Subcategory=catalogue_item; Service=service;
        OwnedByTeam=team; OwnedBy=assignee; CustomerDisplayName=caller; Source=channel;
        Priority=priority:number; CreatedDateTime=opened_at:at; RequiredBy=due_at:at;
        ResolvedDateTime=resolved_at:at; ClosedDateTime=closed_at:at; LastModBy=modified_by;
        LastModDateTime=@updated:at""",
    ),
    (
        "Problem",
        K.PROBLEM,
        "ProblemID",
        """RecID=@id:rec; ProblemID=number:key; ShortDescription=title; Description=description;
        Status=state:problem_state; Priority=priority:number; Impact=impact; Urgency=urgency;
        Service=service; Category=category; ConfigItemDisplayName=ci; OwnedByTeam=team;
        RootCause=root_cause; Workaround=workaround; KnownError=is_known_error:flag;
        CreatedDateTime=opened_at:at; ResolvedDateTime=resolved_at:at;
        ClosedDateTime=closed_at:at; CreatedBy=opened_by; ExternalKey=; LastModBy=modified_by;
        LastModDateTime=@updated:at""",
    ),
    (
        "ChangeRequest",
        K.CHANGE,
        "ChangeID",
        """RecID=@id:rec; ChangeID=number:key; Title=title; Description=description;
        Status=state:change_state; Type=type:change_type; Risk=risk:number;
        ClosureCode=outcome:outcome; Service=service; ConfigItemDisplayName=ci;
        Category=category; OwnedByTeam=team; CreatedDateTime=opened_at:at;
        ProposedStartDate=planned_start_at:at; ProposedEndDate=planned_end_at:at;
        ActualEndDateTime=implemented_at:at; ClosedDateTime=closed_at:at; LastModBy=modified_by;
        LastModDateTime=@updated:at""",
    ),
    (
        "Task",
        K.PROBLEM_TASK,
        "TaskID",
        """RecID=@id:rec; TaskID=number:key; Title=title; Status=state:task_state;
        ParentTypeName=problem:problem; ParentPublicID=problem:key; OwnedByTeam=team; Type=;
        CreatedDateTime=opened_at:at; ResolveByDeadline=due_at:at; ClosedDateTime=closed_at:at;
        VendorRecord=; LastModDateTime=@updated:at""",
    ),
    (
        "KnownError",
        K.KNOWN_ERROR,
        "KnownErrorID",
        """RecID=@id:rec; KnownErrorID=number:key; ShortDescription=title; Workaround=workaround;
        Service=service; ConfigItemDisplayName=ci; ProblemID=problem:key;
        CreatedDateTime=opened_at:at; ResolvedDateTime=resolved_at:at;
        LastModDateTime=@updated:at""",
    ),
    (
        "Approval",
        K.APPROVAL,
        "ApprovalID",
        """RecID=@id:rec; ApprovalID=number; ParentPublicID=change:key; Status=state:approval;
        ApprovalType=step; ApproverName=approver; CreatedDateTime=requested_at:at;
        ApprovedDateTime=decided_at:at; LastModDateTime=@updated:at""",
    ),
    (
        "VendorCase",
        K.VENDOR_CASE,
        "VendorCaseID",
        """RecID=@id:rec; VendorCaseID=number:key; VendorName=vendor; VendorTicket=vendor_reference;
        ShortDescription=title; Severity=severity:number; IncidentID=incident:key;
        Service=service; Status=state:case_state; CreatedDateTime=opened_at:at;
        RespondedDateTime=responded_at:at; ResolvedDateTime=resolved_at:at;
        ClosedDateTime=closed_at:at; LastModDateTime=@updated:at""",
    ),
    (
        "Service",
        K.SERVICE,
        "ServiceName",
        """RecID=@id:rec; ServiceName=name; ServiceOwner=owner; Criticality=criticality:number;
        LastModDateTime=@updated:at""",
    ),
    (
        "ConfigurationItem",
        K.CONFIGURATION_ITEM,
        "FriendlyName",
        """RecID=@id:rec; FriendlyName=name; CIType=ci_class; Service=service; OwnedByTeam=team;
        IsRetired=is_retired:flag; LastModDateTime=@updated:at""",
    ),
    (
        "Vendor",
        K.VENDOR,
        "CompanyName",
        """RecID=@id:rec; CompanyName=name; PrimaryContact=owner; LastModDateTime=@updated:at""",
    ),
    (
        "TeamInfo",
        K.TEAM,
        "TeamName",
        """RecID=@id:rec; TeamName=name; LastModDateTime=@updated:at""",
    ),
    (
        "CustomerSurvey",
        K.SURVEY_RESPONSE,
        "SurveyID",
        """RecID=@id:rec; SurveyID=number; IncidentID=record:key; CreatedDateTime=sent_at:at;
        CompletedDateTime=answered_at:at; OverallRating=score:number; Comments=text;
        LastModDateTime=@updated:at""",
    ),
    (
        "KnowledgeArticle",
        K.KNOWLEDGE_ARTICLE,
        "ArticleID",
        """RecID=@id:rec; ArticleID=number:key; Title=title; Status=state_code; Author=owner;
        Service=service; Category=category; ViewCount=uses:number; CreatedDateTime=opened_at:at;
        RetiredDateTime=retired_at:at; LastModDateTime=@updated:at""",
    ),
    (
        "Improvement",
        K.REVIEW_ACTION,
        "ImprovementID",
        """RecID=@id:rec; ImprovementID=number; Title=title; Description=; Status=; Priority=;
        Service=; OwnedByTeam=; Coordinator=; ExpectedBenefit=; OriginRecord=; ExternalKey=;
        LastModBy=modified_by; LastModDateTime=@updated:at""",
    ),
)
BESIDE_ESTATE = frozenset({"Improvement"})
"""Objects whose records are none of the estate's."""
PARENTS: Mapping[RecordKind, str] = MappingProxyType(
    {K.INCIDENT: "Incident", K.SERVICE_REQUEST: "ServiceRequest", K.PROBLEM: "Problem",
     K.CHANGE: "ChangeRequest", K.REVIEW_ACTION: "Improvement"}
)  # fmt: skip
"""The objects that journals hang on."""
JOURNALS: Mapping[str, type[Event] | type[Remark]] = MappingProxyType(
    {"JournalHistory": Event, "JournalNote": Remark}
)


def _object(name: str, kind: RecordKind, public: str, spec: str) -> BusinessObject:
    prefix = hashed(name, 2)
    key = rec_id(prefix)
    own = {"rec": Form(make=lambda n: key(int(n or 0)))}
    table = Table(name, kind, columns_of(spec, {**FORMS, **own}), None, key)
    number = _KNOWN_OBJECTS.get(name) or hashed(name, 42)
    return BusinessObject(table, number, public, name in PARENTS.values())


OBJECTS: Mapping[str, BusinessObject] = MappingProxyType(
    {spec[0]: _object(*spec) for spec in _SPECS}
)
"""The objects by name, without journals."""


def _journal(name: str, kind: RecordKind) -> Table:
    told = JOURNALS[name]
    key, owner = rec_id(hashed(name, 2)), OBJECTS[PARENTS[kind]].table.key
    own = {
        "rec": Form(make=lambda n: key(int(n or 0))),
        "owner": Form(make=lambda n: owner(int(n or 0))),
        "shown": words(STATES.get(kind, {})),
        "portal": Form(FORMS["flag"].type, lambda hidden: not hidden),
        "parent": Form(make=lambda _value: PARENTS[kind]),
    }
    spec = _AUDIT if told is Event else _NOTE
    return Table(name, kind, columns_of(spec, {**FORMS, **own}), told, key)


TABLES: Mapping[str, tuple[Table, ...]] = MappingProxyType(
    {name: (one.table,) for name, one in OBJECTS.items()}
    | {name: tuple(_journal(name, kind) for kind in PARENTS) for name in JOURNALS}
)
"""The tables of each object: a journal has one for each object it hangs on."""
ALL: Mapping[str, BusinessObject] = MappingProxyType(
    dict(OBJECTS)
    | {name: BusinessObject(TABLES[name][0], hashed(name, 42), "RecID", is_major=False)
       for name in JOURNALS}
)  # fmt: skip
"""All objects by name."""
RELATIONSHIPS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        hashed(f"{parent}/{name}", 42): (parent, child, f"{parent} {verb} {name}")
        for parent, child, verb, name in (
            ("Problem", "Incident", "Links", "Incidents"),
            ("Incident", "JournalNote", "Owns", "Journal Notes"),
            ("Problem", "JournalNote", "Owns", "Journal Notes"),
            ("Incident", "JournalHistory", "Owns", "Journal History"),
            ("Problem", "JournalHistory", "Owns", "Journal History"),
        )
    }
)
"""Relationships by id: parent, child, what it is called."""


def object_of(told: str) -> BusinessObject | None:
    """An object by its id or name."""
    folded = told.lower()
    return next((one for one in ALL.values() if folded in {one.id, one.name.lower()}), None)
