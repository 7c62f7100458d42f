"""Packs get an id; their files, releases, remarks, who reads them, and what was sent."""

import hashlib
import re

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the tables; every pack that is there keeps its version and gets an id."""
    _name_packs()
    op.create_table(
        "issued_files",
        *_texts("item format name"),
        _number("position"),
        *_texts("media_type"),
        sa.Column("content_id", TEXT, nullable=True),
        *_texts("sha256"),
        _number("size"),
        sa.Column("made_at", TIME, nullable=False),
        *_texts("made_with"),
        sa.PrimaryKeyConstraint("item", "format", "name", name="pk_issued_files"),
    )
    op.create_table(
        "pack_releases",
        *_texts("pack_id state actor"),
        sa.Column("at", TIME, nullable=False),
        *_texts("reason"),
        sa.PrimaryKeyConstraint("pack_id", name="pk_pack_releases"),
    )
    op.create_table(
        "section_comments",
        *_texts("comment_id week edition section text actor signed"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("comment_id", name="pk_section_comments"),
    )
    op.create_index("ix_section_comments_week", "section_comments", ["week"])
    _create_readers()


def _create_readers() -> None:
    op.create_table(
        "subscriptions",
        *_texts("subscription_id edition channel address"),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        *_texts("seed"),
        _number("version"),
        *_texts("subscription"),
        sa.PrimaryKeyConstraint("subscription_id", name="pk_subscriptions"),
    )
    op.create_table(
        "deliveries",
        *_texts("delivery_id item channel recipient name subscription_id formats state"),
        _number("attempts"),
        sa.Column("next_at", TIME, nullable=True),
        *_texts("said message_id"),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_item", "deliveries", ["item"])
    op.create_index("ix_deliveries_state", "deliveries", ["state"])


def _name_packs() -> None:
    """Every pack gets an id, and what moved since the one before; of older ones nobody knows."""
    packs = sa.table(
        "pack_snapshots", *(sa.column(name) for name in "week edition version pack_id".split())
    )
    with op.batch_alter_table("pack_snapshots") as table:
        table.add_column(sa.Column("pack_id", TEXT, nullable=True))
        table.add_column(sa.Column("moved", TEXT, nullable=False, server_default="[]"))
    connection = op.get_bind()
    for week, edition, version in connection.execute(
        sa.select(packs.c.week, packs.c.edition, packs.c.version)
    ).all():
        which = sa.and_(
            packs.c.week == week, packs.c.edition == edition, packs.c.version == version
        )
        made = ".".join((_word(week), _word(edition), f"v{version}"))
        connection.execute(sa.update(packs).where(which).values(pack_id=made))
    with op.batch_alter_table("pack_snapshots") as table:
        table.alter_column("pack_id", existing_type=TEXT, nullable=False)
        table.alter_column("moved", existing_type=TEXT, server_default=None)
    op.create_index("ix_pack_snapshots_pack_id", "pack_snapshots", ["pack_id"], unique=True)


def _texts(names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, nullable=False) for name in names.split()]


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, autoincrement=False)


def _word(text: str) -> str:
    """As `itsm.packs` made ids when this step was written."""
    plain = text.replace("_", "-")
    kept = re.sub(r"[^A-Za-z0-9-]+", "-", plain).strip("-")[:60].strip("-")
    if kept == plain:
        return kept
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{kept}-{digest}" if kept else digest
