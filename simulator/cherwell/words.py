"""How Cherwell CSM says what the estate says: labels without codes, American times, all texts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from itsm.states import RecordKind
from simulator.desk.making import UNKNOWN_STATE
from simulator.desk.records import Value
from simulator.desk.tables import Form, Type, words

K = RecordKind
_WAITS = {
    "awaiting_user": "Customer",
    "awaiting_vendor": "Third Party",
    "awaiting_problem": "Problem",
    "awaiting_change": "Change",
}
_TICKETS = {
    "new": "New", "assigned": "Assigned", "in_progress": "In Progress",
    **dict.fromkeys(_WAITS, "Pending"), "on_hold": "Pending", "resolved": "Resolved",
    "closed": "Closed", "canceled": "Closed", "reopened": "Reopened",
    UNKNOWN_STATE: "Parked (42)",
}  # fmt: skip
_PROBLEMS = {
    "new": "New", "assess": "Assessment", "root_cause_analysis": "Investigation",
    "fix_in_progress": "Fix in Progress", "resolved": "Resolved", "closed": "Closed",
    "canceled": "Cancelled",
}  # fmt: skip
_CHANGES = {
    "new": "New", "assess": "Assess", "authorize": "Authorize", "scheduled": "Scheduled",
    "implement": "Implement", "review": "Review", "closed": "Closed", "canceled": "Cancelled",
}  # fmt: skip
STATES: Mapping[RecordKind, Mapping[str, str]] = MappingProxyType(
    {
        K.INCIDENT: _TICKETS,
        K.SERVICE_REQUEST: _TICKETS,
        K.PROBLEM: _PROBLEMS,
        K.CHANGE: _CHANGES,
    }
)
"""The labels of states, by the kind of record that has them."""
_TASKS = {"open": "New", "in_progress": "In Progress", "done": "Closed", "dropped": "Cancelled"}
_CASES = {"new": "New", "with_vendor": "With Vendor", "with_us": "With Us",
          "resolved": "Resolved", "closed": "Closed", "canceled": "Cancelled"}  # fmt: skip


def public_id(value: Value) -> Value:
    """A record's number without its prefix: 301 for INC0000301."""
    text = "" if value is None else str(value)
    digits = text[len(text.rstrip("0123456789")) :]
    return str(int(digits)) if digits and text[: -len(digits)].isalpha() else text or None


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "at": Form(Type.TIME),
        "number": Form(Type.NUMBER),
        "flag": Form(Type.FLAG),
        "key": Form(make=public_id),
        "state": words(_TICKETS),
        "reason": Form(make=lambda state: "Cancelled" if state == "canceled"
                       else _WAITS.get(str(state))),
        "problem_state": words(_PROBLEMS),
        "change_state": words(_CHANGES),
        "task_state": words(_TASKS),
        "case_state": words(_CASES),
        "change_type": words({"standard": "Standard", "normal": "Normal",
                              "emergency": "Emergency"}),
        "outcome": words({"successful": "Successful", "with_issues": "Successful with Issues",
                          "backed_out": "Backed Out", "unsuccessful": "Unsuccessful"}),
        "approval": words({"requested": "Waiting", "approved": "Approved", "rejected": "Denied"}),
        "audited": words({"state": "Status", "team": "OwnedByTeam", "assignee": "OwnedBy",
                          "priority": "Priority"}),
        "problem": Form(make=lambda _number: "Problem"),
    }
)  # fmt: skip
"""The forms of values."""


def written(value: Value, form: Form, zone: ZoneInfo) -> str:
    """A value as the API has it: always a text; times of the server's zone, American."""
    if value is None:
        return ""
    if form.type is Type.TIME and isinstance(value, int):
        return american(datetime.fromtimestamp(value, UTC).astimezone(zone))
    if form.type is Type.FLAG:
        return "True" if value else "False"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def american(at: datetime) -> str:
    """A time as 3/1/2025 8:09:10 AM."""
    half = "AM" if at.hour < 12 else "PM"
    return (
        f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at.minute:02d}:{at.second:02d} {half}"
    )


def instant(text: str, zone: ZoneInfo) -> int | None:
    """Seconds since 1970 of an American time; None where it is none."""
    for form in ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y"):
        try:
            at = datetime.strptime(text.strip(), form).replace(tzinfo=zone)
            return int(at.timestamp())
        except ValueError:
            continue
    return None
