"""Walks through issues: pages in the order of updates, keys, counts, single issues.

Search compares updates by the minute, and finds an issue as it was some seconds ago. So moments are
whole minutes, what was updated in the last of them may still move, and a minute with more issues
than fit a page is read at once: its ids in one answer, then the issues by id. A range of keys is
not asked for: Cloud finds nothing behind a key that is no longer there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import chain, islice

from connectors.core.paging import Limit
from connectors.core.places import cursor_of, place_of, word_of
from connectors.core.source import Page, Stamped
from connectors.core.walking import Ask, FetchedPage, FetchedRow, Reach, walk
from connectors.core.watermark import Keyset
from connectors.jira.api import IN_BULK, SERVER_AT_ONCE, Issue, JiraApi
from itsm.errors import FatalSourceError
from itsm.records import RawRecord
from itsm.states import RecordKind

_ORDER = " ORDER BY {time} ASC, key ASC"
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Expand = Callable[[Sequence[Issue]], Sequence[RawRecord]]
"""Makes raw records of issues; may ask for more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which issues of a site are read, and what of them.

    Attributes:
        kind: what is made of them.
        types: the ids of their issue types.
        fields: the ids of the fields that are asked for.
        condition: JQL that they meet besides.
        time: the field that they are ordered by, as JQL names it.
        time_id: the same field as issues name it.
        expand: what is asked for besides fields, in Data Center.
        gathers: so many issues are read before anything is made of them.
        rereads_open: whether what is not done is read again each time, changed or not.
    """

    kind: RecordKind
    types: tuple[str, ...]
    fields: tuple[str, ...]
    condition: str = ""
    time: str = "updated"
    time_id: str = "updated"
    expand: str = ""
    gathers: int = 0
    rereads_open: bool = False


@dataclass(slots=True)
class IssueReader:
    """Reads what is made of the issues of some types.

    Attributes:
        api: the site.
        wanted: which issues.
        make: makes raw records of them.
    """

    api: JiraApi
    wanted: Wanted
    make: Expand
    _limit: Limit = field(init=False)

    def __post_init__(self) -> None:
        self._limit = Limit(self.size)

    @property
    def size(self) -> int:
        """Issues that are asked for at a time."""
        most = IN_BULK if self.api.config.is_cloud else SERVER_AT_ONCE
        return min(self.api.config.page_size, most)

    @property
    def way(self) -> str:
        """One word for what is read; a cursor holds for the way it was made on."""
        return word_of(self.base, self.wanted.fields, self.wanted.time)

    @property
    def base(self) -> str:
        """What all issues meet, whenever they were updated."""
        config, types = self.api.config, ", ".join(self.wanted.types)
        since = config.since
        parts = [
            f"project in ({', '.join(config.projects)})" if config.projects else "",
            f"issuetype in ({types})",
            self.wanted.condition,
            f"({config.filter})" if config.filter else "",
            _since(self.wanted.time, datetime.combine(since, time(), UTC)) if since else "",
        ]
        return " AND ".join(filter(None, parts))

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What is made of issues from a cursor on, in the order these were updated."""
        start = place_of(self.api.name, self.wanted.kind, cursor, self.way)
        overlap = timedelta(seconds=self.api.config.overlap_s)
        waiting: list[Issue] = []
        place = start
        until = self.api.config.end
        for page in walk(self.api.name, self._fetched, start, self._limit, overlap, until):
            place = page.keyset
            waiting += [one.row for one in page.rows]
            if len(waiting) + self.size > self.wanted.gathers:
                yield Page(self.make(waiting), cursor_of(self.way, place))
                waiting = []
        if place is not None and (waiting or self.wanted.gathers):
            yield Page(self.make(waiting) if waiting else [], cursor_of(self.way, place))
        if self.wanted.rereads_open and start is not None and place is not None:
            yield from self._open(start, cursor_of(self.way, place))

    def fetch(self, ids: Sequence[str]) -> Sequence[RawRecord]:
        """What is made of the issues with these ids, of those that are there and may be seen."""
        pages = self.api.by_id(ids, self.wanted.fields, self.wanted.expand)
        return self.make([one for issues in pages for one in issues])

    def keys(self) -> Iterator[Sequence[Stamped]]:
        """All ids, ascending as texts; search gives them in another order."""
        found = sorted(set(chain.from_iterable(self.api.listed(f"{self.base} ORDER BY key ASC"))))
        rest = iter(found)
        while some := list(islice(rest, SERVER_AT_ONCE)):
            yield [Stamped(key, None) for key in some]

    def count(self, ids: Sequence[str] | None) -> int | None:
        """How many issues there are; or how many of some ids, of those that may be seen."""
        if ids is None:
            return self.api.count(self.base)
        return sum(len(issues) for issues in self.api.by_id(ids, ("issuetype",)))

    def _open(self, start: Keyset, cursor: str) -> Iterator[Page]:
        """What is made of issues that are not done and were not read just now."""
        before = f"{self.wanted.time} < {_ms(start.updated_at)}"
        for ids in self.api.listed(
            f"{self.base} AND statusCategory != Done AND {before} ORDER BY key ASC"
        ):
            for issues in self.api.by_id(ids, self.wanted.fields, self.wanted.expand):
                yield Page(self.make(issues), cursor)

    def _fetched(self, ask: Ask) -> FetchedPage[Issue]:
        if ask.reach is Reach.AT and ask.updated_at is not None:
            return self._minute(ask)
        jql = f"{self._where(ask)}{_ORDER.format(time=self.wanted.time)}"
        if ask.offset:
            return self._rest(ask, jql)
        fields, expand = self.wanted.fields, self.wanted.expand
        found = self.api.search(jql, fields, ask.limit, expand=expand)
        first = found
        while not found.issues and found.token:
            found = self.api.search(jql, fields, ask.limit, token=found.token)
        return self._page(found.issues, found.asked_at, first.asked_at, has_more=found.has_more)

    def _minute(self, ask: Ask) -> FetchedPage[Issue]:
        """All issues of one minute at once, however many; none of them comes back into it."""
        rows: list[Issue] = []
        jql = f"{self._where(ask)} ORDER BY key ASC"
        ids = list(chain.from_iterable(self.api.listed(jql)))
        for begin in range(0, len(ids), max(1, ask.limit)):
            some = ids[begin : begin + ask.limit]
            for issues in self.api.by_id(some, self.wanted.fields, self.wanted.expand):
                rows.extend(issues)
        found = [row for row in map(self._row, rows) if row.updated_at == ask.updated_at]
        return FetchedPage(found, has_more=False)

    def _rest(self, ask: Ask, jql: str) -> FetchedPage[Issue]:
        """All that a query finds, where all of a page was updated just now, so it is not much.

        Nothing is counted off: a page may have been shorter than was asked for.
        """
        ids = list(chain.from_iterable(self.api.listed(jql)))
        by_id = {
            str(one["id"]): one
            for issues in self.api.by_id(ids, self.wanted.fields, self.wanted.expand)
            for one in issues
        }
        rows = [self._row(by_id[key]) for key in ids if key in by_id]
        return FetchedPage(rows, has_more=False, asked_at=ask.updated_at or _EPOCH)

    def _page(
        self, issues: Sequence[Issue], asked_at: datetime, first: datetime, *, has_more: bool
    ) -> FetchedPage[Issue]:
        """A page; what the index may not have known stands nowhere for sure."""
        lag = timedelta(seconds=self.api.config.index_lag_s)
        settled = _minute_of(min(asked_at, first) - lag)
        return FetchedPage([self._row(one) for one in issues], has_more, settled)

    def _row(self, issue: Issue) -> FetchedRow[Issue]:
        key, told = issue.get("id"), (issue.get("fields") or {}).get(self.wanted.time_id)
        if not key or not isinstance(told, str):
            raise FatalSourceError(
                self.api.name,
                f"an issue came without id or {self.wanted.time_id}; let the user see that field",
            )
        return FetchedRow(_minute_of(datetime.fromisoformat(told)), str(key), issue, told)

    def _where(self, ask: Ask) -> str:
        if ask.updated_at is None:
            return self.base
        name, at = self.wanted.time, ask.updated_at
        if ask.reach is Reach.AFTER:
            return f"{self.base} AND {_since(name, at + _MINUTE)}"
        if ask.reach is Reach.SINCE:
            return f"{self.base} AND {_since(name, at)}"
        return f"{self.base} AND {_since(name, at)} AND {name} < {_ms(at + _MINUTE)}"


def _since(name: str, at: datetime) -> str:
    return f"{name} >= {_ms(at)}"


def _ms(at: datetime) -> int:
    """A moment in milliseconds since 1970, which JQL reads in no zone."""
    return int(at.timestamp()) // 60 * 60_000


def _minute_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)
