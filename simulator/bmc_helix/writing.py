"""Writes to forms: entries created through interfaces or directly, changed, deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import orjson

from itsm.states import RecordKind
from simulator.bmc_helix.answers import (
    address,
    entry,
    failed,
    no_entry,
    no_form,
    unknown_field,
)
from simulator.bmc_helix.entries import asked_fields, table_of
from simulator.bmc_helix.forms import INTERFACES, field_of
from simulator.bmc_helix.system import System
from simulator.bmc_helix.words import number_of
from simulator.desk.entering import created, enter
from simulator.desk.records import Remark, Value
from simulator.desk.tables import Row, Table
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import Refusals

_ACTION = "z1D_Action"
_OWNERS: Mapping[str, tuple[RecordKind, str]] = {
    "HPD:WorkLog": (RecordKind.INCIDENT, "Incident Number"),
    "PBM:Investigation WorkLog": (RecordKind.PROBLEM, "Problem Investigation ID"),
    "CHG:WorkLog": (RecordKind.CHANGE, "Infrastructure Change ID"),
}
_RENAMED = {"Status": "Investigation Status"}
"""What a form for creation calls a field of the form behind it."""
_PREFIXES = {RecordKind.PROBLEM: "PBI", RecordKind.INCIDENT: "INC", RecordKind.REVIEW_ACTION: "CSI"}
_NEW = {"Investigation Status": "Draft", "Status": "New"}


@dataclass(slots=True)
class Writes:
    """Answers requests that write."""

    system: System

    def create(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`POST /arsys/v1/entry/{form}`."""
        form = unquote(places["form"])
        table = table_of(places["form"])
        if table is None:
            return no_form(form)
        given = self._given(request, table, form, is_new=True)
        if isinstance(given, Answer):
            return given
        row = self._remarked(table, given) if table.told is not None else self._made(table, given)
        if row is None:
            return failed(400, 1291053, "The record for this work log does not exist", form)
        key = table.key(row.id)
        where = ("Location", address(request.base, form, key))
        names = request.parameters.get("fields")
        if names is None:
            return Answer(201, b"", (where,))
        wanted = asked_fields(table, names.replace("Sys-Problem Investigation ID,", ""))
        if isinstance(wanted, str):
            return unknown_field(table, wanted)
        return json_answer(entry(table, row, wanted, request.base), 201, where)

    def change(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`PUT /arsys/v1/entry/{form}/{id}`: 204."""
        form = unquote(places["form"])
        table, key = table_of(places["form"]), unquote(places["id"]).partition("|")[0]
        if table is None:
            return no_form(form)
        row = table.row(self.system.desk_of(table), key)
        if row is None:
            return no_entry(form, key)
        given = self._given(request, table, form, is_new=False)
        if isinstance(given, Answer):
            return given
        refusals = Refusals(self.system.chances)
        ignored = set(refusals.ignored(table.kind))
        if refusals.ignores_moves(table.kind):
            ignored |= set(_NEW)
        kept = {name: value for name, value in given.items() if name not in ignored}
        enter(self.system.desk_of(table), table, row.record, kept, self.system.login)
        return Answer(204)

    def delete(self, _request: Request, places: Mapping[str, str]) -> Answer:
        """`DELETE /arsys/v1/entry/{form}/{id}`: 204, and nothing remembers it."""
        table, key = table_of(places["form"]), unquote(places["id"]).partition("|")[0]
        row = table.row(self.system.desk_of(table), key) if table is not None else None
        if table is None or row is None:
            return no_entry(unquote(places["form"]), key)
        self.system.desk_of(table).remove(row.record, is_told=False)
        return Answer(204)

    def _given(
        self, request: Request, table: Table, form: str, *, is_new: bool
    ) -> "dict[str, Value] | Answer":
        """The values of a request by field, or why they are refused."""
        try:
            told = orjson.loads(request.body)["values"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return failed(400, 8937, "Error in parsing JSON", form)
        found: dict[str, Value] = {}
        for name, value in told.items():
            if name == _ACTION:
                continue
            known = field_of(table, _RENAMED.get(name, name) if form in INTERFACES else name)
            if known is None:
                return unknown_field(table, name)
            found[known] = value
        return self._refused(table, found, is_new=is_new) or found

    def _refused(self, table: Table, given: Mapping[str, Value], *, is_new: bool) -> Answer | None:
        refusals = Refusals(self.system.chances)
        if refusals.is_denied(table.kind) and table.told is None:
            return failed(403, 330, "You do not have write access to field", table.name)
        lacking = refusals.missing(table.kind, given, is_new=is_new) if table.told is None else ""
        if lacking:
            text = "Required field cannot be reset to a NULL value"
            return failed(400, 307, text, f"{table.name} : {lacking}")
        return None

    def _made(self, table: Table, given: Mapping[str, Value]) -> Row:
        desk = self.system.desk_of(table)
        prefix = _PREFIXES.get(table.kind, "NEW")
        number = f"{prefix}{9_500_000 + desk.serial('made')}"
        ignored = Refusals(self.system.chances).ignored(table.kind)
        usual = {name: value for name, value in _NEW.items() if name in table.columns}
        kept = {name: value for name, value in {**usual, **given}.items() if name not in ignored}
        return Row(created(desk, table, kept, number, self.system.login))

    def _remarked(self, table: Table, given: Mapping[str, Value]) -> Row | None:
        kind, column = _OWNERS[table.name]
        desk = self.system.desk
        wanted = given.get(column)
        with desk.lock:
            for record in desk.of(kind).values():
                if number_of(record.number) == wanted:
                    key, at = desk.serial("entry"), desk.now_s()
                    text = str(given.get("Detailed Description") or "")
                    hidden = given.get("View Access") != "Public"
                    said = Remark(key, at, self.system.login, text, hidden)
                    desk.note(record, said)
                    desk.change(record)
                    return Row(record, said)
        return None
