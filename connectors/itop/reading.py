"""Walks through classes: by slices of time, or by windows of ids.

iTop gives objects in the order of their class, newest first, and counts pages off, so that what is
created or deleted meanwhile pushes others out of sight. So a slice of time is asked for that is
short enough to come whole; how many objects it has, iTop says with the first of them. Times are
those of the server's clock, in questions and in answers alike: the walk goes by them as they are,
as if they were UTC, and only cells say what moment they mean.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from connectors.core.local_times import FORM
from connectors.core.paging import Limit
from connectors.core.places import cursor_of, place_of, word_of
from connectors.core.source import Page, Stamped
from connectors.core.walking import Ask, FetchedPage, FetchedRow, Reach, walk
from connectors.core.watermark import Keyset
from connectors.itop.api import Fields, FoundObjects, ItopApi, parts_of
from itsm.errors import FatalSourceError, PagingError
from itsm.records import RawRecord
from itsm.states import RecordKind

Make = Callable[[Sequence[Fields]], Sequence[RawRecord]]
"""Makes raw records of objects; may ask for more."""
_SECOND = timedelta(seconds=1)
_AHEAD = timedelta(days=2)
"""So far ahead of the server's clock a walk ends: further than any zone reaches."""
_TWICE = timedelta(hours=3)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)
_LONGEST = timedelta(days=4000)
_KEYS_AT_ONCE = 10_000
_IDS = 400
_FEW = 10
"""So few objects are asked for again where the answer was cut: asking for fewer does not help."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which objects are read, and what of them.

    Attributes:
        kind: what is made of them.
        cls: their class.
        fields: the attributes that are asked for.
        condition: what they meet besides; "" for all.
        stamp: the attribute with the time they are read by; "" where they are read by id.
        join: the class that narrows them down, and the attribute that leads there.
        counts: whether each of them is one record.
    """

    kind: RecordKind
    cls: str
    fields: tuple[str, ...]
    condition: str = ""
    stamp: str = "last_update"
    join: tuple[str, str] = ("", "")
    counts: bool = True

    def oql(self, *conditions: str) -> str:
        """The query for those that meet some conditions."""
        cls, key = self.join
        joined = ""
        if cls and key == "ticket_id":
            joined = f" JOIN {cls} AS j ON o.{key} = j.id"
        elif cls:
            joined = f" JOIN {cls} AS j ON j.{key} = o.id"
        met = " AND ".join(filter(None, (self.condition, *conditions)))
        return f"SELECT {self.cls} AS o{joined} WHERE {met or 'o.id > 0'}"


