"""OQL: a class, joins that narrow it down, and conditions on attributes."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from itsm.states import RecordKind
from simulator.desk.conditions import Condition, Reader
from simulator.desk.records import Event, Held, Remark, Value
from simulator.itop.objects import Attributes, Base, changed_of
from simulator.itop.people import FIELDS
from simulator.itop.words import (
    CLASSES,
    FIELDS_OF_HISTORY,
    PHYSICAL,
    TEXTS_OF_HISTORY,
    final_class,
)

K = RecordKind
_QUERY = re.compile(
    r"\s*SELECT\s+(?P<cls>\w+)(?:\s+AS\s+(?P<alias>\w+))?"
    r"(?P<joins>(?:\s+JOIN\s+\w+\s+AS\s+\w+\s+ON\s+\S+\s*=\s*\S+)*)"
    r"(?:\s+WHERE\s+(?P<where>.*))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_JOINED = re.compile(r"JOIN\s+(\w+)", re.IGNORECASE)
TICKETS = (K.INCIDENT, K.SERVICE_REQUEST, K.CHANGE, K.PROBLEM)
LOG = "CMDBChangeOpSetAttributeScalar"
DELETED = "CMDBChangeOpDelete"
PERSON = "Person"
DEVICE = "PhysicalDevice"
TEXTS = "CMDBChangeOpSetAttributeHTML"
_LOG_FIELDS: Mapping[str, str] = {
    "id": "int", "objclass": "text", "objkey": "int", "attcode": "text", "date": "time",
    "oldvalue": "text", "newvalue": "text", "prevdata": "text", "userinfo": "text",
    "fclass": "text", "fname": "text",
}  # fmt: skip

Row = tuple[str, int, Callable[[str], Value]]
"""An object: its final class, its id, and its attributes."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read.

    Attributes:
        cls: the class that was asked for.
        kinds: the kinds whose objects are of it; empty for the logs.
        condition: what they meet.
        fields: the attributes that may be asked for.
    """

    cls: str
    kinds: tuple[RecordKind, ...]
    condition: Condition
    fields: frozenset[str]


def read(base: Base, text: str) -> Query:
    """A query out of OQL.

    Raises:
        ValueError: it cannot be read, or names a class or attribute there is none of.
    """
    match = _QUERY.fullmatch(text)
    if match is None:
        raise ValueError(f"Error: Unexpected token in '{text}'")
    cls, where = match["cls"], match["where"] or "id > 0"
    for alias in filter(None, (match["alias"], cls)):
        where = re.sub(rf"\b{alias}\.", "", where)
    if cls in {LOG, TEXTS, DELETED}:
        reader = Reader(_LOG_FIELDS, base.instant, frozenset({"date"}))
        return Query(cls, (), reader.read(where), frozenset(_LOG_FIELDS))
    if cls == PERSON:
        named = dict.fromkeys(FIELDS, "text") | {"id": "int"}
        return Query(cls, (), Reader(named, base.instant).read(where), frozenset(named))
    kinds = _kinds(cls, _JOINED.findall(match["joins"]))
    if not kinds:
        raise ValueError(f"Error: class: '{cls}' is not a valid class'")
    types: dict[str, str] = {"id": "int"}
    for kind in kinds:
        known = base.attributes(Held(0, kind, "", 0, 0, {}))
        types |= {name: "text" for name in known.names() if name != "id"}
        types |= dict.fromkeys(known.cls.times, "time")
    if cls == DEVICE:
        types["location_name"] = "text"
    reader = Reader(types, base.instant, frozenset({"last_update"}))
    return Query(cls, kinds, reader.read(where), frozenset(types))


def found(base: Base, query: Query) -> list[Row]:
    """The objects that a query finds, in the order of their class: tickets newest first."""
    if query.cls in {LOG, TEXTS}:
        told = _changes(base, query.condition, query.cls)
        return [one for one in told if query.condition.test(one[2])]
    if query.cls == PERSON:
        return [one for one in _people(base) if query.condition.test(one[2])]
    if query.cls == DELETED:
        return [one for one in _deletions(base) if query.condition.test(one[2])]
    rows: list[Row] = []
    for kind in query.kinds:
        for record in _candidates(base, kind, query.condition):
            seen = base.attributes(record)
            if _is_of(query.cls, seen) and query.condition.test(seen.value):
                rows.append((seen.final, record.id, seen.shown))
    rows.sort(key=lambda row: row[1], reverse=True)
    return rows


def _candidates(base: Base, kind: RecordKind, condition: Condition) -> Iterator[Held]:
    keys = condition.words.get("id")
    if keys is not None:
        records = base.desk.of(kind)
        return (records[int(key)] for key in keys if key.isdecimal() and int(key) in records)
    return base.desk.ordered(kind, condition.since, condition.until)


def _kinds(cls: str, joined: list[str]) -> tuple[RecordKind, ...]:
    if cls == "Ticket":
        return TICKETS
    if cls in {"ApprovedChange", "NormalChange", "RoutineChange", "EmergencyChange"}:
        return (K.CHANGE,)
    if cls == DEVICE:
        return (K.CONFIGURATION_ITEM,)
    kinds = tuple(kind for kind, one in CLASSES.items() if one.name == cls)
    if cls == "WorkOrder" and joined:
        return (K.PROBLEM_TASK,) if joined[0] == "Problem" else (K.VENDOR_CASE,)
    return kinds


def _is_of(cls: str, seen: Attributes) -> bool:
    final = seen.final
    if cls == DEVICE:
        return seen.record.text("ci_class") in PHYSICAL
    if cls == "ApprovedChange":
        return final in {"NormalChange", "EmergencyChange"}
    return not (cls.endswith("Change") and cls != "Change") or cls == final


def _changes(base: Base, condition: Condition, log: str) -> Iterator[Row]:
    """The log of changes, in the order of ids."""
    for key, record, told in base.desk.entries_since(condition.since or 0, condition.after):
        if condition.until is not None and _at(record, told) >= condition.until:
            return
        if not isinstance(told, Event) or record.kind not in CLASSES:
            continue
        if log == TEXTS and told.field in TEXTS_OF_HISTORY:
            shown = {"prevdata": f"<p>{escape(told.old or '', quote=False)}</p>"}
            yield log, key, _logged(key, record, told, shown)
        elif log == LOG and told.field in FIELDS_OF_HISTORY:
            changed = changed_of(base, record, told)
            if changed is not None:
                yield log, key, _logged(key, record, told, changed)


def _at(record: Held, told: Event | Remark | None) -> int:
    return record.created if told is None else told.at


def _logged(
    key: int, record: Held, told: Event, changed: Mapping[str, str]
) -> Callable[[str], Value]:
    attribute = FIELDS_OF_HISTORY.get(told.field, told.field)
    values: dict[str, Value] = {
        **changed, "id": key, "objclass": final_class(record.kind, record.text("type")),
        "objkey": record.id, "attcode": attribute, "date": told.at,
        "userinfo": told.actor,
    }  # fmt: skip
    return values.get


def _people(base: Base) -> Iterator[Row]:
    """Everybody who reported something, or was ever assigned to it."""
    for told in base.people.told():
        yield PERSON, int(str(told["id"])), told.get


def _deletions(base: Base) -> Iterator[Row]:
    """What was deleted; the class is that of the root, the final class stands beside it."""
    for stone in base.desk.tombstones:
        cls = CLASSES.get(stone.kind)
        if cls is not None:
            values: dict[str, Value] = {
                "id": stone.id, "objclass": cls.root, "fclass": cls.name,
                "objkey": stone.record, "fname": stone.number, "date": stone.at,
                "userinfo": "somebody",
            }  # fmt: skip
            yield DELETED, stone.id, values.get
