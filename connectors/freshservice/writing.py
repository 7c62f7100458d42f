"""Writes problems, the links of tickets to them, and private notes to a Freshservice account.

Freshservice has no lock, and tells no history of problems: what is written to one is compared right
before, and nobody can tell afterwards what stood there for the moment between. So a problem is
written when it is created, and its fields are not written again unless the settings say so. Of
tickets the activities tell whether somebody else was there. Register entries are records of a
custom object, where the settings name one.

Source:
    Freshworks, https://api.freshservice.com: problems, tickets, notes, activities.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from urllib.parse import urlsplit

import orjson

from connectors.core.mapping.html_text import plain_of
from connectors.core.mapping.html_writing import html_of_text, kept_text
from connectors.core.surroundings import Surroundings
from connectors.core.write_words import ENDED
from connectors.core.writing import Abilities, Creation, Edit, Identity, send
from connectors.freshservice import register_object
from connectors.freshservice.api import MOST, FreshserviceApi, Row
from connectors.freshservice.config import FreshserviceConfig
from connectors.freshservice.making import below
from connectors.freshservice.names import Names
from connectors.freshservice.register_object import RegisterObject
from connectors.freshservice.rows import INCIDENT
from connectors.freshservice.rows import PROBLEM as PROBLEM_PREFIX
from connectors.freshservice.write_words import (
    CANCELED,
    FIELDS,
    LONGEST_TEXT,
    STATUSES,
    body_of,
    held,
    shown,
    state_of,
)
from itsm.errors import ConfigError, FatalSourceError, TransientSourceError
from itsm.pushed import Remote
from itsm.pushing import PROBLEM, STATE, PushKind

_EVER = "2000-01-01T00:00:00Z"
_OVERLAP = timedelta(minutes=2)
_ENTRY = PushKind.REGISTER_ENTRY
_PATHS = {PushKind.INCIDENT: ("tickets", "ticket"), PushKind.PROBLEM: ("problems", "problem")}


@dataclass(slots=True)
class FreshserviceWriter:
    """Writes to one account."""

    name: str
    config: FreshserviceConfig
    around: Surroundings = field(default_factory=Surroundings)
    _api: FreshserviceApi = field(init=False, repr=False)
    _names: Names = field(init=False, repr=False)
    _by_key: dict[str, set[str]] = field(default_factory=dict, init=False, repr=False)
    _listed_until: str = field(default=_EVER, init=False)

    def __post_init__(self) -> None:
        """Reads the settings; nothing is sent yet."""
        self._api = FreshserviceApi(self.name, self.config, self.around)
        self._names = Names(self._api, frozenset())

    @property
    def abilities(self) -> Abilities:
        """Problems, and register entries where an object is named; a ticket has one problem."""
        fields = {PushKind.PROBLEM: frozenset(FIELDS)}
        states = {PushKind.PROBLEM: frozenset(STATUSES)}
        if self.config.push.register_object_id is not None:
            fields[_ENTRY] = frozenset(register_object.FIELDS)
            states[_ENTRY] = frozenset(register_object.STATES)
        return Abilities(
            fields=fields,
            states=states,
            has_one_problem=True,
            tells_edits=False,
            settles_s=self.config.push.settle_s,
        )

    def identity(self) -> Identity:
        """The address it is reached at, which is the account's; asked, so that the key is tried."""
        self._api.whole("problems", {"per_page": 1, "page": 1})
        return Identity(name=urlsplit(self.config.url).netloc)

    def held(self, kind: PushKind, values: Mapping[str, str]) -> Mapping[str, str]:
        """Titles in one line, other texts with plain line ends, both cut."""
        del kind
        return held(values)

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """Problems whose field for our key holds it; those that changed since the last look."""
        if kind is _ENTRY:
            return self._register.carrying(key)
        begun = self.around.clock() - _OVERLAP
        number = 1
        while True:
            page = self._api.page(
                "problems",
                "problems",
                {"updated_since": self._listed_until, "page": number, "per_page": MOST},
            )
            for row in page.rows:
                if there := self._key(row):
                    self._by_key.setdefault(there, set()).add(str(row["id"]))
            if not page.has_more:
                break
            number += 1
        self._listed_until = f"{begun.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        ids = sorted(self._by_key.get(key, ()), key=int)
        found = [self._problem(one) for one in ids]
        return [self._remote(PushKind.PROBLEM, row) for row in found if self._key(row) == key]

    def read(self, kind: PushKind, record: str) -> Remote | None:
        """A ticket, problem or record by its id; none that lies in the trash."""
        if kind is _ENTRY:
            return self._register.read(record)
        row = self._row(kind, record)
        return None if row is None else self._remote(kind, row)

    def numbered(self, kind: PushKind, number: str) -> Remote | None:
        """A record by its number, such as PRB-31."""
        record = number.rpartition("-")[2]
        return self.read(kind, record) if record.isdecimal() else None

    def create(self, what: Creation) -> str:
        """Open a problem with the key.

        Raises:
            ConfigError: the settings do not say in whose name.
        """
        if what.kind is _ENTRY:
            return self._register.create(what.key, what.values)
        requester = self.config.push.requester_id
        if requester is None:
            raise ConfigError(
                f"sources.{self.name}.push.requester_id: say in whose name problems are opened"
            )
        body: dict[str, object] = {
            "status": 1,
            "priority": 1,
            "impact": 1,
            "description": "<p></p>",
        }
        body |= body_of(self.name, what.values, self._teams())
        body |= {"requester_id": requester, "custom_fields": {self.config.push.key_field: what.key}}
        answer = send(self._api.client, "POST", "problems", body)
        try:
            return str(orjson.loads(answer.body)["problem"]["id"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise TransientSourceError(
                self.name, "problems: opened, and the answer does not say which"
            ) from None

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Put some fields of a problem, or the problem of a ticket."""
        if before.kind is PushKind.INCIDENT:
            number = values[PROBLEM].rpartition("-")[2]
            key = int(number) if number.isdecimal() else None
            self._put(before, {"problem": {"display_id": key}})
        elif before.kind is _ENTRY:
            self._register.write(before.key, values)
        else:
            self._put(before, body_of(self.name, values, self._teams()))

    def move(self, before: Remote, state: str, text: str) -> None:
        """Put the status, then say why in a note, where there are notes."""
        if before.kind is _ENTRY:
            self._register.move(before.key, state)
            return
        body: dict[str, object] = {"status": STATUSES[state]}
        if state == "canceled":
            key = self._key(self._problem(before.key))
            body["custom_fields"] = {self.config.push.key_field: f"{key}{CANCELED}"}
        self._put(before, body)
        if text:
            self.note(before, text)

    def link(self, incident: Remote, problem: Remote) -> None:
        """Not used: a ticket has one problem, which is a field of it."""
        self.write(incident, {PROBLEM: problem.number})

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Not used, as `link`."""
        del problem
        self.write(incident, {PROBLEM: ""})

    def note(self, record: Remote, text: str) -> None:
        """Add a note; requesters see none of problems, and none of tickets that is private.

        Raises:
            FatalSourceError: the record takes none.
        """
        if record.kind is _ENTRY:
            raise FatalSourceError(self.name, f"{record.number}: records have no notes")
        body: dict[str, object] = {"body": html_of_text(kept_text(text, LONGEST_TEXT))}
        if record.kind is PushKind.INCIDENT:
            body["private"] = True
        send(self._api.client, "POST", f"{_PATHS[record.kind][0]}/{record.key}/notes", body)

    def has_note(self, record: Remote, mark: str) -> bool:
        """Whether a note holds the mark."""
        name = "conversations" if record.kind is PushKind.INCIDENT else "notes"
        rows = below(self._api, f"{_PATHS[record.kind][0]}/{record.key}/{name}", name)
        return any(mark in plain_of(str(row.get("body") or "")) for row in rows)

    def nobody_between(self, before: Remote, after: Remote) -> bool:
        """Of a ticket: whether its activities tell of nobody else; of a problem nobody can know."""
        if before.kind is not PushKind.INCIDENT:
            return True
        n_before = int(before.version.rpartition(".")[2])
        new = self._activities(after.key)[n_before:]
        ours = self.config.push.requester_id
        return all((one.get("actor") or {}).get("id") in {None, ours} for one in new)

    def edits(self, before: Remote) -> Sequence[Edit] | None:
        """What differs in a record of the register, by whoever saved it last.

        Of tickets and problems it is never known: activities do not tell what stood there before.
        """
        now = self.read(before.kind, before.key) if before.kind is _ENTRY else None
        if now is None:
            return None
        who = self._register.saved_by(before.key)
        by = self._names.person(who) if who else ""
        is_ours = who == str(self.config.push.requester_id)
        return [
            Edit(
                field=name, before=before.value(name), after=now.value(name), by=by, is_ours=is_ours
            )
            for name in (*now.fields, STATE)
            if now.value(name) != before.value(name)
        ]

    @property
    def _register(self) -> RegisterObject:
        return RegisterObject(self._api, self.config.push)

    def _activities(self, ticket: str) -> list[Row]:
        found = list(below(self._api, f"tickets/{ticket}/activities", "activities"))
        return sorted(found, key=lambda one: str(one.get("created_at") or ""))

    def _remote(self, kind: PushKind, row: Row) -> Remote:
        key, version = str(row["id"]), str(row.get("updated_at") or "")
        state = state_of(row, kind, self._mark(row))
        page = f"{self.config.url.rstrip('/')}/a/{_PATHS[kind][0]}/{key}"
        if kind is PushKind.PROBLEM:
            fields = shown(row, self._names.of("group", str(row.get("group_id") or "")))
            number = f"{PROBLEM_PREFIX}{key}"
        else:
            linked = (row.get("problem") or {}).get("display_id")
            fields = {PROBLEM: f"{PROBLEM_PREFIX}{linked}" if linked is not None else ""}
            number = f"{INCIDENT}{key}"
            version = f"{version}.{len(self._activities(key))}"
        return Remote(
            kind=kind,
            key=key,
            number=number,
            link=page,
            version=version,
            fields=fields,
            state=state,
            is_closed=state in ENDED,
            problems=tuple(filter(None, (fields.get(PROBLEM),))),
        )

    def _row(self, kind: PushKind, record: str) -> Row | None:
        path, name = _PATHS[kind]
        include = {"include": "problem"} if kind is PushKind.INCIDENT else None
        row = self._api.one(f"{path}/{record}", name, include)
        return None if row is None or row.get("deleted") else row

    def _problem(self, key: str) -> Row:
        return self._row(PushKind.PROBLEM, key) or {}

    def _key(self, row: Row) -> str:
        return self._mark(row).removesuffix(CANCELED)

    def _mark(self, row: Row) -> str:
        return str((row.get("custom_fields") or {}).get(self.config.push.key_field) or "")

    def _teams(self) -> dict[str, str]:
        return self._names.numbers("group")

    def _put(self, record: Remote, body: Mapping[str, object]) -> None:
        path = f"{_PATHS[record.kind][0]}/{record.key}"
        answer = send(self._api.client, "PUT", path, dict(body))
        if not answer.body:
            raise FatalSourceError(self.name, f"{path}: the account did not say what it did")
