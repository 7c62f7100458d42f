"""What is to be written into ITSM tools, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the outbox: intents, records, conflicts; runs, what they wrote, and stops."""
    _create_intents()
    _create_records()
    _create_runs()


def _create_intents() -> None:
    op.create_table(
        "push_intents",
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("intent_id", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("decision_id", TEXT, nullable=False),
        sa.Column("undoes", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("said", TEXT, nullable=False),
        sa.Column("intent", TEXT, nullable=False),
        sa.Column("plan", TEXT, nullable=True),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("run_id", TEXT, nullable=True),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("link", TEXT, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_push_intents"),
    )
    op.create_index("ix_push_intents_intent_id", "push_intents", ["intent_id"], unique=True)
    op.create_index("ix_push_intents_subject", "push_intents", ["subject"])
    op.create_index("ix_push_intents_decision_id", "push_intents", ["decision_id"])
    op.create_index("ix_push_intents_state", "push_intents", ["state"])


def _create_records() -> None:
    op.create_table(
        "push_records",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("known", TEXT, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "key", name="pk_push_records"),
    )
    op.create_index("ix_push_records_subject", "push_records", ["subject"])
    op.create_table(
        "push_conflicts",
        sa.Column("conflict_id", TEXT, nullable=False),
        sa.Column("intent_id", TEXT, nullable=False),
        sa.Column("conflict", TEXT, nullable=False),
        sa.Column("choice", TEXT, nullable=True),
        sa.Column("resolved_by", TEXT, nullable=True),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("found_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("conflict_id", name="pk_push_conflicts"),
    )
    op.create_index("ix_push_conflicts_intent_id", "push_conflicts", ["intent_id"])


def _create_runs() -> None:
    op.create_table(
        "push_runs",
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("numbers", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_push_runs"),
    )
    op.create_table(
        "push_writes",
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("intent_id", TEXT, nullable=False),
        sa.Column("written", TEXT, nullable=False),
        sa.Column("is_taken_back", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_push_writes"),
    )
    op.create_index("ix_push_writes_run_id", "push_writes", ["run_id"])
    op.create_index("ix_push_writes_intent_id", "push_writes", ["intent_id"])
    op.create_table(
        "push_stops",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_push_stops"),
    )
