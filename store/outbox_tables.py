"""The tables of the outbox: intents, the records they are about, conflicts, and what runs wrote."""

import sqlalchemy as sa

from store.columns import TEXT
from store.tables import METADATA, at, text

__all__ = [
    "PUSH_CONFLICTS",
    "PUSH_INTENTS",
    "PUSH_RECORDS",
    "PUSH_RUNS",
    "PUSH_STOPS",
    "PUSH_WRITES",
]


def _volatile(name: str, *, optional: bool = False) -> sa.Column[str]:
    """A text that holds ids of another system, or of a run."""
    return sa.Column(name, TEXT, nullable=optional, info={"volatile": True})


PUSH_INTENTS = sa.Table(
    "push_intents",
    METADATA,
    sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
    text("intent_id"),
    text("source"),
    text("kind"),
    text("action"),
    text("subject"),
    text("key"),
    text("decision_id"),
    text("undoes"),
    text("state"),
    _volatile("said"),
    text("intent"),
    _volatile("plan", optional=True),
    at("sent_at", volatile=True, optional=True),
    _volatile("run_id", optional=True),
    _volatile("number"),
    _volatile("link"),
    at("changed_at", volatile=True),
    sa.Index(None, "intent_id", unique=True),
    sa.Index(None, "subject"),
    sa.Index(None, "decision_id"),
    sa.Index(None, "state"),
)

PUSH_RECORDS = sa.Table(
    "push_records",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    text("key", key=True),
    text("subject"),
    _volatile("known"),
    at("seen_at", volatile=True),
    sa.Index(None, "subject"),
)

PUSH_CONFLICTS = sa.Table(
    "push_conflicts",
    METADATA,
    text("conflict_id", key=True),
    text("intent_id"),
    text("conflict"),
    text("choice", optional=True),
    text("resolved_by", optional=True),
    at("resolved_at", volatile=True, optional=True),
    text("reason"),
    at("found_at", volatile=True),
    sa.Index(None, "intent_id"),
)

PUSH_RUNS = sa.Table(
    "push_runs",
    METADATA,
    sa.Column("run_id", TEXT, primary_key=True, info={"volatile": True}),
    at("started_at", volatile=True),
    at("finished_at", volatile=True, optional=True),
    text("numbers"),
)

PUSH_WRITES = sa.Table(
    "push_writes",
    METADATA,
    sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
    _volatile("run_id"),
    text("intent_id"),
    _volatile("written"),
    sa.Column("is_taken_back", sa.Boolean(), nullable=False),
    at("at", volatile=True),
    sa.Index(None, "run_id"),
    sa.Index(None, "intent_id"),
)

PUSH_STOPS = sa.Table(
    "push_stops",
    METADATA,
    text("source", key=True),
    text("actor"),
    text("reason"),
    at("at", volatile=True),
)
