"""Walks through tickets, problems and changes: by time of change, by id, one by one, counted.

Whether `morethan` means its own second, too, differs between versions. So a second earlier is asked
for, and what is not meant is dropped.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import islice

import orjson

from connectors.core.paging import Limit
from connectors.core.places import cursor_of, place_of, word_of
from connectors.core.source import Page, Stamped
from connectors.core.walking import Ask, FetchedPage, FetchedRow, Reach, walk, walk_keys
from connectors.core.watermark import Keyset
from connectors.glpi.api import DATE_MOD, ID, Criterion, GlpiApi, Query, Row
from connectors.glpi.links import Links, links_of
from connectors.glpi.names import rows_by_id
from itsm.errors import FatalSourceError
from itsm.records import RawRecord
from itsm.states import RecordKind

Make = Callable[[Sequence[Row], Links | None], Sequence[RawRecord]]
"""Makes raw records of rows; may ask for more."""
TYPE = 14
_EDGE = timedelta(seconds=1)
_TWICE = timedelta(hours=2)
_IDS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items are read, and what of them.

    Attributes:
        type: the type of tickets that are meant; None: all.
        columns: the search options that are shown.
        time: the search option that they are ordered by.
        criteria: what they meet besides.
        size: items at a time; None: as configured.
        with_links: whether the links of tickets belong to them.
        rereads_open: whether what is not solved is read again each time, changed or not.
        trash: whether only those in the trash are meant.
    """

    kind: RecordKind
    itemtype: str
    type: int | None
    columns: tuple[int, ...]
    time: int = DATE_MOD
    criteria: tuple[Criterion, ...] = ()
    size: int | None = None
    with_links: bool = False
    rereads_open: bool = False
    trash: bool = False


