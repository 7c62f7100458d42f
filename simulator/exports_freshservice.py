"""Freshservice: CSV exports of its lists, with the names and labels of its forms, times in UTC."""

from itsm.states import RecordKind as K
from simulator.sheets import Export, coded, flag, iso_times, renumbered, sheet

_STATES = {
    "new": "Open",
    "in_progress": "Open",
    "awaiting_user": "Awaiting customer",
    "awaiting_vendor": "Awaiting third party",
    "awaiting_problem": "Pending",
    "awaiting_change": "Pending",
    "on_hold": "Pending",
    "resolved": "Resolved",
    "closed": "Closed",
    "canceled": "Closed",
}
_FORMS = {
    "at": iso_times("T", "Z"),
    "key": renumbered("{prefix}-{index}"),
    "state": coded(_STATES),
    "priority": coded({"1": "Urgent", "2": "High", "3": "Medium", "4": "Low", "5": "Low"}),
    "level": coded({"1": "High", "2": "Medium", "3": "Low"}),
    "risk": coded({"1": "Very High", "2": "High", "3": "Medium", "4": "Low"}),
    "change_type": coded({"standard": "Standard", "normal": "Minor", "emergency": "Emergency"}),
    "change_state": coded(
        {
            "new": "Open",
            "assess": "Planning",
            "authorize": "Awaiting Approval",
            "scheduled": "Pending Release",
            "implement": "Pending Release",
            "review": "Pending Review",
            "closed": "Closed",
            "canceled": "Closed",
        }
    ),
    "problem_state": coded(
        {
            "new": "Open",
            "assess": "Open",
            "root_cause_analysis": "Open",
            "fix_in_progress": "Change Requested",
            "resolved": "Closed",
            "closed": "Closed",
        }
    ),
    "flag": flag(),
    "published": coded({"published": "Published", "retired": "Archived"}),
}
_SPECS = (
    (
        "tickets.csv",
        K.INCIDENT,
        """Ticket Id=number:key; Subject=title; Description=description; Status=state:state;
        Priority=priority:priority; Urgency=urgency:level; Impact=impact:level; Source=channel;
        Category=category; Sub-Category=subcategory; Requester Name=caller; Agent=assignee;
        Group=team; Service=service; Associated Assets=ci; Location=location;
        Created Time=opened_at:at; Resolved Time=resolved_at:at; Closed Time=closed_at:at;
        Last Update Time=updated_at:at; Resolution Note=close_notes; Closure Code=close_code;
        Problem=problem:key; Parent Ticket=parent_incident:key; Duplicate Of=duplicate_of:key;
        Change Initiated By=caused_by_change:key; Vendor=vendor; Major Incident=is_major:flag;
        Test=is_test:flag""",
    ),
    (
        "service_requests.csv",
        K.SERVICE_REQUEST,
        """Ticket Id=number:key; Subject=title; Requested Item=catalogue_item; Status=state:state;
        Priority=priority:priority; Requester Name=caller; Agent=assignee; Group=team;
        Created Time=opened_at:at; Due by Time=due_at:at; Closed Time=closed_at:at;
        Last Update Time=updated_at:at""",
    ),
    (
        "problems.csv",
        K.PROBLEM,
        """Problem Id=number:key; Subject=title; Description=description;
        Status=state:problem_state; Priority=priority:priority; Known Error=is_known_error:flag;
        Problem Cause=root_cause; Workaround=workaround; Category=category; Group=team;
        Associated Assets=ci; Created Time=opened_at:at; Closed Time=closed_at:at;
        Last Update Time=updated_at:at""",
    ),
    (
        "changes.csv",
        K.CHANGE,
        """Change Id=number:key; Subject=title; Description=description;
        Status=state:change_state; Change Type=type:change_type; Risk=risk:risk;
        Result=outcome_code; Category=category; Group=team; Associated Assets=ci;
        Planned Start Date=planned_start_at:at; Planned End Date=planned_end_at:at;
        Created Time=opened_at:at; Closed Time=closed_at:at; Last Update Time=updated_at:at""",
    ),
    (
        "assets.csv",
        K.CONFIGURATION_ITEM,
        "Display Name=name; Asset Type=ci_class; Service=service; Managed By Group=team",
    ),
    ("vendors.csv", K.VENDOR, "Name=name; Contact=owner; Description=contingency"),
    (
        "contracts.csv",
        K.CONTRACT,
        """Contract Number=number; Name=title; Vendor=vendor; Start Date=starts_at:at;
        Expiry Date=ends_at:at; Cost=cost_per_year""",
    ),
    (
        "satisfaction.csv",
        K.SURVEY_RESPONSE,
        """Ticket Id=record:key; Survey Sent=sent_at:at; Response Time=answered_at:at;
        Rating=score; NPS=nps; Comment=text""",
    ),
    (
        "solutions.csv",
        K.KNOWLEDGE_ARTICLE,
        """Article Id=number:key; Title=title; Status=state_code:published; Category=category;
        Author=owner; Views=uses; Created Time=opened_at:at""",
    ),
)
EXPORT = Export(
    "freshservice", tuple(sheet(file, kind, spec, _FORMS) for file, kind, spec in _SPECS)
)
"""Every file of a Freshservice export."""
