"""How the estate's words are written in a Freshservice: statuses, levels, choices."""

from collections.abc import Mapping

from itsm.states import RecordKind

K = RecordKind
STATES: Mapping[RecordKind, Mapping[str, int]] = {
    K.INCIDENT: {"new": 2, "in_progress": 2, "awaiting_user": 6, "awaiting_vendor": 7,
                 "awaiting_problem": 3, "awaiting_change": 3, "on_hold": 3, "resolved": 4,
                 "closed": 5, "canceled": 5},
    K.PROBLEM: {"new": 1, "assess": 1, "root_cause_analysis": 1, "fix_in_progress": 2,
                "resolved": 3, "closed": 3, "canceled": 3},
    K.CHANGE: {"new": 1, "assess": 2, "authorize": 3, "scheduled": 4, "implement": 4, "review": 5,
               "closed": 6, "canceled": 6},
    K.PROBLEM_TASK: {"open": 1, "in_progress": 2, "done": 3, "dropped": 3},
}  # fmt: skip
"""The number of each state."""
STATUS_NAMES: Mapping[int, str] = {
    2: "Open",
    3: "Pending",
    4: "Resolved",
    5: "Closed",
    6: "Awaiting customer",
    7: "Awaiting third party",
}
"""The statuses of tickets; from 6 on they are the company's own."""
UNKNOWN_STATUS = 99
PRIORITIES: Mapping[str, int] = {"1": 4, "2": 3, "3": 2, "4": 1, "5": 1}
PRIORITY_NAMES: Mapping[int, str] = {1: "Low", 2: "Medium", 3: "High", 4: "Urgent"}
LEVELS: Mapping[str, int] = {"1": 3, "2": 2, "3": 1}
RISKS: Mapping[str, int] = {"1": 4, "2": 3, "3": 2, "4": 1}
CHANGE_TYPES: Mapping[str, int] = {"normal": 1, "standard": 2, "emergency": 4}
APPROVALS: Mapping[str, int] = {"requested": 1, "approved": 2, "rejected": 3, "not_required": 4}
SOURCES: Mapping[str, int] = {"Email": 1, "Self-service": 2, "Phone": 3, "Chat": 4, "Walk-in": 9,
                              "Monitoring": 14}  # fmt: skip
SERVICE_TYPE = 91
"""The asset type of services."""
ASSET_TYPES: Mapping[str, tuple[int, str]] = {
    "cmdb_ci_server": (101, "Server"),
    "cmdb_ci_computer": (102, "Computer"),
    "cmdb_ci_netgear": (103, "Network Device"),
    "cmdb_ci_printer": (104, "Printer"),
    "cmdb_ci_storage_device": (105, "Storage"),
    "cmdb_ci_db_mssql_instance": (106, "Database"),
    "cmdb_ci_appl": (107, "Application"),
    "cmdb_ci_web_server": (108, "Web Server"),
}
"""The asset type of each class of items."""
VENDOR_TICKET = "vendor_ticket"
"""The custom field of tickets that holds the number of a vendor's case."""
