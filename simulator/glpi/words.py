"""How the estate's words are written in a GLPI: states, levels and classes."""

from collections.abc import Mapping

from itsm.states import RecordKind

K = RecordKind
_WAITS = ("awaiting_user", "awaiting_vendor", "awaiting_problem", "awaiting_change", "on_hold")
STATES: Mapping[RecordKind, Mapping[str, int]] = {
    K.INCIDENT: {"new": 1, "in_progress": 2, **dict.fromkeys(_WAITS, 4), "resolved": 5,
                 "closed": 6, "canceled": 6},
    K.PROBLEM: {"new": 1, "assess": 7, "root_cause_analysis": 2, "fix_in_progress": 8,
                "resolved": 5, "closed": 6, "canceled": 6},
    K.CHANGE: {"new": 1, "assess": 9, "authorize": 10, "scheduled": 7, "implement": 2,
               "review": 8, "closed": 6, "canceled": 14},
    K.PROBLEM_TASK: {"open": 1, "in_progress": 1, "done": 2, "dropped": 0},
    K.APPROVAL: {"requested": 2, "approved": 3, "rejected": 4, "not_required": 1},
}  # fmt: skip
"""The number of each state."""
UNKNOWN_STATUS = 99
"""A status that means nothing; a GLPI keeps it all the same."""
LEVELS: Mapping[str, int] = {"1": 5, "2": 3, "3": 2}
"""Impact and urgency: 5 is very high."""
PRIORITIES: Mapping[str, int] = {"1": 5, "2": 4, "3": 3, "4": 2, "5": 1}
CLASSES: Mapping[str, str] = {
    "cmdb_ci_server": "Computer",
    "cmdb_ci_computer": "Computer",
    "cmdb_ci_netgear": "NetworkEquipment",
    "cmdb_ci_printer": "Printer",
    "cmdb_ci_storage_device": "Peripheral",
    "cmdb_ci_db_mssql_instance": "DatabaseInstance",
    "cmdb_ci_appl": "Software",
    "cmdb_ci_web_server": "Cluster",
}
"""The itemtype of each class of items; other classes are software."""
OPTION_OF: Mapping[str, int] = {"state": 12, "priority": 3, "team": 8, "assignee": 5}
"""The search option that history names a field by."""
