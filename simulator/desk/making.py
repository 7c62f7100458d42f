"""A desk out of an estate: every record, with what happened to it in the order of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from itsm.states import RecordKind
from simulator.columns import Column, ColumnBlock
from simulator.desk.desk import Desk
from simulator.desk.records import Event, Held, Remark, Value
from simulator.dirt import planted_defects
from simulator.estate import iter_blocks

K = RecordKind
BESIDE: Mapping[RecordKind, str] = {
    K.SLA_CLOCK: "record",
    K.APPROVAL: "change",
    K.SURVEY_RESPONSE: "record",
}
"""Kinds that are kept beside the record they hang on, and the field that names it."""
UNKNOWN_STATE = "unknown_42"
"""A state that no system's words know: damaged incidents have it."""
_STARTS = (
    "opened_at",
    "requested_at",
    "started_at",
    "restored_at",
    "at",
    "starts_at",
    "updated_at",
)
_SEVEN_YEARS_S = 7 * 365 * 24 * 3600


@dataclass(slots=True)
class Maker:
    """Enters the blocks of an estate into a desk."""

    desk: Desk
    beside: Mapping[RecordKind, str] = field(default_factory=lambda: BESIDE)
    _owners: dict[str, Held] = field(default_factory=dict)
    _told: list[tuple[int, int, int, Held, tuple[object, ...] | None]] = field(default_factory=list)

    def all(self) -> None:
        """Everything there is in the estate."""
        for block in iter_blocks(self.desk.settings):
            if block.n:
                self._enter(block)
        self._number()
        _damage(self.desk)
        self.desk.sort()

    def _enter(self, block: ColumnBlock) -> None:
        if block.kind is K.HISTORY:
            self._happened(block, ("actor", "field", "old", "new"))
        elif block.kind is K.COMMENT:
            self._happened(block, ("author", "text", "is_work_note"))
        elif block.kind in self.beside:
            for values in rows_of(block):
                owner = self._owners[str(values[self.beside[block.kind]])]
                owner.beside.setdefault(block.kind, []).append(values)
        else:
            self._records(block)

    def _records(self, block: ColumnBlock) -> None:
        desk, start = self.desk, self.desk.settings.start_s
        found = desk.of(block.kind)
        for values in rows_of(block):
            created = next(
                (at for name in _STARTS if isinstance(at := values.get(name), int)), start
            )
            updated = values.get("updated_at")
            key = desk.serial(desk.sequence(block.kind))
            record = Held(
                key, block.kind, str(values["number"]), created,
                updated if isinstance(updated, int) else start, values,
            )  # fmt: skip
            found[key] = self._owners[record.number] = record
            desk.by_number[block.kind, record.number] = record
            self._told.append((created, key, -1, record, None))

    def _happened(self, block: ColumnBlock, names: tuple[str, ...]) -> None:
        """What was set when a record was opened is what it was created with."""
        columns = [block.columns[name] for name in names]
        times = instants(block.columns["at"])
        owners = [self._owners[str(number)] for number in block.columns["record"]]
        rows = zip(*columns, strict=True)
        for place, (at, owner, row) in enumerate(zip(times, owners, rows, strict=True)):
            if at is not None and not (len(row) == 4 and at == owner.created and row[2] is None):
                self._told.append((at, owner.id, place, owner, row))

    def _number(self) -> None:
        """Ids for all that happened, in the order of time."""
        self._told.sort(key=itemgetter(0, 1, 2))
        for n, (at, _, _, owner, row) in enumerate(self._told, start=1):
            if row is None:
                owner.entry = n
                self.desk.entries[n] = owner, None
                continue
            told = _event(n, at, row) if len(row) == 4 else _remark(n, at, row)
            if isinstance(told, Event):
                owner.events.append(told)
            else:
                owner.remarks.append(told)
            self.desk.entries[n] = owner, told
        self.desk.reserve("entry", len(self._told))
        self._told.clear()


def made_desk(desk: Desk, beside: Mapping[RecordKind, str] = BESIDE) -> Desk:
    """A desk with all of its estate in it."""
    Maker(desk, beside).all()
    return desk


def rows_of(block: ColumnBlock) -> list[dict[str, Value]]:
    """Every record as fields; times as whole seconds."""
    columns = {name: _plain(column) for name, column in block.columns.items()}
    names = tuple(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def instants(column: Column) -> list[int | None]:
    """Times in whole seconds since 1970."""
    times = np.asarray(column, dtype="datetime64[s]")
    none = np.isnat(times).tolist()
    seconds = times.astype(np.int64).tolist()
    return [None if gone else at for at, gone in zip(seconds, none, strict=True)]


def _plain(column: Column) -> Sequence[Value]:
    if isinstance(column, np.ndarray):
        return instants(column)
    return [one if isinstance(one, str | int | float | bool) else None for one in column]


def _event(key: int, at: int, row: tuple[object, ...]) -> Event:
    actor, name, old, new = (None if one is None else str(one) for one in row)
    return Event(key, at, actor or "system", name or "", old, new)


def _remark(key: int, at: int, row: tuple[object, ...]) -> Remark:
    author, text, is_internal = row
    return Remark(key, at, str(author), str(text), bool(is_internal))


def _damage(desk: Desk) -> None:
    """Damage what a record can hold: a state nobody knows, a resolution before the opening."""
    defects = planted_defects(desk.settings)
    for record in desk.of(K.INCIDENT).values():
        defect = defects.get(int(record.number.removeprefix("INC")) - 1)
        resolved = record.time("resolved_at")
        if defect == "unknown_state":
            record.values["state"] = UNKNOWN_STATE
        elif defect == "resolved_before_opened" and resolved is not None:
            record.values["resolved_at"] = record.created - _SEVEN_YEARS_S
