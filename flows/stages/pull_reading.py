"""Reads pages of a kind on from a place, and lands them in the transaction that moves the place."""

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from flows.ahead import ahead, together
from flows.heap import give_back, rarely_collecting, share_stock
from flows.progress import Throttled
from flows.second import Second
from flows.second_protocol import RARELY
from flows.stages.batches import Batch, Given, batches, taken
from flows.stages.land import Lander, Landing
from flows.wiring import Parts
from itsm.states import RecordKind
from store.deflating import inflated
from store.runs import RawColumns
from store.unit_of_work import UnitOfWork

_TURN_S = 0.001
_COLLECT = 40
"""After so many batches garbage is looked for: statements are rings that hold the keys asked for,
100 kB a batch, and nothing else would ever let go of them."""
AT_ONCE_BYTES = 3_000_000
"""Batches that wait are landed in one transaction; no other is made ready while they hold so much.

Keys of records lie anywhere in an index, so that a transaction writes most pages of it anew: eight
batches of small records at once take half the time of one by one.
"""


class Place(Protocol):
    """How far something was read."""

    def cursor(self, uow: UnitOfWork, /) -> str | None:
        """Where to go on; None from the start."""
        ...

    def move(self, uow: UnitOfWork, cursor: str, n: int, now: datetime, /) -> None:
        """Keep where it is now, behind so many more records."""
        ...


class Watermark:
    """How far a kind of a source was read."""

    def __init__(self, source: str, kind: RecordKind) -> None:
        self._of = source, kind

    def cursor(self, uow: UnitOfWork) -> str | None:
        """Where to go on."""
        return uow.watermarks.get(*self._of)

    def move(self, uow: UnitOfWork, cursor: str, _n: int, now: datetime) -> None:
        """Keep where it is now."""
        uow.watermarks.set(*self._of, cursor, now)


def read_on(
    parts: Parts, lander: Lander, second: Second, place: Place | None = None
) -> tuple[int, int, int, Landing]:
    """Pages of a kind into the store, from a place on; without one from the watermark.

    Returns:
        How many records were read, were new, had changed, and what landed.
    """
    place, people = place or Watermark(lander.source.name, lander.kind), set[str]()
    with parts.store.begin() as uow:
        cursor = place.cursor(uow)
    tell, n, new, changed, landing = Throttled(parts.say), 0, 0, 0, Landing()
    are_new = True  # until some of a batch are not: asking again is what it saves
    coming = ahead(batches(lander, cursor, second), depth=2)
    turn = 0
    try:
        for some in together(_taken(parts, lander, coming, second), AT_ONCE_BYTES, _weight):
            n_some = sum(len(batch.records) for batch in some)
            done = _land_batches(parts, lander, some, place, people, are_new=are_new)
            are_new = done.n_new == n_some
            n, new = n + n_some, new + done.n_new
            changed, landing = changed + done.n_fresh - done.n_new, landing + done.landing
            tell(f"pull   {lander.source.name} {lander.kind}: {n:,} records so far")
            before, turn = turn, turn + len(some)
            del some  # or they would stay until the next are there
            if before // _COLLECT < turn // _COLLECT:
                gc.collect()
                give_back()
    except BaseException:
        second.close()  # or the thread that reads might wait for it for ever
        raise
    parts.say(f"pull   {lander.source.name} {lander.kind}: {n:,} records")
    return n, new, changed, landing


def _taken(
    parts: Parts, lander: Lander, coming: Iterator[Batch | Given], second: Second
) -> Iterator[Batch]:
    """Batches ready to land, made by a thread while the one before is written."""
    for read in coming:
        batch = taken(lander, read, second) if isinstance(read, Given) else read
        sealed = parts.store.sealed(batch.payloads, are_deflated=batch.are_deflated)
        yield replace(batch, sealed=sealed)
        del read, batch


def _weight(batch: Batch) -> int:
    """How many bytes of payloads a batch writes, and one."""
    return 1 + sum(map(len, batch.sealed))


class Landed(NamedTuple):
    """What a batch came to: the keys that had to land, how many of them are new, what landed.

    `numbers` are those of the records made of them, by key, where all of them are new.
    """

    keys: Sequence[str]
    n_new: int
    landing: Landing
    numbers: Mapping[str, str] | None = None


class _Done(NamedTuple):
    """What batches came to: how many records had to land, how many are new, what landed."""

    n_fresh: int
    n_new: int
    landing: Landing


