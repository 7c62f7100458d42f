"""Walks through tickets, transactions and assets: pages in the order of time, keys, single records.

RT cuts pages to a hundred and hides rows after it counted them, so that only `next_page` says
whether more follows. Times in queries are whole seconds on the user's clock.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial

from connectors.core.paging import Limit
from connectors.core.places import cursor_of, place_of, word_of
from connectors.core.source import Page, Stamped
from connectors.core.walking import Ask, FetchedPage, FetchedRow, Reach, walk
from connectors.core.watermark import Keyset
from connectors.rt.api import FoundItems, Item, RtApi, either, moment, parts_of
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.records import RawRecord
from itsm.states import RecordKind

Make = Callable[[Sequence[Item]], Sequence[RawRecord]]
"""Makes raw records of items; may ask for more."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items are read, and what of them.

    Attributes:
        kind: what is made of them.
        path: tickets, transactions or assets.
        condition: what they meet, whenever they were updated.
        params: the fields that are asked for.
        time: the time they are ordered by.
        counts: whether each of them is one record, so that they can be counted.
        is_whole: whether they are read from the first on, whatever `since` says.
    """

    kind: RecordKind
    path: str
    condition: str
    params: Mapping[str, str]
    time: str = "LastUpdated"
    counts: bool = True
    is_whole: bool = False


@dataclass(slots=True)
class RtReader:
    """Reads what is made of some items.

    Attributes:
        api: the tracker.
        wanted: which items.
        make: makes raw records of them.
    """

    api: RtApi
    wanted: Wanted
    make: Make
    _limit: Limit = field(init=False)

    def __post_init__(self) -> None:
        self._limit = Limit(self.api.config.page_size)

    @property
    def way(self) -> str:
        """One word for what is read; a cursor holds for the way it was made on."""
        return word_of(self.wanted.path, self.base, sorted(self.wanted.params.items()))

    @property
    def base(self) -> str:
        """What all items meet."""
        config = self.api.config
        is_ticket = self.wanted.path == "tickets"
        own = f" AND ({config.filter})" if config.filter and is_ticket else ""
        return f"{self.wanted.condition}{own}"

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What is made of items from a cursor on, in the order of their time."""
        for rows, keyset in self.walked(cursor):
            yield Page(self.make(rows), cursor_of(self.way, keyset))

    def walked(self, cursor: str | None) -> Iterator[tuple[Sequence[Item], Keyset]]:
        """Items from a cursor on, and the places behind them."""
        start = place_of(self.api.name, self.wanted.kind, cursor, self.way)
        since = self.api.config.since
        if start is None and since is not None and not self.wanted.is_whole:
            start = Keyset(datetime.combine(since, time(), UTC))
        overlap = timedelta(seconds=self.api.config.overlap_s)
        until = None if self.wanted.is_whole else self.api.config.end
        for page in walk(self.api.name, self._fetched, start, self._limit, overlap, until):
            yield [one.row for one in page.rows], page.keyset

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """What is made of the items with these ids, of those that are there and may be seen."""
        return self.make([one for some in parts_of(keys) for one in self._by_id(some)])

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All ids, ascending as texts; RT counts them as numbers."""
        found: list[str] = []
        last = 0
        while True:
            query = f"{self._since()} AND id > {last}"
            page = self._limit.fetch(partial(self._ids, query))
            found += [str(one["id"]) for one in page.items]
            if not page.has_more:
                break
            last = self._behind(query, last, found)
        for some in parts_of(sorted(found), 1000):
            yield [Stamped(key, None) for key in some]

    def count(self, keys: Sequence[str] | None) -> int | None:
        """How many there are, as far as this user may know; or how many of some ids.

        Of ids, those that are hidden count, those of deleted, purged and merged tickets do not.
        """
        if not self.wanted.counts:
            return None
        if keys is None:
            query = self._since()
            return self._limit.fetch(
                lambda n: self.api.found(self.wanted.path, query, {"per_page": min(n, 10)})
            ).total
        seen = {str(one["id"]) for some in parts_of(keys) for one in self._by_id(some)}
        return len(seen) + sum(self._is_hidden(key) for key in keys if key not in seen)

    def _ids(self, query: str, n: int) -> FoundItems:
        return self.api.found(self.wanted.path, query, {"per_page": n}, orders=("id",))

    def _behind(self, query: str, last: int, found: Sequence[str]) -> int:
        """Where to go on behind a page, which may show nothing though more follows."""
        highest = max([last, *(int(key) for key in found[-self._limit.used :])])
        if highest > last:
            return highest
        page = 2
        while True:
            params = {"per_page": self._limit.used, "page": page}
            answer = self.api.found(self.wanted.path, query, params, orders=("id",))
            if answer.items:
                return int(answer.items[0]["id"]) - 1
            if not answer.has_more:
                return 2**53
            page += 1

    def _is_hidden(self, key: str) -> bool:
        """Whether a ticket that no list shows is there all the same."""
        if self.wanted.path != "tickets":
            return False
        try:
            self.api.one(f"ticket/{key}")
        except ForbiddenError:
            return True
        return False

    def _by_id(self, keys: Sequence[str]) -> list[Item]:
        query = f"{self.wanted.condition} AND {either('id', keys)}"
        return self.api.some(self.wanted.path, query, self.wanted.params)

    def _since(self) -> str:
        since = self.api.config.since
        if since is None or self.wanted.is_whole:
            return self.base
        at = self.api.times().since(datetime.combine(since, time(), UTC))
        return f"{self.base} AND {self.wanted.time} >= '{at}'"

    def _fetched(self, ask: Ask) -> FetchedPage[Item]:
        """A page in the order of time.

        Where an hour comes twice, more is asked for than was meant; the rest is dropped.
        """
        step = max(1, ask.limit // 2) if ask.offset else ask.limit
        params: dict[str, str | int] = {
            **self.wanted.params,
            "per_page": step,
            "page": ask.offset // step + 1,
        }
        orders = (self.wanted.time, "id")
        answer = self.api.found(self.wanted.path, self._where(ask), params, orders=orders)
        rows = [self._row(one) for one in answer.items]
        if not self.api.times().is_exact:
            rows = [row for row in rows if ask.is_met(row.updated_at)]
        return FetchedPage(rows, answer.has_more, answer.asked_at)

    def _where(self, ask: Ask) -> str:
        name, at, times = self.wanted.time, ask.updated_at, self.api.times()
        if at is None:
            return self.base
        if ask.reach is Reach.AFTER:
            return f"{self.base} AND {name} >= '{times.since(at + _SECOND)}'"
        since = f"{self.base} AND {name} >= '{times.since(at)}'"
        if ask.reach is Reach.SINCE:
            return since
        after = f" AND id > {ask.after_key}" if ask.after_key is not None else ""
        return f"{since} AND {name} < '{times.until(at + _SECOND)}'{after}"

    def _row(self, item: Item) -> FetchedRow[Item]:
        key, at = item.get("id"), moment(item.get(self.wanted.time))
        if not key or at is None:
            raise FatalSourceError(
                self.api.name,
                f"{self.wanted.path}: an item came without id or {self.wanted.time}",
            )
        return FetchedRow(at.astimezone(UTC), str(key), item)
