"""Rows of the outbox as values, and values as rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from itsm.codec import from_bytes, to_bytes
from itsm.journal import JournalKind, JournalNote
from itsm.pushed import Known, Outcome, Plan, Remote
from itsm.pushing import Intent, IntentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """An intent, and what became of it.

    Attributes:
        sequence: its place in the outbox.
        intent: what is to be done; its fields may have been changed by a resolved conflict.
        state: where it stands.
        said: what there is to know, such as why it was refused.
        number: the record it wrote or will write, as people call it; "" before it is known.
        link: where people open it.
        run_id: the run that had it last.
        changed_at: when its state last changed.
    """

    sequence: int
    intent: Intent
    state: IntentState
    said: str
    number: str
    link: str
    run_id: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An intent with all that its delivery needs to know.

    Attributes:
        known: its record as it was last seen.
        problem: the record of the intent it needs.
        earlier: what was about to be sent when nobody heard of it any more.
        sent_at: when that was.
        waits_for: the state of the intent it needs, None if it needs none.
    """

    fate: Fate
    known: Known | None
    problem: Remote | None
    earlier: Plan | None
    sent_at: datetime | None
    waits_for: IntentState | None


def noted(intent: Intent, outcome: Outcome, run_id: str, at: datetime) -> JournalNote:
    """What the journal keeps of a delivery: what, where and how it ended; values can be erased."""
    facts = {
        "intent": intent.intent_id,
        "action": intent.action.value,
        "record": intent.kind.value,
        "source": intent.source,
        "state": outcome.state.value,
        "run": run_id,
    }
    if outcome.remote is not None:
        facts["number"] = outcome.remote.number
    return JournalNote(
        kind=JournalKind.PUSH,
        subject=intent.subject,
        actor=intent.actor,
        at=at,
        facts=facts,
        reason=intent.reason,
        changes={one.field: (one.before, one.after) for one in outcome.written if one.field},
    )


def fate_of(row: Row[Any]) -> Fate:
    """A row as an intent with its fate."""
    return Fate(
        sequence=row.sequence,
        intent=from_bytes(Intent, row.intent.encode()),
        state=IntentState(row.state),
        said=row.said,
        number=row.number,
        link=row.link,
        run_id=row.run_id,
        changed_at=row.changed_at,
    )


def row_of(sequence: int, intent: Intent, at: datetime) -> tuple[object, ...]:
    """The row of a new intent."""
    return (
        sequence,
        intent.intent_id,
        intent.source,
        intent.kind.value,
        intent.action.value,
        intent.subject,
        intent.key,
        intent.decision_id,
        intent.undoes,
        IntentState.WAITING.value,
        "",
        to_bytes(intent).decode(),
        None,
        None,
        None,
        intent.number,
        "",
        at,
    )
