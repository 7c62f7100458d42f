"""Rows that come in the order of a time, handed out a week at a time as typed frames."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import pandas as pd

from flows.frames import DTYPES
from itsm.clocks import ReportingWeek
from itsm.fields import FieldType, fields_of
from itsm.states import RecordKind


class WeeklyRows:
    """Rows of one kind, from batches of columns.

    Args:
        kind: of which kind; fields that are not read are missing in every row.
        batches: columns of one length each, in the order of the time `at`.
        at: the column with the time.
        beside: further columns, with their types.
    """

    def __init__(
        self,
        kind: RecordKind,
        batches: Iterable[Mapping[str, Sequence[object]]],
        *,
        at: str = "opened_at",
        beside: Mapping[str, FieldType] | None = None,
    ) -> None:
        fields = {spec.name: spec.type for spec in fields_of(kind)}
        self._types = {**fields, at: FieldType.TIME, **(beside or {})}
        self._batches = iter(batches)
        self._at = at
        self._waiting: pd.DataFrame = self._frame({})

    def weeks(self, zone: str) -> Iterator[ReportingWeek]:
        """The weeks that rows not handed out yet lie in; take the rows of each with `until`."""
        while self._fill():
            first = self._waiting[self._at].iloc[0]
            yield ReportingWeek.of(first.to_pydatetime(), zone)

    def until(self, end_at: datetime) -> pd.DataFrame:
        """The rows before a time that were not handed out yet."""
        found = []
        while self._fill():
            is_before = self._waiting[self._at] < end_at
            n = int(is_before.sum())
            found.append(self._waiting.iloc[:n])
            self._waiting = self._waiting.iloc[n:]
            if len(self._waiting):
                break
        if not found:
            return self._frame({})
        return pd.concat(found, ignore_index=True)

    def _fill(self) -> bool:
        """See that a row waits, if there is one."""
        while not len(self._waiting):
            batch = next(self._batches, None)
            if batch is None:
                return False
            self._waiting = self._frame(batch)
        return True

    def _frame(self, batch: Mapping[str, Sequence[object]]) -> pd.DataFrame:
        blank: list[object] = [None] * len(next(iter(batch.values()), ()))
        columns = {name: list(batch.get(name, blank)) for name in self._types}
        return pd.DataFrame(
            {name: pd.Series(columns[name], dtype=DTYPES[of]) for name, of in self._types.items()}
        )
