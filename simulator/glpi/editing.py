"""What writes to a practice GLPI are about, and people who edit by hand."""

from dataclasses import dataclass
from typing import Any

import orjson

from simulator.glpi.changing import Changes
from simulator.glpi.database import Database
from simulator.glpi.schema import ITIL
from simulator.web import Request
from simulator.write_mishaps import PersonEdit, Touched

SOMEBODY = "Somebody Else (999)"


@dataclass(slots=True)
class Editing:
    """Changes items as somebody else at a form."""

    database: Database
    changes: Changes

    def edit(self, itemtype: str, key: str, column: str, value: str) -> PersonEdit | None:
        """Give a column another value; None where the item is not there."""
        with self.database.desk.lock:
            row = self.database.table(itemtype).rows.get(int(key))
            if row is None:
                return None
            before = str(row.get(column) or "")
            as_kept = int(value) if column == "status" else value
            self.changes.change(itemtype, row, {column: as_kept}, SOMEBODY)
            return PersonEdit(itemtype, key, column, before, value)

    def disturb(self, touched: Touched, column: str, number: int) -> PersonEdit | None:
        """Give a column a value that belongs to a number."""
        return self.edit(touched.table, touched.key, column, f"changed by hand {number}")


def touched_by(request: Request) -> Touched | None:
    """The item that a request writes to; None for one that only reads."""
    if request.method == "GET":
        return None
    parts = request.path.split("/apirest.php/")[-1].split("/")
    given = _input(request)
    if parts[0] == "ITILFollowup":
        return Touched(str(given.get("itemtype", "")), str(given.get("items_id", "")))
    if parts[0] == "Problem_Ticket":
        return Touched("Ticket", str(given.get("tickets_id", "")))
    if parts[0] not in {*ITIL, "Project"}:
        return None
    return Touched(parts[0], parts[1] if len(parts) > 1 else "")


def _input(request: Request) -> dict[str, Any]:
    try:
        found = orjson.loads(request.body)["input"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
