"""Writes to the tracker: creating, changing, commenting on and deleting tickets."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from itsm.states import RecordKind
from simulator.desk.records import Event, Held, Remark
from simulator.rt.rendering import Show
from simulator.rt.tracker import Tracker
from simulator.rt.words import BY_NAME, PRIORITIES, QUEUES
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import Refusals

LINKS: Mapping[str, str] = {
    "RefersTo": "refers-to", "ReferredToBy": "referred-to-by", "DependsOn": "depends-on",
    "DependedOnBy": "depended-on-by", "Parent": "parent", "Child": "child", "MemberOf": "parent",
}  # fmt: skip
"""The names that links are written with."""
_STATUSES = frozenset({"new", "open", "stalled", "resolved", "rejected", "deleted"})
_NOT_FOUND = {"message": "Resource does not exist; use POST to create"}


@dataclass(slots=True)
class Writes:
    """Answers requests that write, and those for one ticket."""

    tracker: Tracker

    @property
    def refusals(self) -> Refusals:
        """What this user may not write."""
        return Refusals(self.tracker.chances)

    def show(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`GET /ticket/{id}`."""
        record = self._seen(places)
        if record is None:
            return json_answer({"message": "Not Found"}, 404)
        if self.tracker.chances.hidden("tickets")(str(record.id)):
            return json_answer({"message": "Forbidden"}, 403)
        tag = etag(record)
        if request.header("if-none-match") == tag:
            return Answer(304)
        whole = Show(self.tracker, f"{request.base}/REST/2.0").whole(record)
        return json_answer(whole, 200, ("ETag", tag))

    def create(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """`POST /ticket`."""
        given = _given(request)
        if not given.get("Queue"):
            return json_answer({"message": "Could not create ticket. Queue not set"}, 400)
        kind = BY_NAME.get(str(given["Queue"]).lower())
        if kind is None:
            told = f"No permission to create tickets in the queue '{given['Queue']}'"
            return json_answer({"message": told}, 403)
        if self.refusals.is_denied(QUEUES[kind].name):
            told = f"No permission to create tickets in the queue '{given['Queue']}'"
            return json_answer({"message": told}, 403)
        with self.tracker.desk.lock:
            record = self._made(kind, given)
            for name, keys in _links(given, ""):
                self._linked(record, name, keys)
        key, base = record.id, f"{request.base}/REST/2.0"
        made = {"type": "ticket", "id": str(key), "_url": f"{base}/ticket/{key}"}
        return json_answer(made, 201, ("Location", f"/REST/2.0/ticket/{key}"))

    def update(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`PUT /ticket/{id}`: a list of messages, whatever happened."""
        record = self._seen(places)
        if record is None:
            return json_answer(_NOT_FOUND, 404)
        if self.refusals.is_denied(QUEUES[record.kind].name):
            return json_answer([f"Ticket {record.id}: Permission Denied"])
        with self.tracker.desk.lock:
            if _is_stale(request, record):
                return json_answer({"message": "Precondition Failed"}, 412)
            return json_answer(list(self._changes(record, _given(request))))

    def comment(self, request: Request, places: Mapping[str, str]) -> Answer:
        """`POST /ticket/{id}/comment`, seen by agents only, or `correspond`."""
        record = self._seen(places)
        if record is None:
            return json_answer({"message": "Not Found"}, 404)
        given = _given(request)
        if "Content" in given and "ContentType" not in given:
            told = "ContentType is a required field for application/json"
            return json_answer({"message": told}, 400)
        is_internal = request.path.endswith("/comment")
        if request.header("if-match"):  # a comment has no tag that could match
            return json_answer({"message": "Precondition Failed"}, 412)
        with self.tracker.desk.lock:
            key, at = self.tracker.desk.serial("entry"), self.tracker.desk.now_s()
            text = str(given.get("Content", ""))
            said = Remark(key, at, self.tracker.login, text, is_internal)
            self.tracker.desk.note(record, said)
            self.tracker.desk.change(record)
            moved = list(self._moved(record, str(given["Status"]))) if "Status" in given else []
        word = "Comments" if is_internal else "Correspondence"
        return json_answer(
            [f"{word} added", *moved], 201, ("Location", f"/REST/2.0/transaction/{key}")
        )

    def delete(self, _request: Request, places: Mapping[str, str]) -> Answer:
        """`DELETE /ticket/{id}`: hidden from then on, and still there by its id."""
        record = self._seen(places)
        if record is None:
            return json_answer({"message": "Not Found"}, 404)
        self.tracker.delete(record, self.tracker.login)
        return Answer(204)

    def _seen(self, places: Mapping[str, str]) -> Held | None:
        return self.tracker.ticket(int(places["id"])) if places["id"].isdecimal() else None

    def _made(self, kind: RecordKind, given: Mapping[str, Any]) -> Held:
        desk, queue = self.tracker.desk, QUEUES[kind]
        now, key = desk.now_s(), desk.serial(desk.sequence(kind))
        values: dict[str, Any] = {
            queue.subject: str(given.get("Subject", "")), "state": "new",
            "description": str(given.get("Content", "")), "opened_by": self.tracker.login,
            "caller": given.get("Requestor"), "priority": _priority(given),
        }  # fmt: skip
        custom = given.get("CustomFields", {})
        values |= {queue.fields[name]: one for name, one in custom.items() if name in queue.fields}
        record = Held(key, kind, f"NEW{key:07d}", now, now, values)
        desk.add(record)
        return record

    def _changes(self, record: Held, given: Mapping[str, Any]) -> Iterator[str]:
        queue = QUEUES[record.kind]
        if "Subject" in given:
            yield from self._set(record, "Subject", queue.subject, given["Subject"])
        if "Owner" in given:
            yield from self._set(record, "assignee", queue.owner, given["Owner"])
        if "Priority" in given:
            yield from self._set(record, "priority", "priority", _priority(given))
        if "Status" in given:
            yield from self._moved(record, str(given["Status"]))
        ignored = self.refusals.ignored(queue.name)
        for name, value in given.get("CustomFields", {}).items():
            if name in queue.fields and name not in ignored:
                field = {"team": "team"}.get(queue.fields[name], name)
                yield from self._set(record, field, queue.fields[name], value)
        for begin in ("Add", "Delete"):
            for name, keys in _links(given, begin):
                yield from self._linked(record, name, keys, is_cut=begin == "Delete")

    def _set(self, record: Held, field: str, own: str, value: object) -> Iterator[str]:
        old = record.values.get(own)
        new = value if isinstance(value, int) or value is None else str(value)
        if isinstance(value, list):
            new = str(value[0]) if value else None
        if str(old or "") == str(new or ""):
            return
        record.values[own] = new
        self._note(record, field, str(old or ""), str(new or ""))
        yield f"Ticket {record.id}: {field} changed from '{old or ''}' to '{new or ''}'"

    def _moved(self, record: Held, status: str) -> Iterator[str]:
        old = self.tracker.status(record)
        if self.refusals.ignores_moves(QUEUES[record.kind].name):
            yield f"Ticket {record.id}: Status '{status}' isn't a valid status for this ticket."
            return
        by_status = {shown: state for state, shown in QUEUES[record.kind].states.items()}
        if status not in _STATUSES | set(by_status.values()) | by_status.keys() | {"closed"}:
            yield f"Ticket {record.id}: Status '{status}' isn't a valid status for this ticket."
        elif status != old:
            state = by_status.get(status, status)
            known = record.text("state")
            record.values["state"] = state
            self._note(record, "state", known, state)
            if status in {"resolved", "closed"} and "Resolved" in QUEUES[record.kind].dates:
                record.values[QUEUES[record.kind].dates["Resolved"]] = record.updated
            yield f"Ticket {record.id}: Status changed from '{old}' to '{status}'"

    def _linked(
        self, record: Held, name: str, keys: Sequence[int], *, is_cut: bool = False
    ) -> list[str]:
        told = []
        for key in keys:
            other = self.tracker.ticket(key)
            if other is None:
                told.append(f"Couldn't resolve '{key}' into a URI.")
                continue
            act: Callable[[Held, str, int], None]
            act = self.tracker.cut if is_cut else self.tracker.connect
            act(record, LINKS[name], key)
            for one in (record, other):
                self._note(one, "link", "" if not is_cut else str(key), "" if is_cut else str(key))
            told.append(f"Ticket {record.id} {LINKS[name].replace('-', ' ')} Ticket {key}.")
        return told

    def _note(self, record: Held, field: str, old: str, new: str) -> None:
        desk = self.tracker.desk
        desk.change(record)
        actor = self.tracker.login
        desk.note(record, Event(desk.serial("entry"), record.updated, actor, field, old, new))


def etag(record: Held) -> str:
    """The id of the newest transaction."""
    return f'"{max(record.entries)}"'


def _is_stale(request: Request, record: Held) -> bool:
    wanted = request.header("if-match")
    return bool(wanted) and wanted != etag(record)


def _given(request: Request) -> dict[str, Any]:
    if not request.header("content-type").startswith("application/json"):
        text = request.body.decode(errors="replace")
        return {"Content": text, "ContentType": "text/plain"} if text else {}
    value = orjson.loads(request.body or b"{}")
    return value if isinstance(value, dict) else {}


def _priority(given: Mapping[str, Any]) -> int | None:
    told = str(given.get("Priority", ""))
    known = {shown: int(level) for level, shown in PRIORITIES.items()}
    return known.get(told)


def _links(given: Mapping[str, Any], begin: str) -> Iterator[tuple[str, list[int]]]:
    for name in LINKS:
        value = given.get(begin + name)
        if value is not None:
            keys = value if isinstance(value, list) else [value]
            yield name, [int(str(key).rsplit("/", 1)[-1]) for key in keys]
