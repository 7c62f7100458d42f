"""The words of the practice iTop: classes, attributes, states, and how the estate says them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from itsm.states import RecordKind
from simulator.desk.making import UNKNOWN_STATE

K = RecordKind
ZONE = "Europe/Paris"
"""The zone of the server, which iTop's own configuration sets and no answer tells."""
_INCIDENT = {
    "in_progress": "assigned", "awaiting_user": "pending", "awaiting_vendor": "pending",
    "awaiting_problem": "pending", "awaiting_change": "pending", "on_hold": "pending",
    "canceled": "closed", UNKNOWN_STATE: "pending_review_42",
}  # fmt: skip
_PROBLEM = {
    "assess": "assigned", "root_cause_analysis": "assigned", "fix_in_progress": "assigned",
    "canceled": "closed",
}  # fmt: skip
_CHANGE = {
    "assess": "assigned", "authorize": "plannedscheduled", "scheduled": "approved",
    "implement": "implemented", "review": "monitored", "canceled": "rejected",
}  # fmt: skip
_ORDER = {"open": "open", "in_progress": "open", "new": "open", "with_vendor": "open",
          "with_us": "open", "done": "closed", "dropped": "closed", "resolved": "closed",
          "canceled": "closed"}  # fmt: skip
_SERVICE = {"service_name": "service"}
LEVELS = " > "
"""What stands between two levels of category in the name of a service subcategory."""
PHYSICAL = frozenset(
    {"cmdb_ci_server", "cmdb_ci_netgear", "cmdb_ci_printer", "cmdb_ci_storage_device",
     "cmdb_ci_computer"}
)  # fmt: skip
"""The items that are things, and so stand somewhere."""
_PEOPLE = {"team_name": "team", "agent_id_friendlyname": "assignee",
           "caller_id_friendlyname": "caller"}  # fmt: skip
_TEXTS = {"title": "title", "description": "description"}
_LEVELS = {"impact": "impact", "urgency": "urgency", "priority": "priority"}


@dataclass(frozen=True, slots=True)
class Class:
    """How records of a kind are kept as objects.

    Attributes:
        name: of the class.
        ref: the form of the reference; "" for objects that have none.
        states: the estate's states as codes; one that is not named is its own code.
        texts: attributes and the estate's field in each.
        times: the same for times.
        links: attributes with the reference of another ticket, the estate's field, its kind.
        html: the attributes whose text is HTML.
        root: the class that deletions are told by.
    """

    name: str
    ref: str
    states: Mapping[str, str]
    texts: Mapping[str, str]
    times: Mapping[str, str]
    links: Mapping[str, tuple[str, RecordKind]] = field(default_factory=dict)
    html: frozenset[str] = frozenset({"description", "solution"})
    root: str = "Ticket"