def _land_batches(
    parts: Parts,
    lander: Lander,
    some: Sequence[Batch],
    place: Place,
    people: set[str],
    *,
    are_new: bool,
) -> _Done:
    """Batches in one transaction.

    Where they seem to be new, as those before were, nobody asks which of them are there.
    """
    done, landed = _Done(0, 0, Landing()), list[Landed]()
    with parts.store.begin(people) as uow:
        now = datetime.now(UTC)
        for batch in some:
            one = land_batch(uow, lander, batch, now, are_new=are_new)
            landed.append(one)
            uow.deletions.lift(lander.source.name, lander.kind, one.keys)
            are_new = are_new and one.n_new == len(batch.records)
            done = _Done(
                done.n_fresh + len(one.keys), done.n_new + one.n_new, done.landing + one.landing
            )
        place.move(uow, some[-1].cursor, sum(len(batch.records) for batch in some), now)
        uow.commit()
    _remember(lander, landed)
    return done


def _remember(lander: Lander, landed: Sequence[Landed]) -> None:
    """What has landed, where others name it by its key."""
    if not lander.source.by_key or lander.kind in lander.source.by_key:
        return
    for one in landed:
        if one.numbers is None:
            lander.known.forget(lander.kind, one.keys)
        else:
            lander.known.note(lander.kind, one.numbers)


def land_batch(
    uow: UnitOfWork, lander: Lander, batch: Batch, now: datetime, *, are_new: bool
) -> Landed:
    """Land a batch in a transaction that is open; `are_new` where they all seem to be."""
    batch = _named(uow, lander, batch)
    done = _all_new(uow, lander, batch, now) if are_new else None
    return done or _what_is_fresh(uow, lander, batch, now)


def _named(uow: UnitOfWork, lander: Lander, batch: Batch) -> Batch:
    """With numbers in the place of keys, where records name by key what they hang on."""
    if batch.prepared is None or lander.kind not in lander.source.by_key:
        return batch
    return replace(batch, prepared=lander.named(uow, batch.prepared))


def _all_new(uow: UnitOfWork, lander: Lander, batch: Batch, now: datetime) -> Landed | None:
    """Land a batch as it was prepared, without asking which of it is there.

    Returns:
        None: nothing was written, as some of it is, or the database had better be asked.
    """
    prepared = batch.prepared
    if prepared is None or not lander.takes(uow, prepared):
        return None
    of, landed = (lander.source.name, lander.kind), prepared.landed
    raw = RawColumns(*of, batch.keys, batch.hashes, batch.sealed)
    if not uow.raw.save_new(raw, now, numbers=landed):
        return None
    landing = lander.land_prepared(uow, prepared)
    return Landed(prepared.keys, len(prepared.keys), landing, landed)


def _what_is_fresh(uow: UnitOfWork, lander: Lander, batch: Batch, now: datetime) -> Landed:
    """Land what is new or has changed in a batch.

    It was mapped whole; where only some of it has to land, that is mapped anew.
    """
    fresh = uow.raw.fresh(batch.records, with_before=lander.makes_history)
    raw = [one.record for one in fresh]
    if batch.are_deflated:
        raw = [replace(one, payload=inflated(one.payload)) for one in raw]
    former = {one.record.key: one.before for one in fresh if one.before is not None}
    is_whole, prepared = len(raw) == len(batch.records), batch.prepared
    numbers: Mapping[str, str]
    if prepared is not None and is_whole and not former and lander.takes(uow, prepared):
        landing, numbers = lander.land_prepared(uow, prepared), prepared.landed
    else:
        landing, numbers = lander.land(uow, raw, former, batch.mapped if is_whole else None)
    sealed = dict(zip(batch.keys, batch.sealed, strict=True))
    uow.raw.save_landed(raw, now, numbers=numbers, sealed=sealed)
    return Landed([one.key for one in raw], sum(one.is_new for one in fresh), landing)


@contextmanager
def few_collections() -> Iterator[None]:
    """Let the garbage collector look for rings less often, and threads take turns.

    A thread that comes back from the database would wait for 5 ms until the one that reads ahead
    lets it go on.
    """
    interval_s = sys.getswitchinterval()
    share_stock()
    sys.setswitchinterval(_TURN_S)
    try:
        with rarely_collecting(RARELY):
            yield
    finally:
        sys.setswitchinterval(interval_s)
