"""Cherwell CSM: CSV exports of its grids, American times of the server's zone (UTC here)."""

from itsm.states import RecordKind as K
from simulator.sheets import Export, coded, flag, parted_times, renumbered, sheet, shown


def _date(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    """A time as 3/1/2026 8:09:10 AM."""
    half = "AM" if hour < 12 else "PM"
    return f"{month}/{day}/{year} {hour % 12 or 12}:{minute:02d}:{second:02d} {half}"


_PENDING = ("awaiting_user", "awaiting_vendor", "awaiting_problem", "awaiting_change", "on_hold")
_STATES = {
    "new": "New",
    "in_progress": "In Progress",
    **dict.fromkeys(_PENDING, "Pending"),
    "resolved": "Resolved",
    "closed": "Closed",
    "canceled": "Closed",
}
_FORMS = {
    "at": parted_times(_date),
    "key": renumbered("{index}"),
    "state": coded(_STATES),
    "reason": coded(
        {
            **dict.fromkeys(("new", "in_progress", "resolved", "closed"), ""),
            "awaiting_user": "Customer",
            "awaiting_vendor": "Third Party",
            "awaiting_problem": "Problem",
            "awaiting_change": "Change",
            "canceled": "Cancelled",
        }
    ),
    "problem_state": coded(
        {
            "new": "New",
            "assess": "Assessment",
            "root_cause_analysis": "Investigation",
            "fix_in_progress": "Fix in Progress",
            "resolved": "Resolved",
            "closed": "Closed",
        }
    ),
    "shown": shown(_STATES),
    "audited": coded({"state": "Status", "team": "OwnedByTeam", "assignee": "OwnedBy",
                      "priority": "Priority"}),
    "flag": flag("True", "False"),
}  # fmt: skip
_SPECS = (
    (
        "Incident.csv",
        K.INCIDENT,
        """IncidentID=number:key; ShortDescription=title; Description=description;
        Status=state:state; PendingReason=state:reason; Priority=priority; Impact=impact;
        Urgency=urgency; Service=service; Category=category; Subcategory=subcategory;
        ConfigItemDisplayName=ci; LocationName=location; OwnedByTeam=team; OwnedBy=assignee;
        CustomerDisplayName=caller; CreatedBy=opened_by; CallSource=channel;
        CreatedDateTime=opened_at:at; ResolvedDateTime=resolved_at:at; ClosedDateTime=closed_at:at;
        CloseDescription=close_notes; Cause=close_code; ReopenCount=reopen_count;
        ProblemID=problem:key; MasterIncidentID=parent_incident:key;
        DuplicateOfID=duplicate_of:key; ChangeID=caused_by_change:key; VendorName=vendor;
        IsMajorIncident=is_major:flag; LastModifiedDateTime=updated_at:at""",
    ),
    (
        "JournalHistory.csv",
        K.HISTORY,
        """RecID=number; ParentPublicID=record:key; FieldName=field:audited;
        OldValue=old_shown:shown; NewValue=new_shown:shown; CreatedBy=actor;
        CreatedDateTime=at:at""",
    ),
    (
        "Problem.csv",
        K.PROBLEM,
        """ProblemID=number:key; ShortDescription=title; Description=description;
        Status=state:problem_state; Priority=priority; Service=service; Category=category;
        ConfigItemDisplayName=ci; OwnedByTeam=team; RootCause=root_cause; Workaround=workaround;
        KnownError=is_known_error:flag; CreatedDateTime=opened_at:at;
        ResolvedDateTime=resolved_at:at; ClosedDateTime=closed_at:at;
        LastModifiedDateTime=updated_at:at""",
    ),
    (
        "ChangeRequest.csv",
        K.CHANGE,
        """ChangeID=number:key; Title=title; Description=description; Status=state_code;
        Type=type_code; Risk=risk; ClosureCode=outcome_code; Service=service;
        ConfigItemDisplayName=ci; OwnedByTeam=team; CreatedDateTime=opened_at:at;
        ProposedStartDate=planned_start_at:at; ProposedEndDate=planned_end_at:at;
        ActualEndDateTime=implemented_at:at; ClosedDateTime=closed_at:at;
        LastModifiedDateTime=updated_at:at""",
    ),
    (
        "ConfigurationItem.csv",
        K.CONFIGURATION_ITEM,
        "FriendlyName=name; CIType=ci_class; Service=service; OwnedByTeam=team",
    ),
    ("Vendor.csv", K.VENDOR, "CompanyName=name; PrimaryContact=owner"),
)
EXPORT = Export("cherwell", tuple(sheet(file, kind, spec, _FORMS) for file, kind, spec in _SPECS))
"""Every file of a Cherwell export."""
