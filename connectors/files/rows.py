"""One row of text into one record."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import sha256

from connectors.core.mapping.preset import (
    KIND_TABLE,
    Codes,
    FieldRule,
    KindPreset,
    Refinement,
    folded,
    required_fields,
)
from connectors.core.mapping.times import read_time
from connectors.core.mapping.values import PLAIN_READERS, read_duration_h, shape_of
from itsm.errors import MappingError
from itsm.fields import FieldSpec, FieldType, fields_of
from itsm.records import RECORD_TYPES, Record
from itsm.states import UNMAPPED, RecordKind

Unmapped = Counter[tuple[str, str]]
"""How often a code without a meaning was met, by (field, code)."""

_LONG = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source's cells are read: its zone, its codes, what stands for empty.

    `state_tables` names the code table of each record kind's state.
    """

    source: str
    zone: tzinfo
    codes: Codes
    state_tables: Mapping[RecordKind, str]
    empty: frozenset[str] = frozenset()


class RowMapper:
    """Makes records of one kind from rows whose times have one known order of day and month."""

    def __init__(self, preset: KindPreset, reading: Reading, day_first: bool | None) -> None:
        self.preset = preset
        self.reading = reading
        self.day_first = day_first
        self._specs = {spec.name: spec for spec in fields_of(preset.kind)}
        self._codes = {name: _folded_codes(table) for name, table in reading.codes.items()}
        self._required = required_fields(preset.kind)
        self._make: Callable[..., Record] = RECORD_TYPES[preset.kind]
        self._fields = tuple(
            (rule, spec := self._specs[rule.field], rule.columns, self._plain_reader(rule, spec))
            for rule in preset.rules
        )

    def cells(self, row: Mapping[str, str]) -> dict[str, str]:
        """A row by folded column names, without NUL and without cells that stand for empty."""
        empty = self.reading.empty
        cells: dict[str, str] = {}
        for name, given in row.items():
            cell = given.replace("\x00", "") if "\x00" in given else given
            if cell and cell not in empty and not cell.isspace():
                cells.setdefault(folded(name), cell)
        return cells

    def number(self, cells: Mapping[str, str]) -> str | None:
        """The record's number, or None if the row holds none."""
        return number_of(self.preset, cells)

    def kind_of(self, cells: Mapping[str, str]) -> RecordKind:
        """Of which kind a row is; the preset's, unless the row itself tells another."""
        word = first_of(cells, self.preset.kind_columns)
        told = None if word is None else self.code(KIND_TABLE, word)
        return self.preset.kind if told is None else RecordKind(told)

    def record(self, cells: Mapping[str, str], number: str, unmapped: Unmapped) -> Record:
        """The record of a row.

        Raises:
            MappingError: a required field is empty, or a value cannot be read.
        """
        return self._make(
            source=self.reading.source, number=number, **self.values(cells, number, unmapped)
        )

    def values(
        self, cells: Mapping[str, str], number: str, unmapped: Unmapped
    ) -> dict[str, object]:
        """The values of a row by field; a code's own word under `<field>_code`.

        Raises:
            MappingError: as `record`.
        """
        values: dict[str, object] = {}
        for rule, spec, columns, read in self._fields:
            text = first_of(cells, columns) or rule.constant
            if text is None:
                continue
            if read is not None:
                value = read(text)
                if value is None:
                    raise self._unreadable(number, spec, columns, text)
                values[spec.name] = value
            elif spec.type is FieldType.TIME:
                values[spec.name] = self.time(text, number, spec.name)
            else:
                values.update(self._read_code(rule, spec, cells, number, unmapped))
        for name in self._required:
            if values.get(name) is None:
                raise self._missing(number, name)
        return values

    def time(self, text: str, number: str, field: str) -> datetime:
        """A time of a cell as aware UTC.

        Raises:
            MappingError: it is in no known form, or may be read both ways.
        """
        at = read_time(text, self.reading.zone, self.day_first)
        if at is None:
            raise MappingError(
                number,
                field,
                f"{shape_of(text)} is not a time that can be read",
                "write it as 2026-11-21T19:54:00Z, or set `day_first` if 3/4/2026 is meant",
            )
        return at

    def code(self, table: str, code: str) -> str | None:
        """The meaning of a code, None if the table does not hold it."""
        return self._codes[table].get(code.strip().casefold())

    def _plain_reader(self, rule: FieldRule, spec: FieldSpec) -> Callable[[str], object] | None:
        if rule.codes is not None or spec.type is FieldType.TIME:
            return None
        return read_duration_h if rule.unit == "duration" else PLAIN_READERS[spec.type][0]

    def _read_code(
        self,
        rule: FieldRule,
        spec: FieldSpec,
        cells: Mapping[str, str],
        number: str,
        unmapped: Unmapped,
    ) -> dict[str, object]:
        """A code's meaning, and its own word where the record keeps it."""
        word = (first_of(cells, rule.columns) or str(rule.constant)).strip()
        meaning = self.code(str(rule.codes), word)
        if rule.unit == "listed":
            return {spec.name: meaning == "true"}
        if spec.enum is None:
            value = PLAIN_READERS[spec.type][0](word if meaning is None else meaning)
            if value is None:
                unmapped[(spec.name, word)] += 1
                return {}
            return {spec.name: value}
        if meaning is None and UNMAPPED not in list(spec.enum):
            raise self._unknown_code(number, rule, spec, word)
        if rule.refine is not None and (meaning or UNMAPPED) == rule.refine.when:
            meaning, word = self._refined(rule.refine, cells, meaning, word)
        if meaning is None:
            meaning = UNMAPPED
            unmapped[(spec.name, word)] += 1
        values: dict[str, object] = {spec.name: spec.enum(meaning)}
        if f"{spec.name}_code" in self._specs:
            values[f"{spec.name}_code"] = word
        return values

    def _refined(
        self, refine: Refinement, cells: Mapping[str, str], meaning: str | None, word: str
    ) -> tuple[str | None, str]:
        """What a second column makes of a code that leaves its meaning open, and the word for it.

        A word without a meaning stays the record's own: only its meaning comes from elsewhere.
        """
        more = first_of(cells, refine.columns)
        refined = None if more is None else self.code(refine.codes, more)
        if more is None or (refined is None and meaning is None):
            return meaning, word
        if refined is None:
            return None, more.strip()
        return refined, word if meaning is None else more.strip()

    def _missing(self, number: str, field: str) -> MappingError:
        columns = next((r.columns for r in self.preset.rules if r.field == field), ())
        return MappingError(
            number,
            field,
            f"no value in column {' or '.join(columns) or field}",
            "give it one in the export, or name its column under `fields`",
        )

    def _unreadable(
        self, number: str, spec: FieldSpec, columns: Iterable[str], text: str
    ) -> MappingError:
        what = PLAIN_READERS[spec.type][1]
        return MappingError(
            number,
            spec.name,
            f"{shape_of(text)} in column {' or '.join(columns)} is not {what}",
            "mend it in the export, or name another column under `fields`",
        )

    def _unknown_code(
        self, number: str, rule: FieldRule, spec: FieldSpec, word: str
    ) -> MappingError:
        return MappingError(
            number,
            spec.name,
            f"code {word[:40]!r} is not mapped",
            f"add it under `codes.{rule.codes}`",
        )


def number_of(preset: KindPreset, cells: Mapping[str, str]) -> str | None:
    """A row's record number: the key column's, else put together from the columns that make it."""
    number = first_of(cells, preset.key)
    if number is not None:
        return number.strip()
    parts = [first_of(cells, columns) or "" for columns in preset.compose]
    return "/".join(map(_short, parts)) if any(parts) else None


def first_of(cells: Mapping[str, str], columns: Iterable[str]) -> str | None:
    """The first cell of some columns that holds something."""
    for column in columns:
        if column in cells:
            return cells[column]
    return None


def _short(part: str) -> str:
    text = part.strip()
    return text if len(text) <= _LONG else sha256(text.encode()).hexdigest()[:16]


def _folded_codes(table: Mapping[str, str]) -> dict[str, str]:
    return {code.strip().casefold(): meaning for code, meaning in table.items()}
