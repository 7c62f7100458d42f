"""History out of changelogs: each change of a field that is followed, and what an issue began with.

The changelog of an issue begins with its first change. What it was created with follows from that:
the old value of the first change of a field, or the present one where it never changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.core.mapping.raw import Cells, cell, raw_of
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
    for field in ("team", "vendor"):
        for column in tables.columns_of(field):
            for key in facts.of_column(column):
                if len(words) < _MOST:
                    words.setdefault(key, column)
                    teams += [key] if field == "team" else []
    return Followed(words, (*_BEGINS_WITH, *dict.fromkeys(teams)))


@dataclass(frozen=True, slots=True)
class ChangeMaker:
    """Makes raw records of the changes of issues."""

    api: JiraApi
    facts: Facts
    kinds: Kinds
    followed: Followed

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
        entries = sorted(
            ((_at(entry["created"]), int(entry["id"]), entry) for entry in log),
            key=lambda one: one[:2],
        )
        changes = [
            (at, entry, item)
            for at, _, entry in entries
            for item in entry.get("items") or ()
            if self._id_of(item) in self.followed.words
        ]
        own = {"issue": cell(str(issue["id"])), "kind": cell(kind.value)}
        begun = list(self._begun(issue, changes))
        for place, (key, cells) in enumerate((*begun, *self._changed(changes))):
            made = {**own, **cells, "sequence": cell(str(place))}
            yield raw_of(self.api.name, RecordKind.HISTORY, key, made)

    def _begun(
        self, issue: Issue, changes: Iterable[tuple[datetime, Any, Any]]
    ) -> Iterator[tuple[str, Cells]]:
        """What an issue was created with."""
        first: dict[str, Any] = {}
        for _, _, item in changes:
            first.setdefault(self._id_of(item), item)
        fields = issue["fields"]
        at = _at(fields["created"])
        for key in self.followed.created_with:
            if key in first:
                value, label = first[key].get("from"), first[key].get("fromString")
            else:
                value, label = sides_of(fields.get(key)) or (None, None)
            if label:
                cells = self._told(key, at, (None, None), (value, label))
                yield f"{issue['id']}.created.{key}", cells

    def _changed(self, changes: Iterable[tuple[datetime, Any, Any]]) -> Iterator[tuple[str, Cells]]:
        for at, entry, item in changes:
            key = self._id_of(item)
            old = (item.get("from"), item.get("fromString"))
            new = (item.get("to"), item.get("toString"))
            cells = self._told(key, at, old, new)
            author = sides_of(entry.get("author"))
            if author is not None:
                cells["author"] = cell(*author)
            yield f"{entry['id']}.{key}", cells

    def _told(
        self,
        key: str,
        at: datetime,
        old: tuple[str | None, str | None],
        new: tuple[str | None, str | None],
    ) -> Cells:
        cells = {"field": cell(key, self.followed.words[key]), "created": cell(at.isoformat())}
        for side, (value, label) in (("from", old), ("to", new)):
            if label:
                cells[side] = cell(str(value or ""), label)
                if key == "status":
                    cells[f"{side}_category"] = cell(self.facts.category(str(value)))
        return cells

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
