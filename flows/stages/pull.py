"""Pull: what is new in a source is read and landed, then held against the source's own count."""

import gc
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from connectors.core.source import Countable, Source, Sweepable
from flows.ahead import ahead
from flows.pairing import join_pairs
from flows.progress import Throttled
from flows.second import Second
from flows.stage_watch import watched
from flows.stages.batches import LAND_BATCH, Batch, Given, batches, taken
from flows.stages.counts import KindCount, PullCount
from flows.stages.land import Lander, Landing
from flows.stages.pull_sweep import sweep
from flows.stages.reconcile import Reconciler, is_behind, is_explained, note_deletions
from flows.telemetry import count_records
from flows.wiring import Parts
from itsm.errors import FatalSourceError, SourceError
from itsm.states import RecordKind
from store.pull_lock import only_pull
from store.runs import Reconciliation

_TURN_S = 0.001


def pull_all(
    parts: Parts, cutoff_at: datetime, *, thorough: bool = False
) -> tuple[list[PullCount], dict[str, str]]:
    """Pull every source; one that fails is named and the others go on.

    Args:
        parts: the sources and the store.
        cutoff_at: the moment the pull is for.
        thorough: compare all keys with each system's even where the counts agree.

    Raises:
        FatalSourceError: not one source could be read.
    """
    pulled: list[PullCount] = []
    missing: dict[str, str] = {}
    for name in parts.sources:
        try:
            pulled.append(pull(parts, name, cutoff_at, thorough=thorough))
        except SourceError as error:
            missing[name] = str(error)
            parts.say(f"pull   {error}")
    if not pulled:
        raise FatalSourceError("csi", "; ".join(missing.values()) or "no source is configured")
    return pulled, missing


def pull(parts: Parts, name: str, cutoff_at: datetime, *, thorough: bool = False) -> PullCount:
    """Read what is new in a source and land it.

    Args:
        parts: the sources and the store.
        name: which source.
        cutoff_at: the moment the pull is for.
        thorough: compare all keys with the system's even where the counts agree.

    Raises:
        TransientSourceError: trying again may help; what was read stays.
        FatalSourceError: it does not.
    """
    waits = f"pull   {name}: another pull of it is at work; waiting for it to end"
    alone = only_pull(parts.store, name, on_wait=lambda: parts.say(waits))
    with alone, watched(parts.store, "pull", name), few_collections():
        pulled = _pull(parts, parts.sources[name], cutoff_at, thorough=thorough)
        join_pairs(parts)
    for one in pulled.kinds:
        for outcome, n in (("landed", one.landed), ("quarantined", one.quarantined)):
            count_records(name, one.kind.value, outcome, n)
    return pulled


def _pull(parts: Parts, source: Source, cutoff_at: datetime, *, thorough: bool) -> PullCount:
    counts: list[KindCount] = []
    unmapped: Counter[tuple[str, str]] = Counter()
    with closing(Second(parts.seconds.get(source.name))) as second:
        for kind in source.kinds:
            lander = Lander(source, kind, cutoff_at, parts.settings.checks)
            count, codes = _pull_kind(parts, lander, second)
            counts.append(count)
            unmapped.update(codes)
        note_deletions(parts, source)
        for place, count in enumerate(counts):
            lander = Lander(source, count.kind, cutoff_at, parts.settings.checks)
            counts[place] = _held_against_server(parts, lander, count, second, thorough=thorough)
    return PullCount(source.name, tuple(counts), unmapped)


def _held_against_server(
    parts: Parts, lander: Lander, count: KindCount, second: Second, *, thorough: bool
) -> KindCount:
    """A count beside the system's own; what came in meanwhile is read before anything is said."""
    reconciler = Reconciler(parts, lander.source, count.kind, lander)
    found = reconciler.compare()
    if is_behind(found):
        read, new, changed, landing = _read(parts, lander, second)
        count = replace(
            count,
            read=count.read + read,
            new=count.new + new,
            changed=count.changed + changed,
            landed=count.landed + landing.landed,
            quarantined=count.quarantined + landing.quarantined,
        )
        found = reconciler.compare()
    if not is_explained(found) or (thorough and _has_keys(lander.source, found)):
        found = reconciler.walk()
    elif found.n_server is None and _has_keys(lander.source, found):
        assert isinstance(lander.source, Countable)
        if sweep(parts, lander.source, lander.source.name, count.kind):
            found = reconciler.compare()
    return replace(
        count,
        on_server=found.n_server,
        held=found.n_held,
        deleted=found.n_deleted,
        hidden=found.n_hidden,
    )


