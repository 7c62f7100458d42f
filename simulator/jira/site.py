"""What a running site holds: issues, objects, users, its clock, and how far its search has got."""

import bisect
import heapq
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from itsm.states import RecordKind
from simulator.faults import Chances, FaultName, Faults
from simulator.settings import EstateSettings

Place = tuple[int, str, int, int]
"""Where an issue stands in the index: updated, project, number, id."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that was changed: its id, its name, and old and new as ids and as words."""

    field_id: str
    field: str
    old: tuple[str, str] | None
    new: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody changed at one time."""

    id: int
    created: int
    author: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment; an internal one is seen by agents only."""

    id: int
    created: int
    author: str
    text: str
    is_internal: bool


@dataclass(frozen=True, slots=True)
class Cycle:
    """One run of a clock; times in milliseconds, durations too; `stop` None: it runs."""

    start: int
    stop: int | None
    breach: int
    goal: int
    elapsed: int
    is_breached: bool


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval with its one approver."""

    id: int
    name: str
    approver: str
    decision: str
    created: int
    completed: int | None


@dataclass(frozen=True, slots=True)
class Rating:
    """What a customer answered."""

    score: int
    text: str
    at: int


@dataclass(slots=True)
class Issue:
    """An issue; `words` and `times` by field name, times in milliseconds."""

    id: int
    project: str
    n: int
    type: str
    kind: RecordKind
    number: str
    created: int
    updated: int
    words: dict[str, str]
    times: dict[str, int]
    version: int = 1
    parent: int | None = None
    links: list[tuple[int, str, str, int]] = field(default_factory=list)
    history: list[Entry] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    clocks: dict[str, list[Cycle]] = field(default_factory=dict)
    approvals: list[Approval] = field(default_factory=list)
    rating: Rating | None = None
    labels: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The key people know it by."""
        return f"{self.project}-{self.n}"

    @property
    def place(self) -> Place:
        """Where it belongs in the index."""
        return self.updated, self.project, self.n, self.id


@dataclass(frozen=True, slots=True)
class AssetObject:
    """An object of Assets; attributes hold texts, or the ids of other objects."""

    id: int
    type: str
    label: str
    updated: int
    attributes: dict[str, str | tuple[int, ...]]


@dataclass(slots=True)
class Site:
    """Issues and objects of one site.

    Args:
        settings: of the estate.
        is_cloud: Cloud, or Data Center.
        user: who asks.
        clock: what time it is; never earlier than the estate's export.
    """

    settings: EstateSettings
    is_cloud: bool
    user: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    chances: Chances = field(default_factory=lambda: Chances(Faults()))
    lock: threading.RLock = field(default_factory=threading.RLock)
    issues: dict[int, Issue] = field(default_factory=dict)
    by_key: dict[str, int] = field(default_factory=dict)
    objects: dict[int, AssetObject] = field(default_factory=dict)
    object_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    n_changes: int = 0
    _order: list[Place] = field(default_factory=list)
    _indexed: dict[int, Place] = field(default_factory=dict)
    _late: list[tuple[int, int]] = field(default_factory=list)
    _given: dict[str, int] = field(default_factory=dict)
    _ahead: timedelta = timedelta()

    def __post_init__(self) -> None:
        self._ahead = max(timedelta(), self.settings.export_at - self.clock())

    def now(self) -> datetime:
        """The site's time: that of its clock, but never before the export of the estate."""
        skew = self.chances.faults.first(FaultName.CLOCK_SKEW)
        return self.clock() + self._ahead + timedelta(seconds=skew.seconds if skew else 0)

    def now_ms(self) -> int:
        """The site's time in milliseconds."""
        return int(self.now().timestamp() * 1000)

    @property
    def zone(self) -> str:
        """The zone of the user: times are shown in it, and times in JQL are read in it."""
        fault = self.chances.faults.first(FaultName.USER_ZONE)
        return fault.text if fault is not None else "UTC"

    def serial(self, name: str, first: int = 1) -> int:
        """The next number of a counter; none is ever given twice."""
        with self.lock:
            self._given[name] = self._given.get(name, first - 1) + 1
            return self._given[name]

    def reserve(self, name: str, n: int) -> None:
        """Let a counter go on behind a number that is taken."""
        with self.lock:
            self._given[name] = max(self._given.get(name, 0), n)

    def add(self, issue: Issue) -> None:
        """Enter a new issue."""
        with self.lock:
            self.issues[issue.id] = issue
            self.by_key[issue.key] = issue.id
            self.reserve(issue.project, issue.n)
            self.changed(issue.id)

    def remove(self, issue: Issue) -> None:
        """Delete an issue; nothing remembers it."""
        with self.lock:
            for _, _, _, other in issue.links:
                there = self.issues.get(other)
                if there is not None:
                    there.links = [link for link in there.links if link[3] != issue.id]
            del self.issues[issue.id], self.by_key[issue.key]
            self.changed(issue.id)

    def changed(self, key: int) -> None:
        """An issue was changed: search finds it so, as soon as it has been indexed."""
        with self.lock:
            self.n_changes += 1
            lag = self.chances.faults.first(FaultName.INDEX_LAG)
            if lag is None:
                self._index(key)
            else:
                heapq.heappush(self._late, (self.now_ms() + int(lag.seconds * 1000), key))

    def index_all(self) -> None:
        """Bring the index up to what there is, all at once."""
        with self.lock:
            self._late.clear()
            self._indexed = {key: issue.place for key, issue in self.issues.items()}
            self._order = sorted(self._indexed.values())
            self.n_changes += 1

    def catch_up(self) -> None:
        """Index what is due."""
        with self.lock:
            now = self.now_ms() if self._late else 0
            while self._late and self._late[0][0] <= now:
                self._index(heapq.heappop(self._late)[1])

    def found(self, since: int | None, until: int | None) -> Iterator[tuple[int, Issue]]:
        """Issues in the order of the index: by update, then key; each with its update there.

        An issue that was deleted and is still in the index is passed over.
        """
        start = 0 if since is None else bisect.bisect_left(self._order, (since, "", 0, 0))
        end = len(self._order)
        if until is not None:
            end = bisect.bisect_left(self._order, (until, "", 0, 0))
        for place in self._order[start:end]:
            issue = self.issues.get(place[3])
            if issue is not None:
                yield place[0], issue

    def resolved(self, word: str) -> Issue | None:
        """An issue by key or id."""
        key = int(word) if word.isdecimal() else self.by_key.get(word.upper(), 0)
        return self.issues.get(key)

    def _index(self, key: int) -> None:
        old, issue = self._indexed.pop(key, None), self.issues.get(key)
        self.n_changes += 1
        if old is not None:
            place = bisect.bisect_left(self._order, old)
            del self._order[place]
        if issue is not None:
            self._indexed[key] = issue.place
            bisect.insort(self._order, issue.place)
