"""The weekly review's decisions and actions, and records let through in spite of a check."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "meeting_actions",
        *_texts("action_id", "week", "section", "text", "owner"),
        sa.Column("due_on", sa.Date(), nullable=False),
        *_texts("raised_by"),
        sa.Column("raised_at", TIME, nullable=False),
        *_texts("about", "status"),
        sa.Column("closed_on", sa.Date()),
        *_texts("said"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("action_id", name="pk_meeting_actions"),
    )
    op.create_index("ix_meeting_actions_week", "meeting_actions", ["week"])
    op.create_table(
        "meeting_decisions",
        *_texts("decision_id", "week", "section", "text", "decided_by"),
        sa.Column("decided_at", TIME, nullable=False),
        *_texts("about"),
        sa.PrimaryKeyConstraint("decision_id", name="pk_meeting_decisions"),
    )
    op.create_index("ix_meeting_decisions_week", "meeting_decisions", ["week"])
    op.create_table(
        "quarantine_overrides",
        *_texts("source", "kind", "key", "rule", "actor", "reason"),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "key", "rule", name="pk_quarantine_overrides"),
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]
