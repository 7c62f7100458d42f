"""Land raw records: map and check them, then good records or quarantine, in one unit of work."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from checks.context import CheckContext
from checks.settings import CheckSettings
from connectors.core.source import MakesHistory, Mapped, MappedRecord, Source
from flows.stages.hanging import KnownNumbers, renamed, wanted_by
from flows.stages.judging import Former, Judge, known_as
from flows.stages.preparing import Prepared
from itsm.records import Quarantined, RawRecord
from itsm.states import RecordKind
from store.made_ready import with_column
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Landing:
    """What landing did with some raw records; `unmapped` counts codes by (field, code)."""

    landed: int = 0
    quarantined: int = 0
    unmapped: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __add__(self, other: "Landing") -> "Landing":
        return Landing(
            self.landed + other.landed,
            self.quarantined + other.quarantined,
            Counter(self.unmapped) + Counter(other.unmapped),
        )


class Lander:
    """Lands the raw records of one kind of one source.

    Args:
        source: maps them.
        kind: of all of them.
        cutoff_at: the moment the pull is for.
        settings: the thresholds of the checks.
        asks: whether the system may be asked; without, no history is made of differences.
        known: the numbers of the source's records, as far as they are known; None: of none yet.
    """

    def __init__(
        self,
        source: Source,
        kind: RecordKind,
        cutoff_at: datetime,
        settings: CheckSettings,
        *,
        asks: bool = True,
        known: KnownNumbers | None = None,
    ) -> None:
        makes_history = (
            asks and isinstance(source, MakesHistory) and kind in source.makes_history_of
        )
        self.makes_history = makes_history
        """Whether history is made from what differs between two pulls of a record.

        Asked here and not while landing: the source may have to ask the system, and the rate budget
        it takes from is kept by the store, which nobody else can write while a batch lands.
        """
        self.set_aside: set[str] = set()
        """The keys of all it has set aside so far."""
        self.n_landed = 0
        """How many it has landed so far."""
        self.source = source
        self.kind = kind
        self.known = known or KnownNumbers(source.name)
        self._one_at_a_time = threading.Lock()
        context = CheckContext(
            source=source.name,
            cutoff_at=cutoff_at,
            read_at=max(cutoff_at, datetime.now(UTC)),
            settings=settings,
        )
        self.judge = Judge(source, kind, makes_history, context)
        """Judges what was mapped; asks nobody."""

    def map(self, raw: Sequence[RawRecord]) -> Mapped:
        """What the source makes of raw records; a thread that reads ahead may call it too."""
        with self._one_at_a_time:
            return self.source.map(self.kind, raw)

    def land(
        self,
        uow: UnitOfWork,
        raw: Sequence[RawRecord],
        former: Former,
        mapped: Mapped | None = None,
    ) -> tuple[Landing, dict[str, str]]:
        """Good records into their tables, bad ones into quarantine; the caller commits.

        Args:
            uow: a unit of work.
            raw: in the order they were read, each key once.
            former: what was there before of the same records; only used for history.
            mapped: what the source makes of them, where that is known already.

        Returns:
            What was done, and the number of each raw record that landed, by its key.
        """
        mapped = mapped or self.map(raw)
        were = self.map(list(former.values())) if self.makes_history and former else None
        items = self.judge.with_history(mapped, were)
        bad = list(mapped.quarantined)
        items = self._referred(uow, items, bad)
        items = self._alone_with_their_number(uow, items, bad)
        items = self._usable(uow, items, bad)
        numbers = {item.key: item.records[0].number for item in items if item.records}
        uow.records.save([record for item in items for record in item.records])
        self._part(uow, [item.key for item in items], bad)
        return Landing(len(items), len(bad), mapped.unmapped_codes), numbers

    def takes(self, uow: UnitOfWork, prepared: Prepared) -> bool:
        """Whether it may be landed as it was prepared: no number in it is another record's."""
        return not self._is_contested(uow, prepared.numbers)

    def land_prepared(self, uow: UnitOfWork, prepared: Prepared) -> Landing:
        """As `land`, of raw records that are all new, were prepared for it, and are not contested.

        The numbers are those of `prepared.landed`. What is made of them is as new as they are.
        """
        uow.records.save_ready(prepared.rows, are_new=True)
        self._part(uow, prepared.good, prepared.bad)
        return Landing(len(prepared.good), len(prepared.bad), prepared.codes)

    def _usable(
        self, uow: UnitOfWork, items: Sequence[MappedRecord], bad: list[Quarantined]
    ) -> Sequence[MappedRecord]:
        """Those that fail no expectation, and those a person has accepted in spite of one."""
        failed: list[Quarantined] = []
        good = self.judge.usable(items, failed)
        if not failed:
            return good
        keys = [one.key for one in failed]
        accepted = uow.quarantine.accepted(self.source.name, self.kind, keys)
        doubtful = {one.key for one in failed if one.key in accepted}
        bad.extend(one for one in failed if one.key not in doubtful)
        let_through: list[MappedRecord] = []
        for item in items:
            if item.key in doubtful:
                let_through += self.judge.usable([item], bad, accepted[item.key])
        return [*good, *let_through]

    def _is_contested(self, uow: UnitOfWork, numbers: Mapping[str, str]) -> bool:
        """Whether a number that is not its record's key may be another record's, too."""
        claims = {number: key for key, number in numbers.items() if number != key}
        if not claims:
            return False
        if len(set(numbers.values())) < len(numbers):
            return True
        owners = uow.raw.owners(self.source.name, self.kind, claims)
        return any(claims[number] != key for number, key in owners.items())

    def _part(self, uow: UnitOfWork, good: Sequence[str], bad: Sequence[Quarantined]) -> None:
        """Let good ones go from quarantine, and put bad ones in."""
        uow.quarantine.clear(self.source.name, self.kind, good)
        uow.quarantine.put(bad, datetime.now(UTC))
        self.set_aside.update(item.key for item in bad)
        self.n_landed += len(good)

    def _referred(
        self, uow: UnitOfWork, items: Sequence[MappedRecord], bad: list[Quarantined]
    ) -> Sequence[MappedRecord]:
        """Numbers in the place of keys, where records name by key what they hang on."""
        if self.kind not in self.source.by_key:
            return items
        wanted = wanted_by(record for item in items for record in item.records)
        numbers = self.known.numbers(uow, wanted)
        good: list[MappedRecord] = []
        for item in items:
            unread = renamed(item.records, numbers)
            if unread is None:
                good.append(item)
            else:
                bad.append(self._hangs_on_nothing(item.key, unread.record_kind))
        return good

    def named(self, uow: UnitOfWork, prepared: Prepared) -> Prepared | None:
        """Numbers in the place of keys, in rows that were prepared.

        Returns:
            None: some were set aside before it was asked what they hang on, or make several
            records, so that all are better judged anew. Those that make none are as good as others.
        """
        key_of = {number: key for key, number in prepared.numbers.items()}
        own_of = set[object]().union(*(rows.column("number") for rows in prepared.rows))
        if not key_of.keys() >= own_of or any(b.key in prepared.numbers for b in prepared.bad):
            return None
        rows_of, bad = [], list(prepared.bad)
        for rows in prepared.rows:
            told = self.known.told(uow, rows)
            if None in told:
                of = zip(rows.column("number"), rows.column("record_kind"), told, strict=True)
                bad += [
                    self._hangs_on_nothing(key_of[str(own)], RecordKind(str(kind)))
                    for own, kind, number in of
                    if number is None
                ]
            rows_of.append(with_column(rows, "record", told))
        gone = {one.key for one in bad}
        good = [key for key in prepared.good if key not in gone]
        return prepared._replace(rows=rows_of, good=good, bad=bad)

    def _alone_with_their_number(
        self, uow: UnitOfWork, items: Sequence[MappedRecord], bad: list[Quarantined]
    ) -> Sequence[MappedRecord]:
        """Of several raw records that claim one number, the one that had it first.

        One that has it for its key came from an export: the system's own takes its place.
        """
        claims = {i.records[0].number for i in items if i.records and i.records[0].number != i.key}
        if not claims:
            return items
        owners = dict(uow.raw.owners(self.source.name, self.kind, claims))
        exported = {number for number, key in owners.items() if number == key}
        uow.raw.supersede(self.source.name, self.kind, exported, self.source.kinds)
        owners = {number: key for number, key in owners.items() if number not in exported}
        good: list[MappedRecord] = []
        for item in items:
            number = item.records[0].number if item.records else item.key
            owner = owners.setdefault(number, item.key) if number in claims else item.key
            if owner == item.key:
                good.append(item)
            else:
                bad.append(known_as(number, self._number_taken(item.key)))
        return good

    def _hangs_on_nothing(self, key: str, kind: RecordKind) -> Quarantined:
        return self.judge.aside(
            key,
            "record",
            f"hangs on a record of kind {kind} that has not landed",
            "it lands by itself once that has; see whether that one is in quarantine, whether the"
            " user may read it, and whether it is within what is pulled",
            "reference",
        )

    def _number_taken(self, key: str) -> Quarantined:
        return self.judge.aside(
            key,
            "number",
            "its number is that of another record already",
            "give one of the two another number in the source, or delete it there",
            "number_taken",
        )