def _has_keys(source: Source, found: Reconciliation) -> bool:
    """Whether what was deleted can be found by the system's keys."""
    if found.n_server is not None:
        return True
    return isinstance(source, Sweepable) and found.kind in source.swept


def _pull_kind(
    parts: Parts, lander: Lander, second: Second
) -> tuple[KindCount, Mapping[tuple[str, str], int]]:
    source, kind = lander.source, lander.kind
    _note_mapping(parts, source, kind)
    read, new, changed, landing = _read(parts, lander, second)
    landing += _land_waiting(parts, source.name, kind, lander)
    parts.say(f"land   {source.name} {kind}: {new + changed:,} new or changed")
    count = KindCount(
        kind=kind,
        read=read,
        new=new,
        changed=changed,
        landed=landing.landed,
        quarantined=landing.quarantined,
    )
    return count, landing.unmapped


def _read(parts: Parts, lander: Lander, second: Second) -> tuple[int, int, int, Landing]:
    """Pages of a kind into the store, landed in the transaction that moves the watermark."""
    with parts.store.begin() as uow:
        cursor = uow.watermarks.get(lander.source.name, lander.kind)
    tell, n, new, changed, landing = Throttled(parts.say), 0, 0, 0, Landing()
    coming = ahead(batches(lander, cursor, second), depth=1)
    try:
        for read in coming:
            batch = taken(lander, read, second) if isinstance(read, Given) else read
            n += len(batch.records)
            n_new, n_fresh, landed = _land_batch(parts, lander, batch)
            new, changed, landing = new + n_new, changed + n_fresh - n_new, landing + landed
            tell(f"pull   {lander.source.name} {lander.kind}: {n:,} records so far")
            del read, batch  # or they would stay until the next ones are there
    except BaseException:
        second.close()  # or the thread that reads might wait for it for ever
        raise
    parts.say(f"pull   {lander.source.name} {lander.kind}: {n:,} records")
    return n, new, changed, landing


def _land_batch(parts: Parts, lander: Lander, batch: Batch) -> tuple[int, int, Landing]:
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
        uow.raw.save_landed(raw, now, numbers=numbers)
        uow.deletions.lift(name, kind, [record.key for record in raw])
        uow.watermarks.set(name, kind, batch.cursor, now)
        uow.commit()
    return sum(one.is_new for one in fresh), len(fresh), landed


def _note_mapping(parts: Parts, source: Source, kind: RecordKind) -> None:
    """Let all records of a kind land again when they would be mapped otherwise than before."""
    with parts.store.begin() as uow:
        if uow.raw.map_by(source.name, kind, source.mapping_version(kind)):
            parts.say(f"land   {source.name} {kind}: the mapping has changed, all are mapped again")
        uow.commit()


def land_again(parts: Parts, name: str, cutoff_at: datetime) -> int:
    """Land what a source gave before, where it would be mapped otherwise now; nothing is read.

    Returns:
        How many records landed.
    """
    source, n_landed = parts.sources[name], 0
    for kind in source.kinds:
        _note_mapping(parts, source, kind)
        lander = Lander(source, kind, cutoff_at, parts.settings.checks)
        n_landed += _land_waiting(parts, name, kind, lander).landed
    return n_landed


def _land_waiting(parts: Parts, name: str, kind: RecordKind, lander: Lander) -> Landing:
    """Land what waits: records in quarantine, and all of a kind whose mapping has changed.

    What has just been set aside is not tried once more.
    """
    tell, landing, after = Throttled(parts.say), Landing(), None
    just_now = frozenset(lander.set_aside)
    while True:
        with parts.store.begin() as uow:
            waiting = uow.raw.pending(name, kind, after_key=after, limit=LAND_BATCH)
            if not waiting:
                return landing
            raw = [record for record in waiting if record.key not in just_now]
            landed, numbers = lander.land(uow, raw, {})
            uow.raw.mark_landed(raw, numbers=numbers)
            uow.commit()
        after = waiting[-1].key
        landing += landed
        tell(f"land   {name} {kind}: {landing.landed:,} so far")


@contextmanager
def few_collections() -> Iterator[None]:
    """Let the garbage collector look through fewer objects, less often, and threads take turns.

    A pull makes and drops objects by the hundred thousand and hardly ever a ring of them; looking
    for rings took a fifth of its time. And a thread that comes back from the database would wait
    for 5 ms until the one that reads ahead lets it go on.
    """
    before, interval_s = gc.get_threshold(), sys.getswitchinterval()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    sys.setswitchinterval(_TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        gc.set_threshold(*before)
        gc.unfreeze()