CLASSES: Mapping[RecordKind, Class] = MappingProxyType(
    {
        K.INCIDENT: Class(
            "Incident", "I-{:06d}", _INCIDENT,
            {**_TEXTS, **_SERVICE, **_PEOPLE, **_LEVELS, "origin": "channel",
             "resolution_code": "close_code", "solution": "close_notes"},
            {"start_date": "opened_at", "last_update": "", "resolution_date": "resolved_at",
             "close_date": "closed_at"},
            {"parent_problem_ref": ("problem", K.PROBLEM),
             "parent_incident_ref": ("parent_incident", K.INCIDENT),
             "parent_change_ref": ("caused_by_change", K.CHANGE)},
        ),
        K.SERVICE_REQUEST: Class(
            "UserRequest", "R-{:06d}", _INCIDENT,
            {**_TEXTS, "service_name": "service", "servicesubcategory_name": "catalogue_item",
             **_PEOPLE, "priority": "priority", "origin": "channel"},
            {"start_date": "opened_at", "last_update": "", "resolution_date": "resolved_at",
             "close_date": "closed_at"},
        ),
        K.CHANGE: Class(
            "Change", "C-{:06d}", _CHANGE,
            {**_TEXTS, "team_name": "team", "impact": "risk"},
            {"creation_date": "opened_at", "last_update": "", "start_date": "planned_start_at",
             "end_date": "planned_end_at", "close_date": "closed_at"},
        ),
        K.PROBLEM: Class(
            "Problem", "P-{:06d}", _PROBLEM,
            {**_TEXTS, **_SERVICE, "team_name": "team", **_LEVELS, "product": "product"},
            {"start_date": "opened_at", "last_update": "", "resolution_date": "resolved_at",
             "close_date": "closed_at"},
        ),
        K.PROBLEM_TASK: Class(
            "WorkOrder", "", _ORDER, {"name": "title", "team_name": "team"},
            {"start_date": "opened_at", "end_date": "closed_at"},
            {"ticket_ref": ("problem", K.PROBLEM)}, root="WorkOrder",
        ),
        K.VENDOR_CASE: Class(
            "WorkOrder", "", _ORDER, {"name": "vendor_reference", "team_name": "vendor"},
            {"start_date": "opened_at", "end_date": "resolved_at"},
            {"ticket_ref": ("incident", K.INCIDENT)}, root="WorkOrder",
        ),
        K.KNOWN_ERROR: Class(
            "KnownError", "", {}, {"name": "title", "workaround": "workaround"}, {},
            {"problem_ref": ("problem", K.PROBLEM)}, root="KnownError",
        ),
        K.SERVICE: Class(
            "Service", "", {}, {"name": "name", "servicefamily_name": "family"}, {},
            root="Service",
        ),
        K.TEAM: Class("Team", "", {}, {"name": "name"}, {}, root="Contact"),
        K.CONFIGURATION_ITEM: Class(
            "FunctionalCI", "", {}, {"name": "name", "finalclass": "ci_class"}, {},
            root="FunctionalCI",
        ),
        K.VENDOR: Class("Organization", "", {}, {"name": "name"}, {}, root="Organization"),
        K.CONTRACT: Class(
            "ProviderContract", "", {},
            {"name": "number", "organization_name": "vendor", "description": "title",
             "cost": "cost_per_year"},
            {"start_date": "starts_at", "end_date": "ends_at"}, html=frozenset(), root="Contract",
        ),
    }
)  # fmt: skip
"""The kinds that are kept."""
CHANGE_CLASSES: Mapping[str, str] = MappingProxyType(
    {"standard": "RoutineChange", "normal": "NormalChange", "emergency": "EmergencyChange"}
)
"""The final classes of changes."""
STIMULI: Mapping[str, str] = MappingProxyType(
    {"ev_assign": "assigned", "ev_reassign": "assigned", "ev_resolve": "resolved",
     "ev_close": "closed", "ev_reopen": "assigned", "ev_pending": "pending"}
)  # fmt: skip
"""The states that stimuli lead to."""
FIELDS_OF_HISTORY: Mapping[str, str] = MappingProxyType(
    {"state": "status", "team": "team_id", "assignee": "agent_id", "priority": "priority",
     "title": "title", "problem": "parent_problem_id", "impact": "impact", "urgency": "urgency",
     "service": "service_id", "product": "product"}
)  # fmt: skip
"""The attributes whose changes are kept, by the field in the estate."""
TEXTS_OF_HISTORY = frozenset({"description"})
"""The texts of which the log keeps what they held before."""
SATISFACTION: Mapping[int, str] = MappingProxyType({5: "1", 4: "2", 3: "2", 2: "3", 1: "4"})
"""Ratings, best first: lower is better."""


def code_of(kind: RecordKind, state: str) -> str:
    """The code of a state."""
    return CLASSES[kind].states.get(state, state)


def final_class(kind: RecordKind, type_: str) -> str:
    """The class that an object is of."""
    return CHANGE_CLASSES.get(type_, "NormalChange") if kind is K.CHANGE else CLASSES[kind].name
