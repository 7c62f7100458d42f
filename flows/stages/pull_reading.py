"""Reads pages of a kind on from a place, and lands them in the transaction that moves the place."""

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from flows.ahead import ahead
from flows.heap import give_back, rarely_collecting, share_stock
from flows.progress import Throttled
from flows.second import Second
from flows.second_protocol import RARELY
from flows.stages.batches import Batch, Given, batches, taken
from flows.stages.land import Lander, Landing
from flows.wiring import Parts
from itsm.states import RecordKind
from store.unit_of_work import UnitOfWork

_TURN_S = 0.001
_COLLECT = 10
"""After so many batches garbage is looked for: statements are rings that hold the keys asked for,
100 kB a batch, and nothing else would ever let go of them."""


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
    try:
        for turn, batch in enumerate(ahead(_taken(parts, lander, coming, second), depth=1), 1):
            n += len(batch.records)
            n_new, n_fresh, landed = _land_batch(
                parts, lander, batch, place, people, are_new=are_new
            )
            are_new = n_new == len(batch.records)
            new, changed, landing = new + n_new, changed + n_fresh - n_new, landing + landed
            tell(f"pull   {lander.source.name} {lander.kind}: {n:,} records so far")
            del batch  # or it would stay until the next one is there
            if turn % _COLLECT == 0:
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
        yield replace(batch, sealed=parts.store.sealed(batch.records))
        del read, batch


def _land_batch(
    parts: Parts, lander: Lander, batch: Batch, place: Place, people: set[str], *, are_new: bool
) -> tuple[int, int, Landing]:
    """A batch in one transaction; how many records were new, how many had to land, what came.

    Where they seem to be new, as those before were, nobody asks which of them are there.
    """
    name, kind = lander.source.name, lander.kind
    with parts.store.begin(people) as uow:
        now, batch = datetime.now(UTC), _named(uow, lander, batch)
        done = _all_new(uow, lander, batch, now) if are_new else None
        done = done or _what_is_fresh(uow, lander, batch, now)
        uow.deletions.lift(name, kind, done.keys)
        place.move(uow, batch.cursor, len(batch.records), now)
        uow.commit()
    return done.n_new, len(done.keys), done.landing


def _named(uow: UnitOfWork, lander: Lander, batch: Batch) -> Batch:
    """With numbers in the place of keys, where records name by key what they hang on."""
    if batch.prepared is None or lander.kind not in lander.source.by_key:
        return batch
    return replace(batch, prepared=lander.named(uow, batch.prepared))


class _Done(NamedTuple):
    """What a batch came to: the keys that had to land, how many of them are new, what landed."""

    keys: Sequence[str]
    n_new: int
    landing: Landing


def _all_new(uow: UnitOfWork, lander: Lander, batch: Batch, now: datetime) -> _Done | None:
    """Land a batch as it was prepared, without asking which of it is there.

    Returns:
        None: nothing was written, as some of it is, or the database had better be asked.
    """
    prepared = batch.prepared
    if prepared is None or not lander.takes(uow, prepared):
        return None
    if not uow.raw.save_new(batch.records, now, numbers=prepared.landed, sealed=batch.sealed):
        return None
    landing = lander.land_prepared(uow, prepared)
    return _Done(prepared.keys, len(prepared.keys), landing)


def _what_is_fresh(uow: UnitOfWork, lander: Lander, batch: Batch, now: datetime) -> _Done:
    """Land what is new or has changed in a batch.

    It was mapped whole; where only some of it has to land, that is mapped anew.
    """
    fresh = uow.raw.fresh(batch.records, with_before=lander.makes_history)
    raw = [one.record for one in fresh]
    former = {one.record.key: one.before for one in fresh if one.before is not None}
    is_whole, prepared = len(raw) == len(batch.records), batch.prepared
    numbers: Mapping[str, str]
    if prepared is not None and is_whole and not former and lander.takes(uow, prepared):
        landing, numbers = lander.land_prepared(uow, prepared), prepared.landed
    else:
        landing, numbers = lander.land(uow, raw, former, batch.mapped if is_whole else None)
    uow.raw.save_landed(raw, now, numbers=numbers, sealed=batch.sealed)
    return _Done([one.key for one in raw], sum(one.is_new for one in fresh), landing)


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
