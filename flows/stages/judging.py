"""What mapping made of raw records, judged by itself: the pure part of landing.

It asks nobody and writes nothing, so it may be done in another process than the one that lands.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter

from checks.context import CheckContext
from checks.expectations import Expectation
from checks.landing import unusable
from connectors.core.source import MakesHistory, Mapped, MappedRecord, Source
from itsm.fields import by_kind
from itsm.records import RECORD_TYPES, Quarantined, RawRecord, Record
from itsm.states import RecordKind

_RECORDS, _NUMBER = attrgetter("records"), attrgetter("number")

Former = Mapping[str, RawRecord]
"""What a source gave before, by raw key."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the records of one kind of one source.

    Attributes:
        source: has mapped them.
        kind: of all of them.
        makes_history: whether history is made from what differs between two pulls of a record.
        context: what they are judged against.
    """

    source: Source
    kind: RecordKind
    makes_history: bool
    context: CheckContext

    def with_history(self, mapped: Mapped, were: Mapped | None) -> Sequence[MappedRecord]:
        """Records with the history made of them, if any is.

        Args:
            mapped: what the source makes of raw records now.
            were: what it makes of those it gave before; None: there are none.
        """
        if not self.makes_history:
            return mapped.mapped
        assert isinstance(self.source, MakesHistory)
        items = mapped.mapped
        known = {item.key: item.records[0] for item in were.mapped if item.records} if were else {}
        before = [known.get(item.key) for item in items]
        events = self.source.differences(self.kind, before, [item.records[0] for item in items])
        return [
            MappedRecord(item.key, item.records + own)
            for item, own in zip(items, events, strict=True)
        ]

    def usable(
        self,
        items: Sequence[MappedRecord],
        bad: list[Quarantined],
        passing_over: Collection[str] = (),
    ) -> Sequence[MappedRecord]:
        """Those none of whose records fails an expectation that sets records aside.

        Args:
            items: what was mapped.
            bad: those that fail are added here.
            passing_over: the rules that a person has set aside for them.
        """
        of_kind = by_kind(chain.from_iterable(map(_RECORDS, items)))
        failed = {
            RECORD_TYPES[kind]: found
            for kind, records in of_kind.items()
            if (found := unusable(kind, records, self.context, passing_over))
        }
        if not failed:
            return items
        good: list[MappedRecord] = []
        numbers = frozenset(chain.from_iterable(failed.values()))
        for item in items:
            if numbers.isdisjoint(map(_NUMBER, item.records)):
                good.append(item)
                continue
            hit = next(_failures(item.records, failed), None)
            if hit is None:
                good.append(item)
            else:
                bad.append(known_as(item.records[0].number, self._failed(item.key, hit)))
        return good

    def aside(self, key: str, name: str, reason: str, remedy: str, rule: str) -> Quarantined:
        """A raw record set aside."""
        return Quarantined(
            source=self.source.name,
            kind=self.kind,
            key=key,
            field=name,
            reason=reason,
            remedy=remedy,
            rule=rule,
        )

    def _failed(self, key: str, hit: Expectation) -> Quarantined:
        return self.aside(key, hit.field, f'fails "{hit.title}"', hit.remedy, hit.rule)


def known_as(number: str, aside: Quarantined) -> Quarantined:
    """With the number people know the record by, where it is another word than its key."""
    return aside if number == aside.key else replace(aside, number=number)


def _failures(
    records: Sequence[Record], failed: Mapping[type[Record], Mapping[str, Expectation]]
) -> Iterator[Expectation]:
    for record in records:
        found = failed.get(type(record))
        if found is not None and record.number in found:
            yield found[record.number]
