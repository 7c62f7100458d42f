"""ServiceNow list exports: CSV with field names, labels for choices, times in UTC.

Choices that hold a number show it, as list exports do ("2 - High"). The audit log keeps the words
that the state list showed, waits included.
"""

from itsm.states import RecordKind as K
from simulator.columns import Column
from simulator.sheets import Cells, Export, coded, fixed, flag, hours_as_duration, iso_times, sheet

_HOLDS = {
    "awaiting_user": "Awaiting Caller",
    "awaiting_vendor": "Awaiting Vendor",
    "awaiting_problem": "Awaiting Problem",
    "awaiting_change": "Awaiting Change",
}
_STATES = {
    "new": "New",
    "in_progress": "In Progress",
    "resolved": "Resolved",
    "closed": "Closed",
    "canceled": "Canceled",
}


def _stage(column: Column) -> Cells:
    """A clock that has not ended is in progress."""
    return ["completed" if cell else "in_progress" for cell in iso_times()(column)]


FORMS = {
    "at": iso_times(),
    "hours": hours_as_duration,
    "flag": flag(),
    "state": coded({**_STATES, **dict.fromkeys([*_HOLDS, "on_hold"], "On Hold")}),
    "hold": coded({**dict.fromkeys([*_STATES, "on_hold"], ""), **_HOLDS}),
    "level": coded({"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}),
    "priority": coded(
        {
            "1": "1 - Critical",
            "2": "2 - High",
            "3": "3 - Moderate",
            "4": "4 - Low",
            "5": "5 - Planning",
        }
    ),
    "criticality": coded(
        {
            "1": "1 - most critical",
            "2": "2 - somewhat critical",
            "3": "3 - less critical",
            "4": "4 - not critical",
        }
    ),
    "risk": coded({"1": "Very High", "2": "High", "3": "Moderate", "4": "Low"}),
    "table": coded({"incident": "incident", "service_request": "sc_req_item"}),
    "audited": coded({"team": "assignment_group", "assignee": "assigned_to"}),
    "target": coded({"response": "Response", "resolution": "Resolution"}),
    "retired": flag("Retired", "Installed"),
    "planned": flag("planned", "outage"),
    "note": flag("work_notes", "comments"),
    "major": flag("accepted", ""),
    "yes": fixed("true"),
    "stage": _stage,
}
_SPECS = (
    ("sys_user_group.csv", K.TEAM, "name; u_line=line; u_size=size; vendor"),
    (
        "cmdb_ci_service.csv",
        K.SERVICE,
        """name; owned_by=owner; busines_criticality=criticality:criticality; u_users=users;
        u_service_hours=service_hours""",
    ),
    (
        "cmdb_ci.csv",
        K.CONFIGURATION_ITEM,
        """name; sys_class_name=ci_class; u_service=service; support_group=team;
        install_status=is_retired:retired""",
    ),
    ("cmdb_rel_ci.csv", K.CI_RELATION, "sys_id=number; parent; child; type=relation"),
    (
        "core_company.csv",
        K.VENDOR,
        "name; vendor=name:yes; u_owner=owner; notes=contingency",
    ),
    (
        "ast_contract.csv",
        K.CONTRACT,
        """number; vendor; short_description=title; u_service=service; starts=starts_at:at;
        ends=ends_at:at; yearly_cost=cost_per_year""",
    ),
    (
        "u_contract_clause.csv",
        K.CONTRACT_CLAUSE,
        """number; contract; target=target:target; duration=within_h:hours; severity; text;
        u_credit_share=credit_share""",
    ),
    (
        "kb_knowledge.csv",
        K.KNOWLEDGE_ARTICLE,
        """number; short_description=title; workflow_state=state_code; sys_created_on=opened_at:at;
        author=owner; u_service=service; kb_category=category; use_count=uses;
        u_retired_at=retired_at:at""",
    ),
    (
        "change_request.csv",
        K.CHANGE,
        """number; type=type_code; state=state_code; short_description=title; description;
        opened_at=opened_at:at; start_date=planned_start_at:at; end_date=planned_end_at:at;
        work_end=implemented_at:at; closed_at=closed_at:at; close_code=outcome_code;
        risk=risk:risk; category; assignment_group=team; cmdb_ci=ci; business_service=service;
        sys_updated_on=updated_at:at""",
    ),
    (
        "sysapproval_approver.csv",
        K.APPROVAL,
        """sys_id=number; sysapproval=change; state=state_code; approver; u_step=step;
        sys_created_on=requested_at:at; u_decided_at=decided_at:at; sys_updated_on=updated_at:at""",
    ),
    (
        "problem.csv",
        K.PROBLEM,
        """number; state=state_code; short_description=title; description; opened_at=opened_at:at;
        priority=priority:priority; category; assignment_group=team; cmdb_ci=ci;
        business_service=service; cause_notes=root_cause; workaround;
        known_error=is_known_error:flag; resolved_at=resolved_at:at; closed_at=closed_at:at;
        sys_updated_on=updated_at:at""",
    ),
    (
        "problem_task.csv",
        K.PROBLEM_TASK,
        """number; problem; state=state_code; short_description=title; assignment_group=team;
        opened_at=opened_at:at; due_date=due_at:at; closed_at=closed_at:at;
        sys_updated_on=updated_at:at""",
    ),
    (
        "u_known_error.csv",
        K.KNOWN_ERROR,
        """number; problem; short_description=title; workaround; business_service=service;
        cmdb_ci=ci; opened_at=opened_at:at; resolved_at=resolved_at:at;
        sys_updated_on=updated_at:at""",
    ),
    (
        "incident.csv",
        K.INCIDENT,
        """number; short_description=title; description; state=state:state;
        hold_reason=state:hold; priority=priority:priority; impact=impact:level;
        urgency=urgency:level; category; subcategory; business_service=service; cmdb_ci=ci;
        location; assignment_group=team; assigned_to=assignee; caller_id=caller; opened_by;
        contact_type=channel; opened_at=opened_at:at; resolved_at=resolved_at:at; resolved_by;
        closed_at=closed_at:at; close_code; close_notes; reopen_count; reassignment_count;
        problem_id=problem; parent_incident; u_duplicate_of=duplicate_of;
        caused_by=caused_by_change; vendor; u_knowledge_article=knowledge_article;
        major_incident_state=is_major:major; u_major_declared_at=major_declared_at:at;
        u_test=is_test:flag; u_restricted=restricted:flag; sys_updated_on=updated_at:at""",
    ),
    (
        "sc_req_item.csv",
        K.SERVICE_REQUEST,
        """number; state=state_code; short_description=title; cat_item=catalogue_item;
        business_service=service; assignment_group=team; assigned_to=assignee;
        requested_for=caller; contact_type=channel; priority=priority:priority;
        opened_at=opened_at:at; due_date=due_at:at; resolved_at=resolved_at:at;
        closed_at=closed_at:at; u_test=is_test:flag; sys_updated_on=updated_at:at""",
    ),
    (
        "sys_audit.csv",
        K.HISTORY,
        """sys_id=number; tablename=record_kind:table; documentkey=record;
        fieldname=field:audited; oldvalue=old_shown; newvalue=new_shown; user=actor;
        sys_created_on=at:at; record_checkpoint=sequence""",
    ),
    (
        "task_sla.csv",
        K.SLA_CLOCK,
        """sys_id=number; task=record; task.sys_class_name=record_kind:table; sla=agreement;
        sla.type=type_code; sla.target=target:target; u_party=party; stage=ended_at:stage;
        has_breached=is_breached:flag; start_time=started_at:at; planned_end_time=due_at:at;
        end_time=ended_at:at; original_breach_time=breached_at:at; sla.duration=target_h:hours;
        business_duration=elapsed_h:hours; pause_duration=paused_h:hours""",
    ),
    (
        "sys_journal_field.csv",
        K.COMMENT,
        """sys_id=number; name=record_kind:table; element_id=record; element=is_work_note:note;
        value=text; sys_created_by=author; sys_created_on=at:at""",
    ),
    (
        "asmt_assessment_instance.csv",
        K.SURVEY_RESPONSE,
        """number; trigger_table=record_kind:table; trigger_id=record; sys_created_on=sent_at:at;
        taken_on=answered_at:at; u_score=score; u_nps=nps; u_comment=text;
        sys_updated_on=updated_at:at""",
    ),
    (
        "u_vendor_case.csv",
        K.VENDOR_CASE,
        """number; vendor; state=state_code; vendor_ticket=vendor_reference;
        short_description=title; severity; incident; business_service=service; contract;
        opened_at=opened_at:at; u_response_due=response_due_at:at; u_responded_at=responded_at:at;
        u_resolution_due=resolution_due_at:at; resolved_at=resolved_at:at; closed_at=closed_at:at;
        u_waiting_on_us=waiting_on_us_h:hours; sys_updated_on=updated_at:at""",
    ),
    (
        "cmdb_ci_outage.csv",
        K.OUTAGE,
        """sys_id=number; cmdb_ci=service; type=is_planned:planned; begin=started_at:at;
        end=ended_at:at; task_number=incident; sys_updated_on=updated_at:at""",
    ),
    (
        "u_post_incident_review.csv",
        K.POST_INCIDENT_REVIEW,
        """number; incident; restored_at=restored_at:at; completed_at=completed_at:at;
        assigned_to=owner; description=summary; sys_updated_on=updated_at:at""",
    ),
    (
        "u_review_action.csv",
        K.REVIEW_ACTION,
        """number; parent=review; short_description=title; state=state_code; assigned_to=owner;
        due_date=due_at:at; closed_at=closed_at:at; sys_updated_on=updated_at:at""",
    ),
)
EXPORT = Export("servicenow", tuple(sheet(file, kind, spec, FORMS) for file, kind, spec in _SPECS))
"""Every file of a ServiceNow export: its name, record kind and columns."""
