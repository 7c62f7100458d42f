"""Deliver: what waits in the outbox is written into the ITSM tools, as far as each may be written.

It may be killed at any moment: what is about to be sent is kept before it is sent, and the next run
asks the system whether it has it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.core.comparing import Rules
from connectors.core.delivering import Delivery, Task
from connectors.core.writing import Writer
from flows.progress import Say, Throttled, silent
from flows.stage_watch import watched
from itsm.errors import ConfigError, SourceError
from itsm.pushed import Outcome, Plan
from itsm.pushing import Intent, IntentState, PushMode
from store.outbox import OPEN
from store.outbox_rows import Parcel
from store.push_lock import only_push
from store.push_runs import EVERYWHERE, PushRun
from store.unit_of_work import Store

_S = IntentState
_PASSES = 3
"""Times a run comes back to what nobody knows the fate of yet."""


@dataclass(frozen=True, slots=True)
class Door:
    """A source that may be written to: its writer, its rules, writes in one run at most."""

    writer: Writer
    rules: Rules
    cap: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What delivering an intent would do: the diff, or why nothing."""

    intent: Intent
    plan: Plan | None
    held_back: str = ""


@dataclass(slots=True)
class Deliveries:
    """One run over the outbox.

    Attributes:
        store: with the outbox.
        doors: the sources that may be written to.
        clock: the time now.
        sleep: waits.
        say: tells a person what is going on.
        troubles: why a source was given up in this run, by source.
    """

    store: Store
    doors: Mapping[str, Door]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    say: Say = silent
    troubles: dict[str, str] = field(default_factory=dict)
    _n_writes: Counter[str] = field(default_factory=Counter)
    _checked: dict[str, Delivery] = field(default_factory=dict)

    def run(self, run_id: str) -> PushRun:
        """Deliver what may be delivered; one run at a time per database.

        Raises:
            StoreError: another push is at work.
        """
        with watched(self.store, "push"), only_push(self.store):
            return self._run(run_id)

    def _run(self, run_id: str) -> PushRun:
        """Deliver what may be delivered."""
        started_at = self.clock()
        run = PushRun(run_id=run_id, started_at=started_at, finished_at=None, numbers={})
        self._save(run)
        numbers: dict[str, str] = {}
        for n_left in reversed(range(_PASSES)):
            until = self._once(run_id, numbers)
            if until is None or not n_left:
                break
            wait_s = max(0.0, (until - self.clock()).total_seconds()) + 0.1
            self.say(f"push   waiting {wait_s:.0f} s to see what became of a write without a reply")
            self.sleep(wait_s)
        told = Counter(numbers.values())
        done = PushRun(
            run_id=run_id, started_at=started_at, finished_at=self.clock(), numbers=dict(told)
        )
        self._save(done)
        return done

    def _once(self, run_id: str, numbers: dict[str, str]) -> datetime | None:
        """Go through the outbox; from when on something unsure can be known, None if nothing is."""
        unsure: list[datetime] = []
        tell = Throttled(self.say)
        ids = self._open()
        for n, intent_id in enumerate(ids, 1):
            parcel = self._parcel(intent_id)
            if parcel.fate.state not in OPEN:
                continue
            outcome = self._delivered(parcel, run_id)
            if outcome is None:
                numbers.setdefault(intent_id, _S.WAITING.value)
                continue
            numbers[intent_id] = outcome.state.value
            if outcome.state is _S.SENDING:
                unsure.append(outcome.unsure_until or self.clock())
            tell(f"push   {n:,} of {len(ids):,}")
        return min(unsure) if unsure else None

    def _delivered(self, parcel: Parcel, run_id: str) -> Outcome | None:
        """What became of an intent; None where it has to wait."""
        intent = parcel.fate.intent
        if self.held_back(parcel):
            return None
        if parcel.waits_for in {_S.REFUSED, _S.UNDONE}:
            said = "what it needs was not written"
            return self._finished(intent, Outcome(state=_S.REFUSED, said=said), run_id)
        source = intent.source
        try:
            delivery = self._delivery(source)
            outcome = delivery.deliver(_task(parcel), self._keeper(intent, run_id))
        except (SourceError, ConfigError) as error:
            self.troubles[source] = str(error)
            self.say(f"push   {error}")
            return None
        self._n_writes[source] += outcome.n_writes
        return self._finished(intent, outcome, run_id)

    def held_back(self, parcel: Parcel) -> str:
        """Why an intent is not delivered now, "" if it may be."""
        source = parcel.fate.intent.source
        door = self.doors.get(source)
        if door is None:
            return "nothing is written to this source: push.mode is off"
        is_let = door.rules.allows(parcel.fate.intent)
        is_full = self._n_writes[source] >= door.cap
        is_early = parcel.waits_for in {_S.WAITING, _S.SENDING}
        reasons = (
            "" if is_let else f"push.mode is {door.rules.mode}",
            self._stop(source),
            self.troubles.get(source, ""),
            f"the cap of {door.cap} writes in one run is reached" if is_full else "",
            "what it needs is not written yet" if is_early else "",
        )
        return next(filter(None, reasons), "")

    def preview(self) -> Iterator[Shown]:
        """What a run would do: reads the systems, writes nothing, whatever the mode is."""
        for intent_id in self._open():
            parcel = self._parcel(intent_id)
            intent = parcel.fate.intent
            door = self.doors.get(intent.source)
            if door is None:
                yield Shown(intent, None, self.held_back(parcel))
                continue
            try:
                plan = Delivery(door.writer, door.rules, self.clock).plan(_task(parcel))
            except SourceError as error:
                yield Shown(intent, None, str(error))
                continue
            is_dry = door.rules.mode is PushMode.DRY_RUN
            yield Shown(intent, plan, "" if is_dry else self.held_back(parcel))

    def instances(self) -> Iterator[tuple[str, str]]:
        """What each source calls itself, or why it does not say."""
        for name, door in self.doors.items():
            try:
                told = door.writer.identity()
            except (SourceError, ConfigError) as error:
                yield name, f"nothing: {error}"
            else:
                yield name, repr(told.name) + (f"; {told.copy_of}" if told.copy_of else "")

    def _delivery(self, source: str) -> Delivery:
        """The engine before a source, which is asked once a run who it is.

        Raises:
            ConfigError: it is not the installation that may be written to.
        """
        if source not in self._checked:
            door = self.doors[source]
            delivery = Delivery(door.writer, door.rules, self.clock)
            delivery.require_instance()
            self._checked[source] = delivery
        return self._checked[source]

    def _keeper(self, intent: Intent, run_id: str) -> Callable[[Plan], None]:
        def keep(plan: Plan) -> None:
            with self.store.begin() as uow:
                uow.outbox.sending(intent.intent_id, plan, run_id, self.clock())
                uow.commit()

        return keep

    def _finished(self, intent: Intent, outcome: Outcome, run_id: str) -> Outcome:
        with self.store.begin() as uow:
            uow.outbox.finish(intent.intent_id, outcome, run_id, self.clock())
            uow.commit()
        return outcome

    def _open(self) -> list[str]:
        with self.store.begin() as uow:
            return [one.intent.intent_id for one in uow.outbox.fates(states=OPEN)]

    def _parcel(self, intent_id: str) -> Parcel:
        with self.store.begin() as uow:
            return uow.outbox.parcel(intent_id)

    def _stop(self, source: str) -> str:
        with self.store.begin() as uow:
            for stop in uow.push_runs.stops():
                if stop.source in {source, EVERYWHERE}:
                    return f"stopped by {stop.actor}: {stop.reason}"
        return ""

    def _save(self, run: PushRun) -> None:
        with self.store.begin() as uow:
            uow.push_runs.save(run)
            uow.commit()


def _task(parcel: Parcel) -> Task:
    return Task(
        intent=parcel.fate.intent,
        known=parcel.known,
        problem=parcel.problem,
        earlier=parcel.earlier,
        sent_at=parcel.sent_at,
    )
