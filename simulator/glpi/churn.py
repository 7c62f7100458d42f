"""Tickets that change between the pages of somebody who reads them."""

from dataclasses import dataclass

from simulator.faults import Fault, FaultName, drawn
from simulator.glpi.changing import Changes
from simulator.glpi.database import Database, Row
from simulator.glpi.options import ASSIGNED

_F = FaultName
ROBOT = "cron_rules"
INCIDENT = 1


@dataclass(slots=True)
class Churn:
    """Changes incidents as other people and rules would."""

    database: Database
    changes: Changes

    def after(self) -> None:
        """What happens after a page was read."""
        desk = self.database.desk
        with desk.lock:
            for name, act in (
                (_F.ROWS_TOUCHED, self._touch),
                (_F.ROWS_INSERTED, self._insert),
                (_F.ROWS_DELETED, self._delete),
                (_F.ROWS_PURGED, self._purge),
            ):
                hit = desk.chances.hit(name, "Ticket")
                if hit is not None:
                    act(*hit)

    def prepare(self) -> None:
        """Bring the tickets into the state that the faults ask for."""
        table = self.database.table("Ticket")
        for fault in self.database.desk.chances.faults.of(_F.SAME_SECOND):
            found = [row for row in table.since() if _is_incident(row)][-int(fault.rows) :]
            for row in found:
                row["date_mod"] = found[0]["date_mod"]
            table.sort()

    def _touch(self, fault: Fault, ordinal: int) -> None:
        """Half get another group, which history tells; the others are merely saved again."""
        for place, row in enumerate(self._picked(fault, ordinal)):
            if place % 2 == 0:
                self._move(row, ordinal)
            self.changes.touch("Ticket", row["id"])

    def _move(self, row: Row, ordinal: int) -> None:
        groups = sorted(self.database.table("Group").rows)
        chance = drawn(self.database.desk.chances.faults.seed, "group", ordinal)
        wanted = groups[int(chance * len(groups))]
        links = [one for one in self.database.linked("Group_Ticket", "Ticket", row["id"])
                 if one["type"] == ASSIGNED]  # fmt: skip
        if [one["groups_id"] for one in links] == [wanted]:
            return
        for one in links:
            self.changes.unlink("Group_Ticket", one, ROBOT)
        made = {"tickets_id": row["id"], "groups_id": wanted, "type": ASSIGNED}
        self.changes.link("Group_Ticket", made, ROBOT)

    def _insert(self, fault: Fault, ordinal: int) -> None:
        """New tickets in the words of old ones."""
        now = self.database.desk.now_s()
        for original in self._picked(fault, ordinal):
            made = {name: value for name, value in original.items() if name != "id"}
            made |= {"status": 1, "date": now, "date_creation": now, "date_mod": now,
                     "solvedate": None, "closedate": None}  # fmt: skip
            self.database.put("Ticket", made)

    def _delete(self, fault: Fault, ordinal: int) -> None:
        for row in self._picked(fault, ordinal):
            self.changes.remove("Ticket", row)

    def _purge(self, fault: Fault, ordinal: int) -> None:
        for row in self._picked(fault, ordinal):
            self.changes.remove("Ticket", row, is_purged=True)

    def _picked(self, fault: Fault, ordinal: int) -> list[Row]:
        """Incidents by chance."""
        rows = [row for row in self.database.table("Ticket").rows.values() if _is_incident(row)]
        found: dict[int, Row] = {}
        for place in range(int(fault.rows)):
            seed = self.database.desk.chances.faults.seed
            row = rows[int(drawn(seed, "rows", fault.name, ordinal, place) * len(rows))]
            found[row["id"]] = row
        return list(found.values())


def _is_incident(row: Row) -> bool:
    return row["type"] == INCIDENT and not row["is_deleted"]
