"""Payloads are deflated before they are sealed, which an older program could not read."""

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let older programs see that the database is newer than they are; no row is touched.

    What was sealed before is read as it is, and sealed anew when its record changes.
    """
