"""The tables of what people decided, and of what mining learned from it.

A decision is appended and never changed; each carries the hash of the one before.
"""

import sqlalchemy as sa

from store.columns import TEXT
from store.tables import METADATA, at, text

__all__ = [
    "DECIDED_INCIDENTS",
    "INCIDENT_ALIASES",
    "INCIDENT_MARKS",
    "MINING_NOTES",
    "PAIR_MODELS",
    "REVIEW_DECISIONS",
    "TEXT_VECTORS",
]


def _volatile(name: str) -> sa.Column[str]:
    """A text that holds a run id."""
    return sa.Column(name, TEXT, nullable=False, info={"volatile": True})


REVIEW_DECISIONS = sa.Table(
    "review_decisions",
    METADATA,
    sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
    text("decision_id"),
    text("candidate_id"),
    text("action"),
    _volatile("run_id"),
    text("actor"),
    at("at"),
    text("withdraws", optional=True),
    _volatile("decision"),
    _volatile("previous_hash"),
    _volatile("hash"),
    sa.Index(None, "decision_id", unique=True),
    sa.Index(None, "candidate_id"),
)

DECIDED_INCIDENTS = sa.Table(
    "decided_incidents",
    METADATA,
    sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("part", sa.BigInteger(), primary_key=True, autoincrement=False),
    text("source", key=True),
    text("number", key=True),
    sa.ForeignKeyConstraint(["sequence"], ["review_decisions.sequence"], ondelete="CASCADE"),
    sa.Index(None, "source", "number"),
)

INCIDENT_MARKS = sa.Table(
    "incident_marks",
    METADATA,
    text("source", key=True),
    text("number", key=True),
    text("record_key", optional=True),
    text("text_hash"),
    at("opened_at", optional=True),
)

INCIDENT_ALIASES = sa.Table(
    "incident_aliases",
    METADATA,
    text("source", key=True),
    text("number", key=True),
    text("now_source"),
    text("now_number"),
    text("how"),
    text("week"),
)

MINING_NOTES = sa.Table(
    "mining_notes",
    METADATA,
    sa.Column("run_id", TEXT, primary_key=True, info={"volatile": True}),
    text("kind", key=True),
    text("note"),
    sa.ForeignKeyConstraint(["run_id"], ["mining_runs.run_id"], ondelete="CASCADE"),
)

PAIR_MODELS = sa.Table(
    "pair_models",
    METADATA,
    text("model_id", key=True),
    text("week"),
    text("name"),
    sa.Column("n_labels", sa.BigInteger(), nullable=False),
    sa.Column("is_adopted", sa.Boolean(), nullable=False),
    text("reason"),
    text("quality"),
    text("model"),
    at("made_at", volatile=True),
)

TEXT_VECTORS = sa.Table(
    "text_vectors",
    METADATA,
    text("space", key=True),
    text("text_hash", key=True),
    sa.Column("vector", sa.LargeBinary(), nullable=False, info={"volatile": True}),
)
