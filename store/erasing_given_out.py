"""Erasing a person from what was given out: who reads packs, what was sent, who released it.

A subscription that names the person ends, and loses name and address. What was sent to them stays
as a row that says that something was sent, to nobody that can be told.
"""

import re
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import from_bytes, to_bytes
from itsm.subscriptions import Subscription
from store.pack_tables import DELIVERIES, PACK_RELEASES, SECTION_COMMENTS, SUBSCRIPTIONS

_D, _R, _C, _S = DELIVERIES.c, PACK_RELEASES.c, SECTION_COMMENTS.c, SUBSCRIPTIONS.c


class ErasingGivenOut:
    """Takes a person out of subscriptions, deliveries, releases and remarks."""

    def __init__(self, connection: Connection, found: re.Pattern[str], instead: str) -> None:
        """Look who it is.

        Args:
            connection: the transaction.
            found: the names, as whole words.
            instead: what stands where a name stood.
        """
        self._connection = connection
        self._found = found
        self._instead = instead
        rows = connection.execute(sa.select(_S.subscription).order_by(_S.subscription_id)).scalars()
        every = [from_bytes(Subscription, text.encode()) for text in rows]
        self._theirs = [one for one in every if found.search(f"{one.name}\n{one.address}")]

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the person, as they are compared."""
        return tuple(sorted({one.recipient for one in self._theirs}))

    def all(self) -> tuple[int, list[str]]:
        """Erase.

        Returns:
            How many rows named the person, and which contents of the journal changed.
        """
        comments = self._comments()
        n_rows = self._subscriptions() + self._deliveries() + self._releases() + len(comments)
        return n_rows, comments

    def _subscriptions(self) -> int:
        for one in self._theirs:
            bare = replace(one, name=self._instead, address=self._instead, is_active=False, seed="")
            values = {
                "address": self._instead,
                "is_active": False,
                "seed": "",
                "subscription": to_bytes(bare).decode(),
            }
            which = _S.subscription_id == one.subscription_id
            self._connection.execute(sa.update(SUBSCRIPTIONS).where(which).values(values))
        return len(self._theirs)

    def _deliveries(self) -> int:
        ids = {one.subscription_id for one in self._theirs}
        rows = self._connection.execute(sa.select(DELIVERIES).order_by(_D.delivery_id)).all()
        theirs = [
            row.delivery_id
            for row in rows
            if row.subscription_id in ids or self._found.search(f"{row.name}\n{row.recipient}")
        ]
        for delivery_id in theirs:
            nobody = {"recipient": self._instead, "name": self._instead}
            values = {**nobody, "message_id": "", "said": ""}
            which = _D.delivery_id == delivery_id
            self._connection.execute(sa.update(DELIVERIES).where(which).values(values))
        return len(theirs)

    def _releases(self) -> int:
        rows = self._connection.execute(sa.select(PACK_RELEASES).order_by(_R.pack_id)).all()
        named = [row for row in rows if self._found.search(f"{row.actor}\n{row.reason}")]
        for row in named:
            values = {"actor": self._out(row.actor), "reason": self._out(row.reason)}
            which = _R.pack_id == row.pack_id
            self._connection.execute(sa.update(PACK_RELEASES).where(which).values(values))
        return len(named)

    def _comments(self) -> list[str]:
        names = ("text", "actor", "signed")
        rows = self._connection.execute(sa.select(SECTION_COMMENTS).order_by(_C.comment_id)).all()
        erased = []
        for row in rows:
            values = {name: self._out(row._mapping[name]) for name in names}
            if any(values[name] != row._mapping[name] for name in names):
                which = _C.comment_id == row.comment_id
                self._connection.execute(sa.update(SECTION_COMMENTS).where(which).values(values))
                erased.append(f"comment/{row.comment_id}")
        return erased

    def _out(self, text: str) -> str:
        return self._found.sub(self._instead, text)
