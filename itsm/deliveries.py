"""What became of everything that was to be sent: one delivery per item, channel and recipient."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from itsm.subscriptions import Channel, as_compared

FIRST_WAIT = timedelta(minutes=5)
"""How long the second try waits; every later one waits twice as long as the one before."""
LONGEST_WAIT = timedelta(hours=6)


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    """It is due, or was deferred and is tried again at `next_at`."""
    SENDING = "sending"
    """It is about to leave; whoever dies now leaves it so, and nobody knows whether it left."""
    SENT = "sent"
    """The other side has taken it over."""
    UNCLEAR = "unclear"
    """It may have arrived or not: a person looks, and says so or has it sent again."""
    ARRIVED = "arrived"
    """It was unclear; a person found that it had arrived."""
    REFUSED = "refused"
    """The other side will not have it, with the reason it gave."""
    GIVEN_UP = "given_up"
    """It was deferred for too long, or what it tells was overtaken."""


DONE = frozenset(
    {DeliveryState.SENT, DeliveryState.ARRIVED, DeliveryState.REFUSED, DeliveryState.GIVEN_UP}
)
"""The states in which nothing more happens by itself."""
GONE_OUT = frozenset(
    {
        DeliveryState.SENT,
        DeliveryState.ARRIVED,
        DeliveryState.UNCLEAR,
        DeliveryState.SENDING,
    }
)
"""The states of what has, or may have, arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One item for one recipient over one channel.

    Attributes:
        delivery_id: given by the store; nobody can tell from it who the recipient is.
        item: what is sent: a pack by its id, or a letter of a day.
        channel: how.
        recipient: the address, or the name of the chat or folder.
        name: the person or list.
        subscription_id: why they get it.
        formats: what is attached.
        state: where it stands.
        attempts: how often it was tried.
        next_at: before then it is not tried again; None at once.
        said: what the other side said, or why it stands so.
        message_id: by what a mail can be found again; "" for other channels.
        made_at: when it fell due.
        changed_at: when its state last changed.
    """

    delivery_id: str = ""
    item: str
    channel: Channel
    recipient: str
    name: str
    subscription_id: str
    formats: tuple[str, ...]
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    next_at: datetime | None = None
    said: str = ""
    message_id: str = ""
    made_at: datetime
    changed_at: datetime

    @property
    def whose(self) -> str:
        """The recipient as it is compared: two addresses that differ in case alone are one."""
        return as_compared(self.channel, self.recipient)

    @property
    def key(self) -> tuple[str, Channel, str]:
        """What there is one delivery of, whoever plans it."""
        return self.item, self.channel, self.whose


def delivery_id(item: str, channel: Channel, pseudonym: str) -> str:
    """The id of a delivery to somebody whom only their pseudonym tells."""
    said = "\0".join((item, channel.value, pseudonym))
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def wait_after(attempts: int) -> timedelta:
    """How long a deferred delivery waits before it is tried again.

    Args:
        attempts: how often it was tried, from 1.
    """
    doublings = min(max(attempts - 1, 0), 12)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
