"""When each stage of the work was last begun and ended, and how."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the table; it fills with the next run."""
    op.create_table(
        "stage_runs",
        *(sa.Column(name, TEXT, nullable=False) for name in "stage source run outcome".split()),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("good_at", TIME, nullable=True),
        sa.Column("error", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("stage", "source", name="pk_stage_runs"),
    )
