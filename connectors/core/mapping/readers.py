"""Readers of whole columns: texts, times, numbers, flags and codes.

Equal cells are read once: a reader remembers what it made of them.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from connectors.core.mapping.cells import Asked, Batch, Texts
from connectors.core.mapping.preset import FieldRule, Refinement, Side
from connectors.core.mapping.times import read_time
from connectors.core.mapping.values import PLAIN_READERS, read_duration_h, read_text, shape_of
from itsm.fields import FieldSpec, FieldType
from itsm.states import UNMAPPED

Values = Sequence[Any]
"""The values of a field for all rows, None where a row has none."""


class Reader(Protocol):
    """Reads fields out of a batch."""

    @property
    def asks(self) -> Iterable[Asked]:
        """The columns it reads."""
        ...

    def __call__(self, batch: Batch) -> Mapping[str, Values]:
        """The values of its fields; what is wrong with a row it notes in the batch."""
        ...


_BAD = object()
_MEMORY = 20_000


class _Memory(dict[Hashable, Any]):
    """What was made of cells before; knows whether any of it needs a second look."""

    def __init__(self, read: Callable[[Any], Any], *, odd: Callable[[Any], bool]) -> None:
        super().__init__()
        self._read = read
        self._odd = odd
        self.has_odd = False

    def __missing__(self, cell: Hashable) -> object:
        made = self[cell] = self._read(cell)
        self.has_odd = self.has_odd or self._odd(made)
        return made

    def of(self, cells: Iterable[Hashable]) -> list[Any]:
        """What is made of each cell."""
        if len(self) > _MEMORY:
            self.clear()
            self.has_odd = False
        return list(map(self.__getitem__, cells))


class TextReader:
    """Texts as people see them; a text that is blank is none.

    Where a record needs the field, the value stands in for a label that is blank: the id of what it
    hangs on, should that be gone or hidden.
    """

    def __init__(self, rule: FieldRule, *, is_needed: bool = False) -> None:
        self._rule = rule
        self._side = rule.side or Side.LABEL
        self._stands_in = Side.VALUE if is_needed and self._side is Side.LABEL else None

    @property
    def asks(self) -> Iterable[Asked]:
        """The field's columns."""
        sides = filter(None, (self._side, self._stands_in))
        return [(name, side) for side in sides for name in self._rule.columns]

    def __call__(self, batch: Batch) -> Mapping[str, Values]:
        """The field's texts."""
        cells = _cells(batch, self._rule, self._side)
        if self._stands_in is not None and "" in cells:
            values = _cells(batch, self._rule, self._stands_in)
            cells = [cell or value for cell, value in zip(cells, values, strict=True)]
        if not any(cells):
            return {}
        if "\x00" in "".join(cells):
            return {self._rule.field: [read_text(cell) for cell in cells]}
        return {self._rule.field: [text or None for text in map(str.strip, cells)]}


