"""Writes problems, links, work notes and register entries to a BMC Helix ITSM.

The AR System has no lock and no key of its own: a text field of the company's holds ours, and the
form for audits tells afterwards what people changed meanwhile. A link is two entries, one in the
form of each application.

Source:
    BMC, "Operations on entry objects"; forms and fields as the open integration of Cortex XSOAR
    uses them (demisto/content, BmcITSM).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson

from connectors.bmc_helix.api import ArApi, Asked, Values, address, both, moment, quoted
from connectors.bmc_helix.api import is_missing as is_no_form
from connectors.bmc_helix.config import BmcHelixConfig
from connectors.bmc_helix.tables import form_fields
from connectors.bmc_helix.write_links import WriteLinks
from connectors.bmc_helix.write_words import (
    CHANGES,
    CREATES,
    INCIDENTS,
    LOGS,
    audit_form,
    creation_values,
    write_words,
)
from connectors.core.field_form import text_of
from connectors.core.surroundings import Surroundings
from connectors.core.write_words import WriteWords
from connectors.core.writing import Abilities, Creation, Edit, Identity, send
from itsm.errors import (
    FatalSourceError,
    ForbiddenError,
    MappingError,
    TransientSourceError,
)
from itsm.pushed import Remote
from itsm.pushing import PushKind

_CHECKED: Mapping[str, tuple[str, str]] = {
    "team": ("CTM:Support Group", "Support Group Name"),
    "service": ("BMC.CORE:BMC_BusinessService", "Name"),
}
"""Fields that must name a record: its form, and the field with the name."""
_AUDITED = ("Request ID", "Field", "Old Value", "New Value", "User", "Audit Date")


@dataclass(slots=True)
class BmcHelixWriter:
    """Writes to one server."""

    name: str
    config: BmcHelixConfig
    around: Surroundings = field(default_factory=Surroundings)
    _api: ArApi = field(init=False, repr=False)
    _words: Mapping[PushKind, WriteWords] = field(init=False, repr=False)
    _links: WriteLinks = field(init=False, repr=False)
    _known: set[tuple[str, str]] = field(default_factory=set, init=False, repr=False)

    def __post_init__(self) -> None:
        """Reads the settings; nothing is sent yet."""
        self._api = ArApi(self.name, self.config, self.around)
        self._words = write_words(self.config)
        self._links = WriteLinks(self._api)

    @property
    def abilities(self) -> Abilities:
        """Problems, and register entries where a form is named; an incident has many links."""
        made = {kind: one for kind, one in self._words.items() if one.fields}
        return Abilities(
            fields={kind: frozenset(one.fields) for kind, one in made.items()},
            states={kind: frozenset(one.states) for kind, one in made.items()},
            has_one_problem=False,
            settles_s=self.config.push.settle_s,
        )

    def identity(self) -> Identity:
        """The host that the server's own links name; a copy has another one."""
        params = {"fields": f"values({form_fields(self.config, INCIDENTS).key})", "limit": "1"}
        value = self._api.client.json(address(INCIDENTS), params).value
        links = value.get("_links", {}) if isinstance(value, dict) else {}
        own = (links.get("self") or [{}])[0].get("href", "")
        name = urlsplit(str(own)).netloc
        if not name:
            raise FatalSourceError(self.name, "no link of the server says what its host is")
        return Identity(name=name)

    def held(self, kind: PushKind, values: Mapping[str, str]) -> Mapping[str, str]:
        """Short texts in one line, others with plain line ends, cut to the forms' lengths."""
        return self._words[kind].held(values)

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """Entries whose field for our key holds it, oldest first."""
        return self._found(kind, f"'{self.config.push.key_field}' = {quoted(key)}")

    def read(self, kind: PushKind, record: str) -> Remote | None:
        """An entry by its id."""
        return next(iter(self._found(kind, f"'1' = {quoted(record)}")), None)

    def numbered(self, kind: PushKind, number: str) -> Remote | None:
        """An entry by its number."""
        where = f"'{self._words[kind].number}' = {quoted(number)}"
        return next(iter(self._found(kind, where)), None)

    def create(self, what: Creation) -> str:
        """Post an entry that carries the key; a problem through the form for new ones."""
        words = self._words[what.kind]
        form, values = words.holder, self._cells(words, what.values)
        if what.kind is PushKind.PROBLEM:
            form, values = CREATES, {**creation_values(self.config), **values}
        values[self.config.push.key_field] = what.key
        path = f"{address(form)}?fields=values({words.number})".replace(" ", "%20")
        answer = send(self._api.client, "POST", path, {"values": values})
        try:
            number = str(orjson.loads(answer.body)["values"][words.number])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise TransientSourceError(
                self.name, f"{form}: created, and the answer does not say which"
            ) from None
        made = self.numbered(what.kind, number)
        if made is None:
            raise TransientSourceError(self.name, f"{number}: created, and not found yet")
        return made.key

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Put some fields."""
        self._put(before, self._cells(self._words[before.kind], values))

    def move(self, before: Remote, state: str, text: str) -> None:
        """Put the state, then say why in the work log, where there is one."""
        words = self._words[before.kind]
        self._put(before, {words.status: words.states[state]})
        if text and before.kind in LOGS:
            self.note(before, text)

    def link(self, incident: Remote, problem: Remote) -> None:
        """Post the entry of each side, if it is not there."""
        self._links.link(incident, problem)

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Delete the entries of both sides."""
        self._links.unlink(incident, problem)

    def note(self, record: Remote, text: str) -> None:
        """Add an entry to the work log that is internal, and so shown to no customer.

        Raises:
            FatalSourceError: the kind has no work log.
        """
        if record.kind not in LOGS:
            raise FatalSourceError(self.name, f"{record.number}: its form has no work log")
        form, number = LOGS[record.kind]
        values = {
            number: record.number,
            "Description": text.partition("\n")[0][:100],
            "Detailed Description": text,
            "Work Log Type": "General Information",
            "View Access": "Internal",
            "Secure Work Log": "No",
        }
        send(self._api.client, "POST", address(form), {"values": values})

    def has_note(self, record: Remote, mark: str) -> bool:
        """Whether an entry of the work log holds the mark."""
        if record.kind not in LOGS:
            return False
        form, number = LOGS[record.kind]
        own = form_fields(self.config, form)
        asked = Asked(
            form, (own.key, "Detailed Description"), f"'{number}' = {quoted(record.number)}",
            (own.key,),
        )  # fmt: skip
        rows = self._api.some(asked)
        return any(mark in text_of(one.get("Detailed Description")) for one in rows)

    def nobody_between(self, before: Remote, after: Remote) -> bool:
        """Never sure: only the audit form tells."""
        del before, after
        return False

    def edits(self, before: Remote) -> Sequence[Edit] | None:
        """What the audit form tells since the last entry that was seen before."""
        words = self._words[before.kind]
        last = before.version.rpartition(".")[2]
        rows = self._audited(before.kind, before.key, f"'1' > {quoted(last)}" if last else "")
        if not rows:
            return None
        ours = self.config.push.user or self.config.user or ""
        return [_edit(words, row, ours) for row in rows]

    def _found(self, kind: PushKind, where: str) -> list[Remote]:
        words = self._words[kind]
        own = form_fields(self.config, words.holder)
        fields = (own.key, own.updated, words.number, words.status, *words.fields.values())
        asked = Asked(words.holder, tuple(dict.fromkeys(fields)), where, (own.key,))
        return [
            words.remote(
                str(row[own.key]),
                {name: text_of(value) for name, value in row.items()},
                version=self._version(kind, str(row[own.key]), row.get(own.updated)),
                problems=self._links.of(text_of(row.get(words.number)))
                if kind is PushKind.INCIDENT
                else (),
            )
            for row in self._api.some(asked, 50)
        ]

    def _version(self, kind: PushKind, key: str, updated: object) -> str:
        """The time of the last change, and the last entry of the audit form."""
        at = moment(updated)
        rows = self._audited(kind, key, "")
        last = str(rows[-1]["Request ID"]) if rows else ""
        return f"{int(at.timestamp()) if at is not None else 0}.{last}"

    def _audited(self, kind: PushKind, key: str, more: str) -> list[Values]:
        """The entries of the audit form on a record; none where it may not be read."""
        form = audit_form(self.config, kind)
        if form is None:
            return []
        where = both(f"'Original Request ID' = {quoted(key)}", more)
        try:
            return self._api.some(Asked(form, _AUDITED, where, ("Request ID",)))
        except FatalSourceError as error:
            if isinstance(error, ForbiddenError) or is_no_form(error):
                return []
            raise

    def _cells(self, words: WriteWords, values: Mapping[str, str]) -> dict[str, str]:
        """Values by the form's fields.

        Raises:
            MappingError: the system has no such word, or no such record.
        """
        for name in _CHECKED.keys() & values.keys():
            self._check(name, values[name])
        return {
            words.fields[name]: words.cell(self.name, name, text) for name, text in values.items()
        }

    def _check(self, name: str, text: str) -> None:
        form, column = _CHECKED[name]
        if not text or (name, text) in self._known:
            return
        own = form_fields(self.config, form)
        asked = Asked(form, (own.key,), f"'{column}' = {quoted(text)}", (own.key,))
        if not self._api.first(asked, 1).entries:
            raise MappingError(self.name, name, f"{form} has no {text!r}", "correct its name")
        self._known.add((name, text))

    def _put(self, record: Remote, values: Mapping[str, str]) -> None:
        form, key = self._words[record.kind].holder, record.key
        if record.kind is PushKind.PROBLEM:
            form, key = CHANGES, f"{record.key}|{record.key}"
        send(self._api.client, "PUT", address(form, key), {"values": dict(values)})


def _edit(words: WriteWords, row: Values, ours: str) -> Edit:
    name, user = words.field_logged(text_of(row.get("Field"))), text_of(row.get("User"))
    old, new = (text_of(row.get(side)) for side in ("Old Value", "New Value"))
    return Edit(
        field=name,
        before=words.shown(name, old),
        after=words.shown(name, new),
        by=user,
        is_ours=bool(ours) and user == ours,
        at=moment(row.get("Audit Date")),
    )
