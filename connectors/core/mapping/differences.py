"""History out of what differs between two pulls, for systems that tell none."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice

from connectors.core.mapping.making import RecordMaker
from itsm.records import HistoryEvent, Record
from itsm.states import HistoryField, RecordKind

MADE_FOR = frozenset(
    {RecordKind.INCIDENT, RecordKind.SERVICE_REQUEST, RecordKind.CHANGE, RecordKind.PROBLEM}
)
"""The kinds that history is made for where a system tells none."""
_TRACKED = ("team", "assignee", "priority", "vendor", "sla_met")
_STATE = HistoryField.STATE
_MILESTONES = (("opened_at", "new", 0), ("resolved_at", "resolved", 1), ("closed_at", "closed", 2))
_ENDS = {"resolved": "resolved_at", "closed": "closed_at"}


def events_between(
    kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
) -> list[tuple[HistoryEvent, ...]]:
    """What happened between two states of records of one source, or up to the first one.

    Args:
        kind: of all of them.
        before: each record as it was; None where nothing is known of it.
        after: each record as it is.
    """
    if not after:
        return []
    happened = [_happened(new, old) for old, new in zip(before, after, strict=True)]
    owners = [new.number for new, events in zip(after, happened, strict=True) for _ in events]
    made = _made(kind, after[0].source, owners, list(chain.from_iterable(happened)))
    return [tuple(islice(made, len(events))) for events in happened]


_Event = tuple[datetime, HistoryField, str | None, str | None, str | None, int]
"""When, which field, old, new, the new code, the place among events of one moment."""


def _made(
    kind: RecordKind, source: str, owners: Sequence[str], events: Sequence[_Event]
) -> Iterator[HistoryEvent]:
    """Events as records, each of the record it happened to."""
    if not events:
        return iter(())
    at, field, old, new, code, sequence = zip(*events, strict=True)
    columns = {
        "number": list(map(_number, owners, at, field, new)),
        "updated_at": at,
        "record_kind": [kind] * len(events),
        "record": owners,
        "at": at,
        "sequence": sequence,
        "field": field,
        "old": old,
        "new": new,
        "new_code": code,
    }
    records = RecordMaker(HistoryEvent, source).records(columns, len(events))
    return (record for record in records if record is not None)


def _number(record: str, at: datetime, field: HistoryField, new: str | None) -> str:
    if field is _STATE:
        return f"{record}/state/{new}/{at.isoformat()[:19]}"
    return f"{record}/{field}/{at.isoformat()[:19]}"


def _happened(new: Record, old: Record | None) -> list[_Event]:
    """Opened, resolved and closed, each at its own time, so that every pull dates it alike.

    What else changed is dated by the time the record was updated.
    """
    events: list[_Event] = [
        (at, _STATE, None, state, None, sequence)
        for name, state, sequence in _MILESTONES
        if (at := getattr(new, name, None)) is not None
        and (old is None or getattr(old, name, None) != at)
    ]
    if old is not None and new.updated_at is not None:
        events.extend(_changes(new, old, new.updated_at))
    return events


def _changes(new: Record, old: Record, at: datetime) -> Iterator[_Event]:
    if _differ(new, old, "state") and not _is_milestone(new):
        code = _word(_value(new, "state_code"))
        was, now = _word(_value(old, "state")), _word(_value(new, "state"))
        yield at, HistoryField.STATE, was, now, code, len(_MILESTONES)
    for name in _TRACKED:
        if _differ(new, old, name):
            was, now = _word(_value(old, name)), _word(_value(new, name))
            yield at, HistoryField(name), was, now, None, 0


def _differ(new: Record, old: Record, name: str) -> bool:
    return _value(new, name) != _value(old, name)


def _is_milestone(new: Record) -> bool:
    """Whether a record's state is one that has a time of its own."""
    name = _ENDS.get(str(_value(new, "state")))
    return name is not None and _value(new, name) is not None


def _value(record: Record, name: str) -> object:
    """A field that not every kind has."""
    return getattr(record, name, None)


def _word(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
