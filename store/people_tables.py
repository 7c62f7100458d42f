"""The tables of people: whose pseudonym it is, under which key, what is on hold, what was removed.

Names are sealed with the installation's key, which is never kept here.
"""

import sqlalchemy as sa

from store.columns import TEXT
from store.tables import METADATA, at, text

__all__ = ["LEGAL_HOLDS", "PACK_WITHDRAWALS", "PEOPLE", "PEOPLE_KEY", "REMOVALS"]


def _sealed(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False, info={"volatile": True})


PEOPLE = sa.Table("people", METADATA, text("pseudonym", key=True), _sealed("name"))
"""Whose pseudonym it is; without its row here, nobody can tell."""

PEOPLE_KEY = sa.Table(
    "people_key",
    METADATA,
    sa.Column("place", TEXT, primary_key=True, nullable=False),
    sa.Column("fingerprint", TEXT, nullable=False, info={"volatile": True}),
    at("made_at", volatile=True),
    at("sealed_at", volatile=True, optional=True),
)
"""By which key names are sealed, as a fingerprint; `sealed_at`: nothing older is plain any more."""

LEGAL_HOLDS = sa.Table(
    "legal_holds",
    METADATA,
    text("hold_id", key=True),
    text("scope"),
    sa.Column("about", sa.LargeBinary(), nullable=False, info={"volatile": True}),
    sa.Column("reason", sa.LargeBinary(), nullable=False, info={"volatile": True}),
    text("placed_by"),
    at("placed_at", volatile=True),
    text("released_by"),
    at("released_at", volatile=True, optional=True),
    sa.Column("why_released", sa.LargeBinary(), nullable=False, info={"volatile": True}),
)
"""What must not be removed or erased; what it is about and why are sealed like names."""

REMOVALS = sa.Table(
    "removals",
    METADATA,
    text("kind", key=True),
    at("before_at"),
    at("removed_at", volatile=True),
    sa.Column("n_removed", sa.BigInteger(), nullable=False),
)
"""By kind, before which moment retention has removed, when last, and how many rows in all."""

PACK_WITHDRAWALS = sa.Table(
    "pack_withdrawals",
    METADATA,
    text("pack_id", key=True),
    text("why"),
    text("replaced_by"),
    at("at", volatile=True),
)
"""Packs whose bytes were removed: why, and by which version they were replaced, if by any."""
