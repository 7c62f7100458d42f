"""Changes of a practice GLPI: columns, actors and links, with the history that is kept of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.glpi.database import Database, Row
from simulator.glpi.logs import ADDED, REMOVED, log_row
from simulator.glpi.options import OPTIONS
from simulator.glpi.people import Names
from simulator.glpi.schema import ITEMTYPES, ITIL, key_to

_ACTOR_OPTIONS = {"User": {1: 4, 2: 5, 3: 66}, "Group": {1: 71, 2: 8, 3: 65}, "Supplier": {2: 6}}
_PROJECT_STATE = 12
"""The number by which the history tells the state of a project."""
_SILENT = frozenset({"Problem_Ticket", "Change_Ticket", "Ticket_Ticket", "Itil_Project"})
"""Links that do not stamp what they hang on."""


@dataclass(slots=True)
class Changes:
    """Changes items as the product does."""

    database: Database
    names: Names
    user: str

    def remove(self, itemtype: str, row: Row, *, is_purged: bool = False) -> None:
        """Delete an item."""
        if is_purged or not ITEMTYPES[itemtype].has_trash:
            self.database.drop(itemtype, row["id"])
            return
        row["is_deleted"] = 1
        self.touch(itemtype, row["id"])

    def change(self, itemtype: str, row: Row, values: Mapping[str, Any], who: str = "") -> None:
        """Set columns of an item; history keeps those that it has a number for."""
        database, now = self.database, self.database.desk.now_s()
        numbers = {one.column: one.number for one in OPTIONS.get(itemtype, {}).values()
                   if one.column}  # fmt: skip
        changed = False
        for column, value in values.items():
            old = row.get(column)
            if old == value:
                continue
            changed, row[column] = True, value
            number = _PROJECT_STATE if column == "projectstates_id" else numbers.get(column)
            if number is not None:
                told = {
                    "old_value": self._told(column, old),
                    "new_value": self._told(column, value),
                }
                key = row["id"]
                log = log_row(itemtype, key, now, who or self.user, number, **told)
                database.put("Log", log)
        if changed:
            self.touch(itemtype, row["id"])

    def _told(self, column: str, value: object) -> str:
        """A value in the history: what is chosen from a list by its name and number."""
        if column != "projectstates_id":
            return _short(value)
        state = self.database.table("ProjectState").rows.get(int(str(value or 0)))
        return f"{state['name'] if state else ''} ({value or 0})"

    def touch(self, itemtype: str, key: int) -> None:
        """Stamp an item as changed now."""
        row = self.database.table(itemtype).rows.get(key)
        if row is not None and ITEMTYPES[itemtype].stamp:
            row["date_mod"] = self.database.desk.now_s()
            self.database.put(itemtype, row)

    def link(self, itemtype: str, row: Row, who: str = "") -> Row:
        """Enter a row that hangs on an item, which is changed by it."""
        made = self.database.put(itemtype, row)
        owner = _work_of(itemtype, row)
        if owner is not None:
            self.touch(*owner)
            self._log_link(itemtype, owner, row, ADDED, who)
        return made

    def unlink(self, itemtype: str, row: Row, who: str = "") -> None:
        """Take such a row out."""
        owner = _work_of(itemtype, row)
        self.database.drop(itemtype, row["id"])
        if owner is not None:
            self.touch(*owner)
            self._log_link(itemtype, owner, row, REMOVED, who)

    def _log_link(
        self, itemtype: str, owner: tuple[str, int], row: Row, action: int, who: str
    ) -> None:
        link = next((one for one in _ACTOR_OPTIONS if key_to(one) in row and "type" in row), None)
        if link is None or itemtype == "TicketSatisfaction":
            return
        column = "new_value" if action == ADDED else "old_value"
        name = self.names.label(link, row[key_to(link)])
        told: dict[str, Any] = {"itemtype_link": link, "linked_action": action, column: name}
        option = _ACTOR_OPTIONS[link].get(row["type"], 0)
        now = self.database.desk.now_s()
        self.database.put("Log", log_row(*owner, now, who or self.user, option, **told))


def _work_of(itemtype: str, row: Row) -> tuple[str, int] | None:
    """The item of work that a row hangs on and stamps."""
    if itemtype in _SILENT:
        return None
    if row.get("itemtype") in ITIL and "items_id" in row:
        return row["itemtype"], row["items_id"]
    found = next((name for name in ITIL if key_to(name) in row), None)
    return None if found is None else (found, row[key_to(found)])


def _short(value: object) -> str:
    return "" if value is None else str(value)[:255]
