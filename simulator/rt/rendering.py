"""What the tracker shows of tickets, transactions, attachments and assets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simulator.desk.records import Event, Held, Remark, Value
from simulator.rt.tracker import Tracker, login_of
from simulator.rt.words import CATALOGS, FIELD_IDS, NEVER, NOBODY, PRIORITIES, QUEUES, status_of

Shown = dict[str, Any]
"""What is sent of a record."""
_DATES = ("Created", "LastUpdated", "Starts", "Started", "Due", "Resolved", "Told")


@dataclass(frozen=True, slots=True)
class Show:
    """Renders records for one request; `base` is where the API is."""

    tracker: Tracker
    base: str

    def ref(self, what: str, key: object) -> Shown:
        """A reference to a record."""
        return {"type": what, "id": str(key), "_url": f"{self.base}/{what}/{key}"}

    def user(self, name: str, wanted: Sequence[str] = ()) -> Shown:
        """A reference to a user, with more of it where that is wanted."""
        real = "Nobody in particular" if name == NOBODY else name
        shown = {"Name": login_of(name), "RealName": real,
                 "EmailAddress": f"{login_of(name)}@example.com"}  # fmt: skip
        found = self.ref("user", login_of(name))
        return found | {key: shown[key] for key in wanted if key in shown}

    def ticket(
        self, record: Held, fields: Sequence[str], more: Mapping[str, Sequence[str]]
    ) -> Shown:
        """A ticket as lists show it."""
        found = self.ref("ticket", record.id)
        for name in fields:
            value = self.field(record, name, more.get(name, ()))
            if value is not None:
                found[name] = value
        return found

    def whole(self, record: Held) -> Shown:
        """A ticket by itself."""
        names = ("EffectiveId", "Type", "Queue", "Subject", "Status", "Priority", *_DATES, "SLA",
                 "Owner", "Creator", "Requestor", "CustomFields")  # fmt: skip
        found: Shown = {name: self.field(record, name) for name in names}
        empty: Shown = {"Cc": [], "AdminCc": [], "CustomRoles": {}, "TimeWorked": "0"}
        links = self.links(record)
        return {**found, **empty, "id": record.id, "_hyperlinks": links}

    def field(self, record: Held, name: str, more: Sequence[str] = ()) -> Any:  # noqa: ANN401  # JSON
        """One field of a ticket; None: it has no such field."""
        queue = QUEUES[record.kind]
        if name in _DATES:
            return stamp(self.moment(record, name))
        made: Callable[[], Any] | None = {
            "Subject": lambda: record.text(queue.subject) or record.number,
            "Status": lambda: self.tracker.status(record),
            "Type": lambda: "approval" if queue.name.startswith("___") else "ticket",
            "EffectiveId": lambda: self.ref("ticket", record.id),
            "Queue": lambda: self._queue(record, more),
            "Priority": lambda: PRIORITIES.get(record.text("priority"), "0"),
            "SLA": lambda: self.tracker.due(record)[0],
            "Owner": lambda: self.user(self.tracker.owner(record), more),
            "Creator": lambda: self.user(record.text("opened_by") or "RT_System", more),
            "Requestor": lambda: [self.user(who, more) for who in (record.text("caller"),) if who],
            "CustomFields": lambda: self._custom(queue.fields, record),
            "_hyperlinks": lambda: self.links(record),
        }.get(name)
        return None if made is None else made()

    def moment(self, record: Held, name: str) -> int | None:
        """A date of a ticket."""
        if name in {"Created", "LastUpdated"}:
            return record.created if name == "Created" else record.updated
        if name == "Due":
            return self.tracker.due(record)[1]
        if name == "Started":
            begun = [one.at for one in record.events if one.field == "state"]
            return begun[0] if begun else None
        own = QUEUES[record.kind].dates.get(name)
        return record.time(own) if own else None

    def links(self, record: Held) -> list[Shown]:
        """Where a ticket leads to."""
        own = f"{self.base}/ticket/{record.id}"
        found = [{"ref": "self", "type": "ticket", "id": record.id, "_url": own}]
        found += [
            {"ref": ref, **self.ref("ticket", key)} for ref, key in self.tracker.links(record)
        ]
        found.append({"ref": "history", "_url": f"{own}/history"})
        return [*found, {"ref": "comment", "_url": f"{own}/comment"}]

    def transaction(
        self, key: int, record: Held, told: Event | Remark | None, more: Sequence[str] = ()
    ) -> Shown | None:
        """A transaction; None where RT would have made none. `more` is told of its creator."""
        found = self.ref("transaction", key)
        found |= {"ObjectType": "RT::Ticket", "ObjectId": str(record.id), "Data": "", "Field": "",
                  "OldValue": "", "NewValue": "", "TimeTaken": "0"}  # fmt: skip
        if told is None:
            creator = self.user(record.text("opened_by") or "RT_System", more)
            return found | {"Type": "Create", "Creator": creator, "Created": stamp(record.created)}
        found["Created"] = stamp(told.at)
        if isinstance(told, Remark):
            kind = "Comment" if told.is_internal else "Correspond"
            return found | {
                "Type": kind,
                "Creator": self.user(told.author, more),
                "Data": "No Subject",
            }
        changed = self._changed(record, told)
        return (
            None if changed is None else found | changed | {"Creator": self.user(told.actor, more)}
        )

    def attachment(self, key: int, record: Held, told: Remark | None) -> Shown:
        """The text of a transaction."""
        text = told.text if told is not None else record.text("description")
        author = told.author if told is not None else record.text("opened_by") or "RT_System"
        found = self.ref("attachment", key)
        at = told.at if told is not None else record.created
        return found | {"TransactionId": str(key), "ContentType": "text/plain", "Content": text,
                        "Filename": "", "Subject": "", "Created": stamp(at),
                        "Creator": self.user(author)}  # fmt: skip

    def asset(self, record: Held, fields: Sequence[str]) -> Shown:
        """An asset as lists show it."""
        catalog, custom = CATALOGS[record.kind]
        is_gone = record.values.get("is_retired") is True
        shown = {
            "Name": record.text("name") or record.text("title") or record.number,
            "Description": record.number,
            "Catalog": {**self.ref("catalog", catalog), "Name": catalog},
            "Status": "recycled" if is_gone else "in-use",
            "Created": stamp(record.created),
            "LastUpdated": stamp(record.updated),
            "CustomFields": self._custom(custom, record),
        }
        return self.ref("asset", record.id) | {key: shown[key] for key in fields if key in shown}

    def _queue(self, record: Held, more: Sequence[str]) -> Shown:
        queue = QUEUES[record.kind]
        name = {"Name": queue.name} if "Name" in more else {}
        return {**self.ref("queue", queue.id), **name}

    def _custom(self, fields: Mapping[str, str], record: Held) -> list[Shown]:
        found = []
        for name, own in fields.items():
            value = written(self.tracker.value(record, own), is_time=own.endswith("_at"))
            one = self.ref("customfield", FIELD_IDS.get(name, 0))
            found.append({**one, "name": name, "values": [value] if value else []})
        return found

    def _changed(self, record: Held, event: Event) -> Shown | None:
        """What a change of a field is in RT."""
        old, new = event.old or "", event.new or ""
        if event.field == "state":
            both = [status_of(record.kind, one) if one else "" for one in (old, new)]
            return None if both[0] == both[1] else _set("Status", "Status", *both)
        if event.field == "assignee":
            both = [str(self.tracker.user_id(one or "Nobody")) for one in (old, new)]
            return _set("Set", "Owner", *both)
        if event.field == "priority":
            return _set("Set", "Priority", PRIORITIES.get(old, "0"), PRIORITIES.get(new, "0"))
        if event.field == "link":
            return _set("AddLink" if new else "DeleteLink", "", old, new)
        if event.field == "Subject":
            return _set("Set", "Subject", old, new)
        name = {"team": "Team", "vendor": "Vendor"}.get(event.field, event.field)
        return _set("CustomField", str(FIELD_IDS.get(name, 0)), old, new)


def _set(kind: str, field: str, old: str, new: str) -> Shown:
    return {"Type": kind, "Field": field, "OldValue": old, "NewValue": new}


def stamp(at: int | None) -> str:
    """A time as RT writes it; 1970 where there is none."""
    return NEVER if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def written(value: Value, *, is_time: bool) -> str:
    """The value of a custom field; "" where it has none."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    return stamp(int(value)) if is_time and isinstance(value, int) else str(value)
