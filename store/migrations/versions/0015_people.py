"""Whose pseudonym it is, legal holds, what retention has removed, and packs without bytes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def _texts(names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, nullable=False) for name in names.split()]


def _time(name: str, *, optional: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIME, nullable=optional)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    """Make the tables; names are put under pseudonyms at the next start, which has the key."""
    op.create_table(
        "people",
        *_texts("pseudonym"),
        _bytes("name"),
        sa.PrimaryKeyConstraint("pseudonym", name="pk_people"),
    )
    op.create_table(
        "people_key",
        *_texts("place fingerprint"),
        _time("made_at"),
        _time("sealed_at", optional=True),
        sa.PrimaryKeyConstraint("place", name="pk_people_key"),
    )
    op.create_table(
        "legal_holds",
        *_texts("hold_id scope"),
        _bytes("about"),
        _bytes("reason"),
        *_texts("placed_by"),
        _time("placed_at"),
        *_texts("released_by"),
        _time("released_at", optional=True),
        _bytes("why_released"),
        sa.PrimaryKeyConstraint("hold_id", name="pk_legal_holds"),
    )
    op.create_table(
        "removals",
        *_texts("kind"),
        _time("before_at"),
        _time("removed_at"),
        sa.Column("n_removed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_removals"),
    )
    op.create_table(
        "pack_withdrawals",
        *_texts("pack_id why replaced_by"),
        _time("at"),
        sa.PrimaryKeyConstraint("pack_id", name="pk_pack_withdrawals"),
    )
