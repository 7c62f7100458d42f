"""What hangs on a record of another kind and names it by key: numbers in the place of keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from itsm.records import Comment, HistoryEvent, Record, SlaClock, SurveyResponse
from itsm.states import RecordKind
from store.made_ready import ReadyRows
from store.unit_of_work import UnitOfWork
from store.values import all_storable

Hanging = HistoryEvent | Comment | SlaClock | SurveyResponse
"""Records that hang on one of another kind."""

_MOST_REMEMBERED = 50_000
"""Numbers of one kind, 10 MB."""


class KnownNumbers:
    """The numbers of records that others of their source hang on.

    What hangs on a record mostly comes within days of each other, so what was asked lately is
    remembered, and what has landed just before. To be kept for as long as nobody else lands records
    of the source.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._known: dict[RecordKind, dict[str, str]] = {}

    def numbers(
        self, uow: UnitOfWork, wanted: Mapping[RecordKind, set[str]]
    ) -> Mapping[RecordKind, Mapping[str, str]]:
        """Numbers by kind and key, at least of the records wanted, as far as they have landed."""
        for kind, keys in wanted.items():
            known = self._known.setdefault(kind, {})
            new = {key for key in keys if key not in known}  # and not `-`, which goes through all
            if len(known) + len(new) > _MOST_REMEMBERED:
                known.clear()
                new = keys
            if new:
                known.update(uow.raw.numbers(self._source, kind, new))
        return self._known

    def note(self, kind: RecordKind, numbers: Mapping[str, str]) -> None:
        """Remember what has landed, and is committed: some records that were not there before."""
        known = self._known.setdefault(kind, {})
        if len(known) + len(numbers) <= _MOST_REMEMBERED:
            of = zip(all_storable(list(numbers)), all_storable(list(numbers.values())), strict=True)
            known.update(of)

    def forget(self, kind: RecordKind, keys: Iterable[str]) -> None:
        """Ask for some again: they have landed anew, and may have other numbers now."""
        known = self._known.get(kind, {})
        for key in keys:
            known.pop(key, None)

    def told(self, uow: UnitOfWork, rows: ReadyRows) -> list[str | None]:
        """The number of what each row hangs on; None where that has not landed."""
        kinds = cast("Sequence[str]", rows.column("record_kind"))
        keys = cast("Sequence[str]", rows.column("record"))
        if len(of := set(kinds)) == 1:
            kind = RecordKind(of.pop())
            return list(map(self.numbers(uow, {kind: set(keys)})[kind].get, keys))
        wanted: dict[RecordKind, set[str]] = {}
        for kind, key in zip(map(RecordKind, kinds), keys, strict=True):
            wanted.setdefault(kind, set()).add(key)
        numbers = self.numbers(uow, wanted)
        pairs = zip(map(RecordKind, kinds), keys, strict=True)
        return [numbers[kind].get(key) for kind, key in pairs]


def wanted_by(records: Iterable[Record]) -> dict[RecordKind, set[str]]:
    """The keys of what some records hang on, by its kind."""
    wanted: dict[RecordKind, set[str]] = {}
    for record in records:
        if isinstance(record, Hanging):
            wanted.setdefault(record.record_kind, set()).add(record.record)
    return wanted


def renamed(
    records: Sequence[Record], numbers: Mapping[RecordKind, Mapping[str, str]]
) -> Hanging | None:
    """Put numbers in the place of keys; gives the first record whose key has none.

    The records are in nobody else's hands yet, so they are changed and not copied: that is a tenth
    of the work, and there are ten of them to an incident.
    """
    for record in records:
        if isinstance(record, Hanging):
            number = numbers[record.record_kind].get(record.record)
            if number is None:
                return record
            object.__setattr__(record, "record", number)
    return None
