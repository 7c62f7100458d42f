"""BMC Helix ITSM (Remedy): CSV reports of its forms, misspelt names included, times in UTC."""

from itsm.states import RecordKind as K
from simulator.bmc_helix.words import number_of
from simulator.columns import Column
from simulator.sheets import Cells, Export, coded, iso_times, sheet, shown

_STATES = {
    "new": "New",
    "in_progress": "In Progress",
    "awaiting_user": "Pending",
    "awaiting_vendor": "Pending",
    "awaiting_problem": "Pending",
    "awaiting_change": "Pending",
    "on_hold": "Pending",
    "resolved": "Resolved",
    "closed": "Closed",
    "canceled": "Cancelled",
}
_REASONS = {
    "awaiting_user": "Client Action Required",
    "awaiting_vendor": "Supplier Delivery",
    "awaiting_problem": "Future Enhancement",
    "awaiting_change": "Infrastructure Change",
}


def _seconds(column: Column) -> Cells:
    """Hours as whole seconds."""
    return ["" if hours is None else str(round(float(str(hours)) * 3600)) for hours in column]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


_FORMS = {
    "at": iso_times("T", ".000+0000"),
    "key": lambda column: [str(number_of(_text(value)) or "") for value in column],
    "state": coded(_STATES),
    "reason": coded({**dict.fromkeys(_STATES, ""), **_REASONS}),
    "shown": shown(_STATES),
    "impact": coded(
        {"1": "1-Extensive/Widespread", "2": "2-Significant/Large", "3": "3-Moderate/Limited"}
    ),
    "urgency": coded({"1": "1-Critical", "2": "2-High", "3": "3-Medium"}),
    "priority": coded({"1": "Critical", "2": "High", "3": "Medium", "4": "Low", "5": "Low"}),
    "problem_state": coded(
        {
            "new": "Draft",
            "assess": "Under Review",
            "root_cause_analysis": "Under Investigation",
            "fix_in_progress": "Pending",
            "resolved": "Completed",
            "closed": "Closed",
        }
    ),
    "change_state": coded(
        {
            "new": "Draft",
            "assess": "Planning In Progress",
            "authorize": "Scheduled For Approval",
            "scheduled": "Scheduled",
            "implement": "Implementation In Progress",
            "review": "Completed",
            "closed": "Closed",
            "canceled": "Cancelled",
        }
    ),
    "change_type": coded({"standard": "Standard", "normal": "Normal", "emergency": "Emergency"}),
    "risk": coded({"1": "Risk Level 5", "2": "Risk Level 4", "3": "Risk Level 3",
                   "4": "Risk Level 1"}),
    "goal": coded({"response": "Incident Response Time", "resolution": "Incident Resolution Time"}),
    "seconds": _seconds,
    "met": lambda column: ["Missed" if value else "Met" for value in column],
    "audited": coded({"state": "Status", "team": "Assigned Group", "assignee": "Assignee",
                      "priority": "Priority"}),
}  # fmt: skip
_SPECS = (
    (
        "HPD_Help_Desk.csv",
        K.INCIDENT,
        """Incident Number=number:key; Description=title; Detailed Decription=description;
        Status=state:state; Stastus_Reason=state:reason; Impact=impact:impact;
        Urgency=urgency:urgency; Priority=priority:priority; Reported Source=channel;
        Categorization Tier 1=category; Categorization Tier 2=subcategory; ServiceCI=service;
        HPD_CI=ci; Site=location; Assigned Group=team; Assignee; Customer=caller;
        Submitter=opened_by; Reported Date=opened_at:at; Last Resolved Date=resolved_at:at;
        Closed Date=closed_at:at; Resolution=close_notes; Resolution Category=close_code;
        Group Transfers=reassignment_count; Problem Investigation ID=problem:key;
        Original Incident Number=duplicate_of:key; Vendor Organization=vendor;
        Infrastructure Change ID=caused_by_change:key; Last Modified Date=updated_at:at""",
    ),
    (
        "HPD_HelpDesk_AuditLogSystem.csv",
        K.HISTORY,
        """Audit ID=number; Original Request ID=record:key; Field=field:audited;
        Old Value=old_shown:shown; New Value=new_shown:shown; User=actor; Audit Date=at:at""",
    ),
    (
        "SLM_Measurement.csv",
        K.SLA_CLOCK,
        """InstanceID=number; ApplicationUserFriendlyID=record:key; SVTTitle=agreement;
        GoalCategoryChar=target:goal; MeasurementStatus=is_breached:met;
        OverallStartTime=started_at:at; OverallStopTime=ended_at:at;
        OverallElapsedTime=elapsed_h:seconds; SVTDueDate=due_at:at;
        GoalSchedGoalTime=target_h:seconds""",
    ),
    (
        "PBM_Problem_Investigation.csv",
        K.PROBLEM,
        """Problem Investigation ID=number:key; Description=title;
        Detailed Decription=description; Investigation Status=state:problem_state;
        Priority=priority:priority; Root Cause=root_cause; Temporary Workaround=workaround;
        ServiceCI=service; CI Name=ci; Assigned Group Pblm Mgr=team; Submit Date=opened_at:at;
        Completed Date=resolved_at:at; Last Modified Date=updated_at:at""",
    ),
    (
        "CHG_Infrastructure_Change.csv",
        K.CHANGE,
        """Infrastructure Change ID=number:key; Description=title;
        Detailed Description=description; Change Request Status=state:change_state;
        Change Timing=type:change_type; Risk Level=risk:risk; Status Reason=outcome_code;
        ServiceCI=service; CI Name=ci; ASGRP=team; Submit Date=opened_at:at;
        Scheduled Start Date=planned_start_at:at; Scheduled End Date=planned_end_at:at;
        Actual End Date=implemented_at:at; Closed Date=closed_at:at;
        Last Modified Date=updated_at:at""",
    ),
    (
        "BMC_CORE_BMC_BaseElement.csv",
        K.CONFIGURATION_ITEM,
        "Name=name; ClassId=ci_class; Service=service; Supported By=team",
    ),
)
EXPORT = Export("bmc_helix", tuple(sheet(file, kind, spec, _FORMS) for file, kind, spec in _SPECS))
"""Every file of a BMC Helix export."""
