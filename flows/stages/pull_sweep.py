"""Find what a system has deleted without a word, by asking for a share of the keys at each pull.

The cost of asking for every key is spread over days. What is not there may be deleted, or the
system may be ill, or the rights of the user may have been cut: so the records that came last are
asked for first, a key has to be missed twice, hours apart, and a sweep that would take too many
records out stops and asks a person.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.core.source import Countable
from flows.stages.reconcile import is_too_many, not_counted, note_gone, stop_sweep
from flows.wiring import Parts
from itsm.errors import NotThereError, TransitionError
from itsm.states import RecordKind
from store.sweeping import Sweep, SweepStop
from store.unit_of_work import UnitOfWork

WITNESSES = 5
"""Records that came last: if none of them is there, the system is ill."""
PATIENCE = timedelta(days=3)
"""A system that is taken for ill for so long is no longer passed over in silence."""
MOST_AT_ONCE = 10_000
"""Keys that one pull asks for at most."""


def sweep(parts: Parts, source: Countable, name: str, kind: RecordKind) -> int:
    """Ask for as many keys of a kind as have become due; returns how many count as deleted now.

    Args:
        parts: the store, the settings and the clock.
        source: the system.
        name: of the source.
        kind: of the records.
    """
    return _Sweeper(parts, source, name, kind, parts.around.clock()).go()


@dataclass(frozen=True, slots=True)
class _Sweeper:
    parts: Parts
    source: Countable
    name: str
    kind: RecordKind
    now: datetime

    def go(self) -> int:
        """A share of the sweep, and a second look at what was missed before."""
        settings = self.parts.settings.sweep
        if not settings.days:
            return 0
        with self.parts.store.look() as uow:
            at = uow.sweeps.get(self.name, self.kind)
            stopped = [one for one in uow.sweeps.stops() if self._is_own(one)]
            again_at = self.now - timedelta(hours=settings.again_after_h)
            missed = uow.sweeps.missed(self.name, self.kind)
            n_held = uow.raw.count(self.name, self.kind)
            witnesses = uow.sweeps.latest(self.name, self.kind, WITNESSES)
        if stopped:
            self._say(f"{stopped[0].n_gone:,} records are missing; csi sweep says what to do")
            return 0
        if at is None:
            return self._begin()
        again = [key for key, missed_at in missed.items() if missed_at <= again_at]
        n_due = self._n_due(at, n_held)
        if not again and not n_due:
            return 0
        if len(not_counted(self.source, self.kind, witnesses)) == len(witnesses):
            return self._is_ill(at, witnesses, n_held)
        return self._look_again(again) + self._go_on(at, n_due, n_held)

    def _is_ill(self, at: Sweep, witnesses: Sequence[str], n_held: int) -> int:
        """Nothing is swept; should it last, a person is asked whether these were deleted."""
        if self.now - at.swept_at < PATIENCE:
            self._say("shows none of the records that it gave last: taken for ill")
            return 0
        with self.parts.store.begin() as uow:
            uow.sweeps.miss(self.name, self.kind, witnesses, self.now)
            stop_sweep(self.parts, uow, self.name, self.kind, len(witnesses), n_held)
            uow.commit()
        return 0

    def _begin(self) -> int:
        """The first share is due as time goes by from now on."""
        with self.parts.store.begin() as uow:
            uow.sweeps.save(Sweep(source=self.name, kind=self.kind, swept_at=self.now))
            uow.commit()
        return 0

    def _n_due(self, at: Sweep, n_held: int) -> int:
        """How many keys are to be asked for by now."""
        days = (self.now - at.swept_at) / timedelta(days=1)
        return min(MOST_AT_ONCE, math.floor(n_held * days / self.parts.settings.sweep.days))

    def _go_on(self, at: Sweep, n_due: int, n_held: int) -> int:
        """Ask for the next keys; what is not there is asked for once more at a later pull."""
        if not n_due:
            return 0
        with self.parts.store.look() as uow:
            keys = uow.sweeps.following(self.name, self.kind, at.after_key, n_due)
        gone = not_counted(self.source, self.kind, keys)
        is_end = len(keys) < n_due
        so_far = replace(at, n_asked=at.n_asked + len(keys), n_gone=at.n_gone + len(gone))
        with self.parts.store.begin() as uow:
            uow.sweeps.miss(self.name, self.kind, gone, self.now)
            if is_end:
                new = replace(at, after_key="", n_asked=0, n_gone=0, ended_at=self.now)
            else:
                new = replace(so_far, after_key=keys[-1])
            uow.sweeps.save(replace(new, swept_at=self.now))
            self._stop_if_too_many(uow, so_far.n_gone, so_far.n_asked if not is_end else n_held)
            uow.commit()
        if gone:
            self._say(f"{len(gone):,} of {len(keys):,} records were not there; asked for once more")
        return 0

    def _look_again(self, keys: Sequence[str]) -> int:
        """What is missed for the second time counts as deleted; what is there again does not."""
        if not keys:
            return 0
        gone = not_counted(self.source, self.kind, keys)
        with self.parts.store.begin() as uow:
            uow.sweeps.settle(self.name, self.kind, set(keys) - set(gone))
            n_held = uow.raw.count(self.name, self.kind)
            if self._stop_if_too_many(uow, len(gone), n_held):
                uow.commit()
                return 0
            note_gone(uow, self.name, self.kind, gone, self.now)
            uow.commit()
        if gone:
            self._say(f"{len(gone):,} records were deleted there without a word")
        return len(gone)

    def _stop_if_too_many(self, uow: UnitOfWork, n_gone: int, n_of: int) -> bool:
        if not is_too_many(self.parts, n_gone, n_of):
            return False
        stop_sweep(self.parts, uow, self.name, self.kind, n_gone, n_of)
        return True

    def _is_own(self, stop: SweepStop) -> bool:
        return (stop.source, stop.kind) == (self.name, self.kind)

    def _say(self, what: str) -> None:
        self.parts.say(f"sweep  {self.name} {self.kind}: {what}")


def answer_stop(
    parts: Parts, name: str, kind: RecordKind, *, is_deleted: bool, actor: str, reason: str
) -> int:
    """End a stop as a person says; returns how many records count as deleted now.

    Where they were deleted, the system is asked once more: what is there again stays.

    Raises:
        NotThereError: nothing of that kind waits for an answer.
        TransitionError: no reason is given.
    """
    if not reason.strip():
        raise TransitionError("say why they count as deleted, or do not")
    with parts.store.look() as uow:
        stop = next((s for s in uow.sweeps.stops() if (s.source, s.kind) == (name, kind)), None)
        missed = list(uow.sweeps.missed(name, kind))
    if stop is None:
        raise NotThereError(f"{name} {kind}: no sweep waits for an answer; csi sweep lists those")
    gone: list[str] = []
    if is_deleted:
        source: object = parts.sources.get(name)
        if not isinstance(source, Countable):
            raise NotThereError(f"{name}: it is not configured, or shows no single records")
        gone = not_counted(source, kind, missed)
    now = parts.around.clock()
    with parts.store.begin() as uow:
        note_gone(uow, name, kind, gone, now)
        uow.sweeps.settle(name, kind, missed)
        at = uow.sweeps.get(name, kind) or Sweep(source=name, kind=kind, swept_at=now)
        uow.sweeps.save(replace(at, swept_at=now, n_asked=0, n_gone=0))
        uow.sweeps.lift(stop, len(gone), actor, reason.strip(), now)
        uow.commit()
    return len(gone)
