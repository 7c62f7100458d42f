"""Single records: read, saved, related, linked, deleted; one by one or in batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from itsm.states import RecordKind
from simulator.cherwell.answers import FINE, failed, not_found, record, trouble
from simulator.cherwell.objects import (
    OBJECTS,
    PARENTS,
    RELATIONSHIPS,
    TABLES,
    BusinessObject,
    object_of,
)
from simulator.cherwell.searching import Searches, folded, folded_map
from simulator.cherwell.system import System
from simulator.cherwell.words import instant
from simulator.desk.entering import created, enter
from simulator.desk.records import Remark, Value
from simulator.desk.tables import Row, Table, Type
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import Refusals

_PREFIXES = {"Problem": "PRB", "Incident": "INC", "Improvement": "IMP"}
_STATUS = "Status"
_VALIDATED = {"OwnedByTeam": RecordKind.TEAM, "Service": RecordKind.SERVICE}
"""Fields that must name a record."""


@dataclass(slots=True)
class Records:
    """Answers requests for single records."""

    system: System

    def one(self, _request: Request, places: Mapping[str, str]) -> Answer:
        """A record by its id or number."""
        of = object_of(places["object"])
        found = self._found(of, places["by"], places["key"]) if of is not None else None
        return not_found() if found is None or of is None else json_answer(self._told(of, *found))

    def batch(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """Many records; each answer has its own error."""
        told = []
        for one in map(folded_map, folded(request.body).get("readrequests") or ()):
            of = object_of(str(one.get("busobid", "")))
            key, public = str(one.get("busobrecid") or ""), str(one.get("busobpublicid") or "")
            by, word = ("busobrecid", key) if key else ("publicid", public)
            found = self._found(of, by, word) if of is not None else None
            if found is None or of is None:
                told.append(trouble("RECORDNOTFOUND", "Record not found", "NotFound"))
            else:
                told.append(self._told(of, *found))
        return json_answer({"responses": told})

    def save(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """`savebusinessobject`: creates where no id is given."""
        told, status = self._saved(folded(request.body))
        return json_answer(told, status)

    def save_batch(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """Many at once; 200 whatever happened to each."""
        asked = folded(request.body).get("saverequests") or ()
        return json_answer({"responses": [self._saved(folded_map(one))[0] for one in asked]})

    def save_related(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """A new record that another one owns: a note in its journal."""
        asked = folded(request.body)
        of, child = (object_of(str(asked.get(n, ""))) for n in ("parentbusobid", "busobid"))
        if of is None or child is None or child.name != "JournalNote":
            return failed(400, "GENERALFAILURE", "Relationship not found")
        found = self._found(of, "busobrecid", str(asked.get("parentbusobrecid", "")))
        if found is None:
            return not_found()
        given = self._given(child, TABLES[child.name][0], asked)
        desk, row = self.system.desk, found[1]
        with desk.lock:
            key, at = desk.serial("entry"), desk.now_s()
            hidden = str(given.get("ShowInPortal", "")).lower() != "true"
            text = str(given.get("Details") or "")
            desk.note(row.record, Remark(key, at, self.system.login, text, hidden))
            desk.change(row.record)
        number = TABLES[child.name][0].key(key)
        return json_answer({"busObRecId": number, "busObPublicId": number, **_SAVED, **FINE})

    def related(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """Records that one owns, as a search for their parent."""
        asked = folded(request.body)
        relation = RELATIONSHIPS.get(str(asked.get("relationshipid", "")).lower())
        if relation is None:
            return failed(400, "GENERALFAILURE", "Relationship not found")
        child = object_of(relation[1])
        assert child is not None
        parent = str(asked.get("parentbusobrecid", ""))
        if relation[1] == "Incident":
            found = self._found(OBJECTS["Problem"], "busobrecid", parent)
            public = found[0].value(found[1], "ProblemID") if found is not None else ""
            wanted = {"fieldid": child.field_id("ProblemID"), "operator": "eq", "value": public}
        else:
            wanted = {"fieldid": child.field_id("ParentRecID"), "operator": "eq", "value": parent}
        searched = {**asked, "filters": [wanted], "includeallfields": bool(asked.get("allfields"))}
        searched["fields"] = asked.get("fieldslist") or ()
        answer = Searches(self.system).answer(child, searched)
        if answer.status != 200:
            return answer
        told = orjson.loads(answer.body)
        rows = told["businessObjects"]
        kept = {"relatedBusinessObjects": rows, "totalRecords": told["totalRows"]}
        return json_answer({**kept, "pageNumber": asked.get("pagenumber", 1), **FINE})

    def link(self, _request: Request, places: Mapping[str, str]) -> Answer:
        """Link an incident to a problem, by GET."""
        return self._linked(places, is_cut=False)

    def unlink(self, _request: Request, places: Mapping[str, str]) -> Answer:
        """Take such a link away."""
        return self._linked(places, is_cut=True)

    def delete(self, _request: Request, places: Mapping[str, str]) -> Answer:
        """Delete a record; nothing remembers it."""
        of = object_of(places["object"])
        found = self._found(of, places["by"], places["key"]) if of is not None else None
        if found is None or of is None or found[0].told is not None:
            return not_found()
        table, row = found
        self.system.desk_of(table).remove(row.record, is_told=False)
        told = {"busObId": of.id, "busObRecId": table.key(row.id), "busObPublicId": None}
        return json_answer({**told, **FINE})

    def _told(self, of: BusinessObject, table: Table, row: Row) -> dict[str, object]:
        return record(of, table, row, list(table.columns), self.system.zone)

    def _found(self, of: BusinessObject | None, by: str, key: str) -> tuple[Table, Row] | None:
        for table in TABLES[of.name] if of is not None else ():
            desk = self.system.desk_of(table)
            if by.lower() == "busobrecid":
                row = table.row(desk, key.lower())
            else:
                assert of is not None
                rows = table.rows(desk)
                row = next((one for one in rows if table.value(one, of.public) == key), None)
            hides = self.system.chances.hidden(table.kind)
            if row is not None and not (table.told is None and hides(table.key(row.id))):
                return table, row
        return None

    def _saved(self, asked: Mapping[str, Any]) -> tuple[dict[str, object], int]:
        of = object_of(str(asked.get("busobid", "")))
        if of is None or TABLES[of.name][0].told is not None:
            return trouble("BUSOBNOTFOUND", "Business object not found", "NotFound"), 404
        table = of.table
        key, public = str(asked.get("busobrecid") or ""), str(asked.get("busobpublicid") or "")
        given = self._given(of, table, asked)
        refused = self._refused(of, table, given, is_new=not (key or public))
        if refused is not None:
            return refused
        desk = self.system.desk_of(table)
        if not key and not public:
            number = f"{_PREFIXES.get(of.name, 'NEW')}{9_500_000 + desk.serial('made')}"
            usual = {_STATUS: "New"} if of.name in PARENTS.values() else {}
            row = Row(created(desk, table, {**usual, **given}, number, self.system.login))
        else:
            found = self._found(of, "busobrecid" if key else "publicid", key or public)
            if found is None:
                return trouble("RECORDNOTFOUND", "Record not found", "NotFound"), 404
            row = found[1]
            enter(desk, table, row.record, given, self.system.login)
        told = {
            "busObPublicId": str(table.value(row, of.public) or ""),
            "busObRecId": table.key(row.id),
        }
        return {**told, **_SAVED, **FINE}, 200

    def _given(
        self, of: BusinessObject, table: Table, asked: Mapping[str, Any]
    ) -> dict[str, Value]:
        """The fields that are marked as dirty, by name."""
        found: dict[str, Value] = {}
        for one in map(folded_map, asked.get("fields") or ()):
            name = of.field_named(str(one.get("fieldid") or ""))
            if name is None and one.get("name") in table.columns:
                name = str(one["name"])
            if name is None or not one.get("dirty"):
                continue
            value = one.get("value")
            is_time = table.columns[name].form.type is Type.TIME
            found[name] = instant(str(value), self.system.zone) if is_time and value else value
        return found

    def _refused(
        self, of: BusinessObject, table: Table, given: dict[str, Value], *, is_new: bool
    ) -> tuple[dict[str, object], int] | None:
        """Why a save is refused; what is ignored is taken out."""
        refusals = Refusals(self.system.chances)
        if refusals.is_denied(table.kind):
            code = trouble("INSUFFICIENTRIGHTS", f"No rights to edit {of.name}", "Forbidden")
            return code, 403
        lacking = refusals.missing(table.kind, given, is_new=is_new)
        if lacking:
            told = {"fieldId": of.field_id(lacking), "error": f"{lacking} is required",
                    "errorCode": "REQUIRED"}  # fmt: skip
            failed_ = trouble("FIELDVALIDATION", "Validation failed", "BadRequest")
            return {**_SAVED, "fieldValidationErrors": [told], **failed_}, 400
        wrong = next((name for name in _VALIDATED if not self._is_valid(name, given)), "")
        if wrong:
            told = {"fieldId": of.field_id(wrong), "error": f"{wrong} is not a valid value",
                    "errorCode": "INVALID"}  # fmt: skip
            failed_ = trouble("FIELDVALIDATION", "Validation failed", "BadRequest")
            return {**_SAVED, "fieldValidationErrors": [told], **failed_}, 400
        ignored = set(refusals.ignored(table.kind))
        ignored |= {_STATUS} if refusals.ignores_moves(table.kind) and not is_new else set()
        for name in ignored & given.keys():
            del given[name]
        return None

    def _is_valid(self, name: str, given: Mapping[str, Value]) -> bool:
        """Whether a field that is validated holds the name of a record."""
        value = given.get(name)
        known = self.system.desk.of(_VALIDATED[name]).values()
        return not value or any(one.number == value for one in known)

    def _linked(self, places: Mapping[str, str], *, is_cut: bool) -> Answer:
        relation = RELATIONSHIPS.get(places["relationship"].lower())
        of, child = object_of(places["parent"]), object_of(places["child"])
        if relation is None or of is None or child is None or child.name != relation[1]:
            return failed(400, "GENERALFAILURE", "Relationship not found")
        found = self._found(of, "busobrecid", places["parent_key"])
        other = self._found(child, "busobrecid", places["child_key"])
        if found is None or other is None:
            return not_found()
        table, row = other
        public = None if is_cut else found[0].value(found[1], of.public)
        enter(self.system.desk, table, row.record, {"ProblemID": public}, self.system.login)
        return json_answer(dict(FINE))


_SAVED: Mapping[str, object] = {
    "cacheKey": None,
    "fieldValidationErrors": [],
    "notificationTriggers": [],
}
