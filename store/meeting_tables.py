"""The tables of the weekly review, and of records let through in spite of a check."""

import sqlalchemy as sa

from store.tables import METADATA, at, text

__all__ = ["MEETING_ACTIONS", "MEETING_DECISIONS", "QUARANTINE_OVERRIDES"]

MEETING_ACTIONS = sa.Table(
    "meeting_actions",
    METADATA,
    text("action_id", key=True),
    text("week"),
    text("section"),
    text("text"),
    text("owner"),
    sa.Column("due_on", sa.Date(), nullable=False),
    text("raised_by"),
    at("raised_at", volatile=True),
    text("about"),
    text("status"),
    sa.Column("closed_on", sa.Date()),
    text("said"),
    sa.Column("version", sa.BigInteger(), nullable=False),
    sa.Index(None, "week"),
)

MEETING_DECISIONS = sa.Table(
    "meeting_decisions",
    METADATA,
    text("decision_id", key=True),
    text("week"),
    text("section"),
    text("text"),
    text("decided_by"),
    at("decided_at", volatile=True),
    text("about"),
    sa.Index(None, "week"),
)

QUARANTINE_OVERRIDES = sa.Table(
    "quarantine_overrides",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    text("key", key=True),
    text("rule", key=True),
    text("actor"),
    text("reason"),
    at("at", volatile=True),
)
"""A record that fails a rule and lands all the same, because a person said so."""
