"""What happened to something, as the journal tells it: who, when, why, and which fields changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from itsm.journal import SYSTEM, JournalRow
from reports.lookup import words
from reports.numbers import local_time
from reports.text import clean
from store.journal import Journal, told

PIPELINE = "the pipeline"
SOMEBODY = "somebody whose name was erased"
MAX_ROWS = 200
"""So many rows are told, the newest first; `csi audit log` has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the journal; `changes` are field, before, after."""

    sequence: int
    at: str
    who: str
    role: str
    what: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]


def story(
    journal: Journal, subject: str, zone: ZoneInfo, people: Mapping[str, str], *, texts: bool = True
) -> tuple[Event, ...]:
    """What happened to a subject, the newest first.

    Args:
        journal: where it is told.
        subject: such as the number of an entry.
        zone: of the times.
        people: full names by short name.
        texts: with reasons and changed values, which may quote a record.
    """
    rows = journal.rows(subject=subject)[-MAX_ROWS:]
    names = journal.names()
    details = journal.details([row.sequence for row in rows])
    events = []
    for row in reversed(rows):
        reason, changes = told(details.get(row.sequence))
        events.append(_event(row, names, zone, people, (reason, changes) if texts else ("", {})))
    return tuple(events)


def _event(
    row: JournalRow,
    names: Mapping[str, str],
    zone: ZoneInfo,
    people: Mapping[str, str],
    said: tuple[str, Mapping[str, tuple[str, str]]],
) -> Event:
    reason, changes = said
    return Event(
        sequence=row.sequence,
        at=local_time(row.at, zone).partition(" (")[0],
        who=clean(_who(row.actor, names, people), 80),
        role=clean(row.role if row.actor != SYSTEM else "", 60),
        what=clean(_what(row) + _editors(row, names, people), 200),
        reason=clean(reason, 2_000),
        changes=tuple(
            (words(name), clean(before, 300), clean(after, 300))
            for name, (before, after) in sorted(changes.items())
            if name not in _HIDDEN
        ),
    )


_HIDDEN = frozenset({"baseline", "proof", "pattern", "approvals", "tasks", "mirrors"})
"""Told elsewhere on the page, in words rather than as data."""


def _who(actor: str, names: Mapping[str, str], people: Mapping[str, str]) -> str:
    if actor == SYSTEM:
        return PIPELINE
    name = names.get(actor)
    return SOMEBODY if name is None else people.get(name) or name


def _editors(row: JournalRow, names: Mapping[str, str], people: Mapping[str, str]) -> str:
    """Who edited the record in the tool, where the tool said so."""
    told = [name for fact, name in sorted(row.facts.items()) if fact.startswith("editor")]
    found = dict.fromkeys(_who(name, names, people) for name in told)
    return f", by {', '.join(found)} there" if found else ""


def _what(row: JournalRow) -> str:
    """What a row tells in a few words."""
    facts = row.facts
    if "takes_back" in facts:
        return f"took back version {facts['takes_back']}"
    if "to" in facts and "from" in facts:
        return f"{words(facts['from'])} → {words(facts['to'])}"
    if row.kind == "transition":
        return f"proposed: {words(facts.get('to', ''))}"
    where = facts.get("source", "")
    said = [words(row.kind), *_fields(facts), *([f"in {where}"] if where else [])]
    return ", ".join(said)


def _fields(facts: Mapping[str, str]) -> Sequence[str]:
    names = [name for name in facts.get("fields", "").split(",") if name]
    told = [words(name) for name in names if name not in {"scored", "weights_version"}]
    return told[:6]
