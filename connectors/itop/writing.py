"""Writes problems, the incident's problem, and entries of private logs.

iTop has no lock: what happened between our look and our write its log of changes tells, if this
user may read it. Of entries in a log that several people add at once some are lost though iTop says
that all is well: so each is read back. States are moved by stimuli along the life cycle, never
set.

Source:
    Combodo, "REST/JSON services"; life cycle of problems: data model "itop-problem-mgmt".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from connectors.core.mapping.html_text import plain_of
from connectors.core.surroundings import Surroundings
from connectors.core.writing import Abilities, Creation, Edit, Identity, send
from connectors.itop.api import PATH, VERSION, Fields, ItopApi, checked
from connectors.itop.config import ItopConfig
from connectors.itop.tables import tables_of
from connectors.itop.write_history import LogHistory
from connectors.itop.write_words import (
    CANCELED,
    FIELDS,
    LONGEST,
    REFERENCES,
    STATES,
    STIMULI,
    TITLE,
    WAY,
    code_of,
    html_of,
    quoted,
)
from itsm.errors import FatalSourceError, MappingError, TransientSourceError
from itsm.pushed import Remote
from itsm.pushing import PROBLEM, PushKind
from itsm.states import RecordKind

K = PushKind
_COMMENT = "csi pipeline"


@dataclass(slots=True)
class ItopWriter:
    """Writes to one iTop."""

    name: str
    config: ItopConfig
    around: Surroundings = field(default_factory=Surroundings)
    _api: ItopApi = field(init=False, repr=False)
    _history: LogHistory = field(init=False, repr=False)
    _classes: Mapping[PushKind, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Reads the settings; nothing is sent yet."""
        self._api = ItopApi(self.name, self.config, self.around)
        self._history = LogHistory(self._api)
        # What is written may be of a class that is not read.
        kinds = tables_of(self.config.model_copy(update={"kinds": None})).kinds
        named = {K.INCIDENT: RecordKind.INCIDENT, K.PROBLEM: RecordKind.PROBLEM}
        self._classes = {kind: kinds[one].names[0] for kind, one in named.items() if one in kinds}

    @property
    def abilities(self) -> Abilities:
        """Problems; an incident has one."""
        states = frozenset({*STATES.values(), "canceled"})
        return Abilities(
            fields={K.PROBLEM: frozenset(FIELDS[K.PROBLEM])},
            states={K.PROBLEM: states},
            settles_s=self.config.push.settle_s,
        )

    def identity(self) -> Identity:
        """The address it is reached under: iTop tells no name of its own, so no copy is known."""
        self._api.asked({"operation": "list_operations"})
        return Identity(name=urlsplit(self.config.url).netloc)

    def held(self, kind: PushKind, values: Mapping[str, str]) -> Mapping[str, str]:
        """Texts as they come back: a title in one line, a description through HTML and back."""
        found = {}
        for name, value in values.items():
            text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
            if name == "description":
                found[name] = plain_of(html_of(text[:LONGEST]))
            else:
                found[name] = " ".join(text.split("\n"))[:TITLE].strip()
        return found

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """The problems whose attribute holds the key, taken back ones included."""
        both = "','".join(map(quoted, (key, key + CANCELED)))
        where = f"{self.config.push.key_attribute} IN ('{both}')"
        rows = self._rows(kind, where)
        return [self._remote(kind, row) for row in sorted(rows, key=lambda row: int(row["id"]))]

    def read(self, kind: PushKind, record: str) -> Remote | None:
        """A record by its id."""
        rows = self._rows(kind, f"id = {record}") if record.isdecimal() else []
        return self._remote(kind, rows[0]) if rows else None

    def numbered(self, kind: PushKind, number: str) -> Remote | None:
        """A record by its reference."""
        rows = self._rows(kind, f"ref = '{quoted(number)}'")
        return self._remote(kind, rows[0]) if rows else None

    def create(self, what: Creation) -> str:
        """Create a problem with the key in its attribute."""
        organization = self.config.push.organization
        if organization is None:
            raise FatalSourceError(
                self.name, "a problem needs an organization: name it as push.organization"
            )
        fields = self._written(what.kind, what.values)
        fields["org_id"] = f"SELECT Organization WHERE name = '{quoted(organization)}'"
        fields[self.config.push.key_attribute] = what.key
        value = self._sent("core/create", self._classes[what.kind], {"fields": fields})
        for one in (value.get("objects") or {}).values():
            return str(one.get("key"))
        raise TransientSourceError(self.name, "created, and the answer does not say which")

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Update some attributes."""
        self._update(before, self._written(before.kind, values))

    def move(self, before: Remote, state: str, text: str) -> None:
        """Apply the stimuli that lead to a state, each with what it asks for."""
        wanted = "closed" if state == "canceled" else code_of(state)
        rows = self._rows(before.kind, f"id = {before.key}")
        status = str(rows[0].get("status")) if rows else ""
        if status not in WAY or wanted not in WAY:
            raise FatalSourceError(self.name, f"nothing leads from {status} to {wanted}")
        for step in WAY[WAY.index(status) + 1 : WAY.index(wanted) + 1]:
            asked = {"stimulus": STIMULI[step], "fields": self._demanded(step, rows[0])}
            self._sent("core/apply_stimulus", self._classes[before.kind], asked, before.key)
        if state == "canceled":
            key = str(rows[0].get(self.config.push.key_attribute) or "")
            marked = key.removesuffix(CANCELED) + CANCELED
            self._update(before, {self.config.push.key_attribute: marked})
        if text:
            self.note(before, text)

    def link(self, incident: Remote, problem: Remote) -> None:
        """Not used: an incident has one problem, which is a field of it."""
        self.write(incident, {PROBLEM: problem.number})

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Not used, as `link`."""
        del problem
        self.write(incident, {PROBLEM: ""})

    def note(self, record: Remote, text: str) -> None:
        """Add to the private log, which the portal does not show; see that it is there."""
        item = {"message": text, "format": "text"}
        self._update(record, {"private_log": {"add_item": item}})
        if not self.has_note(record, text.strip()[:200]):
            raise TransientSourceError(
                self.name, "an entry of the log was acknowledged and is not there"
            )

    def has_note(self, record: Remote, mark: str) -> bool:
        """Whether an entry of the private log holds the mark."""
        cls = self._classes[record.kind]
        oql = f"SELECT {cls} WHERE id = {record.key}"
        for row in self._api.again(cls, oql, ("private_log",)).rows:
            log = row.get("private_log")
            entries = log.get("entries") if isinstance(log, dict) else ()
            if any(mark in str(entry.get("message", "")) for entry in entries or ()):
                return True
        return False

    def nobody_between(self, before: Remote, after: Remote) -> bool:
        """Never sure: the time of update is all there is, in whole seconds."""
        return False

    def edits(self, before: Remote) -> Sequence[Edit] | None:
        """What the logs of changes tell since a record was read; None if they may not be read."""
        now = self.read(before.kind, before.key)
        cls = self._classes[before.kind]
        return self._history.since(before, cls, dict(now.fields) if now is not None else {})

    def _demanded(self, step: str, row: Fields) -> dict[str, object]:
        """What a stimulus asks for."""
        if step != "assigned":
            return {}
        team = str(row.get("team_name") or self.config.push.team or "")
        if not team or self.config.push.agent is None:
            raise FatalSourceError(
                self.name, "a problem is assigned to somebody first: name push.team and push.agent"
            )
        agent = quoted(self.config.push.agent)
        return {
            "team_id": f"SELECT Team WHERE name = '{quoted(team)}'",
            "agent_id": f"SELECT Person WHERE friendlyname = '{agent}'",
        }

    def _written(self, kind: PushKind, values: Mapping[str, str]) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, text in values.items():
            column = FIELDS[kind][name]
            if column in REFERENCES:
                own, oql = REFERENCES[column]
                found[own] = self._reference(name, oql, text) if text else 0
            else:
                found[column] = html_of(text) if column == "description" else text
        return found

    def _reference(self, name: str, oql: str, text: str) -> str:
        """A query for the one object that has a name.

        Raises:
            MappingError: there is none, or there are several.
        """
        query = oql.format(quoted(text))
        n = self._api.again(query.split()[1], query, ("friendlyname",), 1).total
        if n != 1:
            told = "is not there" if n == 0 else f"is there {n} times"
            raise MappingError(self.name, name, f"{text!r} {told} in iTop", "correct its name")
        return query

    def _update(self, record: Remote, fields: Mapping[str, object]) -> None:
        self._sent("core/update", self._classes[record.kind], {"fields": fields}, record.key)

    def _sent(
        self, verb: str, cls: str, more: Mapping[str, object], key: str = ""
    ) -> dict[str, Any]:
        given: dict[str, object] = {"operation": verb, "class": cls, "comment": _COMMENT,
                                    "output_fields": "id", **more}  # fmt: skip
        if key:
            given["key"] = int(key)
        form = {"version": VERSION, "json_data": orjson.dumps(given).decode(), **self._api.who}
        answer = send(self._api.client, "POST", PATH, form=form)
        try:
            return checked(self.name, orjson.loads(answer.body))
        except orjson.JSONDecodeError:
            raise TransientSourceError(self.name, "the answer to a write cannot be read") from None

    def _rows(self, kind: PushKind, where: str) -> Sequence[Fields]:
        cls, key = self._classes[kind], self.config.push.key_attribute
        names = ("ref", "status", "last_update", *FIELDS[kind].values())
        more = (key,) if kind is K.PROBLEM else ()
        return self._api.again(cls, f"SELECT {cls} WHERE {where}", (*names, *more)).rows

    def _remote(self, kind: PushKind, row: Fields) -> Remote:
        fields = {name: str(row.get(one) or "") for name, one in FIELDS[kind].items()}
        if "description" in fields:
            fields["description"] = plain_of(fields["description"])
        status, key = str(row.get("status")), str(row["id"])
        mark = str(row.get(self.config.push.key_attribute) or "")
        is_back = status == "closed" and mark.endswith(CANCELED)
        problem = fields.get(PROBLEM, "")
        cls = self._classes[kind]
        return Remote(
            kind=kind,
            key=key,
            number=str(row.get("ref") or key),
            link=f"{self.config.url}/pages/UI.php?operation=details&class={cls}&id={key}",
            version=f"{row.get('last_update')}|{self._history.last(cls, key)}",
            fields=fields,
            state="canceled" if is_back else STATES.get(status, status),
            is_closed=status == "closed",
            problems=(problem,) if problem else (),
        )
