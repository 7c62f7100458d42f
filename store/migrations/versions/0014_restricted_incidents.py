"""The few incidents that are restricted, found without reading the others."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index that holds restricted incidents only."""
    op.create_index(
        "ix_incidents_restricted",
        "incidents",
        ["source", "number"],
        sqlite_where=sa.text("restricted"),
        postgresql_where=sa.text("restricted"),
    )
