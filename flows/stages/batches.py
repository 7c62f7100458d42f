"""What is new in a source, in batches of a size that is landed in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from connectors.core.mapping.making import RecordMaker
from connectors.core.source import Mapped, Page, Source
from connectors.core.unread import ReadsLater, Unread, UnreadPage, packed
from flows.second import Second
from flows.stages.land import Lander
from flows.stages.preparing import Prepared, newest, read_once
from itsm.records import RawRecord
from itsm.states import RecordKind

LAND_BATCH = 900
"""Raw records that are mapped, checked and landed in one transaction, if pages hold fewer.

Pages of 1,000 rows hold a few less that are new, and are landed one by one.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to land, and where to go on after them.

    Attributes:
        records: each key once.
        mapped: what the source makes of them, or
        prepared: what the second process made of them.
        sealed: their payloads as they are kept, where that is known already.
        are_deflated: whether their payloads are, as the second process gives them.
    """

    records: Sequence[RawRecord]
    cursor: str
    mapped: Mapped | None = None
    prepared: Prepared | None = None
    sealed: Sequence[bytes] = ()
    are_deflated: bool = False

    @property
    def keys(self) -> list[str]:
        """Of the records, in their order."""
        if self.are_deflated and self.prepared is not None:
            return self.prepared.keys
        return [record.key for record in self.records]

    @property
    def hashes(self) -> list[str]:
        """Of their content."""
        if self.are_deflated and self.prepared is not None:
            return self.prepared.hashes
        return [record.content_hash for record in self.records]

    @property
    def payloads(self) -> list[bytes]:
        """Their content, deflated or not."""
        if self.are_deflated and self.prepared is not None:
            return self.prepared.payloads
        return [record.payload for record in self.records]


class _MadeLater(Sequence[RawRecord]):
    """The records of what was prepared, made where they are looked at: mostly they never are."""

    def __init__(self, source: str, kind: RecordKind, prepared: Prepared) -> None:
        self._source, self._kind, self._prepared = source, kind, prepared

    @cached_property
    def _made(self) -> list[RawRecord]:
        prepared = self._prepared
        columns: dict[str, Sequence[object]] = {
            "kind": [self._kind] * len(prepared.keys),
            "key": prepared.keys,
            "payload": prepared.payloads,
            "content_hash": prepared.hashes,
        }
        made = RecordMaker(RawRecord, self._source).records(columns, len(prepared.keys))
        return [one for one in made if one is not None]

    def __len__(self) -> int:
        return len(self._prepared.keys)

    @overload
    def __getitem__(self, place: int) -> RawRecord: ...
    @overload
    def __getitem__(self, place: slice) -> list[RawRecord]: ...
    def __getitem__(self, place: int | slice) -> RawRecord | list[RawRecord]:
        return self._made[place]


@dataclass(frozen=True, slots=True)
class Given:
    """What the second process has been given: answers, or records that were read here.

    Attributes:
        answers: to read.
        cursor: where to go on after them.
        records: packed in the answers, each key once; () where they are not read yet.
    """

    answers: tuple[Unread, ...]
    cursor: str
    records: Sequence[RawRecord] = ()


def batches(lander: Lander, cursor: str | None, second: Second) -> Iterator[Batch | Given]:
    """What is new of a kind; to be read ahead by a thread.

    Args:
        lander: of that kind; maps what the second process does not.
        cursor: where to go on; None from the start.
        second: reads and maps once there is so much that it is worth starting it.
    """
    source, kind = lander.source, lander.kind
    unread = _unread(source, kind, cursor, second)
    if unread is None:
        n_read = 0
        for page in gathered(source.pages(kind, cursor), LAND_BATCH):
            n_read += len(page.records)
            is_much = n_read >= second.worth_from and len(page.records) >= LAND_BATCH
            yield _given(lander, page, second, is_much=is_much) or _mapped(lander, page)
        return
    if cursor is None:  # all there is will come
        second.start()
    for answers, n, at in gathered_unread(unread, LAND_BATCH):
        is_worth_it = n >= LAND_BATCH or second.is_ready
        if is_worth_it and second.takes() and second.give(lander.judge, answers):
            yield Given(answers, at)
        else:
            yield _read_here(lander, Given(answers, at))


def _given(lander: Lander, page: Page, second: Second, *, is_much: bool) -> Given | None:
    """Records that the second process was given to map; None where it is not there yet.

    It is started once there is so much to do, and not waited for.
    """
    is_worth_it = is_much or (bool(page.records) and second.is_ready)
    if not is_worth_it or not second.takes(is_waited_for=False):
        return None
    answers = (packed(lander.source.name, lander.kind, page.records),)
    was_given = second.give(lander.judge, answers)
    return Given((), page.cursor, page.records) if was_given else None


def _mapped(lander: Lander, page: Page) -> Batch:
    return Batch(page.records, page.cursor, lander.map(page.records))


def taken(lander: Lander, given: Given, second: Second) -> Batch:
    """What became of answers that the second process was given; each has to be taken, in order."""
    prepared = second.take()
    if prepared is None:
        return _read_here(lander, given)
    if given.records:
        return Batch(given.records, given.cursor, prepared=prepared)
    records = _MadeLater(lander.source.name, lander.kind, prepared)
    return Batch(records, given.cursor, prepared=prepared, are_deflated=True)


def _read_here(lander: Lander, given: Given) -> Batch:
    """A batch that the second process could not be given, or did not do."""
    raw = given.records or read_once(lander.source, lander.kind, given.answers)
    return Batch(raw, given.cursor, lander.map(raw))


def gathered(pages: Iterable[Page], size: int) -> Iterator[Page]:
    """Pages put together until they hold some records; of a key read twice the later one stays."""
    records: list[RawRecord] = []
    cursor = None
    for page in pages:
        records += page.records
        cursor = page.cursor
        if len(records) >= size:
            yield Page(list(newest(records).values()), cursor)
            records, cursor = [], None
    if cursor is not None:
        yield Page(list(newest(records).values()), cursor)


def gathered_unread(pages: Iterable[UnreadPage], size: int) -> Iterator[UnreadPage]:
    """Pages put together until they hold some records, or may do."""
    answers: tuple[Unread, ...] = ()
    n, cursor = 0, None
    for page in pages:
        answers, n, cursor = answers + page.answers, n + page.n, page.cursor
        if n >= size:
            yield UnreadPage(answers, n, cursor)
            answers, n, cursor = (), 0, None
    if cursor is not None:
        yield UnreadPage(answers, n, cursor)


def _unread(
    source: Source, kind: RecordKind, cursor: str | None, second: Second
) -> Iterator[UnreadPage] | None:
    """Pages for the second process; None where it cannot help."""
    if second.is_over or not isinstance(source, ReadsLater):
        return None
    return source.unread(kind, cursor)
