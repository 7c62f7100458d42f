"""The conflict queue: fields that a person and the pipeline want to hold different values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.codec import from_bytes
from itsm.errors import NotThereError, TransitionError
from itsm.journal import JournalKind, JournalNote
from itsm.pushed import Choice, Conflict, Known, Standing
from itsm.pushing import STATE, FieldWrite, Intent, IntentState
from store.journal import Journal
from store.outbox import Outbox
from store.outbox_rows import Fate
from store.outbox_tables import PUSH_CONFLICTS

_C = PUSH_CONFLICTS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A conflict in the queue, with the intent it stopped."""

    conflict: Conflict
    fate: Fate
    choice: Choice | None
    resolved_by: str | None
    resolved_at: datetime | None
    reason: str
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What somebody chose, and why; `value` is the third one, where they write another."""

    choice: Choice
    actor: str
    at: datetime
    reason: str = ""
    value: str | None = None


class Conflicts:
    """The conflict queue."""

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self._connection = connection
        self._outbox = outbox

    def list(
        self, *, only_open: bool = True, subject: str | None = None, source: str | None = None
    ) -> tuple[Queued, ...]:
        """Conflicts, oldest first."""
        query = sa.select(PUSH_CONFLICTS).order_by(_C.found_at, _C.conflict_id)
        if only_open:
            query = query.where(_C.choice.is_(None))
        found = tuple(map(self._queued, self._connection.execute(query)))
        return tuple(
            one
            for one in found
            if (not only_open or one.fate.state is IntentState.CONFLICT)
            and subject in (None, one.fate.intent.subject)
            and source in (None, one.fate.intent.source)
        )

    def get(self, conflict_id: str) -> Queued:
        """One conflict.

        Raises:
            NotThereError: there is none.
        """
        query = sa.select(PUSH_CONFLICTS).where(_C.conflict_id == conflict_id)
        row = self._connection.execute(query).first()
        if row is None:
            raise NotThereError(
                f"there is no conflict {conflict_id}; `csi push --conflicts` lists them"
            )
        return self._queued(row)

    def resolve(self, conflict_id: str, by: Resolution) -> Fate:
        """Choose one of the two values; what has to be written is delivered by the next push.

        Returns:
            The intent as it stands now: waiting if something is to be written and nothing else is
            in conflict, done if nothing is.

        Raises:
            NotThereError: there is no such conflict.
            TransitionError: it is resolved already, nobody is named, or the person's value is not
                known here, so that only the system can tell it.
        """
        queued = self.get(conflict_id)
        one, intent = queued.conflict, queued.fate.intent
        self._require_choice(queued, by)
        values = {"choice": by.choice.value, "resolved_by": by.actor, "resolved_at": by.at}
        self._connection.execute(
            sa.update(PUSH_CONFLICTS)
            .where(_C.conflict_id == conflict_id)
            .values(**values, reason=by.reason)
        )
        Journal(self._connection).append(
            JournalNote(
                kind=JournalKind.PUSH,
                subject=intent.subject,
                actor=by.actor,
                at=by.at,
                facts={
                    "conflict": conflict_id,
                    "intent": intent.intent_id,
                    "source": intent.source,
                    "field": one.field,
                    "choice": by.choice.value,
                },
                reason=by.reason,
                changes={one.field: (one.theirs or "", one.ours if by.value is None else by.value)},
            )
        )
        changed = _resolved(intent, one, by)
        self._remember(intent, one, by)
        is_last = not self._open_of(intent.intent_id)
        state = IntentState.CONFLICT
        if is_last:
            state = IntentState.WAITING if changed.fields else IntentState.DONE
        self._outbox.replace(changed, state, f"{by.actor}: {by.choice.replace('_', ' ')}", by.at)
        return self._outbox.fate(intent.intent_id)

    def _require_choice(self, queued: Queued, by: Resolution) -> None:
        one = queued.conflict
        if queued.choice is not None:
            raise TransitionError(f"{one.conflict_id} was resolved by {queued.resolved_by} already")
        if (by.choice is Choice.WRITE_OTHER) is (by.value is None):
            raise TransitionError(f"{one.conflict_id}: a third value is written, or none is given")
        if not by.actor.strip():
            raise TransitionError(f"{one.conflict_id}: say who chooses")
        if one.theirs is None and by.choice is Choice.KEEP_THEIRS:
            raise TransitionError(
                f"{one.conflict_id}: the person's value is not known here; look it up in the "
                "system's history, write it there, and let ours stand here"
            )

    def _remember(self, intent: Intent, one: Conflict, by: Resolution) -> None:
        """What is kept counts as seen from now on, so that the next write compares with it."""
        known = self._outbox.known(intent.source, intent.kind, intent.key)
        if known is None or intent.record or intent.number:
            return
        stands = one.theirs if one.standing is Standing.THEIRS else one.ours
        self._outbox.note(_seen(known, one.field, stands or ""), by.at)

    def _open_of(self, intent_id: str) -> Sequence[object]:
        query = sa.select(_C.conflict_id).where(_C.intent_id == intent_id, _C.choice.is_(None))
        return self._connection.execute(query).scalars().all()

    def _queued(self, row: Row[Any]) -> Queued:
        return Queued(
            conflict=from_bytes(Conflict, row.conflict.encode()),
            fate=self._outbox.fate(row.intent_id),
            choice=None if row.choice is None else Choice(row.choice),
            resolved_by=row.resolved_by,
            resolved_at=row.resolved_at,
            reason=row.reason,
            found_at=row.found_at,
        )


def _resolved(intent: Intent, one: Conflict, by: Resolution) -> Intent:
    """An intent with the field that was in conflict written as chosen, or not at all."""
    others = tuple(field for field in intent.fields if field.field != one.field)
    stands = one.theirs if one.standing is Standing.THEIRS else one.ours
    value = _chosen(one, by)
    is_standing = (by.choice is Choice.KEEP_THEIRS) is (one.standing is Standing.THEIRS)
    if by.choice is Choice.WRITE_OTHER:
        is_standing = value == stands
    if is_standing:
        return replace(intent, fields=others)
    write = FieldWrite(field=one.field, value=value, seen=stands or "")
    return replace(intent, fields=(*others, write))


def _chosen(one: Conflict, by: Resolution) -> str:
    """The value that was chosen."""
    if by.choice is Choice.WRITE_OTHER:
        return by.value or ""
    return one.ours if by.choice is Choice.WRITE_OURS else one.theirs or ""


def _seen(known: Known, name: str, value: str) -> Known:
    remote = known.remote
    if name == STATE:
        return replace(known, remote=replace(remote, state=value))
    return replace(known, remote=replace(remote, fields={**remote.fields, name: value}))
