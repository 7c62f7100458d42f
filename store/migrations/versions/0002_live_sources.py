"""What reading live systems needs: numbers beside keys, deletions, budgets, reconciliations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Add what people know a record by beside its key, and three tables."""
    op.add_column("quarantine", sa.Column("number", TEXT, nullable=True))
    op.add_column("raw_records", sa.Column("number", TEXT, nullable=True))
    op.create_index(
        "ix_raw_records_number",
        "raw_records",
        ["source", "kind", "number"],
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_table(
        "deletions",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("deleted_at", TIME, nullable=False),
        sa.Column("noted_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "key", name="pk_deletions"),
    )
    op.create_table(
        "rate_budgets",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("per_hour", sa.BigInteger(), nullable=True),
        sa.Column("permits", sa.Double(), nullable=False),
        sa.Column("counted_at", TIME, nullable=False),
        sa.Column("held_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("account", name="pk_rate_budgets"),
    )
    op.create_table(
        "reconciliations",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("n_server", sa.BigInteger(), nullable=True),
        sa.Column("n_held", sa.BigInteger(), nullable=False),
        sa.Column("n_deleted", sa.BigInteger(), nullable=False),
        sa.Column("n_hidden", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("source", "kind", name="pk_reconciliations"),
    )
