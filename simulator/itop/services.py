"""The operations of rest.php."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from itsm.states import RecordKind
from simulator.desk.records import Event, Held, Remark
from simulator.faults import FaultName
from simulator.itop import oql
from simulator.itop.answers import (
    INTERNAL,
    NOT_ENOUGH,
    UNAUTHORIZED,
    UNKNOWN_OPERATION,
)
from simulator.itop.objects import Base
from simulator.itop.words import CLASSES, STIMULI
from simulator.web import Answer, json_answer
from simulator.write_mishaps import Refusals

K = RecordKind
Given = Mapping[str, Any]
_QUOTED = re.compile(r"'([^']*)'\s*$")
_NAMED: Mapping[str, str] = {"team_id": "team", "agent_id": "assignee", "service_id": "service"}
_WRITTEN: Mapping[str, RecordKind] = {
    "Incident": K.INCIDENT, "Problem": K.PROBLEM, "UserRequest": K.SERVICE_REQUEST,
    "KnownError": K.KNOWN_ERROR,
}  # fmt: skip


@dataclass(slots=True)
class Services:
    """Does what is asked for."""

    base: Base

    def __call__(self, given: Given) -> Answer:
        """The answer to an operation.

        Raises:
            ValueError: it cannot be done; code and message.
        """
        acts: Mapping[str, Callable[[Given], Answer]] = {
            "list_operations": self._operations,
            "core/get": self._get,
            "core/create": self._create,
            "core/update": self._update,
            "core/apply_stimulus": self._stimulate,
            "core/delete": self._delete,
            "core/check_credentials": lambda _: json_answer(
                {"code": 0, "message": None, "authorized": True}
            ),
        }
        verb = str(given.get("operation", ""))
        if verb not in acts:
            raise ValueError(UNKNOWN_OPERATION, f"Error: Unknown verb '{verb}' in version '1.3'")
        return acts[verb](given)

    @property
    def refusals(self) -> Refusals:
        """What this user may not write."""
        return Refusals(self.base.chances)

    def _allowed(self, given: Given) -> None:
        """See that something may be written, and that it says why."""
        _commented(given)
        cls = str(given.get("class"))
        if self.refusals.is_denied(cls):
            told = f"The current user does not have enough permissions for writing class {cls}"
            raise ValueError(UNAUTHORIZED, told)
        is_new = given.get("operation") == "core/create"
        missing = self.refusals.missing(cls, given.get("fields", {}), is_new=is_new)
        if missing and given.get("operation") != "core/apply_stimulus":
            raise ValueError(INTERNAL, f"Error: {missing}: Null not allowed")

    def _operations(self, _given: Given) -> Answer:
        verbs = ("core/create", "core/update", "core/apply_stimulus", "core/get", "core/delete")
        told = [{"verb": one, "description": one, "extension": "CoreServices"} for one in verbs]
        return json_answer(
            {"version": "1.3", "operations": told, "code": 0,
             "message": f"Operations: {len(told)}"}
        )  # fmt: skip

    def _get(self, given: Given) -> Answer:
        query = self._query(given)
        rows = oql.found(self.base, query)
        limit, page = int(given.get("limit", 0)), int(given.get("page", 1))
        some = rows[limit * (page - 1) : limit * page] if limit else rows
        wanted = _fields(given)
        unknown = [name for name in wanted if name not in query.fields]
        if unknown:
            raise ValueError(
                INTERNAL, f"Error: output_fields: invalid attribute code '{unknown[0]}'"
            )
        objects = {f"{row[0]}::{row[1]}": self._shown(row, query, wanted) for row in some}
        return json_answer(
            {"objects": objects or None, "code": 0, "message": f"Found: {len(rows)}"}
        )

    def _shown(self, row: oql.Row, query: oql.Query, wanted: tuple[str, ...]) -> dict[str, Any]:
        final, key, value = row
        names = wanted or tuple(sorted(query.fields))
        shown = {name: self._sent(name, value(name)) for name in names}
        return {"code": 0, "message": "", "class": final, "key": str(key), "fields": shown}

    def _sent(self, name: str, value: object) -> object:
        if isinstance(value, int):
            return self.base.stamp(value) if name == "date" else str(value)
        return "" if value is None else value

    def _query(self, given: Given) -> oql.Query:
        cls, key = str(given.get("class", "")), given.get("key")
        denied = self.base.chances.hit(FaultName.DENIED, cls)
        if denied is not None:
            raise ValueError(UNAUTHORIZED, NOT_ENOUGH.format(cls))
        if isinstance(key, dict):
            where = " AND ".join(f"{name} = '{one}'" for name, one in key.items())
            key = f"SELECT {cls} WHERE {where}"
        elif isinstance(key, int) or str(key).isdecimal():
            key = f"SELECT {cls} WHERE id = {key}"
        try:
            return oql.read(self.base, str(key))
        except ValueError as error:
            raise ValueError(INTERNAL, str(error)) from error

    def _create(self, given: Given) -> Answer:
        self._allowed(given)
        kind = _WRITTEN.get(str(given.get("class")))
        if kind is None:
            raise ValueError(
                INTERNAL, f"Error: class: '{given.get('class')}' is not a valid class'"
            )
        fields = given.get("fields", {})
        if not fields.get("title" if kind is not K.KNOWN_ERROR else "name"):
            raise ValueError(INTERNAL, "Error: title: Null not allowed")
        with self.base.desk.lock:
            desk = self.base.desk
            now, key = desk.now_s(), desk.serial(desk.sequence(kind))
            record = Held(key, kind, f"NEW{key:07d}", now, now, {"state": "new", "opened_at": now})
            desk.add(record)
            self._write(record, fields)
            return self._written(record, given, "created")

    def _update(self, given: Given) -> Answer:
        self._allowed(given)
        with self.base.desk.lock:
            record = self._one(given)
            self._write(record, given.get("fields", {}))
            return self._written(record, given, "updated")

    def _stimulate(self, given: Given) -> Answer:
        self._allowed(given)
        with self.base.desk.lock:
            record, stimulus = self._one(given), str(given.get("stimulus"))
            ref = self.base.reference(record)
            state = self.base.attributes(record).plain("status")
            if stimulus not in STIMULI or state == "closed":
                told = f"Invalid stimulus: '{stimulus}' on the object {ref} in state '{state}'"
                raise ValueError(INTERNAL, told)
            fields = given.get("fields", {})
            if stimulus == "ev_assign" and not {"team_id", "agent_id"} <= fields.keys():
                told = (
                    "Missing mandatory attribute(s) for applying the stimulus: team_id, agent_id."
                )
                raise ValueError(INTERNAL, told)
            self._write(record, fields)
            if self.refusals.ignores_moves(str(given.get("class"))):
                told = f"Invalid stimulus: '{stimulus}' on the object {ref} in state '{state}'"
                raise ValueError(INTERNAL, told)
            self._set(record, "state", "state", STIMULI[stimulus])
            return self._written(record, given, "updated")

    def _delete(self, given: Given) -> Answer:
        _commented(given)
        with self.base.desk.lock:
            record = self._one(given)
            if not given.get("simulate"):
                self.base.desk.remove(record)
            name = f"{given['class']}::{record.id}"
            ref = self.base.reference(record)
            told = {"code": 0, "message": "", "class": given["class"], "key": str(record.id),
                    "fields": {"id": str(record.id), "friendlyname": ref}}  # fmt: skip
            return json_answer({"objects": {name: told}, "code": 0, "message": "Deleted: 1"})

    def _one(self, given: Given) -> Held:
        rows = oql.found(self.base, self._query(given))
        record = self.base.find(rows[0][1]) if rows else None
        if record is None:
            told = f"Error: Invalid object {given.get('class')}::{given.get('key')}"
            raise ValueError(INTERNAL, told)
        if len(rows) > 1:
            raise ValueError(INTERNAL, f"Error: Several items found ({len(rows)}) for query")
        return record

    def _write(self, record: Held, fields: Mapping[str, Any]) -> None:
        cls = CLASSES[record.kind]
        ignored = self.refusals.ignored(cls.name)
        for name, value in fields.items():
            if name in ignored:
                continue
            if name in {"private_log", "public_log"}:
                self._log(record, value, is_internal=name == "private_log")
            elif name == "parent_problem_id":
                self._set(record, "problem", "problem", self._problem(value))
            elif name in _NAMED:
                self._set(record, _NAMED[name], _NAMED[name], self._named(name, value))
            elif name in cls.texts:
                self._set(record, cls.texts[name], cls.texts[name], _text(value))
            elif name == "status":
                self._set(record, "state", "state", str(value))
            elif name not in {"org_id", "caller_id"}:
                raise ValueError(INTERNAL, f"Error: {name}: invalid attribute code '{name}'")

    def _problem(self, value: object) -> str | None:
        """The number of a problem that is told by id, or by a query."""
        found = _QUOTED.search(str(value))
        for one in self.base.desk.of(K.PROBLEM).values():
            if self.base.reference(one) == (found[1] if found else "") or str(one.id) == str(value):
                return one.number
        return None

    def _named(self, name: str, value: object) -> str | None:
        """The name of a team, person or service that is told by a query."""
        found = _QUOTED.search(str(value))
        if found is None:
            return None
        known = {"team_id": K.TEAM, "service_id": K.SERVICE}.get(name)
        if known is not None and self.base.desk.numbered(known, found[1]) is None:
            raise ValueError(INTERNAL, f"Error: {name}: No item found for query: {value}")
        return found[1]

    def _log(self, record: Held, value: object, *, is_internal: bool) -> None:
        item = value.get("add_item", {}) if isinstance(value, dict) else {"message": value}
        desk = self.base.desk
        desk.change(record)
        text = str(item.get("message", ""))
        said = Remark(desk.serial("entry"), record.updated, self.base.login, text, is_internal)
        desk.note(record, said)

    def _set(self, record: Held, field: str, own: str, value: str | None) -> None:
        old = record.text(own)
        if old == (value or ""):
            return
        desk = self.base.desk
        record.values[own] = value
        desk.change(record)
        key, at = desk.serial("entry"), record.updated
        desk.note(record, Event(key, at, self.base.login, field, old or None, value))

    def _written(self, record: Held, given: Given, message: str) -> Answer:
        seen = self.base.attributes(record)
        wanted = _fields(given) or ("id", "friendlyname")
        fields = {name: seen.shown(name) for name in wanted}
        told = {"code": 0, "message": message, "class": seen.final, "key": str(record.id),
                "fields": fields}  # fmt: skip
        return json_answer(
            {"objects": {f"{seen.final}::{record.id}": told}, "code": 0, "message": None}
        )


def _fields(given: Given) -> tuple[str, ...]:
    """The attributes that are asked for; none where all are."""
    text = str(given.get("output_fields", "*"))
    if text.startswith("*"):
        return ()
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _commented(given: Given) -> None:
    if not given.get("comment"):
        raise ValueError(INTERNAL, "Error: Missing parameter 'comment'")


def _text(value: object) -> str:
    """A text as it is kept; iTop wraps it when it shows it."""
    text = str(value)
    if not text.startswith("<p>"):
        return text
    return unescape(text.removeprefix("<p>").removesuffix("</p>").replace("<br>", "\n"))
