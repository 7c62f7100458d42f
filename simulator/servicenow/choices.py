"""The codes that stand behind the labels of choice fields, as `sys_choice` lists them."""

from collections.abc import Mapping
from types import MappingProxyType

from simulator.reference import CATEGORIES

UNKNOWN_STATE = "42"
"""A state nobody has entered in `sys_choice`: damaged incidents carry it."""


def _same(*labels: str) -> dict[str, str]:
    return {label: label for label in labels}


def _word(label: str) -> str:
    return label.lower().replace(" ", "_")


def _words(*labels: str) -> dict[str, str]:
    return {_word(label): label for label in labels}


_LEVELS = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}
_WORK = {"1": "Open", "2": "Work in Progress", "3": "Closed Complete", "4": "Closed Cancelled",
         "-5": "Pending"}  # fmt: skip

CHOICES: Mapping[tuple[str, str], Mapping[str, str]] = MappingProxyType(
    {
        ("task", "priority"): {
            "1": "1 - Critical",
            "2": "2 - High",
            "3": "3 - Moderate",
            "4": "4 - Low",
            "5": "5 - Planning",
        },
        ("task", "impact"): _LEVELS,
        ("task", "urgency"): _LEVELS,
        ("task", "state"): {"1": "Open", "2": "Work in Progress", "3": "Closed Complete"},
        ("task", "category"): {_word(name): name for name, _ in CATEGORIES},
        ("task", "contact_type"): {
            label.lower(): label
            for label in ("Self-service", "Phone", "Email", "Chat", "Walk-in", "Monitoring")
        },
        ("incident", "state"): {
            "1": "New",
            "2": "In Progress",
            "3": "On Hold",
            "6": "Resolved",
            "7": "Closed",
            "8": "Canceled",
        },
        ("incident", "hold_reason"): {
            "1": "Awaiting Caller",
            "3": "Awaiting Problem",
            "4": "Awaiting Vendor",
            "5": "Awaiting Change",
        },
        ("incident", "subcategory"): {
            _word(label): label for _, labels in CATEGORIES for label in labels
        },
        ("incident", "close_code"): _same(
            "Solution provided",
            "Workaround provided",
            "Resolved by caller",
            "Known error",
            "User error",
            "Resolved by change",
            "Resolved by problem",
            "Duplicate",
        ),
        ("incident", "major_incident_state"): _words(
            "Proposed", "Accepted", "Rejected", "Canceled"
        ),
        ("problem", "state"): {
            "101": "New",
            "102": "Assess",
            "103": "Root Cause Analysis",
            "104": "Fix in Progress",
            "106": "Resolved",
            "107": "Closed",
        },
        ("sn_cim_register", "state"): {
            "1": "New",
            "2": "Accepted",
            "3": "Assess",
            "4": "Approved",
            "5": "In Progress",
            "6": "On Hold",
            "7": "Review",
            "8": "Closed",
            "9": "Canceled",
        },
        ("problem_task", "state"): {
            "151": "New",
            "152": "Assess",
            "154": "Work in Progress",
            "157": "Closed",
        },
        ("change_request", "state"): {
            "-5": "New",
            "-4": "Assess",
            "-3": "Authorize",
            "-2": "Scheduled",
            "-1": "Implement",
            "0": "Review",
            "3": "Closed",
            "4": "Canceled",
        },
        ("change_request", "type"): _words("Normal", "Standard", "Emergency"),
        ("change_request", "risk"): {"1": "Very High", "2": "High", "3": "Moderate", "4": "Low"},
        ("change_request", "close_code"): {
            "successful": "Successful",
            "successful_issues": "Successful with issues",
            "backed_out": "Backed out",
            "unsuccessful": "Unsuccessful",
        },
        ("sc_req_item", "state"): _WORK,
        ("sc_task", "state"): _WORK,
        ("sysapproval_approver", "state"): {
            "not requested": "Not Yet Requested",
            "requested": "Requested",
            "approved": "Approved",
            "rejected": "Rejected",
            "cancelled": "No Longer Required",
        },
        ("kb_knowledge", "workflow_state"): _words("Draft", "Published", "Retired"),
        ("task_sla", "stage"): {
            "in_progress": "In progress",
            "paused": "Paused",
            "completed": "Completed",
            "cancelled": "Cancelled",
        },
        ("contract_sla", "type"): _same("SLA", "OLA", "Underpinning contract"),
        ("contract_sla", "target"): _words("Response", "Resolution"),
        ("u_contract_clause", "target"): _words("Response", "Resolution"),
        ("cmdb_ci", "install_status"): {
            "0": "Implementing",
            "1": "Installed",
            "2": "On Order",
            "3": "In Maintenance",
            "4": "Pending Install",
            "5": "Pending Repair",
            "6": "In Stock",
            "7": "Retired",
            "8": "Stolen",
            "100": "Absent",
        },
        ("cmdb_ci", "operational_status"): {
            "1": "Operational",
            "2": "Non-Operational",
            "6": "Retired",
        },
        ("cmdb_ci_service", "busines_criticality"): _same(
            "1 - most critical", "2 - somewhat critical", "3 - less critical", "4 - not critical"
        ),
        ("cmdb_ci_outage", "type"): _words("Outage", "Planned", "Degradation"),
        ("u_vendor_case", "state"): _same(
            "New", "With Vendor", "Awaiting Customer", "Resolved", "Closed"
        ),
        ("u_review_action", "state"): _same("Open", "Work in Progress", "Closed Complete"),
        ("asmt_assessment_instance", "state"): {
            "ready": "Ready to take",
            "wip": "In progress",
            "complete": "Complete",
            "canceled": "Canceled",
        },
    }
)
"""Codes and labels by (table, field); a table without its own uses those of the one it extends."""
