"""Send: what fell due leaves, once; what became of it is kept, and what is unclear is shown.

It may be killed at any moment. Before a letter can no longer be stopped, the store says that it is
about to leave; the next run finds that, and flags it instead of sending it again.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flows.progress import Say, silent
from flows.stage_watch import watched
from flows.stages.letters import Letters
from itsm.deliveries import Delivery, DeliveryState, wait_after
from itsm.errors import DeliveryError, PublishError, StoreError
from itsm.packs import ReleaseState
from itsm.subscriptions import Channel
from reports.deliver.doors import SOMEBODY_ELSE, Door, Outcome
from reports.deliver.letters import Reader
from reports.deliver.mime import message_id
from store.send_lock import only_sender
from store.unit_of_work import Store, UnitOfWork

_S = DeliveryState
_TRIES = 2
"""Nothing is given up before it was tried more often than so."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a run did.

    Attributes:
        numbers: deliveries by what became of them.
        flagged: what is unclear since an earlier sender died.
        troubles: why a way out was closed, by channel and place.
    """

    numbers: Mapping[DeliveryState, int]
    flagged: tuple[Delivery, ...]
    troubles: Mapping[str, str]

    @property
    def told(self) -> str:
        """It in one line."""
        counts = [f"{n:,} {state.value.replace('_', ' ')}" for state, n in self.numbers.items()]
        return ", ".join(counts) or "nothing to send"


@dataclass(slots=True)
class Sending:
    """One run over what waits to be sent.

    Attributes:
        store: with the deliveries.
        doors: the ways out, by channel and place ("" for mail).
        letters: puts together what they bring.
        domain: what Message-IDs end in.
        try_for: a deferred delivery is given up after so long.
        clock: the time now.
        say: tells a person what is going on.
    """

    store: Store
    doors: Mapping[tuple[Channel, str], Door]
    letters: Letters
    domain: str
    try_for: timedelta = timedelta(hours=48)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    say: Say = silent
    _troubles: dict[str, str] = field(default_factory=dict)

    def run(self) -> Sent:
        """Send what is due; one run at a time per database.

        Raises:
            StoreError: another one is at work.
        """
        with watched(self.store, "send"), only_sender(self.store):
            flagged = self._flag_lost()
            numbers = Counter(filter(None, map(self._sent, self.waiting())))
            for door in self.doors.values():
                door.close()
        return Sent(dict(sorted(numbers.items())), flagged, dict(self._troubles))

    def waiting(self) -> tuple[Delivery, ...]:
        """What may be tried now."""
        now = self.clock()
        with self.store.look() as uow:
            found = uow.deliveries.list(states={_S.WAITING})
        return tuple(one for one in found if one.next_at is None or one.next_at <= now)

    def _flag_lost(self) -> tuple[Delivery, ...]:
        """What was about to leave when its sender died; a folder is simply written again."""
        with self.store.begin() as uow:
            now = self.clock()
            for one in uow.deliveries.list(states={_S.SENDING}):
                door = self.doors.get(_place(one))
                if door is not None and door.may_repeat:
                    uow.deliveries.finish(one.delivery_id, _S.WAITING, "", now)
            flagged = uow.deliveries.flag_lost(now)
            uow.commit()
        for one in flagged:
            self.say(f"send   {one.item} to {one.subscription_id} is unclear: see csi deliveries")
        return flagged

    def _sent(self, one: Delivery) -> DeliveryState | None:
        """Send one; None where nothing was tried."""
        channel, place = _place(one)
        key = f"{channel} {place}".strip()
        if key in self._troubles:
            return None
        door = self.doors.get((channel, place))
        if door is None:
            self._troubles[key] = f"there is no [delivery.{channel}] for it in the settings"
            return None
        leaving = _Leaving(self, one)
        try:
            outcome = self._through(door, one, leaving)
        except DeliveryError as error:
            self._troubles[key] = str(error)
            self.say(f"send   {error}")
            return None
        except (PublishError, StoreError) as error:
            if leaving.has_begun:
                raise
            self._troubles[one.item] = str(error)
            self.say(f"send   {error}")
            return None
        if outcome is SOMEBODY_ELSE:
            return None
        return self._finished(one, outcome, has_begun=leaving.has_begun)

    def _through(self, door: Door, one: Delivery, leaving: "_Leaving") -> Outcome:
        reader = Reader(address=one.recipient, name=one.name, subscription_id=one.subscription_id)
        outcome = door.send(self.letters.letter(one), reader, leaving)
        if outcome.is_too_large:
            if leaving.has_begun:
                self._put_back(one)
            return door.send(self.letters.letter(one, short=True), reader, leaving)
        return outcome

    def _put_back(self, one: Delivery) -> None:
        """It was not taken for its size, after the server had said it would: it waits again."""
        with self.store.begin() as uow:
            uow.deliveries.finish(one.delivery_id, _S.WAITING, "too large", self.clock())
            uow.commit()

    def _finished(self, one: Delivery, outcome: Outcome, *, has_begun: bool) -> DeliveryState:
        now, state, next_at, said = self.clock(), outcome.state, None, outcome.said
        if state is _S.WAITING:
            next_at = now + wait_after(one.attempts + 1)
            if now - one.made_at > self.try_for and one.attempts >= _TRIES:
                state, next_at = _S.GIVEN_UP, None
                said = f"given up after {one.attempts + 1} tries: {said}"
        with self.store.begin() as uow:
            uow.deliveries.finish(
                one.delivery_id, state, said, now, next_at=next_at, tried=not has_begun
            )
            uow.commit()
        self.say(f"send   {one.item} to {one.subscription_id}: {state.value}")
        return state


@dataclass(slots=True)
class _Leaving:
    """Says in the store that a delivery is about to leave, just before it does."""

    sending: Sending
    one: Delivery
    has_begun: bool = False

    def __call__(self) -> bool:
        """Whether it may leave; False where somebody else has it."""
        made_id = ""
        if self.one.channel is Channel.MAIL:
            made_id = message_id(self.one.item, self.one.recipient, self.sending.domain)
        with self.sending.store.begin() as uow:
            self.has_begun = _may(uow, self.one) and uow.deliveries.begin(
                self.one.delivery_id, made_id, self.sending.clock()
            )
            uow.commit()
        return self.has_begun


def _may(uow: UnitOfWork, one: Delivery) -> bool:
    """Whether nobody has held the pack back since it was planned."""
    release = uow.packs.release(one.item)
    return release is None or release.state is ReleaseState.RELEASED


def _place(one: Delivery) -> tuple[Channel, str]:
    return one.channel, "" if one.channel is Channel.MAIL else one.recipient
