"""Values that somebody enters into tables of a desk, in the system's words, and what it leaves."""

from collections.abc import Mapping
from datetime import datetime

from simulator.desk.desk import Desk
from simulator.desk.records import Event, Held, Value
from simulator.desk.tables import Column, Row, Table, Type
from simulator.write_mishaps import PersonEdit

TRACKED = frozenset({"state", "team", "assignee", "priority"})
"""Fields whose changes are told by the estate's words; others by the name of their column."""


def enter(desk: Desk, table: Table, record: Held, given: Mapping[str, Value], actor: str) -> None:
    """Change columns of a record; each that differs is told in its history."""
    with desk.lock:
        changed = []
        for name, value in given.items():
            column = table.columns[name]
            old, new = record.values.get(column.field), _kept(column, value)
            if not column.field.startswith("@") and (old or None) != (new or None):
                record.values[column.field] = new
                changed.append((column.field if column.field in TRACKED else name, old, new))
        desk.change(record)
        record.values["modified_by"] = actor
        for name, old, new in changed:
            key, was, now = desk.serial("entry"), _text(old), _text(new)
            desk.note(record, Event(key, record.updated, actor, name, was, now))


def created(desk: Desk, table: Table, given: Mapping[str, Value], number: str, actor: str) -> Held:
    """A new record with some columns."""
    with desk.lock:
        now, key = desk.now_s(), desk.serial(desk.sequence(table.kind))
        values: dict[str, Value] = {"number": number, "opened_at": now, "opened_by": actor}
        for name, value in given.items():
            column = table.columns[name]
            if not column.field.startswith("@"):
                values[column.field] = _kept(column, value)
        record = Held(key, table.kind, number, now, now, {**values, "modified_by": actor})
        desk.add(record)
        return record


def edited_by_hand(
    desk: Desk, table: Table, key: str, name: str, value: str, who: str = "Gwen Harper"
) -> PersonEdit | None:
    """Change a column as somebody at a form does; None if the record is not there."""
    row = table.row(desk, key)
    if row is None:
        return None
    before = _text(table.value(row, name)) or ""
    enter(desk, table, row.record, {name: value}, who)
    return PersonEdit(table.kind.value, key, name, before, value)


def shown(table: Table, row: Row, name: str) -> str:
    """A column as text, "" where it is empty."""
    return _text(table.value(row, name)) or ""


def _kept(column: Column, value: Value) -> Value:
    if value is None or value == "":
        return None
    if column.form.type is Type.TIME and isinstance(value, str):
        return int(datetime.fromisoformat(value).timestamp())
    if column.form.type is Type.NUMBER:
        return float(value)
    if column.form.type is Type.FLAG:
        return str(value).casefold() in {"true", "yes", "1"}
    return column.form.kept(value)


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
