"""The words of the practice tracker: queues, custom fields, and how the estate says them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from itsm.states import RecordKind
from simulator.desk.making import UNKNOWN_STATE

K = RecordKind
_DEFAULT = {
    "new": "new", "in_progress": "open", "awaiting_user": "stalled", "awaiting_vendor": "stalled",
    "awaiting_problem": "stalled", "awaiting_change": "stalled", "on_hold": "stalled",
    "resolved": "resolved", "closed": "resolved", "canceled": "rejected",
    UNKNOWN_STATE: "pending review (42)",
}  # fmt: skip
_CHANGES = {"implement": "implementing"}
_PROBLEMS = {"root_cause_analysis": "analysis", "fix_in_progress": "fix in progress"}
_TASKS = {"open": "new", "in_progress": "open", "done": "resolved", "dropped": "rejected"}
_CASES = {"with_vendor": "with vendor", "with_us": "with us", "closed": "resolved",
          "canceled": "rejected"}  # fmt: skip
_APPROVALS = {"requested": "open", "approved": "resolved", "not_required": "deleted"}


@dataclass(frozen=True, slots=True)
class Queue:
    """How records of a kind are kept as tickets.

    Attributes:
        id: of the queue.
        name: of the queue.
        states: the estate's states as statuses; one that is not named is its own word.
        fields: custom fields and the estate's field in each.
        dates: RT's dates and the estate's field in each.
        links: refs of links, and the estate's field with the other end and its kind.
        owner: the estate's field with who works on it.
    """

    id: int
    name: str
    states: Mapping[str, str]
    fields: Mapping[str, str]
    dates: Mapping[str, str]
    links: tuple[tuple[str, str, RecordKind], ...] = ()
    owner: str = "assignee"
    subject: str = "title"


_RESOLVED = {"Resolved": "resolved_at"}
QUEUES: Mapping[RecordKind, Queue] = MappingProxyType(
    {
        K.INCIDENT: Queue(
            3, "Incidents", _DEFAULT,
            {"Service": "service", "CI": "ci", "Category": "category",
             "Subcategory": "subcategory", "Location": "location", "Team": "team",
             "Impact": "impact", "Urgency": "urgency", "Source": "channel",
             "Close Code": "close_code", "Resolution": "close_notes", "Vendor": "vendor",
             "Major Incident": "is_major", "Major Since": "major_declared_at",
             "Test Record": "is_test", "Restricted": "restricted",
             "Knowledge Article": "knowledge_article", "Satisfaction": "score",
             "Satisfaction Comment": "score_text"},
            _RESOLVED,
            (("depends-on", "problem", K.PROBLEM), ("parent", "parent_incident", K.INCIDENT),
             ("refers-to", "duplicate_of", K.INCIDENT),
             ("refers-to", "caused_by_change", K.CHANGE)),
        ),
        K.PROBLEM: Queue(
            4, "Problems", _PROBLEMS,
            {"Service": "service", "CI": "ci", "Category": "category", "Team": "team",
             "Root Cause": "root_cause", "Workaround": "workaround",
             "Known Error": "is_known_error", "Restricted": "restricted",
             "External Key": "external_key", "Description": "description"},
            _RESOLVED,
        ),
        K.CHANGE: Queue(
            5, "Changes", _CHANGES,
            {"Service": "service", "CI": "ci", "Category": "category", "Team": "team",
             "Change Type": "type_code", "Outcome": "outcome_code", "Risk": "risk",
             "Implemented": "implemented_at", "Restricted": "restricted"},
            {"Resolved": "closed_at", "Starts": "planned_start_at", "Due": "planned_end_at"},
        ),
        K.SERVICE_REQUEST: Queue(
            6, "Requests", _DEFAULT,
            {"Service": "service", "Catalogue Item": "catalogue_item", "Team": "team",
             "Source": "channel", "Test Record": "is_test", "Restricted": "restricted"},
            {**_RESOLVED, "Due": "due_at"},
        ),
        K.PROBLEM_TASK: Queue(
            7, "Problem Tasks", _TASKS, {"Team": "team"},
            {"Resolved": "closed_at", "Due": "due_at"}, (("parent", "problem", K.PROBLEM),),
        ),
        K.KNOWN_ERROR: Queue(
            8, "Known Errors", {"": "open"},
            {"Service": "service", "CI": "ci", "Workaround": "workaround"}, _RESOLVED,
            (("refers-to", "problem", K.PROBLEM),),
        ),
        K.VENDOR_CASE: Queue(
            9, "Vendor Cases", _CASES,
            {"Vendor": "vendor", "Vendor Ticket": "vendor_reference", "Severity": "severity",
             "Service": "service"},
            _RESOLVED, (("refers-to", "incident", K.INCIDENT),),
        ),
        K.POST_INCIDENT_REVIEW: Queue(
            10, "Reviews", {"": "resolved"}, {"Summary": "summary"},
            {"Starts": "restored_at", "Resolved": "completed_at"},
            (("refers-to", "incident", K.INCIDENT),), "owner", "number",
        ),
        K.REVIEW_ACTION: Queue(
            11, "Review Actions", _TASKS, {}, {"Resolved": "closed_at", "Due": "due_at"},
            (("parent", "review", K.POST_INCIDENT_REVIEW),), "owner",
        ),
        K.APPROVAL: Queue(
            2, "___Approvals", _APPROVALS, {}, {"Resolved": "decided_at"},
            (("depended-on-by", "change", K.CHANGE),), "approver", "step",
        ),
    }
)  # fmt: skip
"""The kinds that are tickets."""
BY_NAME: Mapping[str, RecordKind] = MappingProxyType(
    {queue.name.lower(): kind for kind, queue in QUEUES.items()}
)
"""The kinds by the name of their queue, in small letters."""
FIELD_IDS: Mapping[str, int] = MappingProxyType(
    {
        name: place
        for place, name in enumerate(
            dict.fromkeys(name for queue in QUEUES.values() for name in queue.fields), start=1
        )
    }
)
"""The ids of the custom fields."""
CATALOGS: Mapping[RecordKind, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        K.SERVICE: ("Services", {"Service Owner": "owner", "Criticality": "criticality",
                                 "Users": "users", "Service Hours": "service_hours"}),
        K.CONFIGURATION_ITEM: ("Configuration Items", {"Class": "ci_class", "Service": "service",
                                                       "Team": "team"}),
        K.VENDOR: ("Vendors", {"Vendor Owner": "owner", "Contingency": "contingency"}),
        K.CONTRACT: ("Contracts", {"Vendor": "vendor", "Service": "service",
                                   "Starts": "starts_at", "Ends": "ends_at",
                                   "Cost Per Year": "cost_per_year"}),
        K.CONTRACT_CLAUSE: ("Contract Clauses", {"Contract": "contract", "Target": "target",
                                                 "Within Hours": "within_h",
                                                 "Severity": "severity", "Text": "text",
                                                 "Credit Share": "credit_share"}),
        K.TEAM: ("Teams", {"Line": "line", "Size": "size", "Vendor": "vendor"}),
    }
)  # fmt: skip
"""The kinds that are assets: catalog, custom fields."""
PRIORITIES: Mapping[str, str] = MappingProxyType(
    {"1": "100", "2": "80", "3": "50", "4": "20", "5": "0"}
)
"""The estate's priorities as RT's numbers."""
INACTIVE = frozenset({"resolved", "rejected", "deleted", "closed", "canceled"})
NEVER = "1970-01-01T00:00:00Z"
NOBODY = "Nobody"


def status_of(kind: RecordKind, state: str) -> str:
    """The status of a ticket."""
    return QUEUES[kind].states.get(state, state)