class PlainReader:
    """Times, numbers and flags."""

    def __init__(self, rule: FieldRule, spec: FieldSpec) -> None:
        self._rule = rule
        self._side = rule.side or Side.VALUE
        self._what = _what(rule, spec)
        self._is_time = spec.type is FieldType.TIME
        read = _plain(rule, spec)
        self._memory = _Memory(lambda cell: _read_or_bad(read, cell), odd=lambda v: v is _BAD)

    @property
    def asks(self) -> Iterable[Asked]:
        """The field's columns."""
        return [(name, self._side) for name in self._rule.columns]

    def __call__(self, batch: Batch) -> Mapping[str, Values]:
        """The field's values; rows with a cell that cannot be read are set aside."""
        cells = _cells(batch, self._rule, self._side)
        if not any(cells):
            return {}
        if self._is_time and (times := _times(cells)) is not None:
            return {self._rule.field: times}
        values = self._memory.of(cells)
        if self._memory.has_odd:
            for row, value in enumerate(values):
                if value is _BAD:
                    self._set_aside(batch, row, cells[row])
        return {self._rule.field: values}

    def _set_aside(self, batch: Batch, row: int, cell: str) -> None:
        columns = " or ".join(self._rule.columns)
        batch.set_aside(
            row,
            self._rule.field,
            f"{shape_of(cell)} in column {columns} is not {self._what}",
            f"mend it in the record, or name another column under `fields`: {self._rule.field}",
        )


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a code's cell means.

    `word` is the record's own word for it; `unmapped` the code nobody has given a meaning.
    """

    value: object
    word: str | None
    unmapped: str | None = None
    is_bad: bool = False


class CodeReader:
    """Codes: looked up by value, then by label; the value is kept as the record's own word."""

    def __init__(
        self, rule: FieldRule, spec: FieldSpec, codes: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._rule = rule
        self._spec = spec
        self._own_word = f"{spec.name}_code"
        self._sides = (Side.LABEL, Side.VALUE) if rule.side is Side.LABEL else tuple(Side)
        self._table = _folded(codes[str(rule.codes)])
        self._more = _folded(codes[rule.refine.codes]) if rule.refine else {}
        self._memory = _Memory(self._meaning, odd=lambda m: m.unmapped is not None or m.is_bad)

    @property
    def asks(self) -> Iterable[Asked]:
        """The field's columns, and those that refine it."""
        more = self._rule.refine.columns if self._rule.refine else ()
        return [(name, side) for name in (*self._rule.columns, *more) for side in Side]

    def __call__(self, batch: Batch) -> Mapping[str, Values]:
        """The field's meanings, and the words for them as `<field>_code`."""
        cells = self._sides_of(batch, self._rule.columns)
        if not any(cells[0]) and not any(cells[1]) and self._rule.constant is None:
            return {}
        if self._rule.refine is not None:
            cells += self._sides_of(batch, self._rule.refine.columns)
        meanings = self._memory.of(zip(*cells, strict=True))
        if self._memory.has_odd:
            self._tell_odd(batch, meanings)
        return {
            self._rule.field: [meaning.value for meaning in meanings],
            self._own_word: [meaning.word for meaning in meanings],
        }

    def knows(self, value: str, label: str) -> bool:
        """Whether a code has a meaning, by its value or its label."""
        meaning: _Meaning = self._memory.of([(value, label)])[0]
        return meaning.unmapped is None

    def _sides_of(self, batch: Batch, columns: tuple[str, ...]) -> list[Texts]:
        if not columns:
            return [[""] * len(batch)] * 2
        return [batch.first_of(columns, side) for side in self._sides]

    def _tell_odd(self, batch: Batch, meanings: Values) -> None:
        for row, meaning in enumerate(meanings):
            if meaning.is_bad:
                batch.set_aside(
                    row,
                    self._rule.field,
                    f"code {str(meaning.unmapped)[:40]!r} is not mapped",
                    f"add it under `codes.{self._rule.codes}`",
                )
            elif meaning.unmapped is not None:
                batch.unmapped.append((row, self._rule.field, meaning.unmapped))

    def _meaning(self, cell: tuple[str, ...]) -> _Meaning:
        value, label = cell[0].strip(), cell[1].strip()
        word = value or label or self._rule.constant
        if not word:
            return _Meaning(None, None)
        found = _looked_up(self._table, word, label)
        if self._rule.unit == "listed":
            return _Meaning(found == "true", word)
        if self._spec.enum is None:
            return self._plain_meaning(found, word, label)
        if found is None and UNMAPPED not in list(self._spec.enum):
            return _Meaning(None, word, word, is_bad=True)
        refine = self._rule.refine
        if refine is not None and len(cell) > 2 and (found or UNMAPPED) == refine.when:
            return self._refined(refine, cell, word)
        unmapped = word if found is None else None
        return _Meaning(self._spec.enum(found or UNMAPPED), word, unmapped)

    def _refined(self, refine: Refinement, cell: tuple[str, ...], word: str) -> _Meaning:
        assert self._spec.enum is not None
        value, label = cell[2].strip(), cell[3].strip()
        if not (value or label):
            return _Meaning(self._spec.enum(refine.when), word)
        found = _looked_up(self._more, value, label)
        if found is None:
            return _Meaning(self._spec.enum(UNMAPPED), value or label, value or label)
        return _Meaning(self._spec.enum(found), word)

    def _plain_meaning(self, found: str | None, value: str, label: str) -> _Meaning:
        read = PLAIN_READERS[self._spec.type][0]
        for text in filter(None, (found, value, label)):
            made = read(text)
            if made is not None:
                return _Meaning(made, None)
        return _Meaning(None, None, value or label)


def _looked_up(table: Mapping[str, str], value: str, label: str) -> str | None:
    return table.get(value.casefold()) or table.get(label.casefold())


def _cells(batch: Batch, rule: FieldRule, side: Side) -> Texts:
    constant = rule.constant or ""
    if not rule.columns:
        return [constant] * len(batch)
    cells = batch.first_of(rule.columns, side)
    return [cell or constant for cell in cells] if constant else cells


def _read_or_bad(read: Callable[[str], object], cell: str) -> object:
    text = cell.strip()
    if not text:
        return None
    made = read(text)
    return _BAD if made is None else made


def _plain(rule: FieldRule, spec: FieldSpec) -> Callable[[str], object]:
    if spec.type is FieldType.TIME:
        return read_utc
    return read_duration_h if rule.unit == "duration" else PLAIN_READERS[spec.type][0]


def _what(rule: FieldRule, spec: FieldSpec) -> str:
    if spec.type is FieldType.TIME:
        return "a time that can be read"
    return "a duration" if rule.unit == "duration" else PLAIN_READERS[spec.type][1]


def _times(cells: Texts) -> list[datetime | None] | None:
    """Times in the usual form, a whole column at once; None where one of them has another form."""
    read = datetime.fromisoformat
    try:
        return [read(cell + "+00:00") if cell else None for cell in cells]
    except ValueError:
        return None


def read_utc(text: str) -> datetime | None:
    """A time of an API, which is UTC unless it names another zone."""
    try:
        return datetime.fromisoformat(text + "+00:00")
    except ValueError:
        return read_time(text, UTC, day_first=None)


def _folded(table: Mapping[str, str]) -> dict[str, str]:
    return {code.strip().casefold(): meaning for code, meaning in table.items()}