@dataclass(slots=True)
class SearchReader:
    """Reads what is made of items of one type."""

    api: GlpiApi
    wanted: Wanted
    make: Make
    _limit: Limit = field(init=False)

    def __post_init__(self) -> None:
        self._limit = Limit(min(self.wanted.size or self.size, self.size))

    @property
    def size(self) -> int:
        """Items that are asked for at a time."""
        return self.api.config.page_size

    @property
    def way(self) -> str:
        """One word for what is read; a cursor holds for the way it was made on."""
        config = self.api.config
        return word_of(
            self.wanted.itemtype, self.wanted.type, self.wanted.columns, self.wanted.time,
            self.wanted.criteria, config.since, config.entity, config.zone,
        )  # fmt: skip

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What is made of items from a cursor on, in the order these were changed.

        Where links belong to them, those that were linked since the last pull come at the end.
        """
        marks, _, rest = (cursor or "").partition(" ")
        start = place_of(self.api.name, self.wanted.kind, rest or None, self.way)
        links, now, old = None, "{}", marks
        held: Page | None = None
        overlap = overlap_of(self.api)
        place = start
        until = self.api.config.end
        for page in walk(self.api.name, self._fetched, start, self._limit, overlap, until):
            if held is not None:
                yield held
            elif self.wanted.with_links:
                links = links_of(self.api)
                now = links.text
            old = old if start is not None else now
            place = page.keyset
            made = self.make([one.row for one in page.rows], links)
            held = Page(made, f"{old} {cursor_of(self.way, place)}")
        if held is None or place is None:
            return
        end = f"{now} {cursor_of(self.way, place)}"
        yield Page(held.records, end if now == old else held.cursor)
        if now != old and links is not None:
            yield Page(self._linked(links, old), end)
        if self.wanted.rereads_open and start is not None:
            yield from self._open(start, end)

    def fetch(self, ids: Sequence[str]) -> Sequence[RawRecord]:
        """What is made of the items with these ids, of those that are there and may be seen."""
        links = links_of(self.api) if self.wanted.with_links else None
        return self.make(self._by_id(ids, self.wanted.columns), links)

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All ids, ascending as texts; a search gives them ascending as numbers."""
        found: list[Stamped] = []
        bare = SearchReader(self.api, self.wanted, self.make)
        for rows in walk_keys(self.api.name, bare._stamped, Limit(_IDS_AT_ONCE)):  # its own kind
            found += [Stamped(row.key, row.updated_at) for row in rows]
        rest = iter(sorted(found))
        while some := list(islice(rest, _IDS_AT_ONCE)):
            yield some

    def count(self, ids: Sequence[str] | None) -> int | None:
        """How many items there are; or how many of some ids, of those that may be seen."""
        if ids is not None:
            return len(self._by_id(ids, (ID, TYPE) if self.wanted.type is not None else (ID,)))
        query = Query(self.wanted.itemtype, self.conditions, (ID,), (ID,), self.wanted.trash)
        return self.api.search(query, 1, asks_again=True).total

    def _linked(self, links: Links, old: str) -> Sequence[RawRecord]:
        """What is made of the items that were linked since some marks."""
        marks: Mapping[str, int] = orjson.loads(old) if old else {}
        rows = self._by_id(links.since(marks), self.wanted.columns)
        return self.make(rows, links) if rows else []

    def _by_id(self, ids: Sequence[str], columns: tuple[int, ...]) -> list[Row]:
        query = Query(self.wanted.itemtype, columns=columns, trash=self.wanted.trash)
        rows = rows_by_id(self.api, query, ids)
        wanted = self.wanted.type
        return [row for row in rows if wanted is None or _whole(row.get(str(TYPE))) == wanted]

    def _open(self, start: Keyset, cursor: str) -> Iterator[Page]:
        """What is made of items that are not solved and were not read just now."""
        is_open = Criterion(12, "equals", "notold")
        before = Criterion(self.wanted.time, "lessthan", self.api.told(start.updated_at))
        criteria = (*self.conditions, is_open, before)
        query = Query(self.wanted.itemtype, criteria, self.wanted.columns, (ID,))
        first, size = 0, self.size
        while True:
            found = self.api.search(query, size, first, asks_again=True)
            yield Page(self.make(found.rows, None), cursor)
            first += len(found.rows)
            if not found.rows or first >= found.total:
                return

    @property
    def conditions(self) -> tuple[Criterion, ...]:
        """What all items meet, whenever they were changed."""
        own = [*self.wanted.criteria]
        if self.wanted.type is not None:
            own.append(Criterion(TYPE, "equals", str(self.wanted.type)))
        since = self.api.config.since
        if since is not None:
            at = datetime.combine(since, time(), UTC)
            own.append(Criterion(self.wanted.time, "morethan", self.api.told(at, -1)))
        return tuple(own)

    def _fetched(self, ask: Ask) -> FetchedPage[Row]:
        return self._page(ask, self.wanted.columns)

    def _stamped(self, ask: Ask) -> FetchedPage[Row]:
        """As `_fetched`, of each item only when it was changed."""
        return self._page(ask, (ID, self.wanted.time))

    def _page(self, ask: Ask, columns: tuple[int, ...]) -> FetchedPage[Row]:
        wanted = self.wanted
        criteria = (*_when(self.api, ask, wanted.time), *self.conditions)
        columns = tuple(sorted({*columns, wanted.time}))
        sort = (ID,) if ask.reach is Reach.AT else (wanted.time, ID)
        query = Query(wanted.itemtype, criteria, columns, sort, wanted.trash)
        found = self.api.search(query, ask.limit, ask.offset)
        rows = [self._row(row) for row in found.rows]
        has_more = ask.offset + len(rows) < found.total
        return FetchedPage([row for row in rows if _is_meant(ask, row)], has_more)

    def _row(self, row: Row) -> FetchedRow[Row]:
        key, told = row.get(str(ID)), row.get(str(self.wanted.time))
        at = self.api.moment(told)
        if key is None or at is None:
            raise FatalSourceError(
                self.api.name,
                f"a {self.wanted.itemtype} came without search option {ID} or {self.wanted.time}; "
                "let the user's profile see these columns",
            )
        return FetchedRow(at, str(key), row)


def overlap_of(api: GlpiApi) -> timedelta:
    """How far before the end of the last pull the next one starts.

    Where an hour comes twice in autumn, what was changed in it the second time is told with a time
    an hour ago.
    """
    overlap = timedelta(seconds=api.config.overlap_s)
    return overlap if api.times.is_exact else max(overlap, _TWICE)


def _when(api: GlpiApi, ask: Ask, number: int) -> tuple[Criterion, ...]:
    """The conditions on time and id."""
    at, found = ask.updated_at, []
    if at is not None and ask.reach is Reach.AFTER:
        found.append(Criterion(number, "morethan", api.told(at)))
    elif at is not None:
        found.append(Criterion(number, "morethan", api.told(at, -1)))
    if at is not None and ask.reach is Reach.AT:
        found.append(Criterion(number, "lessthan", api.told(at, 1)))
    if ask.after_key is not None:
        found.append(Criterion(ID, "contains", f">{ask.after_key}"))
    return tuple(found)


def _is_meant(ask: Ask, row: FetchedRow[Row]) -> bool:
    """Whether a row is not just one of the seconds at the edge that were asked for, too."""
    at = ask.updated_at
    if at is None or ask.is_met(row.updated_at):
        return True
    return abs(row.updated_at - at) > _EDGE


def _whole(value: object) -> int:
    return int(str(value)) if str(value).isdecimal() else 0
