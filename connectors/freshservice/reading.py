"""Walks through lists that can be restricted by the time of change, and are in order of creation.

Pages are counted off. So each begins within the last one, and has to: a page that begins behind the
last record of the one before it is asked for again from farther in front. Rows that leave the list,
deleted ones, then push none out of sight; rows that enter it push others back, where they come
again. What changes after a walk began is read by the next one.

Where pages behind some number are refused, the walk goes on with a later time: what is left was
created, and so changed, no earlier than the last record that was read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson

from connectors.core.paging import Limit
from connectors.core.places import word_of
from connectors.core.source import Page, Stamped
from connectors.freshservice.api import Found, FreshserviceApi, Row, is_capped
from itsm.errors import FatalSourceError, PagingError
from itsm.records import RawRecord
from itsm.states import RecordKind

Make = Callable[[Sequence[Row]], Sequence[RawRecord]]
"""Makes raw records of rows; may ask for more."""
_LONG_AGO = "2000-01-01T00:00:00Z"
_OVERLAP = 20
_EDGE = timedelta(seconds=1)
_KEYS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list was read.

    Attributes:
        since: changes from this moment on are read.
        until: when the walk began, by the account's clock; "" before its first page.
        seen: the latest change that was seen.
        created, key: of the last record that was read.
        offset: how many records lie before the next one.
    """

    since: str
    until: str = ""
    seen: str = ""
    created: str = ""
    key: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which list is read.

    Attributes:
        name: of the list in its answer.
        more: what is asked besides, such as the type of tickets.
        size: records at a time.
    """

    kind: RecordKind
    path: str
    name: str
    more: Mapping[str, str] = field(default_factory=dict)
    size: int = 100


@dataclass(slots=True)
class ListReader:
    """Reads what is made of the records of a list."""

    api: FreshserviceApi
    wanted: Wanted
    make: Make
    _limit: Limit = field(init=False)

    def __post_init__(self) -> None:
        self._limit = Limit(min(self.wanted.size, self.api.config.page_size))

    @property
    def way(self) -> str:
        """One word for what is read; a cursor holds for the way it was made on."""
        more, config = sorted(self.wanted.more.items()), self.api.config
        return word_of(self.wanted.path, more, config.since, config.workspace)

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What is made of records from a cursor on, in the order they were created.

        A walk that was stopped is brought to its end, and what changed since it began is read, too.
        """
        start = self._place_of(cursor)
        end = start
        for rows, end in self._walk(start):
            yield self._made(rows, end)
        if start.until:
            for rows, place in self._walk(end):
                yield self._made(rows, place)

    def _made(self, rows: Sequence[Row], place: Place) -> Page:
        return Page(self.make(rows) if rows else [], f"{self.way} {_text(place)}")

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All ids, ascending as texts; all the list has to be read for them."""
        found = sorted({Stamped(str(row["id"]), moment_of(row["updated_at"]))
                        for rows, _ in self._walk(self._start()) for row in rows},
                       key=lambda one: one.key)  # fmt: skip
        unique = list({one.key: one for one in found}.values())
        for begin in range(0, len(unique), _KEYS_AT_ONCE):
            yield unique[begin : begin + _KEYS_AT_ONCE]

    def count(self, keys: Sequence[str] | None) -> int | None:
        """How many of some records show; lists have no total."""
        return None if keys is None else len(self._rows(keys))

    def fetch(self, keys: Sequence[str]) -> Sequence[RawRecord]:
        """The records with these ids, of those that are there and may be seen."""
        kept = self._rows(keys)
        return self.make(kept) if kept else []

    def _rows(self, keys: Sequence[str]) -> list[Row]:
        single = self.wanted.name.removesuffix("s")
        include = self.wanted.more.get("include", "")
        params = {"include": include} if include else None
        rows = [self.api.one(f"{self.wanted.path}/{key}", single, params) for key in keys]
        return [row for row in rows if row is not None and self._is_meant(row)]

    def _is_meant(self, row: Row) -> bool:
        is_type = self.wanted.more.get("type") in {None, row.get("type")}
        return is_type and not row.get("deleted") and not row.get("spam")

    def _start(self) -> Place:
        since = self.api.config.since
        return Place(_LONG_AGO if since is None else f"{since.isoformat()}T00:00:00Z")

    def _place_of(self, cursor: str | None) -> Place:
        """The place that a cursor means; the start if it was made on another way."""
        way, _, text = (cursor or "").partition(" ")
        if way != self.way:
            return self._start()
        try:
            return Place(**orjson.loads(text))
        except (orjson.JSONDecodeError, TypeError):
            raise FatalSourceError(
                self.api.name, "its watermark cannot be read; remove it to read everything again"
            ) from None

    def _walk(self, place: Place) -> Iterator[tuple[Sequence[Row], Place]]:
        """New records page by page, each with where to go on; the last may have none."""
        before: set[tuple[int, str]] = set()
        while True:
            try:
                first, found = self._fetched(place)
            except FatalSourceError as error:
                if not is_capped(error):
                    raise
                place = self._slid(place)
                continue
            self._check(place, found.rows)
            if self._is_gap(place, first, found.rows):
                place = replace(place, offset=max(0, first - self._limit.now))
                continue
            place = self._after(place, first, found)
            states = {(row["id"], row["updated_at"]) for row in found.rows}
            new = [row for row in found.rows if (row["id"], row["updated_at"]) not in before]
            before = states
            if not found.has_more:
                yield new, self._ended(place)
                return
            yield new, place

    def _fetched(self, place: Place) -> tuple[int, Found]:
        """A page that begins at a place or a little before it, and which record it begins with."""
        firsts: list[int] = []

        def fetch(size: int) -> Found:
            per_page, number = page_at(place.offset, size)
            firsts.append((number - 1) * per_page)
            params: dict[str, str | int] = {
                **self.wanted.more,
                "updated_since": _earlier(place.since, _EDGE),
                "order_type": "asc",
                "per_page": per_page,
                "page": number,
            }
            return self.api.page(self.wanted.path, self.wanted.name, params)

        found = self._limit.fetch(fetch)
        return firsts[-1], found

    def _check(self, place: Place, rows: Sequence[Row]) -> None:
        oldest = moment_of(place.since) - _EDGE
        if any(moment_of(row["updated_at"]) < oldest for row in rows):
            raise PagingError(
                self.api.name,
                f"asked for {self.wanted.name} updated since {place.since} and was given others: "
                "it ignores the filter, and would give everything each time",
            )
        if any(_created(one) > _created(next_) for one, next_ in pairwise(rows)):
            raise PagingError(
                self.api.name, "gave rows in another order than by creation: it ignores the order"
            )

    def _is_gap(self, place: Place, first: int, rows: Sequence[Row]) -> bool:
        """Whether a page does not begin within what was read."""
        return first > 0 and (not rows or _created(rows[0]) > (place.created, place.key))

    def _after(self, place: Place, first: int, found: Found) -> Place:
        rows = found.rows
        until = place.until or f"{found.asked_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        if not rows:
            return replace(place, until=until)
        created, key = max((place.created, place.key), _created(rows[-1]))
        seen = max([place.seen, *(row["updated_at"] for row in rows)])
        size = first + len(rows)
        return replace(place, until=until, seen=seen, created=created, key=key, offset=size)

    def _ended(self, place: Place) -> Place:
        """Where the next walk starts: before what this one may not have seen."""
        if not place.seen:
            return Place(place.since)
        overlap = timedelta(seconds=self.api.config.overlap_s)
        since = min(place.until, place.seen)
        return Place(max(place.since, _earlier(since, overlap)) if place.since else since)

    def _slid(self, place: Place) -> Place:
        """The same walk with a later time.

        Raises:
            PagingError: the records in front changed so late that it gets nowhere.
        """
        since = max(place.since, place.created)
        if since == place.since:
            raise PagingError(
                self.api.name,
                f"{self.wanted.name}: so many changed since {since} that their pages are not all "
                "given; set `since` to a later day",
            )
        return replace(place, since=since, offset=0)


def page_at(offset: int, size: int) -> tuple[int, int]:
    """Length and number of a page that begins a little before an offset, and gets behind it.

    Any length does that does not divide the offset; the one is taken that begins close enough and
    gets farthest. Where all short ones divide it (2,520 is one for ten), a longer one is taken.
    """
    if offset == 0:
        return size, 1
    overlap = min(_OVERLAP, size // 2)
    longest = size if any(offset % one for one in range(2, size + 1)) else 2 * size
    reaches = []
    for per_page in range(2, longest + 1):
        first = (offset - 1) // per_page * per_page
        if first + per_page > offset:
            is_close = overlap // 2 <= offset - first <= overlap
            reaches.append((is_close, first + per_page, per_page, first))
    _, _, per_page, first = max(reaches)
    return per_page, first // per_page + 1


def _created(row: Row) -> tuple[str, int]:
    return str(row["created_at"]), int(row["id"])


def moment_of(text: str) -> datetime:
    """A time of the API."""
    return datetime.fromisoformat(text)


def _earlier(text: str, by: timedelta) -> str:
    return f"{moment_of(text) - by:%Y-%m-%dT%H:%M:%SZ}"


def _text(place: Place) -> str:
    return orjson.dumps(asdict(place)).decode()
