"""The tables of what is given out: packs, their files, releases, remarks, readers, deliveries."""

import sqlalchemy as sa

from store.columns import TEXT
from store.tables import METADATA, at, text

__all__ = [
    "DELIVERIES",
    "ISSUED_FILES",
    "PACK_RELEASES",
    "PACK_SNAPSHOTS",
    "SECTION_COMMENTS",
    "SUBSCRIPTIONS",
]


def _number(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), primary_key=key, autoincrement=False, nullable=False)


def _volatile(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, info={"volatile": True})


PACK_SNAPSHOTS = sa.Table(
    "pack_snapshots",
    METADATA,
    text("week", key=True),
    text("edition", key=True),
    _number("version", key=True),
    text("pack_id"),
    text("content_hash"),
    at("made_at", volatile=True),
    sa.Column("content", sa.LargeBinary(), nullable=False, info={"volatile": True}),
    text("moved"),
    sa.Index(None, "pack_id", unique=True),
)
"""`moved` is what a version tells otherwise than the one before it, as JSON."""

ISSUED_FILES = sa.Table(
    "issued_files",
    METADATA,
    text("item", key=True),
    text("format", key=True),
    text("name", key=True),
    _number("position"),
    text("media_type"),
    text("content_id", optional=True),
    sa.Column("sha256", TEXT, nullable=False, info={"volatile": True}),
    sa.Column("size", sa.BigInteger(), nullable=False, info={"volatile": True}),
    at("made_at", volatile=True),
    _volatile("made_with"),
)

PACK_RELEASES = sa.Table(
    "pack_releases",
    METADATA,
    text("pack_id", key=True),
    text("state"),
    text("actor"),
    at("at", volatile=True),
    text("reason"),
)

SECTION_COMMENTS = sa.Table(
    "section_comments",
    METADATA,
    text("comment_id", key=True),
    text("week"),
    text("edition"),
    text("section"),
    text("text"),
    text("actor"),
    text("signed"),
    at("at", volatile=True),
    at("withdrawn_at", volatile=True, optional=True),
    sa.Index(None, "week"),
)

SUBSCRIPTIONS = sa.Table(
    "subscriptions",
    METADATA,
    text("subscription_id", key=True),
    text("edition"),
    text("channel"),
    text("address"),
    sa.Column("is_active", sa.Boolean(), nullable=False),
    text("seed"),
    _number("version"),
    _volatile("subscription"),
)
"""`subscription` is all of it as JSON; the other columns are there to be asked for."""

DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
    text("delivery_id", key=True),
    text("item"),
    text("channel"),
    text("recipient"),
    text("name"),
    text("subscription_id"),
    text("formats"),
    text("state"),
    sa.Column("attempts", sa.BigInteger(), nullable=False, info={"volatile": True}),
    at("next_at", volatile=True, optional=True),
    _volatile("said"),
    _volatile("message_id"),
    at("made_at", volatile=True),
    at("changed_at", volatile=True),
    sa.Index(None, "item"),
    sa.Index(None, "state"),
)
