"""Answers nobody has read, into rows that only have to be written: all the work that asks nobody.

It is done by another process where there is a processor to spare, and by this one where there is
not; what comes of it is the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from connectors.core.source import Source
from connectors.core.unread import ReadsLater, Unread, unpacked
from flows.stages.judging import Judge
from itsm.records import Quarantined, RawRecord
from itsm.states import RecordKind
from store.deflating import deflated
from store.made_ready import ReadyRows, made_ready


class Prepared(NamedTuple):
    """What was made of the records of some answers, all of one source and kind.

    Attributes:
        keys: of the raw records, each once.
        hashes: of their content.
        payloads: their content, as `store.deflating.deflated` makes it.
        good: the keys of those that have to land.
        numbers: by key, the number of each record that was mapped, good or not.
        bad: what is set aside.
        unmapped: codes without a meaning, and how many: field, code, number.
        rows: the good records and what hangs on them.
    """

    keys: list[str]
    hashes: list[str]
    payloads: list[bytes]
    good: list[str]
    numbers: dict[str, str]
    bad: list[Quarantined]
    unmapped: list[tuple[str, str, int]]
    rows: list[ReadyRows]

    @property
    def landed(self) -> Mapping[str, str]:
        """By key, the number of each record that is not set aside."""
        bad = {item.key for item in self.bad}
        return {key: number for key, number in self.numbers.items() if key not in bad}

    @property
    def codes(self) -> Mapping[tuple[str, str], int]:
        """The codes without a meaning by field and code."""
        return Counter({(field, code): n for field, code, n in self.unmapped})


def read_once(source: Source, kind: RecordKind, answers: Sequence[Unread]) -> list[RawRecord]:
    """The raw records of answers; of a key that is there twice the later one."""
    if any(one.is_packed for one in answers):
        return [record for one in answers for record in unpacked(one)]
    assert isinstance(source, ReadsLater)
    return list(newest(source.read(kind, answers)).values())


def newest(records: Sequence[RawRecord]) -> dict[str, RawRecord]:
    """Raw records of one kind by key; of a key that is there twice the later one, in its place."""
    found: dict[str, RawRecord] = {}
    for record in records:
        found.pop(record.key, None)
        found[record.key] = record
    return found


def prepared(raw: Sequence[RawRecord], judge: Judge, dialect: str) -> Prepared:
    """Raw records of which the source has never given any before, ready to be landed.

    Args:
        raw: each key once.
        judge: of their source and kind.
        dialect: the database, `sqlite` or `postgresql`.
    """
    mapped = judge.source.map(judge.kind, raw)
    items, bad = judge.with_history(mapped, None), list(mapped.quarantined)
    numbers = {item.key: item.records[0].number for item in items if item.records}
    items = judge.usable(items, bad)
    return Prepared(
        keys=[record.key for record in raw],
        hashes=[record.content_hash for record in raw],
        payloads=[deflated(record.payload) for record in raw],
        good=[item.key for item in items],
        numbers=numbers,
        bad=bad,
        unmapped=[(*code, n) for code, n in mapped.unmapped_codes.items()],
        rows=made_ready(chain.from_iterable(map(attrgetter("records"), items)), dialect),
    )
