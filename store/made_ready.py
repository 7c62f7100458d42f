"""Records made ready for a database, where there is no connection to it.

Putting rows in order and turning values into those of the driver takes longer than handing them
over, and can be done by another process.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from itsm.fields import by_kind
from itsm.records import Record
from itsm.states import RecordKind
from store.bulk import as_columns, as_copied
from store.statements import names_of
from store.tables import CANONICAL, KEY

Plain = str | int | float | bool | None


class ReadyRows(NamedTuple):
    """Rows of a canonical table in the order of their keys, as columns of plain values.

    Attributes:
        kind: of the records.
        n: how many rows.
        columns: in the order of the table; one that says the same in each row is that value.
    """

    kind: RecordKind
    n: int
    columns: list[list[Plain] | Plain]

    def whole(self) -> list[Sequence[Plain]]:
        """The columns with a value for each row."""
        return list(map(self._whole, self.columns))

    def column(self, name: str) -> Sequence[Plain]:
        """A column, with a value for each row."""
        return self._whole(self.columns[names_of(CANONICAL[self.kind]).index(name)])

    def _whole(self, column: list[Plain] | Plain) -> Sequence[Plain]:
        return column if isinstance(column, list) else list(repeat(column, self.n))


def with_column(rows: ReadyRows, name: str, values: Sequence[str | None]) -> ReadyRows:
    """Rows with other texts in one column, that is not of their key; those without one left out."""
    kept = [n for n, value in enumerate(values) if value is not None]
    columns = list(rows.columns)
    if len(kept) < rows.n:
        columns = [_picked(one, kept) if isinstance(one, list) else one for one in columns]
    columns[names_of(CANONICAL[rows.kind]).index(name)] = _picked(values, kept)
    return ReadyRows(rows.kind, len(kept), columns)


def _picked(values: Sequence[Plain], places: Sequence[int]) -> list[Plain]:
    """The values at some places; the same for one place as for many."""
    return [*itemgetter(*places)(values)] if len(places) > 1 else [values[n] for n in places]


def made_ready(records: Iterable[Record], dialect: str) -> list[ReadyRows]:
    """Records of any kinds as rows for a database, `sqlite` or `postgresql`."""
    return [_rows(kind, some, dialect) for kind, some in sorted(by_kind(records).items())]


def _rows(kind: RecordKind, records: Sequence[Record], dialect: str) -> ReadyRows:
    table = CANONICAL[kind]
    for name in reversed(KEY):
        records = sorted(records, key=attrgetter(name))
    columns = [list(map(attrgetter(name), records)) for name in names_of(table)]
    is_copied = dialect == "postgresql"
    given = as_copied(table, columns) if is_copied else as_columns(table, columns, dialect)
    return ReadyRows(kind, len(records), list(map(_brief, given)))


def _brief(column: Sequence[Any]) -> list[Plain] | Plain:
    first: Plain = column[0]
    return first if column.count(first) == len(column) else list(column)
