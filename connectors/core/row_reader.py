"""Reads rows that a system orders by update and key, as one record kind.

A system says how a page is asked for, how rows are asked for by key, and what is made of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, Protocol, TypeVar

from connectors.core.paging import Limit
from connectors.core.places import cursor_of, place_of
from connectors.core.source import Page, Stamped
from connectors.core.walking import Ask, FetchedPage, walk, walk_keys
from connectors.core.watermark import Keyset
from itsm.records import RawRecord
from itsm.states import RecordKind

Row = TypeVar("Row")


class Rows(Protocol[Row]):
    """The rows of one kind."""

    @property
    def way(self) -> str:
        """One word for what is asked for; a cursor holds for the way it was made on."""
        ...

    def page(self, ask: Ask, *, only_keys: bool = False) -> FetchedPage[Row]:
        """A page of rows; without a moment in the order of keys alone."""
        ...

    def with_keys(self, keys: Sequence[str]) -> Sequence[Row]:
        """The rows with these keys, of those that are there and may be seen."""
        ...

    def total(self) -> int | None:
        """How many rows there are; None where the system does not say."""
        ...

    def raw(self, rows: Sequence[Row]) -> Sequence[RawRecord]:
        """Raw records of rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How much is asked for, and from when on.

    Attributes:
        page_size: rows at a time.
        keys_at_once: rows at a time of which only the keys are asked for.
        overlap: how far before the end of the last pull a pull starts.
        since: the first day; None: all there is.
        until: the first day that is left out; None: nothing is.
    """

    page_size: int
    keys_at_once: int
    overlap: timedelta
    since: date | None = None
    until: date | None = None

    @property
    def end(self) -> datetime | None:
        """The first moment that is left out."""
        return None if self.until is None else datetime.combine(self.until, time(), UTC)

    @property
    def begin(self) -> datetime | None:
        """The first moment."""
        return None if self.since is None else datetime.combine(self.since, time(), UTC)


@dataclass(slots=True)
class RowReader(Generic[Row]):
    """Reads the rows of one kind.

    Attributes:
        name: of the source.
        kind: of the records.
        rows: what is asked for.
        span: how much of it.
    """

    name: str
    kind: RecordKind
    rows: Rows[Row]
    span: Span
    _limit: Limit = field(init=False)

    def __post_init__(self) -> None:
        self._limit = Limit(self.span.page_size)

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Records from a cursor on, in the order they were updated."""
        for rows, place in self.walked(self.start(cursor)):
            yield Page(self.rows.raw(rows), self.cursor(place))

    def walked(self, start: Keyset | None) -> Iterator[tuple[Sequence[Row], Keyset]]:
        """Rows from a place on, and the places behind them."""
        begin = self.span.begin
        if start is None and begin is not None:
            start = Keyset(begin)
        span = self.span
        for page in walk(self.name, self.rows.page, start, self._limit, span.overlap, span.end):
            yield [one.row for one in page.rows], page.keyset

    def start(self, cursor: str | None) -> Keyset | None:
        """The place a cursor means."""
        return place_of(self.name, self.kind, cursor, self.rows.way)

    def cursor(self, place: Keyset) -> str:
        """A place as text."""
        return cursor_of(self.rows.way, place)

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All keys, ascending as texts, each with its time of update."""

        def fetch(ask: Ask) -> FetchedPage[Row]:
            return self.rows.page(ask, only_keys=True)

        begin = self.span.begin
        for rows in walk_keys(self.name, fetch, Limit(self.span.keys_at_once)):
            wanted = [one for one in rows if begin is None or one.updated_at >= begin]
            if wanted:
                yield [Stamped(one.key, one.updated_at) for one in wanted]

    def count(self, keys: Sequence[str] | None) -> int | None:
        """How many rows there are, where the system says it; or how many of some keys show."""
        return self.rows.total() if keys is None else len(self.rows.with_keys(keys))

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The records with these keys, of those that are there and may be seen."""
        return self.rows.raw(self.rows.with_keys(keys))
