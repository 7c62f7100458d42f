"""Where an instance's history comes from, and history out of what differs between two pulls."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from connectors.servicenow.api import Query, TableApi, is_no_table
from connectors.servicenow.tables import Tables
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.records import HistoryEvent, Record
from itsm.states import HistoryField, RecordKind

LOGGER = logging.getLogger(__name__)

Told = Literal["audit", "metric", "differences"]

MADE_FOR = frozenset(
    {RecordKind.INCIDENT, RecordKind.SERVICE_REQUEST, RecordKind.CHANGE, RecordKind.PROBLEM}
)
"""The kinds that history is made for where the instance tells none."""
_TRACKED = ("team", "assignee", "priority", "vendor", "sla_met")
_MILESTONES = (("opened_at", "new"), ("resolved_at", "resolved"), ("closed_at", "closed"))
_ENDS = {"resolved": "resolved_at", "closed": "closed_at"}


@dataclass(slots=True)
class HistorySource:
    """Finds out once where history can be read."""

    api: TableApi
    tables: Tables
    _told: Told | None = field(default=None, init=False)

    @property
    def known(self) -> Told | None:
        """Where it is read, if that is set or has been found out."""
        chosen = self.api.config.history
        return self._told if chosen == "auto" else chosen

    def mode(self) -> Told:
        """Where it is read; the instance is asked the first time.

        Raises:
            SourceError: the instance cannot be asked.
        """
        if self.known is not None:
            return self.known
        self._told = self._found()
        LOGGER.info("%s: history is read from %s", self.api.name, self._told)
        return self._told

    def _found(self) -> Told:
        audit = self.tables.kinds.get(RecordKind.HISTORY)
        if audit is None:
            return "differences"
        if self._has_rows(Query(audit.table, audit.filter)):
            return "audit"
        metric = self.tables.metric
        return "metric" if self._has_rows(Query(metric.table, metric.filter)) else "differences"

    def _has_rows(self, query: Query) -> bool:
        try:
            return bool(self.api.whole(query, 1, counts=False).rows)
        except ForbiddenError:
            return False
        except FatalSourceError as error:
            if is_no_table(error):
                return False
            raise


def events_between(
    kind: RecordKind, before: Record | None, after: Record
) -> tuple[HistoryEvent, ...]:
    """What happened between two states of a record, or up to the first one.

    Args:
        kind: of both.
        before: the record as it was; None where nothing is known of it.
        after: the record as it is.
    """
    events = [*_milestones(after, before), *_changes(after, before)]
    return tuple(_event(kind, after, event) for event in events)


def _event(kind: RecordKind, record: Record, event: "_Event") -> HistoryEvent:
    stamp = event.at.isoformat()[:19]
    what = f"{event.field}/{event.new}" if event.field is HistoryField.STATE else event.field
    return HistoryEvent(
        source=record.source,
        number=f"{record.number}/{what}/{stamp}",
        updated_at=event.at,
        record_kind=kind,
        record=record.number,
        at=event.at,
        sequence=event.sequence,
        field=event.field,
        old=event.old,
        new=event.new,
        new_code=event.code,
    )


@dataclass(frozen=True, slots=True)
class _Event:
    at: datetime
    field: HistoryField
    old: str | None
    new: str | None
    code: str | None = None
    sequence: int = 0


def _milestones(new: Record, old: Record | None) -> Iterator[_Event]:
    """Opened, resolved and closed, each at its own time, so that every pull dates it alike."""
    for sequence, (name, state) in enumerate(_MILESTONES):
        at = getattr(new, name, None)
        if at is None or (old is not None and getattr(old, name, None) == at):
            continue
        yield _Event(at, HistoryField.STATE, None, state, sequence=sequence)


def _changes(new: Record, old: Record | None) -> Iterator[_Event]:
    """What else changed, at the time the record was updated."""
    at = new.updated_at
    if old is None or at is None:
        return
    if _differ(new, old, "state") and not _is_milestone(new):
        code = _word(_value(new, "state_code"))
        was, now = _word(_value(old, "state")), _word(_value(new, "state"))
        yield _Event(at, HistoryField.STATE, was, now, code, len(_MILESTONES))
    for name in _TRACKED:
        if _differ(new, old, name):
            was, now = _word(_value(old, name)), _word(_value(new, name))
            yield _Event(at, HistoryField(name), was, now)


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
