"""Records as columns: what the estate is made of before anybody asks for objects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from itsm.fields import FieldType, fields_of
from itsm.records import RECORD_TYPES, Record
from itsm.states import RecordKind
from simulator.draws import Ints
from simulator.lifecycle import NEVER

Times = NDArray[np.datetime64]
Column: TypeAlias = "Sequence[object] | Times"


@dataclass(frozen=True, slots=True)
class ColumnBlock:
    """Some records of one kind, by canonical field name; a missing column is None throughout.

    Times are naive UTC `datetime64[s]` with NaT for none, codes are the enum's values.
    """

    kind: RecordKind
    source: str
    columns: Mapping[str, Column]

    @property
    def n(self) -> int:
        """How many records."""
        return len(self.columns["number"])

    @property
    def hangs_on(self) -> object:
        """The kind of record all of these hang on (history, clocks, comments); None for none."""
        owners = self.columns.get("record_kind", ())
        return owners[0] if len(owners) else None

    def records(self) -> Iterator[Record]:
        """The records as objects."""
        record_type = RECORD_TYPES[self.kind]
        specs = [spec for spec in fields_of(self.kind) if spec.name in self.columns]
        values = []
        for spec in specs:
            column = self.columns[spec.name]
            if spec.type is FieldType.TIME:
                column = aware(np.asarray(column, dtype="datetime64[s]"))
            elif spec.enum is not None:
                meanings: dict[object, object] = {member.value: member for member in spec.enum}
                column = [meanings.get(value) for value in column]
            values.append(column)
        names = [spec.name for spec in specs]
        for row in zip(*values, strict=True):
            yield record_type(source=self.source, **dict(zip(names, row, strict=True)))


def aware(times: Times) -> list[datetime | None]:
    """Aware UTC datetimes, None for NaT."""
    return [None if at is None else at.replace(tzinfo=UTC) for at in times.tolist()]


def at(seconds: Ints) -> Times:
    """Instants from seconds since 1970; `NEVER` and negative ones become NaT."""
    none = (seconds == NEVER) | (seconds < 0)
    times: Times = np.where(none, 0, seconds).astype("datetime64[s]")
    times[none] = np.datetime64("NaT")
    return times


def take(names: Sequence[object], indexes: Ints) -> list[object]:
    """Values by index; -1 gives None."""
    table = np.empty(len(names) + 1, dtype=object)
    table[:-1] = names
    table[-1] = None
    picked: list[object] = table[indexes].tolist()
    return picked


def numbers(prefix: str, indexes: Ints, width: int = 7) -> list[object]:
    """Record numbers such as INC0000001 from indexes; -1 gives None."""
    return [f"{prefix}{index + 1:0{width}d}" if index >= 0 else None for index in indexes.tolist()]


def hours(seconds: NDArray[np.float64] | Ints) -> list[object]:
    """Hours from seconds, taken to the whole second."""
    return [value / 3600 for value in np.round(seconds).tolist()]


def flags(values: NDArray[np.bool_]) -> list[object]:
    """Plain booleans."""
    plain: list[object] = values.tolist()
    return plain
