"""Writes problems, links, internal journal notes and register entries to a Cherwell CSM.

Cherwell has no lock and no key of its own: a text field of the company's holds ours, and the
journal tells afterwards what people changed meanwhile. A save may fail under a status of success,
so each answer is looked at. Records are linked by a GET, which is sent once like any other write.

Source:
    Cherwell, "CSM REST API" 10.5: savebusinessobject, saverelatedbusinessobject,
    linkrelatedbusinessobject.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connectors.cherwell.api import REC_ID, V1, BusObject, CherwellApi, Search, Values
from connectors.cherwell.config import CherwellConfig
from connectors.cherwell.write_answers import MADE, checked, dirty, edit_of, raise_validation
from connectors.cherwell.write_words import write_words
from connectors.core.mapping.readers import read_utc
from connectors.core.surroundings import Surroundings
from connectors.core.write_words import WriteWords
from connectors.core.writing import Abilities, Creation, Edit, Identity, send
from itsm.errors import FatalSourceError, ForbiddenError, MappingError, TransientSourceError
from itsm.pushed import Remote
from itsm.pushing import PROBLEM, PushKind

_HISTORY, _NOTES = "JournalHistory", "JournalNote"
_PARENT = "ParentRecID"
_TOLD = ("FieldName", "OldValue", "NewValue", "CreatedBy", MADE)
_AT_ONCE = 200


@dataclass(slots=True)
class CherwellWriter:
    """Writes to one instance."""

    name: str
    config: CherwellConfig
    around: Surroundings = field(default_factory=Surroundings)
    _api: CherwellApi = field(init=False, repr=False)
    _words: Mapping[PushKind, WriteWords] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Reads the settings; nothing is sent yet."""
        self._api = CherwellApi(self.name, self.config, self.around)
        self._words = write_words(self.config)

    @property
    def abilities(self) -> Abilities:
        """Problems, and register entries where an object is named; an incident has one problem."""
        made = {kind: one for kind, one in self._words.items() if kind is not PushKind.INCIDENT}
        return Abilities(
            fields={kind: frozenset(one.fields) for kind, one in made.items()},
            states={kind: frozenset(one.states) for kind, one in made.items()},
            has_one_problem=True,
            settles_s=self.config.push.settle_s,
        )

    def identity(self) -> Identity:
        """The address it is reached at: an instance does not say what it calls itself."""
        self._api.ask("serviceinfo")
        return Identity(name=urlsplit(self.config.url).netloc)

    def held(self, kind: PushKind, values: Mapping[str, str]) -> Mapping[str, str]:
        """Short texts in one line, others with plain line ends, cut."""
        return self._words[kind].held(values)

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """Records whose field for our key holds it, oldest first."""
        return self._found(kind, self.config.push.key_field, key)

    def read(self, kind: PushKind, record: str) -> Remote | None:
        """A record by its id."""
        of = self._object(kind)
        rows = self._api.by_key(of, [record])
        return self._remote(kind, rows[0]) if rows else None

    def numbered(self, kind: PushKind, number: str) -> Remote | None:
        """A record by its number."""
        return next(iter(self._found(kind, self._words[kind].number, number)), None)

    def create(self, what: Creation) -> str:
        """Save a record without an id, with the key."""
        words = self._words[what.kind]
        cells = self._cells(words, what.values)
        cells[self.config.push.key_field] = what.key
        return self._save(what.kind, "", cells)

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Save some fields; the problem of an incident is a link."""
        rest = {name: text for name, text in values.items() if name != PROBLEM}
        if before.kind is not PushKind.INCIDENT:
            self._save(before.kind, before.key, self._cells(self._words[before.kind], rest))
        elif PROBLEM in values:
            self._link(before, values[PROBLEM])

    def move(self, before: Remote, state: str, text: str) -> None:
        """Save the state, then say why in the journal."""
        words = self._words[before.kind]
        self._save(before.kind, before.key, {words.status: words.states[state]})
        if text and before.kind is not PushKind.REGISTER_ENTRY:
            self.note(before, text)

    def link(self, incident: Remote, problem: Remote) -> None:
        """Not used: an incident has one problem, which is a field of it."""
        self.write(incident, {PROBLEM: problem.number})

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Not used, as `link`."""
        del problem
        self.write(incident, {PROBLEM: ""})

    def note(self, record: Remote, text: str) -> None:
        """Add a note to the journal that the portal does not show.

        Raises:
            FatalSourceError: the object owns no notes, or these cannot be hidden.
        """
        of, notes = self._object(record.kind), self._named(_NOTES)
        label = self.config.push.journal_relationships.get(
            record.kind, f"{of.name} Owns Journal Notes"
        )
        if label not in of.relationships or "ShowInPortal" not in notes.fields:
            raise FatalSourceError(
                self.name,
                f"{record.number}: {of.name} has no relationship {label!r} to notes that can be "
                "hidden; name it under push.journal_relationships",
            )
        asked = {
            "parentBusObId": of.id,
            "parentBusObRecId": record.key,
            "relationshipId": of.relationships[label],
            "busObId": notes.id,
            "fields": dirty(notes, {"Details": text, "ShowInPortal": "False"}),
            "persist": True,
        }
        checked(self._api, send(self._api.client, "POST", f"{V1}/saverelatedbusinessobject", asked))

    def has_note(self, record: Remote, mark: str) -> bool:
        """Whether a note of the journal holds the mark."""
        notes = self._api.object_named(_NOTES)
        if notes is None:
            return False
        rows = self._all(notes, ("Details",), ((_PARENT, "eq", record.key),))
        return any(mark in one.get("Details", "") for one in rows)

    def nobody_between(self, before: Remote, after: Remote) -> bool:
        """Never sure: only the journal tells."""
        del before, after
        return False

    def edits(self, before: Remote) -> Sequence[Edit] | None:
        """What the journal tells beyond the entries it had before; None where it tells nothing."""
        words, n_before = self._words[before.kind], before.version.rpartition(".")[2]
        rows = self._journal(before.key)
        new = rows[int(n_before) :] if n_before.isdecimal() else []
        ours = self.config.push.user or self.config.user or ""
        return [edit_of(words, row, ours) for row in new] or None

    def _found(self, kind: PushKind, name: str, value: str) -> list[Remote]:
        of = self._object(kind)
        if name not in of.fields:
            raise FatalSourceError(
                self.name, f"{of.name} has no field {name}; make one, or name yours under push"
            )
        rows = self._all(of, (REC_ID,), ((name, "eq", value),))
        found = self._api.by_key(of, [one[REC_ID] for one in rows])
        exact = [one for one in found if one.get(name) == value]
        return [self._remote(kind, one) for one in exact]

    def _remote(self, kind: PushKind, values: Values) -> Remote:
        of, words = self._object(kind), self._words[kind]
        at = read_utc(values.get(of.updated, ""))
        stamp = int(at.timestamp()) if at is not None else 0
        version = f"{stamp}.{len(self._journal(values[REC_ID]))}"
        remote = words.remote(values[REC_ID], values, version=version)
        if kind is not PushKind.INCIDENT or not remote.fields[PROBLEM]:
            return remote
        linked = (remote.fields[PROBLEM],)
        return words.remote(values[REC_ID], values, version=version, problems=linked)

    def _journal(self, key: str) -> list[Values]:
        """The history of a record in the order of time; nothing where there is none to be read."""
        history = self._api.object_named(_HISTORY)
        if history is None or not history.fields.keys() >= {_PARENT, *_TOLD}:
            return []
        try:
            rows = self._all(history, _TOLD, ((_PARENT, "eq", key),))
        except ForbiddenError:
            return []
        return sorted(rows, key=lambda one: (one.get(MADE, ""), one[REC_ID]))

    def _all(
        self, of: BusObject, fields: tuple[str, ...], filters: tuple[tuple[str, str, str], ...]
    ) -> list[Values]:
        """All that a search finds, which is not much."""
        rows: list[Values] = []
        search = Search(of, (REC_ID, *(one for one in fields if one != REC_ID)), filters, (REC_ID,))
        page = 1
        while True:
            found = self._api.again(search, _AT_ONCE, page)
            rows += found.records
            if not found.has_more:
                return rows
            page += 1

    def _object(self, kind: PushKind) -> BusObject:
        return self._named(self._words[kind].holder)

    def _named(self, name: str) -> BusObject:
        found = self._api.object_named(name)
        if found is None:
            raise FatalSourceError(self.name, f"there is no business object {name}")
        return found

    def _cells(self, words: WriteWords, values: Mapping[str, str]) -> dict[str, str]:
        """Values by the object's fields.

        Raises:
            MappingError: the object has no such field.
        """
        of, found = self._named(words.holder), {}
        for name, text in values.items():
            column = words.fields[name]
            if column not in of.fields:
                raise MappingError(
                    self.name, name, f"{of.name} has no field {column}",
                    f"name yours in push.columns.{words.kind}",
                )  # fmt: skip
            found[column] = words.cell(self.name, name, text)
        return found

    def _save(self, kind: PushKind, key: str, cells: Mapping[str, str]) -> str:
        """Save fields of a record; its id.

        Raises:
            MappingError: one of the values is none the instance takes.
        """
        of = self._object(kind)
        asked = {"busObId": of.id, "busObRecId": key, "busObPublicId": "", "persist": True,
                 "cacheKey": "", "cacheScope": "Tenant", "fields": dirty(of, cells)}  # fmt: skip
        answer = send(
            self._api.client, "POST", f"{V1}/savebusinessobject", asked, accept=(400, 404)
        )
        raise_validation(self.name, of, self._words[kind], cells, answer)
        value = checked(self._api, answer)
        made = str(value.get("busObRecId") or "")
        if not made:
            raise TransientSourceError(
                self.name, f"{of.name}: saved, and the answer does not say which"
            )
        return made

    def _link(self, incident: Remote, number: str) -> None:
        """Link an incident to the problem with a number, or to none."""
        problems = self._object(PushKind.PROBLEM)
        label = self.config.push.link_relationship
        if label not in problems.relationships:
            raise FatalSourceError(
                self.name,
                f"{problems.name} has no relationship {label!r}; name yours as "
                "push.link_relationship",
            )
        other = self.numbered(PushKind.PROBLEM, number or incident.fields[PROBLEM])
        if other is None:
            raise FatalSourceError(self.name, f"there is no problem {number}")
        verb, method = ("link", "GET") if number else ("unlink", "DELETE")
        ends = (
            f"parentbusobid/{problems.id}/parentbusobrecid/{other.key}/relationshipid/"
            f"{problems.relationships[label]}/busobid/{self._object(PushKind.INCIDENT).id}/"
            f"busobrecid/{incident.key}"
        )
        path = f"{V1}/{verb}relatedbusinessobject/{ends}"
        checked(self._api, send(self._api.client, method, path))
