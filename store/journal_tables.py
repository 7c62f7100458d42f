"""The tables of the journal, of the register's versions, and of what is kept for an audit.

The chain holds pseudonyms and digests; names and texts lie in tables of their own, from where they
can be erased. Sequence, times and hashes follow the clock and random keys, so they are `volatile`.
"""

import sqlalchemy as sa

from store.columns import TEXT
from store.tables import METADATA, at, text

__all__ = [
    "AUDIT_FINDINGS",
    "DECLARATIONS",
    "DEMAND_NOTES",
    "JOURNAL",
    "JOURNAL_DETAILS",
    "JOURNAL_KEYS",
    "REGISTER_VERSIONS",
]


def _volatile(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, primary_key=key, nullable=False, info={"volatile": True})


def _sequence() -> sa.Column[int]:
    return sa.Column(
        "sequence", sa.BigInteger(), primary_key=True, autoincrement=False, info={"volatile": True}
    )


JOURNAL = sa.Table(
    "journal",
    METADATA,
    _sequence(),
    at("at", volatile=True),
    text("kind"),
    text("subject"),
    _volatile("actor"),
    text("role"),
    _volatile("facts"),
    _volatile("digest"),
    _volatile("previous_hash"),
    _volatile("hash"),
    sa.Index(None, "subject"),
)
"""`actor` is a pseudonym; `facts` are JSON without any person or free text."""

JOURNAL_DETAILS = sa.Table(
    "journal_details",
    METADATA,
    _sequence(),
    _volatile("salt"),
    _volatile("text"),
    sa.ForeignKeyConstraint(["sequence"], ["journal.sequence"]),
)
"""What a row says in free text, as JSON of reason and changes, with the salt of its digests."""

JOURNAL_KEYS = sa.Table(
    "journal_keys",
    METADATA,
    _volatile("pseudonym", key=True),
    _volatile("key"),
    _volatile("name"),
)
"""Whose pseudonym it is; without its row here, nobody can tell."""

REGISTER_VERSIONS = sa.Table(
    "register_versions",
    METADATA,
    text("number", key=True),
    sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
    at("at", volatile=True),
    _volatile("entry"),
)
"""Every version of every register entry, as JSON."""

DEMAND_NOTES = sa.Table(
    "demand_notes",
    METADATA,
    text("note_id", key=True),
    text("kind"),
    text("text"),
    text("owner"),
    sa.Column("on", sa.Date(), nullable=False),
    sa.Column("review_by", sa.Date(), nullable=False),
    text("about"),
    sa.Column("reviewed_on", sa.Date()),
    text("finding"),
)

DECLARATIONS = sa.Table(
    "declarations",
    METADATA,
    text("kind", key=True),
    text("name", key=True),
    sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
    at("since_at", volatile=True),
    _volatile("content"),
)
"""What a company has declared, such as weights or roles, in each version, as JSON."""

AUDIT_FINDINGS = sa.Table(
    "audit_findings",
    METADATA,
    text("finding_id", key=True),
    text("title"),
    text("source"),
    text("owner"),
    sa.Column("raised_on", sa.Date(), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("closed_on", sa.Date()),
    text("remedy"),
    text("entry", optional=True),
)
