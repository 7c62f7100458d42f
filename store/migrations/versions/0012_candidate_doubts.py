"""What speaks against candidates: near misses, where they would part, how steady they are."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the table of doubts."""
    op.create_table(
        "candidate_doubts",
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("doubts", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "candidate_id", name="pk_candidate_doubts"),
        sa.ForeignKeyConstraint(
            ["run_id", "candidate_id"],
            ["candidates.run_id", "candidates.candidate_id"],
            name="fk_candidate_doubts_candidates",
            ondelete="CASCADE",
        ),
    )
