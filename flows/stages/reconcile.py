"""Hold what was pulled against the system's own count, and find what was deleted there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.core.source import Countable, Deletion, Source, Stamped, TellsDeletions
from flows.stages.land import Lander
from flows.wiring import Parts
from itsm.errors import PagingError
from itsm.states import RecordKind
from store.runs import Reconciliation
from store.sweeping import SweepStop
from store.unit_of_work import UnitOfWork

DELETIONS = "deletions"
"""The watermark of deletions; they are read for all kinds at once."""
ASKED_AT_ONCE = 100
"""Keys that a system is asked for in one request."""
WALKS = 3
"""Walks through all keys until one finds nothing that is missing here: a system whose rows are
hidden now and then shows each of them in one walk or the next."""
BELIEVED = 100
BELIEVED_SHARE = 0.05
"""Old times of update are believed up to so many, or up to this share of what is held."""


def note_deletions(parts: Parts, source: Source) -> None:
    """Note what the system says was deleted.

    What can still be read is not deleted, whatever the system remembers: it was put back.
    """
    if not isinstance(source, TellsDeletions):
        return
    with parts.store.begin() as uow:
        cursor = uow.watermarks.get(source.name, DELETIONS)
    n = 0
    for page in source.deletions(cursor):
        gone = list(_really_gone(source, page.deletions))
        with parts.store.begin() as uow:
            now = datetime.now(UTC)
            n += uow.deletions.note([(d.source, d.kind, d.key, d.deleted_at) for d in gone], now)
            uow.watermarks.set(source.name, DELETIONS, page.cursor, now)
            uow.commit()
    if n:
        parts.say(f"pull   {source.name}: {n:,} records held here were deleted there")


@dataclass(slots=True)
class _Differences:
    """Keys the system shows that are not held here; those held that it lacks; old ones."""

    missing: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    n_both: int = 0

    @property
    def to_fetch(self) -> list[str]:
        """What has to be fetched.

        Where most times of update differ, a company maps another one: then they tell nothing.
        """
        tells = len(self.stale) <= max(BELIEVED, BELIEVED_SHARE * self.n_both)
        return [*self.missing, *self.stale] if tells else self.missing


def is_explained(found: Reconciliation) -> bool:
    """Whether every record the system counts is held here, or known to be hidden."""
    return found.n_server is None or found.n_server == found.n_held + (found.n_hidden or 0)


def is_behind(found: Reconciliation) -> bool:
    """Whether the system counts more than is held here or known to be hidden."""
    return found.n_server is not None and found.n_server > found.n_held + (found.n_hidden or 0)


class Reconciler:
    """Compares one kind of one source with what the system holds.

    Args:
        parts: the store, and a way to tell.
        source: the system.
        kind: what is compared.
        lander: lands what a pull has missed.
    """

    def __init__(self, parts: Parts, source: Source, kind: RecordKind, lander: Lander) -> None:
        self._parts = parts
        self._source = source
        self._kind = kind
        self._lander = lander

    def compare(self) -> Reconciliation:
        """Our count beside the system's; what was hidden at the last walk is taken to be so."""
        before = (
            row.n_hidden
            for row in self._parts.store.queries.reconciliations()
            if (row.source, row.kind) == (self._source.name, self._kind)
        )
        n_server = self._source.count(self._kind) if isinstance(self._source, Countable) else None
        return self._keep(n_server, next(before, None) or 0)

    def walk(self) -> Reconciliation:
        """Go through all keys the system shows: fetch what is missing here, find what is gone.

        A record that is gone without a word counts as deleted only if the system no longer counts
        it either; one it counts and does not show is hidden from this user, and stays.
        """
        source = self._source
        assert isinstance(source, Countable)
        found = _Differences()
        for _ in range(WALKS):
            found = self._differences(source)
            self._fetch(source, found.to_fetch)
            if not found.to_fetch:
                break
        self._note(source, found.gone)
        return self._keep(source.count(self._kind), None)

    def _differences(self, source: Countable) -> "_Differences":
        """What the system shows and what is held here, compared key by key."""
        found = _Differences()
        held = self._parts.store.queries.raw_stamps(self._source.name, self._kind)
        mine = next(held, None)
        for shown in self._ascending(one for page in source.keys(self._kind) for one in page):
            while mine is not None and mine[0] < shown.key:
                found.gone.append(mine[0])
                mine = next(held, None)
            if mine is None or mine[0] != shown.key:
                found.missing.append(shown.key)
                continue
            found.n_both += 1
            if mine[1] is not None and shown.updated_at not in {None, mine[1]}:
                found.stale.append(shown.key)
            mine = next(held, None)
        if mine is not None:
            found.gone += [mine[0], *(key for key, _ in held)]
        return found

    def _ascending(self, shown: Iterable[Stamped]) -> Iterator[Stamped]:
        before = ""
        for one in shown:
            if one.key <= before:
                raise PagingError(self._source.name, f"{self._kind}: keys do not come in order")
            before = one.key
            yield one

    def _fetch(self, source: Countable, keys: Sequence[str]) -> None:
        for some in _batches(keys):
            raw = source.fetch(self._kind, some)
            with self._parts.store.begin() as uow:
                _, numbers = self._lander.land(uow, raw, {})
                uow.raw.save_landed(raw, datetime.now(UTC), numbers=numbers)
                uow.deletions.lift(self._source.name, self._kind, [record.key for record in raw])
                uow.commit()
        if keys:
            self._say(f"{len(keys):,} records were missing or old here and have been fetched")

    def _note(self, source: Countable, gone: Sequence[str]) -> None:
        deleted = not_counted(source, self._kind, gone)
        if not deleted:
            return
        name, now = self._source.name, self._parts.around.clock()
        with self._parts.store.begin() as uow:
            n_held = uow.raw.count(name, self._kind)
            if is_too_many(self._parts, len(deleted), n_held):
                uow.sweeps.miss(name, self._kind, deleted, now)
                stop_sweep(self._parts, uow, name, self._kind, len(deleted), n_held)
                uow.commit()
                return
            note_gone(uow, name, self._kind, deleted, now)
            uow.commit()
        self._say(f"{len(deleted):,} records were deleted there without a word")

    def _keep(self, n_server: int | None, n_hidden: int | None) -> Reconciliation:
        """Keep a comparison; without a word on it, what is counted and not held is hidden."""
        name = self._source.name
        with self._parts.store.begin() as uow:
            n_held = uow.raw.count(name, self._kind)
            if n_hidden is None and n_server is not None:
                n_hidden = max(n_server - n_held, 0)
            found = Reconciliation(
                source=name,
                kind=self._kind,
                at=datetime.now(UTC),
                n_server=n_server,
                n_held=n_held,
                n_deleted=uow.deletions.count(name, self._kind),
                n_hidden=n_hidden,
            )
            uow.reconciliations.save([found])
            uow.commit()
        return found

    def _say(self, what: str) -> None:
        self._parts.say(f"pull   {self._source.name} {self._kind}: {what}")


