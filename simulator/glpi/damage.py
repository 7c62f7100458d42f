"""Damage on purpose, as far as a GLPI can hold it."""

from simulator.dirt import planted_defects
from simulator.glpi.database import Database
from simulator.glpi.words import UNKNOWN_STATUS

_SEVEN_YEARS_S = 7 * 365 * 24 * 3600


def damage(database: Database) -> None:
    """Damage what a ticket can hold: a status nobody knows, a solution before the opening."""
    tickets = database.table("Ticket").rows
    for index, defect in planted_defects(database.desk.settings).items():
        row = tickets[index + 1]
        if defect == "unknown_state":
            row["status"] = UNKNOWN_STATUS
        elif defect == "resolved_before_opened" and row["solvedate"]:
            row["solvedate"] = row["date"] - _SEVEN_YEARS_S
