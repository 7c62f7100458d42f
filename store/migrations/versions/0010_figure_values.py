"""The figures of each week as values, for dashboards."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table; packs that were made before have no values in it."""
    op.create_table(
        "figure_values",
        sa.Column("week", TEXT, nullable=False),
        sa.Column("figure_id", TEXT, nullable=False),
        sa.Column("slice", TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("unit", TEXT, nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("n", sa.BigInteger()),
        sa.Column("numerator", sa.Double()),
        sa.Column("low", sa.Double()),
        sa.Column("high", sa.Double()),
        sa.Column("companions", TEXT, nullable=False),
        sa.Column("exactness", TEXT),
        sa.Column("verdict", TEXT),
        sa.Column("reason", TEXT),
        sa.PrimaryKeyConstraint("week", "figure_id", "slice", name="pk_figure_values"),
    )
