"""The records of a business object as rows of one kind: what is searched for, what is made of it.

Filters are greater, less and equal, and a field may be named once. So what was changed since a
moment is what was changed after the second before it, and ids go on by being greater.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.cherwell.api import REC_ID, BusObject, CherwellApi, Search, Values
from connectors.cherwell.times import is_twice, told_apart, written
from connectors.core.field_form import KIND, FieldForm
from connectors.core.mapping.raw import raw_of
from connectors.core.mapping.readers import read_utc
from connectors.core.places import word_of
from connectors.core.walking import Ask, FetchedPage, FetchedRow, Reach
from itsm.errors import FatalSourceError
from itsm.records import RawRecord
from itsm.states import RecordKind

_SECOND, _HOUR = timedelta(seconds=1), timedelta(hours=1)
_AN_HOUR_OF = 1_000
"""Records that are read at a time of an hour that comes twice."""


@dataclass(slots=True)
class ObjectRows:
    """The records of an object.

    Attributes:
        api: the instance.
        kind: of the records.
        of: the object.
        form: of the records.
        where: what they hold.
        needs: a field without which a record is none of the kind; "" for all.
        kinds: of journals: the kinds whose journals are read.
        counts: whether each record of the object is one of the kind.
    """

    api: CherwellApi
    kind: RecordKind
    of: BusObject
    form: FieldForm
    where: Mapping[str, str]
    needs: str = ""
    kinds: frozenset[str] = frozenset()
    counts: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are asked for: those of the form that the object has."""
        wanted = dict.fromkeys((REC_ID, self.of.updated, self.needs, *self.form.asked))
        return tuple(name for name in wanted if name in self.of.fields)

    @property
    def way(self) -> str:
        """One word for what is read; a cursor holds for the way it was made on."""
        return word_of(self.of.id, sorted(self.where.items()), self.form.asked, self.kinds)

    def page(self, ask: Ask, *, only_keys: bool = False) -> FetchedPage[Values]:
        """A page in the order of updates, or of keys alone."""
        if ask.reach is Reach.AT and ask.updated_at and self._is_twice(ask.updated_at):
            return self._hour(ask, ask.updated_at)
        by_key = ask.reach is Reach.AT and ask.updated_at is None
        order = (REC_ID,) if by_key else (self.of.updated, REC_ID)
        fields = (REC_ID, self.of.updated) if only_keys else self.fields
        search = Search(self.of, fields, (*self._fixed, *self._filters(ask)), order)
        step = max(1, ask.limit // 2) if ask.offset else ask.limit
        found = self.api.found(search, step, ask.offset // step + 1)
        rows = [self._row(one) for one in found.records]
        return FetchedPage([row for row in rows if _is_meant(ask, row)], found.has_more)

    def _hour(self, ask: Ask, at: datetime) -> FetchedPage[Values]:
        """All records of an hour that comes twice, which no filter tells apart."""
        rows: list[FetchedRow[Values]] = []
        since = ((self.of.updated, "gt", written(at - _SECOND, self.api.config.zone)),)
        search = Search(self.of, self.fields, (*self._fixed, *since), (self.of.updated, REC_ID))
        page = 1
        while True:
            found = self.api.again(search, _AN_HOUR_OF, page)
            rows += [self._row(one) for one in found.records]
            if not found.has_more or rows[-1].updated_at > at:
                break
            page += 1
        after = ask.after_key or ""
        kept = [one for one in rows if one.updated_at == at and one.key > after]
        return FetchedPage(sorted(kept, key=lambda one: one.key), has_more=False)

    def with_keys(self, keys: Sequence[str]) -> Sequence[Values]:
        """The records with these ids, of those that are there and may be seen."""
        return [one for one in self.api.by_key(self.of, keys) if self._holds(one)]

    def total(self) -> int | None:
        """How many records there are, as far as this user sees."""
        if not self.counts:
            return None
        return self.api.again(Search(self.of, (REC_ID,), self._fixed), 1).total

    def raw(self, rows: Sequence[Values]) -> Sequence[RawRecord]:
        """A raw record per row that is one of the kind."""
        found = []
        for one in rows:
            if self.needs and not one.get(self.needs):
                continue
            cells = self.form.cells(one, {})
            if self.kinds and cells.get(KIND, {}).get("value") not in self.kinds:
                continue
            found.append(raw_of(self.api.name, self.kind, one[REC_ID], cells))
        return found

    @property
    def _fixed(self) -> tuple[tuple[str, str, str], ...]:
        return tuple((name, "eq", value) for name, value in sorted(self.where.items()))

    def _filters(self, ask: Ask) -> tuple[tuple[str, str, str], ...]:
        at, name, zone = ask.updated_at, self.of.updated, self.api.config.zone
        after = ((REC_ID, "gt", ask.after_key),) if ask.after_key is not None else ()
        if at is None:
            return after
        if ask.reach is Reach.AT:
            return ((name, "eq", written(at, zone)), *after)
        since = at if ask.reach is Reach.AFTER else at - _SECOND
        if ask.reach is Reach.AFTER and self._is_twice(at):
            since = at + _HOUR - _SECOND
        return ((name, "gt", written(since, zone)),)

    def _is_twice(self, at: datetime) -> bool:
        return is_twice(at, self.api.config.zone)

    def _holds(self, values: Values) -> bool:
        return all(values.get(name) == value for name, value in self.where.items())

    def _row(self, values: Values) -> FetchedRow[Values]:
        key, at = values.get(REC_ID), read_utc(values.get(self.of.updated, ""))
        if not key or at is None:
            raise FatalSourceError(
                self.api.name,
                f"{self.of.name}: a record came without {REC_ID} or {self.of.updated}; let the "
                "user's security group view both fields",
            )
        return FetchedRow(told_apart(at, self.api.config.zone), key, values)


def _is_meant(ask: Ask, row: FetchedRow[Values]) -> bool:
    """Whether a row was meant; one of a fraction of a second later than a filter says was not."""
    at = ask.updated_at
    if at is None:
        return True
    if ask.reach is Reach.AFTER:
        return row.updated_at != at
    return ask.reach is Reach.AT or row.updated_at != at - _SECOND
