"""Packs by scope and language with an id; their files, releases, remarks, readers, deliveries."""

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
    _widen_packs()
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
        *_texts("comment_id week edition scope section text actor signed"),
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


def _widen_packs() -> None:
    """A pack is known by scope and language, too; those that are there were whole and English."""
    op.execute("CREATE TABLE packs_before AS SELECT * FROM pack_snapshots")
    op.drop_table("pack_snapshots")
    op.create_table(
        "pack_snapshots",
        *_texts("week edition scope language"),
        _number("version"),
        *_texts("pack_id content_hash"),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *_texts("moved"),
        sa.PrimaryKeyConstraint(
            "week", "edition", "scope", "language", "version", name="pk_pack_snapshots"
        ),
    )
    op.create_index("ix_pack_snapshots_pack_id", "pack_snapshots", ["pack_id"], unique=True)
    connection = op.get_bind()
    for week, edition, version in connection.execute(
        sa.text("SELECT week, edition, version FROM packs_before")
    ).all():
        copy = sa.text(
            "INSERT INTO pack_snapshots SELECT week, edition, '', 'en', version, :pack_id, "
            "content_hash, made_at, content, '[]' FROM packs_before "
            "WHERE week = :week AND edition = :edition AND version = :version"
        )
        made = ".".join((_word(week), _word(edition), "en", f"v{version}"))
        given = {"pack_id": made, "week": week, "edition": edition, "version": version}
        connection.execute(copy, given)
    op.drop_table("packs_before")


def _texts(names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, nullable=False) for name in names.split()]


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, autoincrement=False)


def _word(text: str) -> str:
    """As `itsm.packs` made ids when this step was written."""
    plain = text.replace("_", "-")
    kept = re.sub(r"[^A-Za-z0-9-]+", "-", plain).strip("-")[:40].strip("-")
    if kept == plain:
        return kept
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{kept}-{digest}" if kept else digest
