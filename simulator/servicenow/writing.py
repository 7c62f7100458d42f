"""Writes records: new ones, changes with audit and journal, deletions with tombstones."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.servicenow.database import insert_statement
from simulator.servicenow.fields import Field, FieldType
from simulator.servicenow.ids import Ids
from simulator.servicenow.instance import WRITTEN_FROM, Instance
from simulator.servicenow.tables import STORED, TABLES, Table, labels_of

_READ_ONLY = frozenset(
    """sys_id sys_created_on sys_created_by sys_updated_on sys_updated_by sys_mod_count
    sys_class_name""".split()
)
_PRIORITY = {
    ("1", "1"): "1", ("1", "2"): "2", ("1", "3"): "3", ("2", "1"): "2", ("2", "2"): "3",
    ("2", "3"): "4", ("3", "1"): "3", ("3", "2"): "4", ("3", "3"): "5",
}  # fmt: skip
_FIRST_STATE = {"problem": "101", "problem_task": "151", "change_request": "-5"}
_ENDS = {
    "incident": frozenset({"7", "8"}),
    "problem": frozenset({"107"}),
    "problem_task": frozenset({"157"}),
    "change_request": frozenset({"3", "4"}),
    "sn_cim_register": frozenset({"8", "9"}),
}
"""The states in which a record is not active any more."""
Values = Mapping[str, Any]  # JSON objects of clients


@dataclass(frozen=True, slots=True)
class Change:
    """What a client wants a record to hold.

    `is_labelled`: labels, names and local times instead of codes, ids and UTC.
    """

    table: Table
    values: Values
    is_labelled: bool = False


@dataclass(slots=True)
class Writer:
    """Writes for one user."""

    instance: Instance
    login: str

    def insert(self, change: Change) -> str:
        """Enter a record; its id."""
        table, now = change.table, self.instance.now_text()
        with self.instance.writing() as connection:
            wanted = self._raw(connection, change)
            number = self._next_number(table)
            key = self._next_id(table.name)
            record = {one.name: one.preset for one in STORED[table.stored_in].fields}
            record.update(_first_values(table, number, now), **wanted)
            if table.name == "incident":
                record["priority"] = _priority(record)
            record.update(
                sys_id=key,
                sys_created_on=now,
                sys_updated_on=now,
                sys_created_by=self.login,
                sys_updated_by=self.login,
            )
            self._note(connection, table, key, record, now)
            self.enter(connection, table.stored_in, record)
        return key

    def update(self, change: Change, key: str) -> bool:
        """Change a record, with a row in `sys_audit` for each field; False if it is not there."""
        with self.instance.writing() as connection:
            before = record_of(connection, change.table, key)
            if before is None:
                return False
            wanted = self._raw(connection, change)
            if change.table.name == "incident":
                wanted["priority"] = _priority({**before, **wanted})
            wanted.update(_ended(change.table, before, wanted))
            self.apply(connection, change.table, before, wanted)
        return True

    def delete(self, table: Table, key: str, *, tombstone: bool = True) -> bool:
        """Take a record away; False if it is not there."""
        with self.instance.writing() as connection:
            before = record_of(connection, table, key)
            if before is None:
                return False
            statement = f'DELETE FROM "{table.stored_in}" WHERE sys_id = ?'
            connection.execute(statement, (key,))
            if tombstone:
                self._bury(connection, table, before)
        return True

    def apply(
        self,
        connection: sqlite3.Connection,
        table: Table,
        before: Mapping[str, str],
        wanted: Mapping[str, str],
    ) -> None:
        """Change fields of a record inside a transaction; nothing happens if nothing differs."""
        now, key = self.instance.now_text(), before["sys_id"]
        journal = {name for name, one in table.by_name.items() if one.type is FieldType.JOURNAL}
        changed = {
            name: value
            for name, value in wanted.items()
            if value != before.get(name) and not (name in journal and not value)
        }
        if not changed:
            return
        checkpoint = str(int(before.get("sys_mod_count") or 0) + 1)
        self._note(connection, table, key, changed, now)
        stored = {name: value for name, value in changed.items() if name not in journal}
        for name, value in stored.items():
            self.audit(connection, table, key, (name, before[name], value), checkpoint)
        if "sys_mod_count" in table.by_name:
            stored.update(sys_mod_count=checkpoint, sys_updated_on=now, sys_updated_by=self.login)
        cells = ", ".join(f'"{name}" = ?' for name in stored)
        statement = f'UPDATE "{table.stored_in}" SET {cells} WHERE sys_id = ?'
        connection.execute(statement, (*stored.values(), key))

    def enter(self, connection: sqlite3.Connection, table: str, record: Mapping[str, str]) -> None:
        """Enter a row as it is; fields not given stay as they are preset."""
        stored = STORED[table]
        row = [record.get(one.name, one.preset) for one in stored.fields]
        connection.execute(insert_statement(stored), row)

    def audit(
        self,
        connection: sqlite3.Connection,
        table: Table,
        key: str,
        change: tuple[str, str, str],
        checkpoint: str,
    ) -> None:
        """Enter a row of `sys_audit`: field, old and new value."""
        now = self.instance.now_text()
        name, old, new = change
        record = {
            "tablename": table.name,
            "documentkey": key,
            "fieldname": name,
            "oldvalue": old,
            "newvalue": new,
            "user": self.login,
            "record_checkpoint": checkpoint,
        }
        self._log(connection, "sys_audit", record, now)

    def _note(
        self,
        connection: sqlite3.Connection,
        table: Table,
        key: str,
        record: dict[str, str],
        now: str,
    ) -> None:
        """Journal fields keep nothing in the record: their words go to `sys_journal_field`."""
        for name, one in table.by_name.items():
            if one.type is FieldType.JOURNAL and record.get(name):
                entry = {
                    "name": table.name,
                    "element_id": key,
                    "element": name,
                    "value": record[name],
                }
                self._log(connection, "sys_journal_field", entry, now)
                record[name] = ""

    def _bury(
        self, connection: sqlite3.Connection, table: Table, before: Mapping[str, str]
    ) -> None:
        """A tombstone names the class the record really had."""
        entry = {
            "tablename": before.get("sys_class_name") or table.name,
            "documentkey": before["sys_id"],
            "display_value": before.get(table.display, ""),
            "user": self.login,
        }
        now = self.instance.now_text()
        self._log(connection, "sys_audit_delete", entry, now)

    def _log(
        self,
        connection: sqlite3.Connection,
        table: str,
        entry: Mapping[str, str],
        now: str,
    ) -> None:
        key = self._next_id(table)
        times = {"sys_created_on": now, "sys_updated_on": now}
        people = {"sys_created_by": self.login, "sys_updated_by": self.login}
        self.enter(connection, table, {"sys_id": key, **times, **people, **entry})

    def _next_number(self, table: Table) -> str:
        """Numbers given by a server begin at 9,000,001 and are never given again."""
        if not table.prefix:
            return ""
        return f"{table.prefix}{WRITTEN_FROM + self.instance.serial(table.prefix):07d}"

    def _next_id(self, table: str) -> str:
        serial = self.instance.serial("sys_id")
        return Ids(self.instance.settings.seed).of(table, f"written/{serial}")

    def _raw(self, connection: sqlite3.Connection, change: Change) -> dict[str, str]:
        """The fields that are known and may be written, as raw values."""
        found = {}
        for name, value in change.values.items():
            one = change.table.by_name.get(name)
            if one is None or name in _READ_ONLY:
                continue
            text = _text(value)
            found[name] = self._unlabelled(connection, change, one, text)
        if change.table.name == "incident":
            found.pop("priority", None)
        return found

    def _unlabelled(
        self, connection: sqlite3.Connection, change: Change, one: Field, text: str
    ) -> str:
        if not change.is_labelled or not text:
            return text
        if one.type is FieldType.TIME:
            return self.instance.zone().stored(text)
        if one.type is FieldType.REFERENCE:
            target = TABLES[one.target]
            statement = (
                f'SELECT sys_id FROM "{target.stored_in}" '
                f'WHERE "{target.display}" = ? OR sys_id = ?'
            )
            row = connection.execute(statement, (text, text)).fetchone()
            return str(row[0]) if row else ""
        labels = labels_of(change.table.name, one.name)
        codes = {label: code for code, label in labels.items()}
        return codes.get(text, text)


def record_of(connection: sqlite3.Connection, table: Table, key: str) -> dict[str, str] | None:
    """A record as raw values."""
    fields = STORED[table.stored_in].fields if table.stored_in in STORED else table.fields
    statement = f'SELECT * FROM "{table.stored_in}" WHERE sys_id = ?'
    row = connection.execute(statement, (key,)).fetchone()
    return None if row is None else dict(zip((one.name for one in fields), row, strict=True))


def _first_values(table: Table, number: str, now: str) -> dict[str, str]:
    """What a new record holds before anybody says anything."""
    names = table.by_name
    found = {}
    if "number" in names and number:
        found["number"] = number
    if table.is_task:
        found.update(state=_FIRST_STATE.get(table.name, "1"), active="true")
        for name, value in (("opened_at", now), ("impact", "3"), ("urgency", "3")):
            if name in names:
                found[name] = value
        if "priority" in names:
            found["priority"] = "4"
    if "sys_class_name" in names:
        found["sys_class_name"] = table.name
    return found


def _ended(table: Table, before: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """A record that is moved to its end, or from there, is active no more, or again."""
    ends = _ENDS.get(table.name, frozenset())
    state = wanted.get("state", before.get("state", ""))
    if not ends or "active" in wanted or state == before.get("state", ""):
        return {}
    return {"active": "false" if state in ends else "true"}


def _priority(record: Mapping[str, str]) -> str:
    known = (record.get("impact", "3"), record.get("urgency", "3"))
    return _PRIORITY.get(known, record.get("priority", "4"))


def _text(value: object) -> str:
    """A value of JSON as it is stored: text, always."""
    if isinstance(value, dict):
        value = value.get("value", "")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