@dataclass(slots=True)
class ItopReader:
    """Reads what is made of the objects of one class.

    Attributes:
        api: the iTop.
        wanted: which objects.
        make: makes raw records of them.
    """

    api: ItopApi
    wanted: Wanted
    make: Make
    _limit: Limit = field(init=False)
    _span: timedelta = field(default=timedelta(days=7), init=False)
    _first: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._limit = Limit(self.api.config.page_size)

    @property
    def way(self) -> str:
        """One word for what is read; a cursor holds for the way it was made on."""
        return word_of(self.wanted.oql(), self.wanted.fields, self.api.config.zone)

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What is made of objects from a cursor on, in the order of their time, or of their id."""
        if not self.wanted.stamp:
            if self.api.config.until is None:
                yield from self._whole(cursor)
            return
        for rows, keyset in self.walked(cursor):
            yield Page(self.make(rows), cursor_of(self.way, keyset))

    def walked(self, cursor: str | None) -> Iterator[tuple[Sequence[Fields], Keyset]]:
        """Objects from a cursor on, and the places behind them."""
        start = place_of(self.api.name, self.wanted.kind, cursor, self.way)
        since = self.api.config.since
        if start is None and since is not None:
            start = Keyset(datetime.combine(since, time(), UTC))
        overlap = timedelta(seconds=self.api.config.overlap_s) + self._twice(start)
        until = self.api.config.end
        for page in walk(self.api.name, self._fetched, start, self._limit, overlap, until):
            yield [one.row for one in page.rows], page.keyset

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """What is made of the objects with these ids, of those that are there and may be seen."""
        return self.make(self._by_id(keys, self.wanted.fields))

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All ids, ascending as texts."""
        found: list[str] = []
        for rows in self._windows((), 0, _KEYS_AT_ONCE):
            found += [str(row["id"]) for row in rows]
        for some in parts_of(sorted(found), 1000):
            yield [Stamped(key, None) for key in some]

    def count(self, keys: Sequence[str] | None) -> int | None:
        """How many there are, as far as this user sees; or how many of some ids."""
        if not self.wanted.counts:
            return None
        if keys is None:
            since = self._since()
            return self.api.again(self.wanted.cls, self.wanted.oql(*since), (), 1).total
        return len(self._by_id(keys, ()))

    def _since(self) -> tuple[str, ...]:
        since = self.api.config.since
        if since is None or not self.wanted.stamp:
            return ()
        at = _written(datetime.combine(since, time(), UTC))
        return (f"o.{self.wanted.stamp} >= '{at}'",)

    def _by_id(self, keys: Sequence[str], fields: Sequence[str]) -> list[Fields]:
        return [
            row
            for some in parts_of(keys, _IDS)
            for row in self.api.again(
                self.wanted.cls, self.wanted.oql(f"o.id IN ({','.join(some)})"), fields
            ).rows
        ]

    def _whole(self, cursor: str | None) -> Iterator[Page]:
        """All objects by id; the next pull begins anew, as nothing tells what changed."""
        was, _, place = (cursor or "").partition(" ")
        after = int(place) if was == self.way and place.isdecimal() else 0
        for rows in self._windows(self.wanted.fields, after, self.api.config.page_size):
            last = max(int(row["id"]) for row in rows)
            yield Page(self.make(rows), f"{self.way} {last}")
        yield Page([], f"{self.way} end")

    def _windows(self, fields: Sequence[str], after: int, size: int) -> Iterator[list[Fields]]:
        """Objects in windows of ids that come whole."""
        newest = self.api.again(self.wanted.cls, self.wanted.oql(f"o.id > {after}"), (), 1).total
        width, left = max(1, size), newest
        while left > 0:
            oql = self.wanted.oql(f"o.id > {after}", f"o.id <= {after + width}", *self._since())
            found = self.api.again(self.wanted.cls, oql, fields)
            if found.rows:
                yield sorted(found.rows, key=lambda row: int(row["id"]))
            after += width
            width = min(width * 4, 1_000_000) if found.total < size // 4 else max(1, size)
            rest = self.wanted.oql(f"o.id > {after}", *self._since())
            left = self.api.again(self.wanted.cls, rest, (), 1).total

    def _fetched(self, ask: Ask) -> FetchedPage[Fields]:
        """The objects of the next slice of time that has any."""
        begin = self._begin(ask)
        if begin is None:
            return FetchedPage([], has_more=False)
        if ask.reach is Reach.AT and ask.updated_at is not None:
            rows = self._slice(begin, begin + _SECOND, 0).rows
            kept = [one for one in self._rows(rows) if one.key > (ask.after_key or "")]
            return FetchedPage(kept, has_more=False)
        while True:
            span = max(_SECOND, min(self._span, _LONGEST))
            limit = ask.limit if span > _SECOND else 0
            found = self._slice(begin, begin + span, limit)
            if found.total > len(found.rows):
                share = 0.7 * ask.limit / found.total
                self._span = timedelta(seconds=int(span.total_seconds() * share))
                continue
            if found.total < ask.limit / 2:
                self._span = span * (2 if found.total else 8)
            begin += span
            has_more = begin < found.asked_at + _AHEAD
            if found.rows or not has_more:
                return FetchedPage(self._rows(found.rows), has_more)

    def _begin(self, ask: Ask) -> datetime | None:
        """Where the first slice begins; None: there is nothing at all."""
        if ask.updated_at is None:
            self._first = self._first or self._oldest()
            return self._first
        return ask.updated_at + _SECOND if ask.reach is Reach.AFTER else ask.updated_at

    def _oldest(self) -> datetime | None:
        """Some days before the oldest object was changed, at most; None: there is none."""
        first, last = _FIRST, _LAST
        if not self._slice(_FIRST - _LONGEST, last, 1).total:
            return None
        if self._slice(_FIRST - _LONGEST, first, 1).total:
            return _FIRST - _LONGEST
        while last - first > timedelta(days=8):
            middle = first + (last - first) / 2
            if self._slice(first, middle, 1).total:
                last = middle
            else:
                first = middle
        return first.replace(microsecond=0)

    def _slice(self, begin: datetime, end: datetime, limit: int) -> FoundObjects:
        """The objects of a slice of time; no more than so many of them."""
        since, until = _written(begin), _written(end)
        stamp = self.wanted.stamp
        oql = self.wanted.oql(f"o.{stamp} >= '{since}'", f"o.{stamp} < '{until}'")
        fields = (stamp,) if limit == 1 else self.wanted.fields
        ask = self.api.again if 0 < limit <= _FEW else self.api.found
        found = ask(self.wanted.cls, oql, fields, limit)
        if any(not since <= str(row.get(stamp)) < until for row in found.rows):
            raise PagingError(
                self.api.name,
                f"asked for {self.wanted.cls} with {stamp} from {since} to {until} and was given "
                "others: it ignores the filter, and would give everything each time",
            )
        return found

    def _rows(self, rows: Sequence[Fields]) -> list[FetchedRow[Fields]]:
        """Rows in the order of their time, then of their key."""
        made = [self._row(row) for row in rows]
        return sorted(made, key=lambda one: (one.updated_at, one.key))

    def _row(self, row: Fields) -> FetchedRow[Fields]:
        told = str(row.get(self.wanted.stamp) or "")
        try:
            at = datetime.fromisoformat(f"{told}+00:00")
        except ValueError:
            raise FatalSourceError(
                self.api.name,
                f"{self.wanted.cls}: an object came without {self.wanted.stamp}; let the user read "
                "it",
            ) from None
        return FetchedRow(at, str(row["id"]), row)

    def _twice(self, start: Keyset | None) -> timedelta:
        """How much earlier to begin: an hour that comes twice may have been read once only."""
        if start is None or self.api.times.is_exact:
            return timedelta(0)
        wall = start.updated_at.replace(tzinfo=None)
        hours = (self.api.times.shift_at(wall - timedelta(hours=n)) for n in range(3))
        return _TWICE if len(set(hours) | {self.api.times.shift_at(wall)}) > 1 else timedelta(0)


def _written(at: datetime) -> str:
    return at.strftime(FORM)
