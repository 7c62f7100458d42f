"""What was sent to whom: planned, about to leave, sent, refused, or unclear."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.deliveries import Delivery, DeliveryState, delivery_id
from itsm.errors import NotThereError, TransitionError
from itsm.journal import JournalKind, JournalNote
from itsm.subscriptions import Channel
from store.bulk import insert_new
from store.journal import Journal
from store.pack_tables import DELIVERIES

_D = DELIVERIES.c
_S = DeliveryState


class Deliveries:
    """Deliveries; there is one per item, channel and recipient, whoever plans it."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def plan(self, deliveries: Sequence[Delivery]) -> int:
        """Add those that are new, each with an id; what is there stays as it is.

        Returns:
            How many were added.
        """
        self._journal.lock()
        items = sorted({one.item for one in deliveries})
        known = {one.key for item in items for one in self.list(item=item)}
        new = {one.key: one for one in deliveries if one.key not in known}
        rows = [_row(replace(one, delivery_id=self._id(one))) for one in new.values()]
        return insert_new(self._connection, DELIVERIES, rows)

    def _id(self, one: Delivery) -> str:
        return delivery_id(one.item, one.channel, self._journal.pseudonym(one.whose))

    def list(
        self,
        *,
        item: str | None = None,
        recipient: str | None = None,
        states: Collection[DeliveryState] | None = None,
    ) -> tuple[Delivery, ...]:
        """Deliveries, oldest first."""
        query = sa.select(DELIVERIES).order_by(_D.made_at, _D.item, _D.recipient, _D.delivery_id)
        if item is not None:
            query = query.where(_D.item == item)
        if recipient is not None:
            query = query.where(_D.recipient == recipient)
        if states is not None:
            query = query.where(_D.state.in_(sorted(one.value for one in states)))
        return tuple(map(_delivery, self._connection.execute(query)))

    def get(self, delivery_id: str) -> Delivery:
        """One delivery; the beginning of its id will do where it is clear.

        Raises:
            NotThereError: there is none, or several begin so.
        """
        query = sa.select(DELIVERIES).where(_D.delivery_id.startswith(delivery_id, autoescape=True))
        found = self._connection.execute(query.limit(2)).all()
        if len(found) != 1:
            said = "several deliveries begin with" if found else "there is no delivery"
            raise NotThereError(f"{said} {delivery_id!r}; `csi deliveries` lists them")
        return _delivery(found[0])

    def begin(self, delivery_id: str, message_id: str, at: datetime) -> bool:
        """Say that it is about to leave.

        Returns:
            Whether it may: False where it no longer waits, because somebody else has it.
        """
        taken = (
            sa.update(DELIVERIES)
            .where(_D.delivery_id == delivery_id, _D.state == _S.WAITING.value)
            .values(
                state=_S.SENDING.value,
                attempts=_D.attempts + 1,
                message_id=message_id,
                changed_at=at,
            )
        )
        return self._connection.execute(taken).rowcount == 1

    def finish(
        self,
        delivery_id: str,
        state: DeliveryState,
        said: str,
        at: datetime,
        *,
        next_at: datetime | None = None,
        tried: bool = False,
    ) -> None:
        """Keep what became of it, with its row in the journal where that is final or unclear.

        Args:
            delivery_id: which.
            state: where it stands now.
            said: what the other side said.
            at: when.
            next_at: before then it is not tried again.
            tried: count an attempt that ended before `begin`.
        """
        values: dict[str, Any] = {"state": state.value, "said": said, "changed_at": at}
        values |= {"next_at": next_at}
        if tried:
            values |= {"attempts": _D.attempts + 1}
        which = sa.update(DELIVERIES).where(_D.delivery_id == delivery_id)
        self._connection.execute(which.values(values))
        if state not in {_S.WAITING, _S.SENDING}:
            self._note(self.get(delivery_id), at)

    def flag_lost(self, at: datetime) -> tuple[Delivery, ...]:
        """Flag what was about to leave when its sender died; to be called by the only sender.

        Returns:
            What is unclear now.
        """
        lost = self.list(states={_S.SENDING})
        for one in lost:
            said = "its sender ended while it was leaving; it may have arrived or not"
            self.finish(one.delivery_id, _S.UNCLEAR, said, at)
        return lost

    def settle(
        self, delivery_id: str, *, arrived: bool, actor: str, at: datetime, reason: str = ""
    ) -> Delivery:
        """A person says that something unclear arrived, or has it sent (again).

        Refused deliveries and those given up may be sent again, too, once their reason is gone.

        Raises:
            TransitionError: it does not stand so that a person could say that.
        """
        before = self.get(delivery_id)
        allowed = {_S.UNCLEAR} if arrived else {_S.UNCLEAR, _S.REFUSED, _S.GIVEN_UP}
        if before.state not in allowed:
            raise TransitionError(
                f"{before.delivery_id} is {before.state.value}: "
                + ("only what is unclear" if arrived else "only what is unclear, refused or given")
                + (" can be marked as arrived" if arrived else " up can be sent again")
            )
        state = _S.ARRIVED if arrived else _S.WAITING
        values = {"state": state.value, "said": reason, "changed_at": at, "next_at": None}
        which = sa.update(DELIVERIES).where(_D.delivery_id == before.delivery_id)
        self._connection.execute(which.values(values))
        after = self.get(before.delivery_id)
        self._note(after, at, actor=actor, reason=reason)
        return after

    def _note(self, one: Delivery, at: datetime, *, actor: str = "", reason: str = "") -> None:
        facts = {
            "delivery": one.delivery_id,
            "state": one.state.value,
            "channel": one.channel.value,
            "subscription": one.subscription_id,
        }
        self._journal.append(
            JournalNote(
                kind=JournalKind.DELIVERY,
                subject=one.item,
                actor=actor,
                role="publisher",
                at=at,
                facts=facts,
                people={"recipient": one.whose},
                reason=reason,
            )
        )


def _row(one: Delivery) -> tuple[object, ...]:
    return (
        one.delivery_id,
        one.item,
        one.channel.value,
        one.recipient,
        one.name,
        one.subscription_id,
        orjson.dumps(one.formats).decode(),
        one.state.value,
        one.attempts,
        one.next_at,
        one.said,
        one.message_id,
        one.made_at,
        one.changed_at,
    )


def _delivery(row: Row[Any]) -> Delivery:
    values = {
        "channel": Channel(row.channel),
        "formats": tuple(orjson.loads(row.formats)),
        "state": DeliveryState(row.state),
    }
    return Delivery(**{**row._mapping, **values})
