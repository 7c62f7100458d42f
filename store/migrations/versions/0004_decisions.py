"""What people decided, how incidents are known again, and what mining learned."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the journal of decisions and six tables beside it."""
    op.create_table(
        "review_decisions",
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("decision_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("withdraws", TEXT, nullable=True),
        sa.Column("decision", TEXT, nullable=False),
        sa.Column("previous_hash", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_review_decisions"),
    )
    op.create_index(
        "ix_review_decisions_decision_id", "review_decisions", ["decision_id"], unique=True
    )
    op.create_index("ix_review_decisions_candidate_id", "review_decisions", ["candidate_id"])
    op.create_table(
        "decided_incidents",
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("part", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.PrimaryKeyConstraint(
            "sequence", "part", "source", "number", name="pk_decided_incidents"
        ),
        sa.ForeignKeyConstraint(
            ["sequence"],
            ["review_decisions.sequence"],
            name="fk_decided_incidents_review_decisions",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_decided_incidents_source_number", "decided_incidents", ["source", "number"])
    _create_marks()
    _create_learned()


def _create_marks() -> None:
    """By what an incident is known again, and what it is called now."""
    op.create_table(
        "incident_marks",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("record_key", TEXT, nullable=True),
        sa.Column("text_hash", TEXT, nullable=False),
        sa.Column("opened_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("source", "number", name="pk_incident_marks"),
    )
    op.create_table(
        "incident_aliases",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("now_source", TEXT, nullable=False),
        sa.Column("now_number", TEXT, nullable=False),
        sa.Column("how", TEXT, nullable=False),
        sa.Column("week", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "number", name="pk_incident_aliases"),
    )


def _create_learned() -> None:
    """What a run says beside its candidates, pair models, and vectors of texts."""
    op.create_table(
        "mining_notes",
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "kind", name="pk_mining_notes"),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.run_id"],
            name="fk_mining_notes_mining_runs",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "pair_models",
        sa.Column("model_id", TEXT, nullable=False),
        sa.Column("week", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("n_labels", sa.BigInteger(), nullable=False),
        sa.Column("is_adopted", sa.Boolean(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("quality", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("model_id", name="pk_pair_models"),
    )
    op.create_table(
        "text_vectors",
        sa.Column("space", TEXT, nullable=False),
        sa.Column("text_hash", TEXT, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("space", "text_hash", name="pk_text_vectors"),
    )
