"""Reads pages of a kind on from a place, and lands them in the transaction that moves the place."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from flows.ahead import ahead
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
    place = place or Watermark(lander.source.name, lander.kind)
    with parts.store.begin() as uow:
        cursor = place.cursor(uow)
    tell, n, new, changed, landing = Throttled(parts.say), 0, 0, 0, Landing()
    coming = ahead(batches(lander, cursor, second), depth=2)
    try:
        for turn, batch in enumerate(ahead(_taken(parts, lander, coming, second), depth=1), 1):
            n += len(batch.records)
            n_new, n_fresh, landed = _land_batch(parts, lander, batch, place)
            new, changed, landing = new + n_new, changed + n_fresh - n_new, landing + landed
            tell(f"pull   {lander.source.name} {lander.kind}: {n:,} records so far")
            del batch  # or it would stay until the next one is there
            if turn % _COLLECT == 0:
                gc.collect()
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
    parts: Parts, lander: Lander, batch: Batch, place: Place
) -> tuple[int, int, Landing]:
    """A batch in one transaction; how many records were new, how many had to land, what came.

    It was mapped whole; where only some of it has to land, that is mapped anew.
    """
    name, kind = lander.source.name, lander.kind
    with parts.store.begin() as uow:
        now = datetime.now(UTC)
        fresh = uow.raw.fresh(batch.records, with_before=lander.makes_history)
        raw = [one.record for one in fresh]
        former = {one.record.key: one.before for one in fresh if one.before is not None}
        is_whole, done = len(raw) == len(batch.records), None
        if batch.prepared is not None and is_whole and not former:
            done = lander.land_prepared(uow, batch.prepared)
        landed, numbers = done or lander.land(uow, raw, former, batch.mapped if is_whole else None)
        uow.raw.save_landed(raw, now, numbers=numbers, sealed=batch.sealed)
        uow.deletions.lift(name, kind, [record.key for record in raw])
        place.move(uow, batch.cursor, len(batch.records), now)
        uow.commit()
    return sum(one.is_new for one in fresh), len(fresh), landed


@contextmanager
def few_collections() -> Iterator[None]:
    """Let the garbage collector look through fewer objects, less often, and threads take turns.

    A pull makes and drops objects by the hundred thousand and hardly ever a ring of them; looking
    for rings took a fifth of its time. And a thread that comes back from the database would wait
    for 5 ms until the one that reads ahead lets it go on.
    """
    before, interval_s = gc.get_threshold(), sys.getswitchinterval()
    gc.freeze()
    gc.set_threshold(*RARELY)
    sys.setswitchinterval(_TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        gc.set_threshold(*before)
        gc.unfreeze()
