"""Writes problems, links, internal comments and register entries as tickets.

RT locks: a write carries the ETag of the ticket as it was read, and is refused (412) if anything
has happened to it since, a comment included. What RT refuses otherwise it says under status 200, so
the engine reads back. A custom field that a queue does not have is dropped without a word: so
nothing is created in a queue that lacks the one that holds the key.

Source:
    Best Practical, "RT::REST2", and what RT 5.0.3 of Debian answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from connectors.core.surroundings import Surroundings
from connectors.core.writing import Abilities, Creation, Edit, Identity, send
from connectors.rt.api import ROOT, Item, RtApi, either, moment, quoted
from connectors.rt.cells import custom_of, links_of
from connectors.rt.config import RtConfig
from connectors.rt.tables import tables_of
from connectors.rt.write_words import CLOSED, LONGEST, SUBJECT, TITLE, WriteWords
from itsm.errors import FatalSourceError, ForbiddenError, TransientSourceError, WriteConflictError
from itsm.pushed import Remote
from itsm.pushing import STATE, PushKind
from itsm.states import RecordKind

K = PushKind
_TEXT = "text/plain"


@dataclass(slots=True)
class RtWriter:
    """Writes to one tracker."""

    name: str
    config: RtConfig
    around: Surroundings = field(default_factory=Surroundings)
    _api: RtApi = field(init=False, repr=False)
    _queues: Mapping[PushKind, tuple[str, ...]] = field(init=False, repr=False)
    _words: WriteWords = field(init=False, repr=False)
    _kinds: dict[str, str] = field(default_factory=dict, init=False, repr=False)
    _checked: set[PushKind] = field(default_factory=set, init=False, repr=False)

    def __post_init__(self) -> None:
        """Reads the settings; nothing is sent yet."""
        self._api = RtApi(self.name, self.config, self.around)
        self._words = WriteWords(self.config.push)
        tables, register = tables_of(self.config).kinds, self.config.push.register_queue
        self._queues = {
            K.INCIDENT: tables[RecordKind.INCIDENT].names if RecordKind.INCIDENT in tables else (),
            K.PROBLEM: tables[RecordKind.PROBLEM].names if RecordKind.PROBLEM in tables else (),
            K.REGISTER_ENTRY: (register,) if register else (),
        }

    @property
    def abilities(self) -> Abilities:
        """Problems, and register entries where there is a queue of them; links between tickets."""
        kinds = [kind for kind in (K.PROBLEM, K.REGISTER_ENTRY) if self._queues[kind]]
        return Abilities(
            fields={kind: frozenset({TITLE, *self._words.custom(kind)}) for kind in kinds},
            states={kind: frozenset(self._words.statuses(kind)) for kind in kinds},
            has_one_problem=False,
            locks=True,
            settles_s=self.config.push.settle_s,
        )

    def identity(self) -> Identity:
        """The address that RT tells as its own, which a restored copy keeps."""
        items = self._api.some("queues/all", "", {"fields": "Name"})
        told = {urlsplit(str(one.get("_url", ""))).netloc for one in items} - {""}
        if len(told) != 1:
            raise FatalSourceError(self.name, "it does not tell its address: give it SeeQueue")
        (name,) = told
        here = urlsplit(self.config.url).netloc
        copy = "" if name == here else f"it calls itself {name} and is reached as {here}"
        return Identity(name=name, copy_of=copy)

    def held(self, kind: PushKind, values: Mapping[str, str]) -> Mapping[str, str]:
        """Plain line ends, no blanks around; a subject is one line of 200 characters."""
        found = {}
        for name, value in values.items():
            text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
            if name == TITLE:
                text = " ".join(text.split("\n"))[:SUBJECT]
            found[name] = text[:LONGEST].strip()
        return found

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """The tickets whose custom field holds the key."""
        self._check_key(kind)
        where = f"CF.{{{self.config.push.key_field}}} = {quoted(key)}"
        query = f"{either('Queue', self._queues[kind])} AND {where}"
        found = [self.read(kind, str(one["id"])) for one in self._api.some("tickets", query, {})]
        return [one for one in found if one is not None]

    def read(self, kind: PushKind, record: str) -> Remote | None:
        """A ticket by its number, with its ETag."""
        if not record.isdecimal():
            return None
        path = f"{ROOT}/ticket/{record}"
        try:
            answer = self._api.client.get(path, accept={404})
        except ForbiddenError:
            return None
        if answer.status == 404:
            return None
        item = self._json(answer.body)
        queue = self._api.queue_name(str(item.get("Queue", {}).get("id", "")))
        names = {name.casefold() for name in self._queues[kind]}
        if str(item.get("id")) != record or queue.casefold() not in names:
            return None
        tag = next((v for n, v in answer.headers.items() if n.lower() == "etag"), "")
        return self._remote(kind, item, tag)

    def numbered(self, kind: PushKind, number: str) -> Remote | None:
        """A ticket by its number, which is its key."""
        return self.read(kind, number)

    def create(self, what: Creation) -> str:
        """Post a ticket with the key in its custom field."""
        self._check_key(what.kind)
        custom = self._words.values(what.kind, what.values)
        custom[self.config.push.key_field] = what.key
        body = {
            "Queue": self._queues[what.kind][0],
            "Subject": what.values.get(TITLE, ""),
            "Content": what.values.get("description", ""),
            "ContentType": _TEXT,
            "CustomFields": custom,
        }
        answer = send(self._api.client, "POST", f"{ROOT}/ticket", body)
        key = self._json(answer.body).get("id")
        if not key:
            raise TransientSourceError(self.name, "created, and the answer does not say which")
        return str(key)

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Put some fields, if nothing has happened since they were read."""
        body: dict[str, object] = {}
        if TITLE in values:
            body["Subject"] = values[TITLE]
        custom = self._words.values(before.kind, values)
        lacking = sorted(values.keys() - {TITLE} - set(self._words.custom(before.kind)))
        if lacking:
            told = f"{lacking[0]} is no custom field here"
            raise FatalSourceError(self.name, f"{told}: name one under push.custom_fields")
        self._put(before, body | ({"CustomFields": custom} if custom else {}))

    def move(self, before: Remote, state: str, text: str) -> None:
        """Put a status, if nothing has happened, and then a comment that only agents see.

        RT would do both at once, but a comment has no ETag: with one it is always refused.
        """
        self._put(before, {"Status": self._words.statuses(before.kind)[state]})
        if text:
            self.note(before, text)

    def link(self, incident: Remote, problem: Remote) -> None:
        """Add a link; RT keeps one of each."""
        name = f"Add{self.config.push.link}"
        self._send(incident, "PUT", f"{ROOT}/ticket/{incident.key}", {name: [int(problem.key)]})

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Take the link away, whichever it is."""
        path = f"{ROOT}/ticket/{incident.key}"
        for name in ("DeleteRefersTo", "DeleteDependsOn"):
            self._send(incident, "PUT", path, {name: [int(problem.key)]})

    def note(self, record: Remote, text: str) -> None:
        """Comment, which requestors never see; never correspond, which mails them."""
        body = {"Content": text, "ContentType": _TEXT}
        self._send(record, "POST", f"{ROOT}/ticket/{record.key}/comment", body)

    def has_note(self, record: Remote, mark: str) -> bool:
        """Whether the text of a comment holds the mark."""
        query = f"ObjectType = 'RT::Ticket' AND ObjectId = {record.key} AND Type = 'Comment'"
        said = self._api.some("transactions", query, {"fields": "Type"})
        texts = self._api.texts([str(one["id"]) for one in said]) if said else {}
        return any(mark in text for text in texts.values())

    def nobody_between(self, before: Remote, after: Remote) -> bool:
        """Always: what was written was written to the ticket as it had been read."""
        return True

    def edits(self, before: Remote) -> Sequence[Edit] | None:
        """The transactions behind the one that the ETag names."""
        last = before.version.strip('"')
        if not last.isdecimal():
            return None
        query = f"ObjectType = 'RT::Ticket' AND ObjectId = {before.key} AND id > {last}"
        fields = "Type,Field,OldValue,NewValue,Creator,Created"
        found = self._api.some("transactions", query, {"fields": fields})
        found.sort(key=lambda one: int(one["id"]))
        made = [self._edit(before.kind, one) for one in found]
        return [one for one in made if one is not None]

    def _edit(self, kind: PushKind, item: Item) -> Edit | None:
        name, what = str(item.get("Field") or ""), str(item.get("Type") or "")
        old, new = str(item.get("OldValue") or ""), str(item.get("NewValue") or "")
        if what == "Status":
            field_, old, new = STATE, self._state(kind, old), self._state(kind, new)
        elif what == "CustomField":
            own = {value.casefold(): key for key, value in self._words.custom(kind).items()}
            field_ = own.get(self._api.field_name(name).casefold(), name)
        else:
            field_ = {"Subject": TITLE}.get(name, name or what)
        by = str((item.get("Creator") or {}).get("id", ""))
        ours = self.config.push.user or self.config.user or ""
        at = moment(item.get("Created"))
        return Edit(
            field=field_, before=old, after=new, by=by, is_ours=bool(ours) and by == ours, at=at
        )

    def _put(self, before: Remote, body: Mapping[str, object]) -> None:
        self._send(before, "PUT", f"{ROOT}/ticket/{before.key}", body, before.version)

    def _send(
        self, record: Remote, method: str, path: str, body: object, version: str = ""
    ) -> None:
        headers = {"If-Match": version} if version else {}
        answer = send(self._api.client, method, path, body, headers=headers, accept={412})
        if answer.status == 412:
            raise WriteConflictError(self.name, f"ticket {record.key} has changed meanwhile")
        told = orjson.loads(answer.body) if answer.body[:1] == b"[" else []
        for message in map(str, told):
            if "Permission Denied" in message:
                raise ForbiddenError(self.name, message[:200])

    def _check_key(self, kind: PushKind) -> None:
        """See that what is created can be found again.

        Raises:
            FatalSourceError: a queue lacks the custom field for keys.
        """
        if kind in self._checked:
            return
        wanted = self.config.push.key_field
        for queue in self._queues[kind]:
            told = self._api.one(f"queue/{quote(queue, safe='')}") or {}
            known = [str(one.get("name", "")) for one in told.get("TicketCustomFields") or ()]
            if wanted not in known:
                raise FatalSourceError(
                    self.name,
                    f"queue {queue} has no custom field {wanted!r}, so that what is created could "
                    "not be found again; add it there, or name another as push.key_field",
                )
        self._checked.add(kind)

    def _remote(self, kind: PushKind, item: Item, tag: str) -> Remote:
        values, key = custom_of(item, unchanged=True), str(item["id"])
        fields = {
            name: values.get(own.casefold(), "") for name, own in self._words.custom(kind).items()
        }
        status = str(item.get("Status") or "")
        is_written = kind is not K.INCIDENT
        return Remote(
            kind=kind,
            key=key,
            number=key,
            link=f"{self.config.url}/Ticket/Display.html?id={key}",
            version=tag,
            fields={TITLE: str(item.get("Subject") or ""), **fields} if is_written else {},
            state=self._state(kind, status),
            is_closed=status.casefold() in CLOSED,
            problems=self._problems(item) if kind is K.INCIDENT else (),
        )

    def _problems(self, item: Item) -> tuple[str, ...]:
        """The problems an incident refers to or depends on."""
        ends = [key for ref, key in links_of(item) if ref in {"refers-to", "depends-on"}]
        new = [key for key in ends if key not in self._kinds]
        if new:
            params = {"fields": "Queue", "fields[Queue]": "Name"}
            for one in self._api.some("tickets", either("id", new), params):
                self._kinds[str(one["id"])] = str(one["Queue"].get("Name", "")).casefold()
        wanted = {name.casefold() for name in self._queues[K.PROBLEM]}
        return tuple(sorted({key for key in ends if self._kinds.get(key) in wanted}))

    def _state(self, kind: PushKind, status: str) -> str:
        return self._words.state(kind, status)

    def _json(self, body: bytes) -> dict[str, Any]:
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise TransientSourceError(self.name, "the answer to a write cannot be read") from None
        return value if isinstance(value, dict) else {}
