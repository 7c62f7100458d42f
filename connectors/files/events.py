"""Several rows of one record, one per update, as the record, its history and its clock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.core.mapping.preset import EventLog, FieldRule
from connectors.core.mapping.values import plain_meaning, read_integer
from connectors.files.rows import RowMapper, Unmapped, first_of
from itsm.errors import MappingError
from itsm.records import HistoryEvent, Incident, Record, SlaClock
from itsm.states import UNMAPPED, ClockTarget, ClockType, HistoryField, RecordKind

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Update:
    """A row with its place among the record's rows."""

    cells: Cells
    order: int
    at: datetime


class EventMapper:
    """Makes a record with history from the rows of an event log."""

    def __init__(self, mapper: RowMapper, log: EventLog) -> None:
        self._mapper = mapper
        self._log = log
        by_field = {rule.field: rule for rule in mapper.preset.rules}
        self._tracks = tuple(by_field[name] for name in log.tracks)

    def records(self, rows: Sequence[Cells], number: str, unmapped: Unmapped) -> tuple[Record, ...]:
        """The record as its last row leaves it, then its history and clock.

        Raises:
            MappingError: a row cannot be placed in the order, or a value cannot be read.
        """
        updates = self._ordered(rows, number)
        of_record, of_history = Unmapped(), Unmapped()
        record = self._mapper.record(self._last_state(updates), number, of_record)
        history: list[Record] = []
        if self._log.state_only not in updates[-1].cells:
            history.extend(self._history(updates, number, of_history))
        unmapped.update(of_record | of_history)
        return (record, *history, *self._clock(record))

    def _ordered(self, rows: Sequence[Cells], number: str) -> list[_Update]:
        """The rows by their order column; ties by time, then by all they say."""
        updates = [self._update(cells, number) for cells in rows]
        places = {(update.order, update.at) for update in updates}
        if len(places) < len(updates):
            updates.sort(key=lambda update: sorted(update.cells.items()))
        return sorted(updates, key=lambda update: (update.order, update.at))

    def _update(self, cells: Cells, number: str) -> _Update:
        order = read_integer(cells.get(self._log.order, ""))
        at = cells.get(self._log.at)
        if order is None or at is None:
            raise MappingError(
                number,
                self._log.order if order is None else self._log.at,
                "one of its rows has no value there, so its place in the log is not known",
                "export the log with this column filled in every row",
            )
        return _Update(cells, order, self._mapper.time(at, number, self._log.at))

    def _last_state(self, updates: Sequence[_Update]) -> dict[str, str]:
        state = dict(updates[-1].cells)
        for column in self._log.sticky:
            given = [u.cells[column] for u in updates if column in u.cells]
            if given:
                state[column] = given[-1]
        for column in self._log.highest:
            counts = [read_integer(u.cells[column]) for u in updates if column in u.cells]
            known = [count for count in counts if count is not None]
            if known:
                state[column] = str(max(known))
        return state

    def _history(
        self, updates: Sequence[_Update], number: str, unmapped: Unmapped
    ) -> Iterator[HistoryEvent]:
        """One event per change of a tracked field; the first row's values come from nothing."""
        for rule in self._tracks:
            field = HistoryField(rule.field)
            before: str | None = None
            old: str | None = None
            for place, update in enumerate(updates):
                word = first_of(update.cells, rule.columns)
                if word == before:
                    continue
                new = None if word is None else self._meaning(rule, word, unmapped)
                yield HistoryEvent(
                    source=self._mapper.reading.source,
                    number=f"{number}/{field}/{place}",
                    updated_at=update.at,
                    record_kind=self._mapper.preset.kind,
                    record=number,
                    at=update.at,
                    sequence=place,
                    field=field,
                    old=old,
                    new=new,
                    new_code=word if field is HistoryField.STATE else None,
                    actor=update.cells.get(self._log.actor),
                )
                before, old = word, new

    def _meaning(self, rule: FieldRule, word: str, unmapped: Unmapped) -> str | None:
        """What a tracked field's word means, as the text history keeps."""
        if rule.field == HistoryField.STATE:
            meaning = self._mapper.code(str(rule.codes), word)
            if meaning is None:
                unmapped[(rule.field, word.strip())] += 1
            return meaning or UNMAPPED
        return plain_meaning(HistoryField(rule.field), word)

    def _clock(self, record: Record) -> tuple[SlaClock, ...]:
        """The resolution clock of an incident whose end and outcome are both known.

        An incident that was never resolved has none: a clock without an end would count as running
        for ever, and its outcome belongs to no week. Its `sla_met` stays on the incident.
        """
        if not self._log.has_resolution_clock or not isinstance(record, Incident):
            return ()
        if record.resolved_at is None or record.sla_met is None:
            return ()
        return (
            SlaClock(
                source=record.source,
                number=f"{record.number}/resolution",
                updated_at=record.updated_at,
                record_kind=RecordKind.INCIDENT,
                record=record.number,
                type=ClockType.SLA,
                target=ClockTarget.RESOLUTION,
                started_at=record.opened_at,
                ended_at=record.resolved_at,
                is_breached=not record.sla_met,
            ),
        )
