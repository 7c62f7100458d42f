"""Reading all rows of a table that changes meanwhile, in the order they were updated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Generic, NamedTuple, TypeVar

from connectors.core.paging import Limit, Memory
from connectors.core.watermark import Keyset
from itsm.errors import PagingError

Row = TypeVar("Row")

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Reach(StrEnum):
    """Which rows are asked for, by their update."""

    SINCE = ">="
    """Updated at a moment or later; with no moment: all."""

    AT = "="
    """Updated at a moment, with a greater key than the one given."""

    AFTER = ">"
    """Updated later than a moment."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a system is to be asked for.

    Attributes:
        reach: how `updated_at` is meant.
        updated_at: a moment that the system gave before, or an overlap earlier; None: all rows.
        after_key: with AT, the key that the system's own order of keys goes on after.
        offset: how many rows the system is to leave out, counted as it counts.
        limit: how many it is to give at most.

    The order is (updated, key), ascending, always.
    """

    reach: Reach
    updated_at: datetime | None
    after_key: str | None = None
    offset: int = 0
    limit: int = 0

    def is_met(self, updated_at: datetime) -> bool:
        """Whether a row updated at that moment was asked for."""
        if self.updated_at is None:
            return True
        if self.reach is Reach.AT:
            return updated_at == self.updated_at
        is_at_it = self.reach is Reach.SINCE and updated_at == self.updated_at
        return updated_at > self.updated_at or is_at_it


class FetchedRow(NamedTuple, Generic[Row]):
    """A row as it was fetched.

    Attributes:
        updated_at: aware, and as coarse as the system filters: rows that its filter cannot tell
            apart are at the same moment.
        key: unique; the second part of the order.
        version: tells two states of a row at the same moment apart, a modification count for
            example; "" where there is nothing.
    """

    updated_at: datetime
    key: str
    row: Row
    version: str = ""


@dataclass(frozen=True)
class FetchedPage(Generic[Row]):
    """What came for an `Ask`.

    Attributes:
        rows: may be fewer than asked for, or none, where rows are hidden from us.
        has_more: whether the system says that there is more behind them: by a link, a total, or,
            where it says nothing and hides nothing, by a full page.
        asked_at: a moment by the system's clock before it began to read, as coarse as
            `updated_at` (`JsonResponse.asked_at` is one). Rows that were updated from then on may
            have changed between being found and being read, and stand where they stood before; the
            walk does not go by them. None: rows are read as they are found.
    """

    rows: Sequence[FetchedRow[Row]]
    has_more: bool
    asked_at: datetime | None = None

    @property
    def settled(self) -> Sequence[FetchedRow[Row]]:
        """The rows that stand where they belong."""
        if self.asked_at is None:
            return self.rows
        return [row for row in self.rows if row.updated_at < self.asked_at]


@dataclass(frozen=True)
class WalkedPage(Generic[Row]):
    """Rows that were not given before in this walk, and where to go on after them.

    The last page may have no rows: it says that the end was reached.
    """

    rows: Sequence[FetchedRow[Row]]
    keyset: Keyset


def walk(
    source: str,
    fetch: Callable[[Ask], FetchedPage[Row]],
    start: Keyset | None,
    limit: Limit,
    overlap: timedelta = timedelta(0),
    until: datetime | None = None,
) -> Iterator[WalkedPage[Row]]:
    """All rows from a place on, each at least in its last state, while the table changes.

    Rows are asked for from the last moment seen on, those at that very moment included, and those
    that were given already are dropped by key and version. So a row that is updated, inserted or
    deleted meanwhile pushes no other one out of sight.

    - A page that does not get past its moment is followed by asking for that moment alone, key
      after key, and then for what came later. So any number of rows may share a moment.
    - Hidden rows leave a page short, or empty, though more follow. After an empty page the walk
      goes on inside the same query by offset, half a page at a time, so that up to half a page of
      rows may leave the query between two requests without one being skipped.
    - A row that was not asked for, or out of order, ends the walk: a system that ignores the filter
      would give the whole table each time.
    - A page that is cut is asked for again, half as long.

    Args:
        source: for errors.
        fetch: asks the system; raises what `HttpClient` raises.
        start: where the last walk got to, as it said; None: from the very first row.
        limit: how many rows are asked for.
        overlap: how far before the end of the last walk this one starts.
        until: rows that were updated at this moment or later are left to another walk.

    Raises:
        PagingError: the system ignores filter or order, or does not get anywhere.
        TransientSourceError, FatalSourceError: from `fetch`.
    """
    return _Walk(source, fetch, limit).pages(start, overlap, until)


def walk_keys(
    source: str, fetch: Callable[[Ask], FetchedPage[Row]], limit: Limit
) -> Iterator[Sequence[FetchedRow[Row]]]:
    """All rows in the order of their keys alone; nothing that is updated meanwhile moves in it.

    Each `Ask` has the reach AT and no moment: rows with a key after `after_key` are meant (None:
    from the first), in the order of their keys, whenever they were updated.

    Raises:
        PagingError, TransientSourceError, FatalSourceError: as `walk`.
    """
    return _Walk(source, fetch, limit).by_key()


class _Walk(Generic[Row]):
    """One walk: where it has been, and what it gave at the present moment."""

    def __init__(self, source: str, fetch: Callable[[Ask], FetchedPage[Row]], limit: Limit) -> None:
        self._source = source
        self._fetch = fetch
        self._limit = limit
        self._memory: Memory[Ask] = Memory(source)
        self._given: set[tuple[datetime, str, str]] = set()

    def pages(
        self, start: Keyset | None, overlap: timedelta, until: datetime | None
    ) -> Iterator[WalkedPage[Row]]:
        """The pages of `walk`."""
        place = start
        ask: Ask | None = _ask_of(start.begin(overlap) if start else None)
        while ask is not None:
            page = self._fetched(ask)
            following = _before(self._next(ask, page), until)
            new = self._new(page.rows, remember=ask.reach is not Reach.AT)
            new = [row for row in new if until is None or row.updated_at < until]
            if following is not None:
                place = _place_of(following) or place
            else:
                place = _end(start, place, page)
            if new or (following is None and place is not None):
                yield WalkedPage(new, place or Keyset(_LONG_AGO))
            ask = following

    def by_key(self) -> Iterator[Sequence[FetchedRow[Row]]]:
        """The pages of `walk_keys`."""
        ask: Ask | None = Ask(Reach.AT, None)
        while ask is not None:
            page = self._fetched(ask)
            if page.rows:
                yield page.rows
            ask = self._next_key(ask, page.rows) if page.has_more else None

    def _fetched(self, ask: Ask) -> FetchedPage[Row]:
        """The page, checked against what was asked for."""
        self._memory.visit(ask)
        page = self._limit.fetch(lambda size: self._fetch(replace(ask, limit=size)))
        self._memory.count(len(page.rows))
        if ask.reach is not Reach.AT or ask.updated_at is not None:
            self._check(ask, page.settled)
        return page

    def _check(self, ask: Ask, rows: Sequence[FetchedRow[Row]]) -> None:
        if not all(ask.is_met(row.updated_at) for row in rows):
            raise PagingError(
                self._source,
                f"asked for rows updated {ask.reach} {ask.updated_at} and was given others: it "
                "ignores the filter, and would give everything each time",
            )
        if any(one.updated_at > next_.updated_at for one, next_ in pairwise(rows)):
            raise PagingError(
                self._source, "gave rows in another order than by update: it ignores the order"
            )

    def _next(self, ask: Ask, page: FetchedPage[Row]) -> Ask | None:
        """What to ask for after a page; None: nothing is left."""
        settled = page.settled
        if not page.has_more:
            return Ask(Reach.AFTER, ask.updated_at) if ask.reach is Reach.AT else None
        if ask.reach is Reach.AT:
            return self._next_key(ask, page.rows)
        if not settled:
            return self._further(ask)
        last = settled[-1]
        if last.updated_at == ask.updated_at:
            return Ask(Reach.AT, last.updated_at, last.key)
        return Ask(Reach.SINCE, last.updated_at)

    def _next_key(self, ask: Ask, rows: Sequence[FetchedRow[Row]]) -> Ask:
        if not rows:
            return self._further(ask)
        return Ask(Reach.AT, ask.updated_at, rows[-1].key)

    def _further(self, ask: Ask) -> Ask:
        """The same query half a page on."""
        return replace(ask, offset=ask.offset + max(1, self._limit.used // 2))

    def _new(self, rows: Sequence[FetchedRow[Row]], *, remember: bool) -> list[FetchedRow[Row]]:
        """The rows that were not given yet; those at the last moment are remembered."""
        if len({row.key for row in rows}) < len(rows):
            rows = list({_state(row): row for row in rows}.values())
        given, moments = self._given, {state[0] for state in self._given}
        new = [row for row in rows if row.updated_at not in moments or _state(row) not in given]
        if remember and rows:
            last_at = max(row.updated_at for row in rows)
            self._given = {state for state in given if state[0] == last_at}
            self._given.update(_state(row) for row in rows if row.updated_at == last_at)
        return new


def _state(row: FetchedRow[Any]) -> tuple[datetime, str, str]:
    return row.updated_at, row.key, row.version


def _ask_of(place: Keyset | None) -> Ask:
    """What is asked for at a place."""
    if place is None:
        return Ask(Reach.SINCE, None)
    if place.is_past:
        return Ask(Reach.AFTER, place.updated_at)
    if place.key is not None:
        return Ask(Reach.AT, place.updated_at, place.key)
    return Ask(Reach.SINCE, place.updated_at)


def _before(ask: Ask | None, until: datetime | None) -> Ask | None:
    """What is asked for next, unless all of it was updated too late."""
    if ask is None or until is None or ask.updated_at is None or ask.updated_at < until:
        return ask
    return None


def _place_of(ask: Ask) -> Keyset | None:
    """The place at which something is asked for; None: the very first row."""
    if ask.updated_at is None:
        return None
    if ask.reach is Reach.AFTER:
        return Keyset(ask.updated_at, is_past=True)
    return Keyset(ask.updated_at, ask.after_key)


def _end(start: Keyset | None, place: Keyset | None, page: FetchedPage[Row]) -> Keyset | None:
    """The place a walk ends at: the latest there was; None: there was nothing."""
    latest = Keyset(page.settled[-1].updated_at) if page.settled else None
    places = [one for one in (latest, place, start) if one is not None]
    if not places and page.rows and page.asked_at is not None:
        places = [Keyset(page.asked_at)]
    return max(places, key=lambda one: one.updated_at).ended() if places else None
