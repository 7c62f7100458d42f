"""Records that change between the pages of somebody who reads them."""

import sqlite3
from dataclasses import dataclass

from simulator.faults import Fault, FaultName, drawn
from simulator.servicenow.instance import Instance
from simulator.servicenow.tables import TABLES, Table
from simulator.servicenow.writing import Change, Writer, record_of

_F = FaultName
_COPIED = ("short_description", "description", "cmdb_ci", "business_service", "assignment_group",
           "caller_id", "category", "impact", "urgency")  # fmt: skip


@dataclass(slots=True)
class Churn:
    """Changes records of an instance as other people and jobs would."""

    instance: Instance

    def after(self, table: str) -> None:
        """What happens after a page of a table was read."""
        for name, act in (
            (_F.ROWS_TOUCHED, self._touch),
            (_F.ROWS_INSERTED, self._insert),
            (_F.ROWS_DELETED, self._delete),
            (_F.ROWS_PURGED, self._purge),
        ):
            hit = self.instance.chances.hit(name, table)
            if hit is not None:
                act(TABLES[table], *hit)

    def tie(self, table: str, n: int) -> None:
        """Give the last changed records one and the same time of change."""
        statement = (
            f'UPDATE "{table}" SET sys_updated_on = ('
            f'SELECT MIN(sys_updated_on) FROM (SELECT sys_updated_on FROM "{table}" '
            "ORDER BY sys_updated_on DESC, sys_id LIMIT ?)) WHERE sys_id IN ("
            f'SELECT sys_id FROM "{table}" ORDER BY sys_updated_on DESC, sys_id LIMIT ?)'
        )
        with self.instance.writing() as connection:
            connection.execute(statement, (n, n))

    def _touch(self, table: Table, fault: Fault, ordinal: int) -> None:
        """Half get another team, which `sys_audit` tells; the others are merely saved again."""
        writer = Writer(self.instance, "robot")
        with self.instance.writing() as connection:
            for place, key in enumerate(self._picked(connection, table, fault, ordinal)):
                before = record_of(connection, table, key)
                if before is None:
                    continue
                wanted = {}
                if place % 2 == 0 and "assignment_group" in table.by_name:
                    wanted["assignment_group"] = self._team(connection, ordinal)
                if wanted and wanted["assignment_group"] != before["assignment_group"]:
                    writer.apply(connection, table, before, wanted)
                else:
                    self._save_again(connection, table, key)

    def _save_again(self, connection: sqlite3.Connection, table: Table, key: str) -> None:
        statement = (
            f'UPDATE "{table.stored_in}" SET sys_updated_on = ?, sys_updated_by = ?, '
            "sys_mod_count = CAST(sys_mod_count AS INTEGER) + 1 WHERE sys_id = ?"
        )
        connection.execute(statement, (self.instance.now_text(), "robot", key))

    def _insert(self, table: Table, fault: Fault, ordinal: int) -> None:
        """New records in the words of old ones."""
        with self.instance.connection() as connection:
            keys = self._picked(connection, table, fault, ordinal)
            originals = [record_of(connection, table, key) for key in keys]
        for original in originals:
            if original is not None:
                copied = {name: original[name] for name in _COPIED if name in original}
                Writer(self.instance, "robot").insert(Change(table, copied))

    def _delete(self, table: Table, fault: Fault, ordinal: int) -> None:
        self._take_away(table, fault, ordinal, tombstone=True)

    def _purge(self, table: Table, fault: Fault, ordinal: int) -> None:
        self._take_away(table, fault, ordinal, tombstone=False)

    def _take_away(self, table: Table, fault: Fault, ordinal: int, *, tombstone: bool) -> None:
        with self.instance.connection() as connection:
            keys = self._picked(connection, table, fault, ordinal)
        for key in keys:
            Writer(self.instance, "robot").delete(table, key, tombstone=tombstone)

    def _picked(
        self, connection: sqlite3.Connection, table: Table, fault: Fault, ordinal: int
    ) -> list[str]:
        """Records by chance: the ones that follow random ids."""
        seed = self.instance.chances.faults.seed
        found = {}
        for place in range(int(fault.rows)):
            chance = drawn(seed, "rows", fault.name, table.name, ordinal, place)
            start = f"{int(chance * 2**32):08x}"
            statement = f'SELECT sys_id FROM "{table.stored_in}" WHERE sys_id >= ? ORDER BY sys_id'
            row = connection.execute(f"{statement} LIMIT 1", (start,)).fetchone()
            if row is not None:
                found[str(row[0])] = True
        return list(found)

    def _team(self, connection: sqlite3.Connection, ordinal: int) -> str:
        chance = drawn(self.instance.chances.faults.seed, "team", ordinal)
        rows = connection.execute("SELECT sys_id FROM sys_user_group ORDER BY sys_id").fetchall()
        return str(rows[int(chance * len(rows))][0])
