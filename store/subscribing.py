"""Who gets which edition of the pack: in the database, seeded by the configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import from_bytes, to_bytes, to_plain
from itsm.errors import NotThereError, StaleDecisionError, TransitionError
from itsm.journal import JournalKind, JournalNote
from itsm.subscriptions import Subscription
from store.bulk import upsert
from store.journal import Journal
from store.pack_tables import SUBSCRIPTIONS

_S = SUBSCRIPTIONS.c
_DIGITS = 4
_ALWAYS_NEW = frozenset({"version", "subscription_id", "since", "seed"})


class Subscriptions:
    """The subscriptions; one that ended stays, and nothing is sent for it."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def list(self, *, all_of_them: bool = False) -> tuple[Subscription, ...]:
        """The active ones by id, or all."""
        query = sa.select(_S.subscription).order_by(_S.subscription_id)
        if not all_of_them:
            query = query.where(_S.is_active)
        found = self._connection.execute(query).scalars()
        return tuple(from_bytes(Subscription, text.encode()) for text in found)

    def get(self, subscription_id: str) -> Subscription:
        """A subscription.

        Raises:
            NotThereError: there is none.
        """
        query = sa.select(_S.subscription).where(_S.subscription_id == subscription_id)
        found = self._connection.execute(query).scalar()
        if found is None:
            raise NotThereError(
                f"there is no subscription {subscription_id!r}; `csi subscriptions list` shows all"
            )
        return from_bytes(Subscription, found.encode())

    def add(self, subscription: Subscription, actor: str, at: datetime) -> Subscription:
        """Keep a new subscription; its id and version are given here.

        Raises:
            TransitionError: the same recipient gets the same already.
        """
        self._journal.lock()
        self._refuse_double(subscription)
        made = replace(subscription, subscription_id=self._next_id(), version=1)
        self._write(made)
        self._note(made, {}, actor, at, "added")
        return made

    def put(self, changed: Subscription, actor: str, at: datetime, *, seen: int) -> Subscription:
        """Keep a changed subscription as its next version.

        Args:
            changed: as it is to be.
            actor: who changes it; "" for the configuration.
            at: when.
            seen: the version that was looked at when it was changed.

        Raises:
            StaleDecisionError: somebody has changed it since.
            NotThereError: there is none.
            TransitionError: the recipient would get the same twice.
        """
        self._journal.lock()
        before = self.get(changed.subscription_id)
        if before.version != seen:
            raise StaleDecisionError(
                f"{changed.subscription_id} was changed in the meantime (version "
                f"{before.version}, you saw {seen}); look at it again"
            )
        changes = _changes(before, changed)
        if not changes and before.seed == changed.seed:
            return before
        if changed.is_active:
            self._refuse_double(changed)
        kept = replace(changed, version=seen + 1)
        self._write(kept)
        if changes:
            self._note(kept, changes, actor, at, "changed")
        return kept

    def seed(self, wanted: Sequence[Subscription], at: datetime) -> tuple[str, ...]:
        """Take over the entries of the configuration.

        A new entry is added, one that differs from when it was last taken over is applied, and one
        that is no longer there ends. What a person has changed stays until its entry changes.

        Args:
            wanted: the entries, each with its `seed`.
            at: when.

        Returns:
            What was done, a line each.
        """
        self._journal.lock()
        known = {_key_of(one): one for one in self.list(all_of_them=True) if one.seed}
        said: list[str] = []
        for one in wanted:
            before = known.pop(_key_of(one), None)
            if before is None:
                said.append(f"{self.add(one, '', at).subscription_id} added")
            elif before.seed != one.seed:
                since = before.since if before.is_active else at
                changed = replace(
                    one,
                    subscription_id=before.subscription_id,
                    since=since,
                    version=before.version,
                )
                self.put(changed, "", at, seen=before.version)
                said.append(f"{before.subscription_id} changed")
        for gone in known.values():
            if gone.is_active:
                ended = replace(gone, is_active=False, seed=_ended(gone.seed))
                self.put(ended, "", at, seen=gone.version)
                said.append(f"{gone.subscription_id} ended: no longer in the configuration")
        return tuple(said)

    def _refuse_double(self, wanted: Subscription) -> None:
        for one in self.list():
            if one.subscription_id == wanted.subscription_id:
                continue
            if _what(one) == _what(wanted):
                raise TransitionError(
                    f"{one.subscription_id} sends the same edition to the same recipient already; "
                    "change that one"
                )

    def _next_id(self) -> str:
        n = self._connection.execute(sa.select(sa.func.count()).select_from(SUBSCRIPTIONS))
        return f"SUB-{(n.scalar() or 0) + 1:0{_DIGITS}d}"

    def _write(self, one: Subscription) -> None:
        text = to_bytes(one).decode()
        row = (
            one.subscription_id,
            one.edition,
            one.channel.value,
            one.address,
            one.is_active,
            one.seed,
            one.version,
            text,
        )
        upsert(self._connection, SUBSCRIPTIONS, [row])

    def _note(
        self,
        one: Subscription,
        changes: Mapping[str, tuple[str, str]],
        actor: str,
        at: datetime,
        what: str,
    ) -> None:
        """The journal holds edition and channel as facts; who it is only as a pseudonym."""
        facts = {
            "said": what,
            "version": str(one.version),
            "edition": one.edition,
            "channel": one.channel.value,
            "active": str(one.is_active).lower(),
        }
        self._journal.append(
            JournalNote(
                kind=JournalKind.SUBSCRIPTION,
                subject=one.subscription_id,
                actor=actor,
                role="publisher",
                at=at,
                facts=facts,
                people={"recipient": one.recipient},
                changes=changes,
            )
        )


def _what(one: Subscription) -> tuple[object, ...]:
    """What no recipient is to get twice: language apart, the same edition of the same scope."""
    return one.channel, one.recipient, one.edition, one.rhythm, one.scope


def _key_of(one: Subscription) -> tuple[object, ...]:
    """By what an entry of the configuration is known again; a seed begins with it."""
    return (one.seed.partition("\n")[0],)


def _ended(seed: str) -> str:
    """The seed of an entry that went: when it comes back, it differs and is applied."""
    return f"{seed.partition(chr(10))[0]}\n"


def _changes(before: Subscription, after: Subscription) -> dict[str, tuple[str, str]]:
    """The fields that differ, as text."""
    was, now = to_plain(before), to_plain(after)
    assert isinstance(was, dict)
    assert isinstance(now, dict)
    return {
        name: (str(was[name]), str(now[name]))
        for name in sorted(was)
        if name not in _ALWAYS_NEW and was[name] != now[name]
    }