def not_counted(source: Countable, kind: RecordKind, keys: Sequence[str]) -> list[str]:
    """Those of some keys that the system does not even count."""
    return [key for some in _batches(keys) for key in _not_counted(source, kind, some)]


def _not_counted(source: Countable, kind: RecordKind, keys: Sequence[str]) -> list[str]:
    """Those of a few keys that it does not count, found by halving."""
    n = source.count(kind, keys)
    if n is None or n >= len(keys):
        return []
    if n == 0:
        return list(keys)
    middle = len(keys) // 2
    return [
        *_not_counted(source, kind, keys[:middle]),
        *_not_counted(source, kind, keys[middle:]),
    ]


def is_too_many(parts: Parts, n_gone: int, n_of: int) -> bool:
    """Whether so many of so many may not count as deleted before a person has said so."""
    settings = parts.settings.sweep
    return n_gone > max(settings.few, settings.most_share * n_of)


def stop_sweep(
    parts: Parts, uow: UnitOfWork, name: str, kind: RecordKind, n_gone: int, n_of: int
) -> None:
    """Let a person say whether what is missing was deleted; until then it does not count so."""
    now = parts.around.clock()
    uow.sweeps.stop(SweepStop(source=name, kind=kind, n_gone=n_gone, n_held=n_of, at=now))
    parts.say(
        f"sweep  {name} {kind}: {n_gone:,} of {n_of:,} records are gone without a word: is the "
        "system ill, or were they deleted? Nothing counts as deleted until csi sweep is told"
    )


def note_gone(
    uow: UnitOfWork, name: str, kind: RecordKind, keys: Sequence[str], at: datetime
) -> None:
    """Let records count as deleted that their system no longer has."""
    uow.deletions.note([(name, kind, key, at) for key in keys], at)
    uow.sweeps.settle(name, kind, keys)


def _really_gone(source: Source, deletions: Sequence[Deletion]) -> Iterator[Deletion]:
    if not isinstance(source, Countable):
        yield from deletions
        return
    for kind in sorted({deletion.kind for deletion in deletions}):
        told = [deletion for deletion in deletions if deletion.kind is kind]
        keys = [deletion.key for deletion in told]
        there = {raw.key for some in _batches(keys) for raw in source.fetch(kind, some)}
        yield from (deletion for deletion in told if deletion.key not in there)


def _batches(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + ASKED_AT_ONCE] for start in range(0, len(keys), ASKED_AT_ONCE))
