"""Writing to a practice Freshservice: problems, links, notes, custom objects, the trash."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from itsm.states import RecordKind
from simulator.desk.records import Event, Held, Remark, Values
from simulator.freshservice.account import Account
from simulator.freshservice.answers import denied, invalid, missing
from simulator.freshservice.fields import Fields
from simulator.freshservice.lists import Lists
from simulator.freshservice.rendering import Show
from simulator.freshservice.shown import told
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import Refusals

K = RecordKind
Places = Mapping[str, str]
_PROBLEM = frozenset(
    {"requester_id", "subject", "description", "status", "priority", "impact", "known_error",
     "due_by", "group_id", "agent_id", "department_id", "category", "analysis_fields",
     "custom_fields", "workspace_id", "assets"}
)  # fmt: skip
_TICKET = frozenset({"problem", "status", "priority", "subject", "description", "tags", "group_id",
                     "custom_fields", "change_initiating_ticket"})  # fmt: skip


@dataclass(slots=True)
class Writing:
    """Handlers that write."""

    account: Account
    show: Show
    lists: Lists
    fields: Fields
    user: str

    def add_problem(self, request: Request, _: Places) -> Answer:
        """`POST /problems`."""
        self._may_write("problems")
        given = _body(request, _PROBLEM)
        for name in ("subject", "requester_id", "description", "status", "priority", "impact"):
            if given.get(name) in {None, ""}:
                raise invalid(name, "It should be a/an String", "missing_field")
        desk = self.account.desk
        with desk.lock:
            key, now = desk.serial(K.PROBLEM.value), desk.now_s()
            number = f"PRB{9_000_000 + key:07d}"
            values: Values = {"number": number, "opened_at": now, "updated_at": now}
            record = Held(key, K.PROBLEM, number, now, now, values)
            self.fields.set(record, given)
            desk.add(record)
        return json_answer({"problem": self.show.problem(record)}, 201)

    def change_problem(self, request: Request, places: Places) -> Answer:
        """`PUT /problems/3`."""
        record = self.lists.work(K.PROBLEM, places["id"])
        self._may_write("problems")
        given = _body(request, _PROBLEM)
        if self._refusals.ignores_moves("problems"):
            given.pop("status", None)
        with self.account.desk.lock:
            self.fields.set(record, given)
            self.account.desk.change(record)
        return json_answer({"problem": self.show.problem(record)})

    def note_problem(self, request: Request, places: Places) -> Answer:
        """`POST /problems/3/notes`."""
        record = self.lists.work(K.PROBLEM, places["id"])
        return self._note(record, _body(request, frozenset({"body"})))

    def problem_notes(self, _request: Request, places: Places) -> Answer:
        """`GET /problems/3/notes`."""
        record = self.lists.work(K.PROBLEM, places["id"])
        return json_answer({"notes": self.account.notes.get((K.PROBLEM, record.id), [])})

    def change_ticket(self, request: Request, places: Places) -> Answer:
        """`PUT /tickets/7`."""
        record = self.lists.seen(places["id"])
        self._may_write("tickets")
        given = _body(request, _TICKET)
        desk = self.account.desk
        with desk.lock:
            if "problem" in given:
                self._link(record, given["problem"])
            if "tags" in given:
                record.values["tags"] = ",".join(given["tags"])
            plain = given.keys() - {"problem", "tags"}
            self.fields.set(record, {name: given[name] for name in plain})
            if record.id not in self.account.trash:
                desk.change(record)
        return json_answer({"ticket": self.show.ticket(record)})

    def note_ticket(self, request: Request, places: Places) -> Answer:
        """`POST /tickets/7/notes`: seen by agents only, unless it is said otherwise."""
        record = self.lists.seen(places["id"])
        given = _body(request, frozenset({"body", "private", "notify_emails"}))
        desk = self.account.desk
        with desk.lock:
            key = desk.serial("entry")
            said = Remark(key, desk.now_s(), self.user, str(given.get("body", "")),
                          bool(given.get("private", True)))  # fmt: skip
            desk.note(record, said)
            desk.change(record)
        return json_answer({"conversation": self.show.conversation(said)}, 201)

    def delete_ticket(self, _request: Request, places: Places) -> Answer:
        """`DELETE /tickets/7`: into the trash."""
        record = self.lists.seen(places["id"])
        if record.id in self.account.trash:
            raise missing()
        self.account.delete(record)
        return Answer(204)

    def restore_ticket(self, _request: Request, places: Places) -> Answer:
        """`PUT /tickets/7/restore`."""
        record = self.lists.seen(places["id"])
        if record.id not in self.account.trash:
            raise missing()
        self.account.restore(record)
        return Answer(204)

    def add_object(self, request: Request, places: Places) -> Answer:
        """`POST /objects/5/records`."""
        records = self.account.objects.setdefault(int(places["id"]), {})
        given = _json(request).get("data")
        if not isinstance(given, dict):
            raise invalid("data", "It should be a/an Object", "missing_field")
        key = self.account.desk.serial("object")
        now = told(self.account.desk.now_s())
        me = {"id": self.account.agent(self.user)}
        records[key] = {"data": {"bo_display_id": key, "bo_created_at": now, "bo_updated_at": now,
                                 "bo_created_by": me, "bo_updated_by": me, **given}}  # fmt: skip
        return json_answer({"custom_object": records[key]}, 201)

    def change_object(self, request: Request, places: Places) -> Answer:
        """`PUT /objects/5/records/1`."""
        found = self.account.objects.get(int(places["id"]), {}).get(int(places["record"]))
        if found is None:
            raise missing()
        data: Any = found["data"]
        data.update(_json(request).get("data") or {})
        data["bo_updated_at"] = told(self.account.desk.now_s())
        data["bo_updated_by"] = {"id": self.account.agent(self.user)}
        return json_answer({"custom_object": found})

    def objects(self, request: Request, places: Places) -> Answer:
        """`GET /objects/5/records`."""
        records = list(self.account.objects.get(int(places["id"]), {}).values())
        size = int(request.parameters.get("page_size", "20"))
        first = int(request.parameters.get("next", "0"))
        told_: dict[str, object] = {"records": records[first : first + size],
                                    "meta": {"total_records_count": len(records)}}  # fmt: skip
        if first + size < len(records):
            told_["next_page_link"] = f"{request.path}?page_size={size}&next={first + size}"
        return json_answer(told_)

    @property
    def _refusals(self) -> Refusals:
        return Refusals(self.account.chances)

    def _may_write(self, table: str) -> None:
        if self._refusals.is_denied(table):
            raise denied()

    def _note(self, record: Held, given: Mapping[str, Any]) -> Answer:
        desk = self.account.desk
        with desk.lock:
            at = told(desk.now_s())
            note: dict[str, object] = {
                "id": desk.serial("entry"), "user_id": self.account.agent(self.user),
                "body": given.get("body", ""), "body_text": given.get("body", ""),
                "created_at": at, "updated_at": at,
            }  # fmt: skip
            self.account.notes.setdefault((record.kind, record.id), []).append(note)
            desk.change(record)
        return json_answer({"note": note}, 201)

    def _link(self, record: Held, given: Any) -> None:  # noqa: ANN401  # what JSON holds
        key = given.get("display_id") if isinstance(given, dict) else None
        found = self.account.desk.of(K.PROBLEM).get(int(key)) if key is not None else None
        if key is not None and found is None:
            raise invalid("problem", "It should be a valid problem")
        desk, before = self.account.desk, record.text("problem")
        record.values["problem"] = found.number if found is not None else None
        new = record.text("problem")
        desk.note(
            record, Event(desk.serial("entry"), desk.now_s(), self.user, "problem", before, new)
        )


def _json(request: Request) -> dict[str, Any]:
    try:
        given = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise invalid("body", "Request body has invalid json format", "invalid_json") from None
    if not isinstance(given, dict):
        raise invalid("body", "Request body has invalid json format", "invalid_json")
    return given


def _body(request: Request, known: frozenset[str]) -> dict[str, Any]:
    """What was given; a name that is not known is an error."""
    given = _json(request)
    unknown = sorted(given.keys() - known)
    if unknown:
        raise invalid(unknown[0], "Unexpected/invalid field in request", "invalid_field")
    return given
