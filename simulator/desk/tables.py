"""Records of a desk as rows of tables, for systems that serve forms or objects with columns.

A table holds the records of a kind, or what happened to those of a kind: changes, or remarks. Its
columns are told in a line each: `Header=field:form`, where a form makes the system's value of the
estate's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from itsm.states import RecordKind
from simulator.desk.desk import Desk
from simulator.desk.records import Event, Held, Remark, Value

Make = Callable[[Value], Value]
"""Makes a system's value of one of the estate's."""


class Type(StrEnum):
    """How values of a column are written and compared; times are whole seconds."""

    TEXT = "text"
    TIME = "time"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Form:
    """How a column's values are made, and of which type they are.

    `codes` are the system's words for the estate's; where there are any, they are compared in their
    order and not by letters.
    """

    type: Type = Type.TEXT
    make: Make | None = None
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def order(self) -> tuple[str, ...]:
        """The system's words in their order."""
        return tuple(dict.fromkeys(self.codes.values()))

    def kept(self, value: Value) -> Value:
        """The estate's word for one of the system's."""
        return next((own for own, shown in self.codes.items() if shown == value), value)


@dataclass(frozen=True, slots=True)
class Row:
    """A record, or something that happened to it."""

    record: Held
    told: Event | Remark | None = None

    @property
    def id(self) -> int:
        """The id of the record, or of what happened."""
        return self.record.id if self.told is None else self.told.id

    @property
    def updated(self) -> int:
        """When it was changed last; what happened never changes."""
        return self.record.updated if self.told is None else self.told.at

    @property
    def owner(self) -> int:
        """The id of the record."""
        return self.record.id

    def value(self, name: str) -> Value:
        """A field of the estate; with an @ before it one of the desk: id, created, updated, ..."""
        if not name.startswith("@"):
            return self.record.values.get(name)
        own = self.told if self.told is not None and hasattr(self.told, name[1:]) else None
        found: Value = getattr(own or (self if name in _OWN else self.record), name[1:])
        return found


_OWN = frozenset({"@id", "@updated", "@owner"})
OWN = "own "
"""What stands before the fields that the estate does not know."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the estate's field, and its form."""

    field: str
    form: Form


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a system.

    Attributes:
        name: as the system calls it.
        kind: the records that its rows are, or hang on.
        columns: by name.
        told: what its rows are, where they are no records: changes or remarks.
        key: makes the key of a row of its id; keys go up with ids.
        holds: which records it has, where it has not all of a kind.
    """

    name: str
    kind: RecordKind
    columns: Mapping[str, Column]
    told: type[Event] | type[Remark] | None = None
    key: Callable[[int], str] = str
    holds: Callable[[Held], bool] = field(default=lambda _record: True)

    def rows(self, desk: Desk, since: int | None = None, until: int | None = None) -> Iterator[Row]:
        """Rows by update, then id; of those updated from `since` to before `until`."""
        if self.told is None:
            yield from (
                Row(one) for one in desk.ordered(self.kind, since, until) if self.holds(one)
            )
            return
        for _, record, told in desk.entries_since(since or 0):
            if told is None or type(told) is not self.told or record.kind is not self.kind:
                continue
            if until is not None and told.at >= until:
                return
            yield Row(record, told)

    def row(self, desk: Desk, key: str) -> Row | None:
        """The row with a key."""
        digits = key[len(key.rstrip("0123456789")) :]
        found: Row | None = None
        if digits and self.told is None:
            record = desk.of(self.kind).get(int(digits))
            found = Row(record) if record is not None and self.holds(record) else None
        elif digits and int(digits) in desk.entries:
            record, told = desk.entries[int(digits)]
            is_ours = record.kind is self.kind and type(told) is self.told
            found = Row(record, told) if is_ours else None
        return found if found is not None and self.key(found.id) == key else None

    def value(self, row: Row, name: str) -> Value:
        """What a column holds."""
        column = self.columns[name]
        value = row.value(column.field)
        made = column.form.make(value) if column.form.make is not None else value
        return None if made == "" else made

    def column(self, name: str) -> str | None:
        """The name of a column as it is written, whatever its case."""
        if name in self.columns:
            return name
        return next((one for one in self.columns if one.casefold() == name.casefold()), None)


def columns_of(spec: str, forms: Mapping[str, Form]) -> dict[str, Column]:
    """Columns from "Header=field:form; Header=field; Header" in order.

    A header alone is also the field; one with nothing behind `=` holds nothing until it is written.
    """
    found: dict[str, Column] = {}
    for part in spec.replace("\n", " ").split(";"):
        header, equals, rest = part.strip().partition("=")
        name, _, form = (rest if equals else header).strip().partition(":")
        own = name.strip() or f"{OWN}{header.strip()}"
        found[header.strip()] = Column(own, forms[form.strip()] if form else Form())
    return found


def words(codes: Mapping[str, str]) -> Form:
    """Meanings as the system's own words; one without a word is written as it is."""

    def make(value: Value) -> Value:
        return None if value is None else codes.get(str(value), str(value))

    return Form(make=make, codes=codes)


def renumbered(pattern: str) -> Make:
    """Numbers of records in a system's style, from their prefix and running index."""

    def make(value: Value) -> Value:
        number = "" if value is None else str(value)
        prefix = number.rstrip("0123456789")
        digits = number[len(prefix) :]
        return pattern.format(prefix=prefix, index=int(digits)) if digits else number or None

    return make
