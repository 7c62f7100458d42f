"""The words of the site: projects, issue types, statuses, and how the estate says them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from itsm.states import RecordKind
from simulator.exports_jira import FORMS
from simulator.sheets import Form, coded, flag, text

K = RecordKind


@dataclass(frozen=True, slots=True)
class Work:
    """How the records of a kind are kept as issues.

    Attributes:
        project: the key of their project, which their numbers begin with.
        type: the name of their issue type.
        columns: field name, the estate's field, how its values are written.
        times: field name and the estate's field; "Created" and "Updated" included.
        links: link type, the estate's field, and whether the issue is its inward end.
        parent: the estate's field with the number of the issue above.
    """

    project: str
    type: str
    columns: tuple[tuple[str, str, Form], ...]
    times: Mapping[str, str]
    links: tuple[tuple[str, str, bool], ...] = ()
    parent: str = ""


_TASK_STATES = {"open": "Open", "in_progress": "Work in progress", "done": "Done",
                "dropped": "Canceled"}  # fmt: skip
_FORMS: Mapping[str, Form] = {
    **FORMS,
    "task_state": coded(_TASK_STATES),
    "yes": flag("Yes", ""),
    "open": lambda column: ["Open"] * len(column),
}
_TIMES = {"Created": "opened_at", "Updated": "updated_at", "Resolved": "resolved_at"}


def _columns(spec: str) -> tuple[tuple[str, str, Form], ...]:
    """Columns out of "field=estate's field:form; ..."."""
    found = []
    for part in spec.replace("\n", " ").split(";"):
        name, _, rest = part.strip().partition("=")
        estate, _, form = rest.partition(":")
        found.append((name, estate, _FORMS[form] if form else text))
    return tuple(found)


WORK: Mapping[RecordKind, Work] = MappingProxyType(
    {
        K.CHANGE: Work(
            "CHG",
            "[System] Change",
            _columns(
                """Summary=title; Description=description; Status=state:change_state;
                Resolution=outcome:outcome; Change type=type_code; Change risk=risk:risk;
                Change reason=category; Affected services=service; Affected hardware=ci;
                Team=team; Restricted=restricted:yes"""
            ),
            {
                "Created": "opened_at",
                "Updated": "updated_at",
                "Resolved": "closed_at",
                "Planned start": "planned_start_at",
                "Planned end": "planned_end_at",
                "Implemented": "implemented_at",
            },
        ),
        K.PROBLEM: Work(
            "PRB",
            "[System] Problem",
            _columns(
                """Summary=title; Description=description; Status=state:problem_state;
                Priority=priority:priority; Root cause=root_cause; Workaround=workaround;
                Affected services=service; Affected hardware=ci;
                Operational categorization=category; Team=team; Restricted=restricted:yes"""
            ),
            _TIMES,
        ),
        K.PROBLEM_TASK: Work(
            "PTASK",
            "Problem task",
            _columns("Summary=title; Status=state:task_state; Team=team"),
            {
                "Created": "opened_at",
                "Updated": "updated_at",
                "Resolved": "closed_at",
                "Target date": "due_at",
            },
            parent="problem",
        ),
        K.KNOWN_ERROR: Work(
            "KE",
            "Known error",
            _columns(
                """Summary=title; Workaround=workaround; Affected services=service;
                Affected hardware=ci; Status=title:open"""
            ),
            _TIMES,
            links=(("Relates", "problem", True),),
        ),
        K.INCIDENT: Work(
            "INC",
            "[System] Incident",
            _columns(
                """Summary=title; Description=description; Status=state:state;
                Priority=priority:priority; Impact=impact:impact; Urgency=urgency:urgency;
                Resolution=close_code; Assignee=assignee; Reporter=caller; Creator=opened_by;
                Affected services=service; Affected hardware=ci;
                Operational categorization=category; Product categorization=subcategory;
                Location=location; Team=team; Source=channel; Major incident=is_major:major;
                Resolution notes=close_notes; Vendor=vendor; Knowledge article=knowledge_article;
                Test record=is_test:yes; Restricted=restricted:yes"""
            ),
            {**_TIMES, "Major incident declared": "major_declared_at"},
            links=(
                ("Problem/Incident", "problem", False),
                ("Duplicate", "duplicate_of", True),
                ("Cause", "caused_by_change", False),
            ),
            parent="parent_incident",
        ),
        K.VENDOR_CASE: Work(
            "VCS",
            "Vendor case",
            _columns(
                """Summary=title; Status=state:case_state; Vendor=vendor;
                Vendor ticket=vendor_reference; Severity=severity:risk;
                Affected services=service"""
            ),
            _TIMES,
            links=(("Relates", "incident", True),),
        ),
        K.POST_INCIDENT_REVIEW: Work(
            "PIR",
            "Post-incident review",
            _columns("Description=summary; Summary=number; Assignee=owner; Status=number:open"),
            {
                "Created": "restored_at",
                "Updated": "updated_at",
                "Resolved": "completed_at",
                "Restored": "restored_at",
            },
            links=(("Relates", "incident", True),),
        ),
        K.REVIEW_ACTION: Work(
            "PIRA",
            "Review action",
            _columns("Summary=title; Status=state:task_state; Assignee=owner"),
            {
                "Created": "",
                "Updated": "updated_at",
                "Resolved": "closed_at",
                "Target date": "due_at",
            },
            parent="review",
        ),
        K.SERVICE_REQUEST: Work(
            "RITM",
            "[System] Service request",
            _columns(
                """Summary=title; Description=description; Status=state:state;
                Priority=priority:priority; Assignee=assignee; Reporter=caller;
                Request Type=catalogue_item; Affected services=service; Team=team;
                Source=channel; Test record=is_test:yes; Restricted=restricted:yes"""
            ),
            {**_TIMES, "Target date": "due_at"},
        ),
    }
)
"""The kinds that are issues."""
IMPROVEMENT = "Improvement"
"""The issue type of the improvement register, which has a project of its own."""
PROJECTS: Mapping[str, str] = MappingProxyType(
    {work.project: f"{work.type.removeprefix('[System] ')}s" for work in WORK.values()}
    | {"CSI": "Improvements"}
)
"""The projects, by key."""
TYPES: Mapping[str, str] = MappingProxyType(
    {work.type: str(10_001 + place) for place, work in enumerate(WORK.values())}
    | {IMPROVEMENT: "10099"}
)
"""The ids of the issue types, by name."""
SUBTASKS = frozenset({"Problem task", "Review action"})
"""Issue types that lie below another issue."""
PRIORITIES: Mapping[str, str] = MappingProxyType(
    {"Highest": "1", "High": "2", "Medium": "3", "Low": "4", "Lowest": "5"}
)
"""The ids of the priorities, by name."""
LINK_TYPES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "Problem/Incident": ("10100", "is caused by", "causes"),
        "Duplicate": ("10101", "is duplicated by", "duplicates"),
        "Cause": ("10102", "is caused by", "causes"),
        "Relates": ("10103", "relates to", "relates to"),
    }
)
"""The types of links: id, inward phrase, outward phrase."""
CATEGORIES: Mapping[str, tuple[int, str, str]] = MappingProxyType(
    {
        "new": (2, "To Do", "blue-gray"),
        "indeterminate": (4, "In Progress", "yellow"),
        "done": (3, "Done", "green"),
    }
)
"""Status categories by key: id, name, colour."""
UNKNOWN_STATUS = "Pending Review (42)"
"""A status that no table of codes knows: damaged incidents have it."""
_NEW = frozenset({"Open"})
_DONE = frozenset({"Resolved", "Closed", "Canceled", "Completed", "Done"})
_STATUS_NAMES = (
    "Open", "Work in progress", "Waiting for customer", "Waiting for vendor", "Pending",
    "Resolved", "Closed", "Canceled", "Under review", "Awaiting CAB approval",
    "Awaiting implementation", "Implementing", "Completed", "Under investigation",
    "Waiting for us", "Done", UNKNOWN_STATUS, "Accepted", "Assess", "Approved", "In Progress",
    "On Hold", "Review",
)  # fmt: skip
STATUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        name: (
            str(10_200 + place),
            "new" if name in _NEW else "done" if name in _DONE else "indeterminate",
        )
        for place, name in enumerate(_STATUS_NAMES)
    }
)
"""The statuses: id and category, by name."""

MOVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "work": ("Open", "Under review", "Under investigation", "Awaiting implementation",
                 "Resolved", "Closed", "Canceled"),
        "improvement": ("Open", "Accepted", "Assess", "Approved", "In Progress", "On Hold",
                        "Review", "Closed", "Canceled"),
    }
)  # fmt: skip
"""The statuses that transitions lead to, from any other, of work and of improvements."""


def key_of(number: str) -> tuple[str, int]:
    """The project and the number of an issue, from the estate's number of the record."""
    project = number.rstrip("0123456789-").rstrip("-")
    digits, _, part = number.removeprefix(project).partition("-")
    return project, int(digits) * 10 + int(part) if part else int(digits)
