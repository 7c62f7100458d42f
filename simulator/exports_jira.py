"""Jira Service Management: "Export CSV (all fields)" of its projects, times as the site shows.

Jira keeps history, clocks and surveys out of its CSV export; so does this.
"""

from itsm.states import RecordKind as K
from simulator.sheets import Export, coded, fixed, flag, parted_times, renumbered, sheet

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def _date(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    """A time as 01/Mar/26 8:05 AM; Jira drops the seconds."""
    half = "AM" if hour < 12 else "PM"
    return f"{day:02d}/{_MONTHS[month - 1]}/{year % 100:02d} {hour % 12 or 12}:{minute:02d} {half}"


STATES = {
    "new": "Open",
    "in_progress": "Work in progress",
    "awaiting_user": "Waiting for customer",
    "awaiting_vendor": "Waiting for vendor",
    "awaiting_problem": "Pending",
    "awaiting_change": "Pending",
    "on_hold": "Pending",
    "resolved": "Resolved",
    "closed": "Closed",
    "canceled": "Canceled",
}
_DONE = ("resolved", "closed", "canceled")
FORMS = {
    "at": parted_times(_date),
    "key": renumbered("{prefix}-{index}"),
    "state": coded(STATES),
    "category": coded(
        {**dict.fromkeys(STATES, "In Progress"), "new": "To Do", **dict.fromkeys(_DONE, "Done")}
    ),
    "priority": coded({"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}),
    "impact": coded(
        {
            "1": "Extensive / Widespread",
            "2": "Significant / Large",
            "3": "Moderate / Limited",
        }
    ),
    "urgency": coded({"1": "High", "2": "Medium", "3": "Low"}),
    "major": flag("Major incident", ""),
    "incident": fixed("[System] Incident"),
    "problem": fixed("[System] Problem"),
    "change": fixed("[System] Change"),
    "request": fixed("[System] Service request"),
    "vendor": fixed("Vendor case"),
    "change_state": coded(
        {
            "new": "Open",
            "assess": "Under review",
            "authorize": "Awaiting CAB approval",
            "scheduled": "Awaiting implementation",
            "implement": "Implementing",
            "review": "Completed",
            "closed": "Closed",
            "canceled": "Canceled",
        }
    ),
    "outcome": coded(
        {
            "successful": "Done",
            "with_issues": "Completed with issues",
            "backed_out": "Rolled back",
            "unsuccessful": "Failed",
        }
    ),
    "risk": coded({"1": "Critical", "2": "High", "3": "Medium", "4": "Low"}),
    "problem_state": coded(
        {
            "new": "Open",
            "assess": "Under review",
            "root_cause_analysis": "Under investigation",
            "fix_in_progress": "Pending",
            "resolved": "Resolved",
            "closed": "Closed",
            "canceled": "Canceled",
        }
    ),
    "case_state": coded(
        {
            "new": "Open",
            "with_vendor": "Waiting for vendor",
            "with_us": "Waiting for us",
            "resolved": "Resolved",
            "closed": "Closed",
        }
    ),
}
_SPECS = (
    (
        "jira_incidents.csv",
        K.INCIDENT,
        """Issue key=number:key; Issue Type=number:incident; Summary=title; Description=description;
        Status=state:state; Status Category=state:category; Priority=priority:priority;
        Custom field (Impact)=impact:impact; Custom field (Urgency)=urgency:urgency;
        Resolution=close_code; Assignee=assignee; Reporter=caller; Creator=opened_by;
        Created=opened_at:at; Updated=updated_at:at; Resolved=resolved_at:at;
        Custom field (Affected services)=service; Custom field (Affected hardware)=ci;
        Custom field (Operational categorization)=category;
        Custom field (Product categorization)=subcategory; Custom field (Location)=location;
        Custom field (Team)=team; Custom field (Source)=channel;
        Custom field (Major incident)=is_major:major; Custom field (Resolution notes)=close_notes;
        Custom field (Vendor)=vendor; Inward issue link (Problem/Incident)=problem:key;
        Outward issue link (Duplicate)=duplicate_of:key;
        Inward issue link (Cause)=caused_by_change:key; Parent key=parent_incident:key""",
    ),
    (
        "jira_requests.csv",
        K.SERVICE_REQUEST,
        """Issue key=number:key; Issue Type=number:request; Summary=title; Status=state:state;
        Priority=priority:priority; Assignee=assignee; Reporter=caller; Created=opened_at:at;
        Updated=updated_at:at; Due date=due_at:at; Resolved=resolved_at:at;
        Custom field (Request Type)=catalogue_item; Custom field (Affected services)=service;
        Custom field (Team)=team; Custom field (Source)=channel""",
    ),
    (
        "jira_changes.csv",
        K.CHANGE,
        """Issue key=number:key; Issue Type=number:change; Summary=title; Description=description;
        Status=state:change_state; Resolution=outcome:outcome;
        Custom field (Change type)=type_code; Custom field (Change risk)=risk:risk;
        Custom field (Change reason)=category; Created=opened_at:at; Updated=updated_at:at;
        Resolved=closed_at:at; Custom field (Planned start)=planned_start_at:at;
        Custom field (Planned end)=planned_end_at:at; Custom field (Affected services)=service;
        Custom field (Affected hardware)=ci; Custom field (Team)=team""",
    ),
    (
        "jira_problems.csv",
        K.PROBLEM,
        """Issue key=number:key; Issue Type=number:problem; Summary=title; Description=description;
        Status=state:problem_state; Priority=priority:priority; Created=opened_at:at;
        Updated=updated_at:at; Resolved=resolved_at:at; Custom field (Root cause)=root_cause;
        Custom field (Workaround)=workaround; Custom field (Affected services)=service;
        Custom field (Affected hardware)=ci; Custom field (Operational categorization)=category;
        Custom field (Team)=team""",
    ),
    (
        "jira_vendor_cases.csv",
        K.VENDOR_CASE,
        """Issue key=number:key; Issue Type=number:vendor; Summary=title; Status=state:case_state;
        Custom field (Vendor)=vendor; Custom field (Vendor ticket)=vendor_reference;
        Custom field (Severity)=severity:risk; Custom field (Incident)=incident:key;
        Custom field (Affected services)=service; Created=opened_at:at; Updated=updated_at:at;
        Resolved=resolved_at:at""",
    ),
)
EXPORT = Export("jira", tuple(sheet(file, kind, spec, FORMS) for file, kind, spec in _SPECS))
"""Every file of a Jira export."""
