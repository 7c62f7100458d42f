"""History out of changelogs: each change of a field that is followed, and what an issue began with.

The changelog of an issue begins with its first change. What it was created with follows from that:
the old value of the first change of a field, or the present one where it never changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from connectors.core.mapping.raw import Cell, Cells, cell, raw_of
from connectors.jira.api import CHANGES_IN_BULK, Issue, JiraApi
from connectors.jira.facts import Facts
from connectors.jira.rows import sides_of
from connectors.jira.tables import Tables
from itsm.records import RawRecord
from itsm.states import RecordKind

ALWAYS = ("status", "assignee", "priority")
_BEGINS_WITH = ("status", "assignee")
_MOST = 10
_IN_MS = 1e11
_MOST_KEPT = 50_000
_Change = tuple[str, str, Mapping[str, Any], Cells]
"""The key of a change, the id of its field, what was changed, and what its entry says."""
Kinds = Mapping[str, RecordKind]
"""The kinds of issues, by the ids of their types."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The fields whose changes are read: by id, the word that codes are looked up with."""

    words: Mapping[str, str]
    created_with: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(self.words)


def followed(tables: Tables, facts: Facts) -> Followed:
    """What is followed on a site: status, assignee, priority, and the fields for team, vendor."""
    words = {key: key for key in ALWAYS}
    teams: list[str] = []
    for name in ("team", "vendor"):
        for column in tables.columns_of(name):
            for key in facts.of_column(column):
                if len(words) < _MOST:
                    words.setdefault(key, column)
                    teams += [key] if name == "team" else []
    return Followed(words, (*_BEGINS_WITH, *dict.fromkeys(teams)))


@dataclass(frozen=True, slots=True)
class ChangeMaker:
    """Makes raw records of the changes of issues."""

    api: JiraApi
    facts: Facts
    kinds: Kinds
    followed: Followed
    _cells: dict[tuple[str, str], Cell] = field(default_factory=dict, init=False, repr=False)

    def __call__(self, issues: Sequence[Issue]) -> Sequence[RawRecord]:
        """A raw record per change of a field, and per field an issue was created with."""
        found: list[RawRecord] = []
        logs = self._logs(issues)
        for issue in issues:
            kind = self.kinds.get(str(issue["fields"]["issuetype"]["id"]))
            if kind is not None:
                found.extend(self._of(issue, kind, logs.get(str(issue["id"]), ())))
        return found

    def _logs(self, issues: Sequence[Issue]) -> Mapping[str, Sequence[Any]]:
        if self.api.config.is_cloud:
            found: dict[str, Sequence[Any]] = {}
            for begin in range(0, len(issues), CHANGES_IN_BULK):
                ids = [str(one["id"]) for one in issues[begin : begin + CHANGES_IN_BULK]]
                found.update(self.api.changes(ids, self.followed.ids))
            return found
        return {
            str(one["id"]): (one.get("changelog") or {}).get("histories") or () for one in issues
        }

    def _of(self, issue: Issue, kind: RecordKind, log: Sequence[Any]) -> Iterator[RawRecord]:
        changes = list(self._changes(log))
        own = {"issue": cell(str(issue["id"])), "kind": self._cell(kind.value, kind.value)}
        told = [*self._begun(issue, changes), *map(self._changed, changes)]
        for place, (key, cells) in enumerate(told):
            made = {**own, **cells, "sequence": self._cell(str(place), str(place))}
            yield raw_of(self.api.name, RecordKind.HISTORY, key, made)

    def _changes(self, log: Sequence[Any]) -> Iterator[_Change]:
        """The changes of the fields that are followed, in the order they were made."""
        entries = ((_at(entry["created"]), int(entry["id"]), entry) for entry in log)
        for at, number, entry in sorted(entries, key=itemgetter(0, 1)):
            shared: Cells = {}
            for item in entry.get("items") or ():
                key = item.get("fieldId") or self._id_of(item)
                if key in self.followed.words:
                    shared = shared or self._shared(at, entry.get("author"))
                    yield f"{number}.{key}", key, item, shared

    def _shared(self, at: datetime, author: object) -> Cells:
        """What all changes of an entry have in common."""
        sides = sides_of(author)
        cells = {"created": cell(at.isoformat())}
        return cells if sides is None else {**cells, "author": self._cell(*sides)}

    def _begun(self, issue: Issue, changes: Sequence[_Change]) -> Iterator[tuple[str, Cells]]:
        """What an issue was created with."""
        first: dict[str, Mapping[str, Any]] = {}
        for _, key, item, _ in changes:
            first.setdefault(key, item)
        fields = issue["fields"]
        created = cell(_at(fields["created"]).isoformat())
        for key in self.followed.created_with:
            if key in first:
                side = first[key].get("from"), first[key].get("fromString")
            else:
                side = sides_of(fields.get(key)) or (None, None)
            if side[1]:
                cells = {"created": created, "field": self._cell(key, self.followed.words[key])}
                yield f"{issue['id']}.created.{key}", {**cells, **self._side("to", key, side)}

    def _changed(self, change: _Change) -> tuple[str, Cells]:
        name, key, item, shared = change
        cells = {
            **shared,
            "field": self._cell(key, self.followed.words[key]),
            **self._side("from", key, (item.get("from"), item.get("fromString"))),
            **self._side("to", key, (item.get("to"), item.get("toString"))),
        }
        return name, cells

    def _side(self, name: str, key: str, side: tuple[str | None, str | None]) -> Cells:
        """What a field was, or became, with the category of a status."""
        value, label = side
        if not label:
            return {}
        cells = {name: self._cell(str(value or ""), label)}
        if key == "status":
            category = self.facts.category(str(value))
            cells[f"{name}_category"] = self._cell(category, category)
        return cells

    def _cell(self, value: str, label: str) -> Cell:
        """A cell that many changes have."""
        known = self._cells.get((value, label))
        if known is None:
            if len(self._cells) > _MOST_KEPT:
                self._cells.clear()
            known = self._cells[value, label] = cell(value, label)
        return known

    def _id_of(self, item: Mapping[str, Any]) -> str:
        """The id of the field that was changed; older sites tell only its name."""
        key = item.get("fieldId")
        if key:
            return str(key)
        ids = self.facts.of_column(str(item.get("field", "")))
        return next((one for one in ids if one in self.followed.words), "")


def _at(told: object) -> datetime:
    """A time of a changelog: a text with a zone, or seconds or milliseconds since 1970."""
    if isinstance(told, int | float):
        return datetime.fromtimestamp(told / 1000 if told > _IN_MS else told, UTC)
    return datetime.fromisoformat(str(told)).astimezone(UTC)
