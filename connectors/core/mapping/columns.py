"""Rows of an API into records, a whole column at a time.

A row's own problems are looked for only where a column has any: all the rest goes by lists.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from connectors.core.mapping.cells import Batch, CellReader
from connectors.core.mapping.making import RecordMaker
from connectors.core.mapping.preset import Codes, FieldRule, KindPreset, Side, required_fields
from connectors.core.mapping.readers import CodeReader, PlainReader, Reader, TextReader, Values
from connectors.core.source import Mapped, MappedRecord
from itsm.collecting import collector_paused
from itsm.errors import MappingError
from itsm.fields import FieldType, fields_of
from itsm.records import RECORD_TYPES, Quarantined, RawRecord, Record

_AT_A_TIME = 250
"""Rows that are read together: few enough for the processor's cache."""


@dataclass(frozen=True, slots=True)
class Read:
    """What rows became: a record each.

    None stands for a row with a problem, listed by its place, or for one that is no record.
    """

    records: Sequence[Record | None]
    problems: dict[int, MappingError]
    unmapped: Counter[tuple[str, str]]


class ColumnMapper:
    """Makes records of one kind from rows of cells that have a value and a label."""

    def __init__(
        self, source: str, preset: KindPreset, codes: Codes, *, own: Sequence[Reader] = ()
    ) -> None:
        """Prepares a reader per field.

        Args:
            source: the name the records carry.
            preset: where the fields come from.
            codes: what codes mean.
            own: readers of fields that no rule can describe; theirs win.
        """
        self.source = source
        self.preset = preset
        self._specs = {spec.name: spec for spec in fields_of(preset.kind)}
        self._required = required_fields(preset.kind)
        self._readers = (*(self._reader(rule, codes) for rule in preset.rules), *own)
        asked = chain.from_iterable(reader.asks for reader in self._readers)
        self._cells = CellReader([*asked, *((name, Side.LABEL) for name in preset.key)])
        self._maker = RecordMaker(RECORD_TYPES[preset.kind], source)

    @property
    def columns(self) -> frozenset[str]:
        """The columns it reads."""
        return self._cells.names

    def map(self, raw: Sequence[RawRecord]) -> Mapped:
        """Every raw record, mapped or set aside with its reason; order kept."""
        mapped: list[MappedRecord] = []
        quarantined: list[Quarantined] = []
        unmapped: Counter[tuple[str, str]] = Counter()
        with collector_paused():
            for start in range(0, len(raw), _AT_A_TIME):
                some = raw[start : start + _AT_A_TIME]
                read = self.read(some)
                _sort(some, read, mapped, quarantined)
                unmapped.update(read.unmapped)
        return Mapped(tuple(mapped), tuple(quarantined), unmapped)

    def read(self, raw: Sequence[RawRecord]) -> Read:
        """Records from raw records, all at once."""
        columns = self._cells.columns(raw)
        batch = Batch(columns, [record.key for record in raw])
        batch.names = self._numbers(batch)
        values: dict[str, Values] = {"number": batch.names}
        for reader in self._readers:
            for field, column in reader(batch).items():
                if field in self._specs:
                    values[field] = column
        self._note_missing(batch, values)
        problems = {row: it for row, it in batch.problems.items() if row not in batch.no_records}
        left_out = problems.keys() | batch.no_records
        unmapped = Counter(
            (field, code) for row, field, code in batch.unmapped if row not in left_out
        )
        return Read(self._maker.records(values, len(raw), left_out), problems, unmapped)

    def _numbers(self, batch: Batch) -> Sequence[str]:
        if not self.preset.key:
            return batch.keys
        numbers = batch.first_of(self.preset.key, Side.LABEL)
        return [number.strip() or key for number, key in zip(numbers, batch.keys, strict=True)]

    def _reader(self, rule: FieldRule, codes: Codes) -> Reader:
        spec = self._specs[rule.field]
        if rule.codes is not None:
            return CodeReader(rule, spec, codes)
        if spec.type is FieldType.TEXT:
            return TextReader(rule, is_needed=rule.field in self._required)
        return PlainReader(rule, spec)

    def _note_missing(self, batch: Batch, values: dict[str, Values]) -> None:
        for field in self._required:
            column = values.get(field)
            if column is None or None in column:
                for row in range(len(batch)):
                    if column is None or column[row] is None:
                        batch.set_aside(row, field, *self._told(field))

    def _told(self, field: str) -> tuple[str, str]:
        columns = next((r.columns for r in self.preset.rules if r.field == field), ())
        return (
            f"no value in column {' or '.join(columns) or field}",
            "give it one in the record, let the source's user read the column, or name another "
            f"column under `fields`: {field}",
        )


def _sort(
    raw: Sequence[RawRecord],
    read: Read,
    mapped: list[MappedRecord],
    quarantined: list[Quarantined],
) -> None:
    if not read.problems and None not in read.records:
        pairs = zip(raw, read.records, strict=True)
        mapped.extend([MappedRecord(record.key, (made,)) for record, made in pairs if made])
        return
    for row, (record, made) in enumerate(zip(raw, read.records, strict=True)):
        if row in read.problems:
            quarantined.append(set_aside(record, read.problems[row]))
        else:
            mapped.append(MappedRecord(record.key, () if made is None else (made,)))


def set_aside(raw: RawRecord, problem: MappingError) -> Quarantined:
    """A raw record with the problem of its mapping."""
    return Quarantined(
        source=raw.source,
        kind=raw.kind,
        key=raw.key,
        field=problem.field,
        reason=problem.problem,
        remedy=problem.remedy,
        rule="mapping",
        number=None if problem.record == raw.key else problem.record,
    )
