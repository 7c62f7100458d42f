"""ServiceNow list exports: CSV with field names, labels for choices, times in UTC.

Choices that hold a number show it, as list exports do ("2 - High"). The audit log keeps what the
state list showed, waits included.
"""

from itsm.states import RecordKind as K
from simulator.sheets import (
    Export,
    Sheet,
    coded,
    columns,
    fixed,
    flag,
    hours_as_duration,
    iso_times,
    text,
)

_AT = iso_times()
_STATE = coded(
    {
        "new": "New",
        "in_progress": "In Progress",
        "awaiting_user": "On Hold",
        "awaiting_vendor": "On Hold",
        "awaiting_problem": "On Hold",
        "awaiting_change": "On Hold",
        "on_hold": "On Hold",
        "resolved": "Resolved",
        "closed": "Closed",
        "canceled": "Canceled",
    }
)
_HOLD = coded(
    {
        "new": "",
        "in_progress": "",
        "awaiting_user": "Awaiting Caller",
        "awaiting_vendor": "Awaiting Vendor",
        "awaiting_problem": "Awaiting Problem",
        "awaiting_change": "Awaiting Change",
        "on_hold": "",
        "resolved": "",
        "closed": "",
        "canceled": "",
    }
)
_LEVEL = coded({"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"})
_PRIORITY = coded(
    {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"}
)
_CRITICALITY = coded(
    {
        "1": "1 - most critical",
        "2": "2 - somewhat critical",
        "3": "3 - less critical",
        "4": "4 - not critical",
    }
)
_RISK = coded({"1": "Very High", "2": "High", "3": "Moderate", "4": "Low"})
_TABLE = coded({"incident": "incident", "service_request": "sc_req_item"})
_AUDITED = coded(
    {
        "state": "state",
        "team": "assignment_group",
        "assignee": "assigned_to",
        "priority": "priority",
    }
)
_WORDS = coded(
    {
        "new": "New",
        "in_progress": "In Progress",
        "awaiting_user": "Awaiting Caller",
        "awaiting_vendor": "Awaiting Vendor",
        "awaiting_problem": "Awaiting Problem",
        "awaiting_change": "Awaiting Change",
        "resolved": "Resolved",
        "closed": "Closed",
        "canceled": "Canceled",
    }
)
_TARGET = coded({"response": "Response", "resolution": "Resolution"})

SHEETS = (
    Sheet("sys_user_group.csv", K.TEAM, columns((
        ("name", "name"), ("u_line", "line"), ("u_size", "size"), ("vendor", "vendor"),
    ))),
    Sheet("cmdb_ci_service.csv", K.SERVICE, columns((
        ("name", "name"), ("owned_by", "owner"),
        ("busines_criticality", "criticality", _CRITICALITY), ("u_users", "users"),
        ("u_service_hours", "service_hours"),
    ))),
    Sheet("cmdb_ci.csv", K.CONFIGURATION_ITEM, columns((
        ("name", "name"), ("sys_class_name", "ci_class"), ("u_service", "service"),
        ("support_group", "team"), ("install_status", "is_retired", flag("Retired", "Installed")),
    ))),
    Sheet("cmdb_rel_ci.csv", K.CI_RELATION, columns((
        ("sys_id", "number"), ("parent", "parent"), ("child", "child"), ("type", "relation"),
    ))),
    Sheet("core_company.csv", K.VENDOR, columns((
        ("name", "name"), ("vendor", "name", fixed("true")), ("u_owner", "owner"),
        ("notes", "contingency"),
    ))),
    Sheet("ast_contract.csv", K.CONTRACT, columns((
        ("number", "number"), ("vendor", "vendor"), ("short_description", "title"),
        ("u_service", "service"), ("starts", "starts_at", _AT), ("ends", "ends_at", _AT),
        ("yearly_cost", "cost_per_year"),
    ))),
    Sheet("u_contract_clause.csv", K.CONTRACT_CLAUSE, columns((
        ("number", "number"), ("contract", "contract"), ("target", "target", _TARGET),
        ("duration", "within_h", hours_as_duration), ("severity", "severity"), ("text", "text"),
        ("u_credit_share", "credit_share"),
    ))),
    Sheet("kb_knowledge.csv", K.KNOWLEDGE_ARTICLE, columns((
        ("number", "number"), ("short_description", "title"), ("workflow_state", "state_code"),
        ("sys_created_on", "opened_at", _AT), ("author", "owner"), ("u_service", "service"),
        ("kb_category", "category"), ("use_count", "uses"), ("u_retired_at", "retired_at", _AT),
    ))),
    Sheet("change_request.csv", K.CHANGE, columns((
        ("number", "number"), ("type", "type_code"), ("state", "state_code"),
        ("short_description", "title"), ("description", "description"),
        ("opened_at", "opened_at", _AT), ("start_date", "planned_start_at", _AT),
        ("end_date", "planned_end_at", _AT), ("work_end", "implemented_at", _AT),
        ("closed_at", "closed_at", _AT), ("close_code", "outcome_code"), ("risk", "risk", _RISK),
        ("category", "category"), ("assignment_group", "team"), ("cmdb_ci", "ci"),
        ("business_service", "service"), ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("sysapproval_approver.csv", K.APPROVAL, columns((
        ("sys_id", "number"), ("sysapproval", "change"), ("state", "state_code"),
        ("approver", "approver"), ("u_step", "step"), ("sys_created_on", "requested_at", _AT),
        ("u_decided_at", "decided_at", _AT), ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("problem.csv", K.PROBLEM, columns((
        ("number", "number"), ("state", "state_code"), ("short_description", "title"),
        ("description", "description"), ("opened_at", "opened_at", _AT), ("priority", "priority", _PRIORITY),
        ("category", "category"), ("assignment_group", "team"), ("cmdb_ci", "ci"),
        ("business_service", "service"), ("cause_notes", "root_cause"), ("workaround", "workaround"),
        ("known_error", "is_known_error", flag()), ("resolved_at", "resolved_at", _AT),
        ("closed_at", "closed_at", _AT), ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("problem_task.csv", K.PROBLEM_TASK, columns((
        ("number", "number"), ("problem", "problem"), ("state", "state_code"),
        ("short_description", "title"), ("assignment_group", "team"), ("opened_at", "opened_at", _AT),
        ("due_date", "due_at", _AT), ("closed_at", "closed_at", _AT), ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("u_known_error.csv", K.KNOWN_ERROR, columns((
        ("number", "number"), ("problem", "problem"), ("short_description", "title"),
        ("workaround", "workaround"), ("business_service", "service"), ("cmdb_ci", "ci"),
        ("opened_at", "opened_at", _AT), ("resolved_at", "resolved_at", _AT), ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("incident.csv", K.INCIDENT, columns((
        ("number", "number"), ("short_description", "title"), ("description", "description"),
        ("state", "state", _STATE), ("hold_reason", "state", _HOLD), ("priority", "priority", _PRIORITY),
        ("impact", "impact", _LEVEL), ("urgency", "urgency", _LEVEL), ("category", "category"),
        ("subcategory", "subcategory"), ("business_service", "service"), ("cmdb_ci", "ci"),
        ("location", "location"), ("assignment_group", "team"), ("assigned_to", "assignee"),
        ("caller_id", "caller"), ("opened_by", "opened_by"), ("contact_type", "channel"),
        ("opened_at", "opened_at", _AT), ("resolved_at", "resolved_at", _AT),
        ("resolved_by", "resolved_by"), ("closed_at", "closed_at", _AT), ("close_code", "close_code"),
        ("close_notes", "close_notes"), ("reopen_count", "reopen_count"),
        ("reassignment_count", "reassignment_count"), ("problem_id", "problem"),
        ("parent_incident", "parent_incident"), ("u_duplicate_of", "duplicate_of"),
        ("caused_by", "caused_by_change"), ("vendor", "vendor"), ("u_knowledge_article", "knowledge_article"),
        ("major_incident_state", "is_major", flag("accepted", "")),
        ("u_major_declared_at", "major_declared_at", _AT), ("u_test", "is_test", flag()),
        ("u_restricted", "restricted", flag()), ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("sc_req_item.csv", K.SERVICE_REQUEST, columns((
        ("number", "number"), ("state", "state_code"), ("short_description", "title"),
        ("cat_item", "catalogue_item"), ("business_service", "service"), ("assignment_group", "team"),
        ("assigned_to", "assignee"), ("requested_for", "caller"), ("contact_type", "channel"),
        ("priority", "priority", _PRIORITY), ("opened_at", "opened_at", _AT), ("due_date", "due_at", _AT),
        ("resolved_at", "resolved_at", _AT), ("closed_at", "closed_at", _AT), ("u_test", "is_test", flag()),
        ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("sys_audit.csv", K.HISTORY, columns((
        ("sys_id", "number"), ("tablename", "record_kind", _TABLE), ("documentkey", "record"),
        ("fieldname", "field", _AUDITED), ("oldvalue", "old", _WORDS), ("newvalue", "new", _WORDS),
        ("user", "actor"), ("sys_created_on", "at", _AT), ("record_checkpoint", "sequence"),
    ))),
    Sheet("task_sla.csv", K.SLA_CLOCK, columns((
        ("sys_id", "number"), ("task", "record"), ("task.sys_class_name", "record_kind", _TABLE),
        ("sla", "agreement"), ("sla.type", "type_code"), ("sla.target", "target", _TARGET),
        ("u_party", "party"), ("stage", "ended_at", lambda column: ["in_progress" if cell == "" else "completed" for cell in _AT(column)]),
        ("has_breached", "is_breached", flag()), ("start_time", "started_at", _AT),
        ("planned_end_time", "due_at", _AT), ("end_time", "ended_at", _AT),
        ("original_breach_time", "breached_at", _AT), ("sla.duration", "target_h", hours_as_duration),
        ("business_duration", "elapsed_h", hours_as_duration), ("pause_duration", "paused_h", hours_as_duration),
    ))),
    Sheet("sys_journal_field.csv", K.COMMENT, columns((
        ("sys_id", "number"), ("name", "record_kind", _TABLE), ("element_id", "record"),
        ("element", "is_work_note", flag("work_notes", "comments")), ("value", "text"),
        ("sys_created_by", "author"), ("sys_created_on", "at", _AT),
    ))),
    Sheet("asmt_assessment_instance.csv", K.SURVEY_RESPONSE, columns((
        ("number", "number"), ("trigger_table", "record_kind", _TABLE), ("trigger_id", "record"),
        ("sys_created_on", "sent_at", _AT), ("taken_on", "answered_at", _AT), ("u_score", "score"),
        ("u_nps", "nps"), ("u_comment", "text"), ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("u_vendor_case.csv", K.VENDOR_CASE, columns((
        ("number", "number"), ("vendor", "vendor"), ("state", "state_code"), ("vendor_ticket", "vendor_reference"),
        ("short_description", "title"), ("severity", "severity"), ("incident", "incident"),
        ("business_service", "service"), ("contract", "contract"), ("opened_at", "opened_at", _AT),
        ("u_response_due", "response_due_at", _AT), ("u_responded_at", "responded_at", _AT),
        ("u_resolution_due", "resolution_due_at", _AT), ("resolved_at", "resolved_at", _AT),
        ("closed_at", "closed_at", _AT), ("u_waiting_on_us", "waiting_on_us_h", hours_as_duration),
        ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("cmdb_ci_outage.csv", K.OUTAGE, columns((
        ("sys_id", "number"), ("cmdb_ci", "service"), ("type", "is_planned", flag("planned", "outage")),
        ("begin", "started_at", _AT), ("end", "ended_at", _AT), ("task_number", "incident"),
        ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("u_post_incident_review.csv", K.POST_INCIDENT_REVIEW, columns((
        ("number", "number"), ("incident", "incident"), ("restored_at", "restored_at", _AT),
        ("completed_at", "completed_at", _AT), ("assigned_to", "owner"), ("description", "summary"),
        ("sys_updated_on", "updated_at", _AT),
    ))),
    Sheet("u_review_action.csv", K.REVIEW_ACTION, columns((
        ("number", "number"), ("parent", "review"), ("short_description", "title"), ("state", "state_code"),
        ("assigned_to", "owner"), ("due_date", "due_at", _AT), ("closed_at", "closed_at", _AT),
        ("sys_updated_on", "updated_at", _AT),
    ))),
)  # fmt: skip
"""File name, record kind and columns of every export."""

EXPORT = Export("servicenow", SHEETS)
