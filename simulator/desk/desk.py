"""The records of one estate, their order, and the desk's clock."""

import bisect
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from itsm.states import RecordKind
from simulator.desk.records import Event, Held, Remark, Tombstone
from simulator.faults import Chances, FaultName, Faults
from simulator.settings import EstateSettings

Sequence = Callable[[RecordKind], str]
"""The name of the sequence that ids of a kind are taken from."""


def one_sequence(_kind: RecordKind) -> str:
    """All records share their ids."""
    return "record"


@dataclass(slots=True)
class Desk:
    """Records in memory.

    Args:
        settings: of the estate.
        clock: what time it is; never earlier than the estate's export.
        sequence: which kinds share their ids.
    """

    settings: EstateSettings
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    sequence: Sequence = one_sequence
    chances: Chances = field(default_factory=lambda: Chances(Faults()))
    lock: threading.RLock = field(default_factory=threading.RLock)
    by_kind: dict[RecordKind, dict[int, Held]] = field(default_factory=dict)
    by_number: dict[tuple[RecordKind, str], Held] = field(default_factory=dict)
    entries: dict[int, tuple[Held, Event | Remark | None]] = field(default_factory=dict)
    tombstones: list[Tombstone] = field(default_factory=list)
    _order: dict[RecordKind, list[tuple[int, int]]] = field(default_factory=dict)
    _entry_ids: list[int] = field(default_factory=list)
    _given: Counter[str] = field(default_factory=Counter)
    _ahead: timedelta = timedelta()

    def __post_init__(self) -> None:
        self._ahead = max(timedelta(), self.settings.export_at - self.clock())

    def now(self) -> datetime:
        """The desk's time: that of its clock, but never before the export of the estate."""
        skew = self.chances.faults.first(FaultName.CLOCK_SKEW)
        return self.clock() + self._ahead + timedelta(seconds=skew.seconds if skew else 0)

    def now_s(self) -> int:
        """The desk's time in whole seconds."""
        return int(self.now().timestamp())

    @property
    def zone(self) -> str:
        """The zone of the user, or of the server where it has one for all."""
        fault = self.chances.faults.first(FaultName.USER_ZONE)
        return fault.text if fault is not None else "UTC"

    def serial(self, name: str) -> int:
        """The next number of a sequence; none is ever given twice."""
        with self.lock:
            self._given[name] += 1
            return self._given[name]

    def last(self, name: str) -> int:
        """The last number of a sequence that was given."""
        return self._given[name]

    def of(self, kind: RecordKind) -> dict[int, Held]:
        """The records of a kind by id."""
        return self.by_kind.setdefault(kind, {})

    def numbered(self, kind: RecordKind, number: str) -> Held | None:
        """A record by the estate's number."""
        return self.by_number.get((kind, number))

    def add(self, record: Held) -> None:
        """Enter a new record, with the entry that says that it was created."""
        with self.lock:
            record.entry = record.entry or self.serial("entry")
            self.of(record.kind)[record.id] = record
            self.by_number[record.kind, record.number] = record
            self._enter(record.entry, record, None)
            self._placed(record)

    def change(self, record: Held, at: int | None = None) -> None:
        """A record was changed."""
        with self.lock:
            self._displaced(record)
            record.updated, record.version = at or self.now_s(), record.version + 1
            self._placed(record)

    def note(self, record: Held, told: Event | Remark) -> None:
        """Keep what happened to a record."""
        with self.lock:
            if isinstance(told, Event):
                record.events.append(told)
            else:
                record.remarks.append(told)
            self._enter(told.id, record, told)

    def remove(self, record: Held, *, is_told: bool = True) -> None:
        """Delete a record, with a tombstone or without one."""
        with self.lock:
            self._displaced(record)
            del self.by_kind[record.kind][record.id]
            self.by_number.pop((record.kind, record.number), None)
            for entry in record.entries:
                self._forget(entry)
            if is_told:
                key = self.serial("entry")
                stone = Tombstone(key, record.kind, record.id, record.number, self.now_s())
                self.tombstones.append(stone)

    def ordered(
        self, kind: RecordKind, since: int | None = None, until: int | None = None
    ) -> Iterator[Held]:
        """Records by update, then id; of those updated from `since` to before `until`."""
        order, records = self._order.get(kind, []), self.of(kind)
        first = 0 if since is None else bisect.bisect_left(order, (since, 0))
        last = len(order) if until is None else bisect.bisect_left(order, (until, 0))
        return (records[key] for _, key in order[first:last])

    def entries_since(
        self, at: int = 0, after: int = 0
    ) -> Iterator[tuple[int, Held, Event | Remark | None]]:
        """What happened from a moment on and behind an id, in the order of ids, and so of time."""
        first = bisect.bisect_left(self._entry_ids, at, key=self._time_of) if at else 0
        first = max(first, bisect.bisect_right(self._entry_ids, after))
        for place in range(first, len(self._entry_ids)):
            key = self._entry_ids[place]
            yield (key, *self.entries[key])

    def sort(self) -> None:
        """Bring all orders up to what there is; after records were entered without `add`."""
        with self.lock:
            self._order = {
                kind: sorted((one.updated, key) for key, one in records.items())
                for kind, records in self.by_kind.items()
            }
            self._entry_ids = sorted(self.entries)

    def reserve(self, name: str, n: int) -> None:
        """Let a sequence go on behind a number that is taken."""
        with self.lock:
            self._given[name] = max(self._given[name], n)

    def _time_of(self, entry: int) -> int:
        record, told = self.entries[entry]
        return record.created if told is None else told.at

    def _enter(self, entry: int, record: Held, told: Event | Remark | None) -> None:
        self.entries[entry] = record, told
        if self._entry_ids and self._entry_ids[-1] > entry:
            bisect.insort(self._entry_ids, entry)
        else:
            self._entry_ids.append(entry)

    def _forget(self, entry: int) -> None:
        if self.entries.pop(entry, None) is not None:
            del self._entry_ids[bisect.bisect_left(self._entry_ids, entry)]

    def _placed(self, record: Held) -> None:
        bisect.insort(self._order.setdefault(record.kind, []), (record.updated, record.id))

    def _displaced(self, record: Held) -> None:
        order = self._order[record.kind]
        place = bisect.bisect_left(order, (record.updated, record.id))
        if place < len(order) and order[place] == (record.updated, record.id):
            del order[place]
