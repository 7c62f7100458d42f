"""iTop, Request Tracker and GLPI: what their own export pages write.

iTop writes attribute codes, GLPI numbers and labels with semicolons, Request Tracker a table with
tabs; RT and GLPI have no incident numbers, only ids.
"""

from itsm.states import RecordKind as K
from simulator.sheets import Export, coded, iso_times, renumbered, sheet, shown

_WAITS = ("awaiting_user", "awaiting_vendor", "awaiting_problem", "awaiting_change", "on_hold")
_ITOP_STATES = {
    "new": "new",
    "in_progress": "assigned",
    **dict.fromkeys(_WAITS, "pending"),
    "resolved": "resolved",
    "closed": "closed",
    "canceled": "closed",
}
_ITOP = {
    "at": iso_times(),
    "incident": renumbered("I-{index:06d}"),
    "problem": renumbered("P-{index:06d}"),
    "change": renumbered("C-{index:06d}"),
    "state": coded(_ITOP_STATES),
    "shown": shown(_ITOP_STATES),
    "reason": coded(
        {
            **dict.fromkeys(("new", "in_progress", "resolved", "closed"), ""),
            "awaiting_user": "customer",
            "awaiting_vendor": "provider",
            "awaiting_problem": "problem",
            "awaiting_change": "change",
            "canceled": "cancelled",
        }
    ),
    "priority": coded({"5": "4"}),
    "origin": coded(
        {
            "Self-service": "portal",
            "Phone": "phone",
            "Email": "mail",
            "Chat": "chat",
            "Walk-in": "in_person",
            "Monitoring": "monitoring",
        }
    ),
    "problem_state": coded(
        {
            "assess": "new",
            "root_cause_analysis": "assigned",
            "fix_in_progress": "assigned",
        }
    ),
    "change_state": coded(
        {
            "new": "new",
            "assess": "validated",
            "authorize": "plannedscheduled",
            "scheduled": "approved",
            "implement": "approved",
            "review": "implemented",
            "closed": "closed",
            "canceled": "rejected",
        }
    ),
    "class": coded(
        {"standard": "RoutineChange", "normal": "NormalChange", "emergency": "EmergencyChange"}
    ),
    "attribute": coded({"state": "status", "team": "team_id", "assignee": "agent_id"}),
    # 1 is "very satisfied" and 4 "very dissatisfied": lower is better.
    "satisfaction": coded({"5.0": "1", "4.0": "2", "3.0": "2", "2.0": "3", "1.0": "4"}),
}  # fmt: skip
_ITOP_SPECS = (
    (
        "Incident.csv",
        K.INCIDENT,
        """ref=number:incident; title; description; status=state:state;
        pending_reason=state:reason; priority=priority:priority; impact; urgency;
        origin=channel:origin; service_name=service; servicesubcategory_name=subcategory;
        functionalci_name=ci; team_name=team; agent_name=assignee; caller_name=caller;
        start_date=opened_at:at; resolution_date=resolved_at:at; close_date=closed_at:at;
        last_update=updated_at:at; resolution_code=close_code; solution=close_notes;
        parent_problem_ref=problem:problem; parent_incident_ref=parent_incident:incident;
        parent_change_ref=caused_by_change:change""",
    ),
    (
        "CMDBChangeOpSetAttributeScalar.csv",
        K.HISTORY,
        """objkey=record:incident; attcode=field:attribute; oldvalue=old_shown:shown;
        newvalue=new_shown:shown; userinfo=actor; date=at:at""",
    ),
    (
        "Problem.csv",
        K.PROBLEM,
        """ref=number:problem; title; description; status=state:problem_state;
        priority=priority:priority; service_name=service; team_name=team;
        start_date=opened_at:at; resolution_date=resolved_at:at; close_date=closed_at:at;
        last_update=updated_at:at""",
    ),
    (
        "Change.csv",
        K.CHANGE,
        """ref=number:change; finalclass=type:class; title; description;
        status=state:change_state; team_name=team; creation_date=opened_at:at;
        start_date=planned_start_at:at; end_date=planned_end_at:at; close_date=closed_at:at;
        last_update=updated_at:at""",
    ),
    ("FunctionalCI.csv", K.CONFIGURATION_ITEM, "name; finalclass=ci_class; service_name=service"),
    (
        "user_satisfaction.csv",
        K.SURVEY_RESPONSE,
        "ref=record:incident; user_satisfaction=score:satisfaction; user_comment=text",
    ),
)
_RT_STATES = {
    "new": "new",
    "in_progress": "open",
    **dict.fromkeys(_WAITS, "stalled"),
    "resolved": "resolved",
    "closed": "resolved",
    "canceled": "rejected",
}
_RT = {
    "at": iso_times(),
    "id": renumbered("{index}"),
    "problem": renumbered("8{index:06d}"),
    "case": renumbered("9{index:07d}"),
    "state": coded(_RT_STATES),
    "shown": shown(_RT_STATES),
    "problem_state": coded(
        {
            "assess": "new",
            "root_cause_analysis": "open",
            "fix_in_progress": "open",
            "closed": "resolved",
        }
    ),
    "priority": coded({"1": "100", "2": "75", "3": "50", "4": "25", "5": "0"}),
    "type": coded({"state": "Status", "team": "Queue", "assignee": "Owner"}),
    "case_state": coded({"with_vendor": "open", "with_us": "stalled", "closed": "resolved"}),
}
_RT_SPECS = (
    (
        "Incidents.tsv",
        K.INCIDENT,
        """id=number:id; Subject=title; Content=description; Status=state:state; Queue=team;
        Owner=assignee; Requestors=caller; Priority=priority:priority; Created=opened_at:at;
        Resolved=resolved_at:at; LastUpdated=updated_at:at; CF.{Service}=service; CF.{CI}=ci;
        CF.{Category}=category; CF.{Subcategory}=subcategory; CF.{Location}=location;
        CF.{Vendor}=vendor; MemberOf=parent_incident:id; RefersTo=problem:problem""",
    ),
    (
        "Transactions.tsv",
        K.HISTORY,
        """ObjectId=record:id; Type=field:type; OldValue=old_shown:shown; NewValue=new_shown:shown;
        Creator=actor; Created=at:at""",
    ),
    (
        "Problems.tsv",
        K.PROBLEM,
        """id=number:problem; Subject=title; Content=description; Status=state:problem_state;
        Priority=priority:priority; Created=opened_at:at; Resolved=resolved_at:at;
        LastUpdated=updated_at:at; CF.{Service}=service; CF.{CI}=ci""",
    ),
    (
        "VendorCases.tsv",
        K.VENDOR_CASE,
        """id=number:case; Subject=title; Status=state:case_state; CF.{Vendor}=vendor;
        CF.{Vendor Ticket}=vendor_reference; RefersTo=incident:id; Created=opened_at:at;
        Resolved=resolved_at:at; LastUpdated=updated_at:at""",
    ),
)
_GLPI_STATES = {
    "new": "1",
    "in_progress": "2",
    **dict.fromkeys(_WAITS, "4"),
    "resolved": "5",
    "closed": "6",
    "canceled": "6",
}
_GLPI = {
    "at": iso_times(),
    "id": renumbered("{index}"),
    "state": coded(_GLPI_STATES),
    "shown": shown(_GLPI_STATES),
    "problem_state": coded(
        {
            "assess": "7",
            "root_cause_analysis": "2",
            "fix_in_progress": "8",
            "resolved": "5",
            "closed": "6",
        }
    ),
    "change_state": coded(
        {
            "new": "1",
            "assess": "9",
            "authorize": "10",
            "scheduled": "7",
            "implement": "2",
            "review": "8",
            "closed": "6",
            "canceled": "14",
        }
    ),
    # GLPI counts the other way round: 5 is very high.
    "level": coded({"1": "5", "2": "3", "3": "2"}),
    "priority": coded({"1": "5", "2": "4", "3": "3", "4": "2", "5": "1"}),
    "option": coded({"state": "12", "team": "8", "assignee": "5", "priority": "3"}),
}
_GLPI_SPECS = (
    (
        "glpi_tickets.csv",
        K.INCIDENT,
        """ID=number:id; Title=title; Description=description; Status=state:state;
        Urgency=urgency:level; Impact=impact:level; Priority=priority:priority; Category=category;
        Location=location; Associated elements=ci; Requester=caller; Technician=assignee;
        Technician group=team; Assigned to a supplier=vendor; Opening date=opened_at:at;
        Resolution date=resolved_at:at; Closing date=closed_at:at; Last update=updated_at:at;
        Problems=problem:id""",
    ),
    (
        "glpi_logs.csv",
        K.HISTORY,
        """items_id=record:id; id_search_option=field:option; old_value=old_shown:shown;
        new_value=new_shown:shown; user_name=actor; date_mod=at:at""",
    ),
    (
        "glpi_problems.csv",
        K.PROBLEM,
        """ID=number:id; Title=title; Description=description; Status=state:problem_state;
        Priority=priority:priority; Category=category; Opening date=opened_at:at;
        Resolution date=resolved_at:at; Closing date=closed_at:at; Last update=updated_at:at""",
    ),
    (
        "glpi_changes.csv",
        K.CHANGE,
        """ID=number:id; Title=title; Description=description; Status=state:change_state;
        Category=category; Opening date=opened_at:at; Closing date=closed_at:at;
        Last update=updated_at:at""",
    ),
    (
        "glpi_satisfaction.csv",
        K.SURVEY_RESPONSE,
        """tickets_id=record:id; date_begin=sent_at:at; date_answered=answered_at:at;
        satisfaction=score; comment=text""",
    ),
    ("glpi_suppliers.csv", K.VENDOR, "Name=name"),
)
EXPORTS = (
    Export("itop", tuple(sheet(file, kind, spec, _ITOP) for file, kind, spec in _ITOP_SPECS)),
    Export(
        "request_tracker",
        tuple(sheet(file, kind, spec, _RT) for file, kind, spec in _RT_SPECS),
        delimiter="\t",
    ),
    Export(
        "glpi",
        tuple(sheet(file, kind, spec, _GLPI) for file, kind, spec in _GLPI_SPECS),
        delimiter=";",
    ),
)
"""Every file of the three."""
