"""Which weeks were made and how, and the configurations they were made with."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the tables; they fill with the next run."""
    op.create_table(
        "week_runs",
        sa.Column("week", TEXT, nullable=False),
        sa.Column("how", TEXT, nullable=False),
        sa.Column("cutoff_at", TIME, nullable=False),
        sa.Column("made_by", TEXT, nullable=True),
        sa.Column("sends", sa.Boolean(), nullable=False),
        sa.Column("configuration", TEXT, nullable=True),
        sa.Column("job", TEXT, nullable=True),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("made_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("week", name="pk_week_runs"),
    )
    op.create_table(
        "configurations",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("settings", TEXT, nullable=False),
        sa.Column("versions", TEXT, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_configurations"),
    )
