"""Runs of the push: what each wrote, how it is taken back, and the stop switch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.codec import from_bytes
from itsm.errors import StoreError
from itsm.journal import JournalKind, JournalNote
from itsm.pushed import Written
from itsm.pushing import (
    PROBLEM,
    STATE,
    FieldWrite,
    Intent,
    IntentState,
    PushAction,
    identified,
)
from store.bulk import upsert
from store.journal import Journal
from store.outbox import Outbox
from store.outbox_rows import Fate
from store.outbox_tables import PUSH_RUNS, PUSH_STOPS, PUSH_WRITES

EVERYWHERE = "*"
"""The source of a stop that holds for all."""
CANCELED = "canceled"
_N, _W, _S = PUSH_RUNS.c, PUSH_WRITES.c, PUSH_STOPS.c
A = PushAction


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRun:
    """One run of the push; `numbers` counts intents by what became of them."""

    run_id: str
    started_at: datetime
    finished_at: datetime | None
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Nothing is written to a source until the stop is lifted; "*": to none."""

    source: str
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingBack:
    """What taking back leads to: new intents, and what cannot be taken back, with the reason."""

    intents: tuple[Intent, ...]
    stays: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoer:
    """Who takes back, when and why."""

    actor: str
    at: datetime
    reason: str = ""


class PushRuns:
    """Runs, what they wrote, and stops."""

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self._connection = connection
        self._outbox = outbox
        self._journal = Journal(connection)

    def save(self, run: PushRun) -> None:
        """Keep a run, begun or ended."""
        numbers = orjson.dumps(dict(run.numbers), option=orjson.OPT_SORT_KEYS).decode()
        row = (run.run_id, run.started_at, run.finished_at, numbers)
        upsert(self._connection, PUSH_RUNS, [row])

    def list(self) -> tuple[PushRun, ...]:
        """All runs, the newest first."""
        query = sa.select(PUSH_RUNS).order_by(_N.started_at.desc(), _N.run_id.desc())
        return tuple(map(_run, self._connection.execute(query)))

    def written(self, run_id: str) -> tuple[tuple[Fate, Written], ...]:
        """What a run wrote, in order."""
        query = sa.select(PUSH_WRITES).where(_W.run_id == run_id).order_by(_W.sequence)
        return tuple(
            (self._outbox.fate(row.intent_id), from_bytes(Written, row.written.encode()))
            for row in self._connection.execute(query)
        )

    def take_back(self, run_id: str, by: Undoer) -> TakingBack:
        """Put into the outbox what takes back all that a run wrote, the last first.

        The next push delivers it; what a person has changed since is left as it is.

        Raises:
            StoreError: there is no such run.
        """
        known = sa.select(_N.run_id).where(_N.run_id == run_id)
        if self._connection.execute(known).scalar() is None:
            raise StoreError(f"there is no push {run_id}; `csi push --runs` lists them")
        return self._take_back(_W.run_id == run_id, by)

    def withdraw(self, decision_id: str, by: Undoer) -> TakingBack:
        """Take back all that a decision caused: what waits is not sent, what was written is undone.

        Belongs into the transaction of the decision that takes the other one back.
        """
        fates = self._outbox.fates(decision_id=decision_id)
        for fate in fates:
            if fate.state in {IntentState.WAITING, IntentState.CONFLICT}:
                said = f"taken back by {by.actor}"
                self._outbox.set_state(fate.intent.intent_id, IntentState.UNDONE, said, by.at)
        begun = [
            f"{fate.intent.told}: nobody knows yet whether it was written; take back the next run"
            for fate in fates
            if fate.state is IntentState.SENDING
        ]
        ids = [fate.intent.intent_id for fate in fates]
        back = self._take_back(_W.intent_id.in_(ids), by)
        return replace(back, stays=(*begun, *back.stays))

    def stop(self, stop: Stop) -> None:
        """Let nothing be written to a source, or to any, from the next write on."""
        row = (stop.source, stop.actor, stop.reason, stop.at)
        upsert(self._connection, PUSH_STOPS, [row])
        self._note(stop, "stopped")

    def lift(self, source: str, by: Undoer) -> bool:
        """Lift a stop; False if there was none."""
        done = self._connection.execute(sa.delete(PUSH_STOPS).where(_S.source == source))
        if done.rowcount > 0:
            self._note(Stop(source=source, actor=by.actor, reason=by.reason, at=by.at), "lifted")
        return done.rowcount > 0

    def stops(self) -> tuple[Stop, ...]:
        """The stops that hold."""
        rows = self._connection.execute(sa.select(PUSH_STOPS).order_by(_S.source))
        return tuple(Stop(**row._mapping) for row in rows)

    def _note(self, stop: Stop, what: str) -> None:
        where = "everywhere" if stop.source == EVERYWHERE else stop.source
        self._journal.append(
            JournalNote(
                kind=JournalKind.PUSH,
                subject=where,
                actor=stop.actor,
                at=stop.at,
                facts={"push": what},
                reason=stop.reason,
            )
        )

    def _take_back(self, which: sa.ColumnElement[bool], by: Undoer) -> TakingBack:
        where = (which, _W.is_taken_back.is_(False))
        query = sa.select(PUSH_WRITES).where(*where).order_by(_W.sequence.desc())
        intents: list[Intent] = []
        stays: list[str] = []
        for row in self._connection.execute(query).all():
            intent = self._outbox.fate(row.intent_id).intent
            back = _reverse(intent, from_bytes(Written, row.written.encode()), by)
            if isinstance(back, str):
                stays.append(back)
            else:
                intents.append(back)
        taken = sa.update(PUSH_WRITES).where(*where).values(is_taken_back=True)
        self._connection.execute(taken)
        self._outbox.append(intents, by.at)
        return TakingBack(intents=tuple(intents), stays=tuple(stays))


def _reverse(intent: Intent, one: Written, by: Undoer) -> Intent | str:
    """The intent that takes a write back, or why nothing does."""
    if one.action is A.NOTE:
        return f"{intent.told}: a note cannot be taken back"
    if intent.undoes:
        return f"{intent.told}: it took something back itself"
    reverse = {A.CREATE: A.MOVE, A.LINK: A.UNLINK, A.UNLINK: A.LINK}
    action = reverse.get(one.action, one.action)
    fields: tuple[FieldWrite, ...]
    if one.action is A.CREATE:
        fields = (FieldWrite(field=STATE, value=CANCELED),)
    elif one.action in {A.LINK, A.UNLINK}:
        fields = (FieldWrite(field=PROBLEM, value=one.after or one.before, seen=one.after),)
        if one.before and one.after:  # it had taken the place of another problem
            action, fields = A.LINK, (FieldWrite(field=PROBLEM, value=one.before, seen=one.after),)
    else:
        fields = (FieldWrite(field=one.field, value=one.before, seen=one.after),)
    return identified(
        Intent(
            source=intent.source,
            action=action,
            kind=intent.kind,
            subject=intent.subject,
            key=intent.key,
            record=intent.record,
            number=intent.number,
            fields=fields,
            text=f"Taken back by the CSI pipeline. {by.reason}".strip(),
            undoes=intent.intent_id,
            reason=by.reason,
            actor=by.actor,
            at=by.at,
            decision_id=intent.decision_id,
        )
    )


def _run(row: Row[Any]) -> PushRun:
    numbers: Mapping[str, int] = orjson.loads(row.numbers)
    return PushRun(
        run_id=row.run_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        numbers=numbers,
    )
