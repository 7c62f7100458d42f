"""How BMC Helix ITSM says what the estate says: labels of selections, numbers, times in seconds."""

from collections.abc import Mapping
from types import MappingProxyType

from itsm.states import RecordKind
from simulator.desk.making import UNKNOWN_STATE
from simulator.desk.records import Value
from simulator.desk.tables import Form, Type, words

STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "new": "New",
        "assigned": "Assigned",
        "in_progress": "In Progress",
        "awaiting_user": "Pending",
        "awaiting_vendor": "Pending",
        "awaiting_problem": "Pending",
        "awaiting_change": "Pending",
        "on_hold": "Pending",
        "resolved": "Resolved",
        "closed": "Closed",
        "canceled": "Cancelled",
        UNKNOWN_STATE: "Parked (42)",
    }
)
_REASONS = {
    "awaiting_user": "Client Action Required",
    "awaiting_vendor": "Supplier Delivery",
    "awaiting_problem": "Future Enhancement",
    "awaiting_change": "Infrastructure Change",
}
_REQUESTS = {
    "new": "Submitted", "in_progress": "In Progress",
    **dict.fromkeys(_REASONS, "Pending"), "on_hold": "Pending",
    "resolved": "Completed", "closed": "Closed", "canceled": "Cancelled",
}  # fmt: skip
_PROBLEMS = {
    "new": "Draft", "assess": "Under Review", "asked": "Request for Authorization",
    "assigned": "Assigned", "root_cause_analysis": "Under Investigation",
    "fix_in_progress": "Pending", "resolved": "Completed", "rejected": "Rejected",
    "closed": "Closed", "canceled": "Cancelled",
}  # fmt: skip
_CHANGES = {
    "new": "Draft", "assess": "Planning In Progress", "authorize": "Scheduled For Approval",
    "scheduled": "Scheduled", "implement": "Implementation In Progress", "review": "Completed",
    "closed": "Closed", "canceled": "Cancelled",
}  # fmt: skip
STATES: Mapping[RecordKind, Mapping[str, str]] = MappingProxyType(
    {
        RecordKind.INCIDENT: STATUSES,
        RecordKind.SERVICE_REQUEST: _REQUESTS,
        RecordKind.PROBLEM: _PROBLEMS,
        RecordKind.CHANGE: _CHANGES,
    }
)
"""The labels of states, by the kind of record that has them."""
_TASKS = {"open": "Assigned", "in_progress": "Work In Progress", "done": "Closed",
          "dropped": "Bypassed"}  # fmt: skip
PREFIXES: Mapping[str, str] = MappingProxyType(
    {"PRB": "PBI", "CHG": "CRQ", "RITM": "REQ", "KE": "PKE", "PTASK": "TAS"}
)
"""What the numbers of records begin with, where it is not as in the estate."""
PRIORITIES = {"1": "Critical", "2": "High", "3": "Medium", "4": "Low", "5": "Low"}
IMPACTS = {"1": "1-Extensive/Widespread", "2": "2-Significant/Large", "3": "3-Moderate/Limited",
           "4": "4-Minor/Localized"}  # fmt: skip
URGENCIES = {"1": "1-Critical", "2": "2-High", "3": "3-Medium", "4": "4-Low"}


def number_of(value: Value) -> Value:
    """A record's number with fifteen places: INC000000000301."""
    text = "" if value is None else str(value)
    prefix = text.rstrip("0123456789")
    digits = text[len(prefix) :]
    if not digits or not prefix.isalpha():
        return text or None
    prefix = PREFIXES.get(prefix, prefix)
    return f"{prefix}{int(digits):0{15 - len(prefix)}d}"


def _first_name(value: Value) -> Value:
    return str(value).partition(" ")[0] if value is not None and " " in str(value) else None


def _last_name(value: Value) -> Value:
    return None if value is None else str(value).partition(" ")[2] or value


def _seconds(value: Value) -> Value:
    return None if value is None else round(float(value) * 3600)


def _in_class(value: Value) -> Value:
    return "Yes" if value else "No"


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "at": Form(Type.TIME),
        "count": Form(Type.NUMBER),
        "seconds": Form(Type.NUMBER, _seconds),
        "key": Form(make=number_of),
        "first": Form(make=_first_name),
        "last": Form(make=_last_name),
        "state": words(STATUSES),
        "reason": Form(make=lambda state: _REASONS.get(str(state))),
        "request_state": words(_REQUESTS),
        "problem_state": words(_PROBLEMS),
        "change_state": words(_CHANGES),
        "task_state": words(_TASKS),
        "change_type": words(
            {"standard": "Standard", "normal": "Normal", "emergency": "Emergency"}
        ),
        "outcome": words(
            {"successful": "Successful", "with_issues": "Successful with Issues",
             "backed_out": "Backed Out", "unsuccessful": "Unsuccessful"}
        ),
        "risk": words({"1": "Risk Level 5", "2": "Risk Level 4", "3": "Risk Level 3",
                       "4": "Risk Level 1"}),
        "impact": words(IMPACTS),
        "urgency": words(URGENCIES),
        "priority": words(PRIORITIES),
        "approval": words({"requested": "Pending", "approved": "Approved",
                           "rejected": "Rejected"}),
        "goal": words({"response": "Incident Response Time",
                       "resolution": "Incident Resolution Time"}),
        "met": Form(make=lambda missed: {True: "Missed", False: "Met"}.get(bool(missed))
                    if missed is not None else "In Process"),
        "audited": words({"state": "Status", "team": "Assigned Group", "assignee": "Assignee",
                          "priority": "Priority"}),
        "view": Form(make=lambda hidden: "Internal" if hidden else "Public"),
        "listed": Form(make=_in_class),
        "dataset": Form(make=lambda _name: "BMC.ASSET"),
        "vendor_company": Form(make=lambda _name: "Supplier"),
        "problem_form": Form(make=lambda _number: "PBM:Problem Investigation"),
    }
)  # fmt: skip
"""The forms of values."""
