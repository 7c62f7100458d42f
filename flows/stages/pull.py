"""Pull: what is new in a source is read and landed, then held against the source's own count."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from connectors.core.source import Countable, ListsKeys, Source, Sweepable
from flows.pairing import join_pairs
from flows.progress import Throttled
from flows.second import Second
from flows.stage_watch import watched
from flows.stages.batches import LAND_BATCH
from flows.stages.counts import KindCount, PullCount
from flows.stages.hanging import KnownNumbers
from flows.stages.land import Lander, Landing
from flows.stages.pull_order import in_order
from flows.stages.pull_reading import few_collections, read_on
from flows.stages.pull_sweep import sweep
from flows.stages.pull_windows import WINDOWED, is_whole, recent
from flows.stages.reconcile import Reconciler, is_behind, is_explained, note_deletions
from flows.telemetry import count_records
from flows.wiring import Parts
from itsm.errors import FatalSourceError, SourceError
from itsm.states import RecordKind
from store.pull_lock import only_pull
from store.runs import Reconciliation


def pull_all(
    parts: Parts, cutoff_at: datetime, *, thorough: bool = False, at_once: bool = False
) -> tuple[list[PullCount], dict[str, str]]:
    """Pull every source; one that fails is named and the others go on.

    Args:
        parts: the sources and the store.
        cutoff_at: the moment the pull is for.
        thorough: compare all keys with each system's even where the counts agree.
        at_once: also with those that tell no counts, whose keys are else asked for over days.

    Raises:
        FatalSourceError: not one source could be read.
    """
    pulled: list[PullCount] = []
    missing: dict[str, str] = {}
    for name in parts.sources:
        try:
            pulled.append(pull(parts, name, cutoff_at, thorough=thorough, at_once=at_once))
        except SourceError as error:
            missing[name] = str(error)
            parts.say(f"pull   {error}")
    if not pulled:
        raise FatalSourceError("csi", "; ".join(missing.values()) or "no source is configured")
    return pulled, missing


def pull(
    parts: Parts, name: str, cutoff_at: datetime, *, thorough: bool = False, at_once: bool = False
) -> PullCount:
    """Read what is new in a source and land it.

    Args:
        parts: the sources and the store.
        name: which source.
        cutoff_at: the moment the pull is for.
        thorough: compare all keys with the system's even where the counts agree.
        at_once: also if it tells no counts, where keys are else asked for over days.

    Raises:
        TransientSourceError: trying again may help; what was read stays.
        FatalSourceError: it does not.
    """
    waits = f"pull   {name}: another pull of it is at work; waiting for it to end"
    alone = only_pull(parts.store, name, on_wait=lambda: parts.say(waits))
    with alone, watched(parts.store, "pull", name), few_collections():
        pulled = _pull(parts, name, cutoff_at, _Compared(thorough, at_once))
        join_pairs(parts)
    for one in pulled.kinds:
        for outcome, n in (("landed", one.landed), ("quarantined", one.quarantined)):
            count_records(name, one.kind.value, outcome, n)
    return pulled


class _Compared(NamedTuple):
    """Whether all keys are compared, where a system tells counts and where it tells none."""

    thorough: bool
    at_once: bool


def _pull(parts: Parts, name: str, cutoff_at: datetime, how: _Compared) -> PullCount:
    counts: list[KindCount] = []
    unmapped: Counter[tuple[str, str]] = Counter()
    source = recent(parts, name)
    known = KnownNumbers(name)
    with closing(Second(parts.seconds.get(name))) as second:
        for kind in in_order(source.kinds):
            lander = Lander(source, kind, cutoff_at, parts.settings.checks, known=known)
            count, codes = _pull_kind(parts, lander, second)
            counts.append(count)
            unmapped.update(codes)
        note_deletions(parts, parts.sources[name])
        left = frozenset[RecordKind]() if is_whole(parts, name) else WINDOWED
        n_late = 0
        for place, count in enumerate(counts):
            lander = Lander(source, count.kind, cutoff_at, parts.settings.checks)
            if count.kind not in left:
                counts[place] = _held_against_server(parts, lander, count, second, how)
            n_late += lander.n_landed
        if n_late:
            counts = [_with_what_hangs(parts, source, count, cutoff_at) for count in counts]
    return PullCount(name, tuple(counts), unmapped)


def _with_what_hangs(
    parts: Parts, source: Source, count: KindCount, cutoff_at: datetime
) -> KindCount:
    """A count after what waited for records that were missing, and have just been fetched."""
    if count.kind not in source.by_key or not count.quarantined:
        return count
    lander = Lander(source, count.kind, cutoff_at, parts.settings.checks)
    landing = _land_waiting(parts, source.name, count.kind, lander)
    return replace(count, landed=count.landed + landing.landed, quarantined=landing.quarantined)


def _held_against_server(
    parts: Parts, lander: Lander, count: KindCount, second: Second, how: _Compared
) -> KindCount:
    """A count beside the system's own; what came in meanwhile is read before anything is said.

    Counts and keys are those of all there is, whatever stretch the lander's source reads.
    """
    source = parts.sources[lander.source.name]
    reconciler = Reconciler(parts, source, count.kind, lander)
    found = reconciler.compare()
    if is_behind(found):
        read, new, changed, landing = read_on(parts, lander, second)
        count = replace(
            count,
            read=count.read + read,
            new=count.new + new,
            changed=count.changed + changed,
            landed=count.landed + landing.landed,
            quarantined=count.quarantined + landing.quarantined,
        )
        found = reconciler.compare()
    is_listed = isinstance(source, ListsKeys) and source.lists_keys
    walks = how.thorough if is_listed or found.n_server is not None else how.at_once
    if not is_explained(found) or (walks and _has_keys(source, found)):
        found = reconciler.walk()
    elif found.n_server is None and not is_listed and _has_keys(source, found):
        assert isinstance(source, Countable)
        if sweep(parts, source, source.name, count.kind):
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
    read, new, changed, landing = read_on(parts, lander, second)
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
