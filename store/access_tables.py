"""The tables of who may use the review pages: accounts, sessions, tokens, and what was done.

Secrets are kept as hashes only. An event names accounts by their id, which is drawn at random: once
an account is gone, nobody can tell any more whose it was. None of it follows from records, so most
of it is `volatile`.
"""

import sqlalchemy as sa

from store.columns import TEXT
from store.tables import METADATA, at, text

__all__ = [
    "ACCESS_EVENTS",
    "ACCESS_SECRETS",
    "ACCOUNTS",
    "API_TOKENS",
    "LOGIN_BRAKES",
    "LOGIN_SESSIONS",
]


def _volatile(name: str, *, key: bool = False, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, primary_key=key, nullable=optional, info={"volatile": True})


def _of_account(name: str = "account_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["accounts.account_id"], ondelete="CASCADE")


ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    _volatile("account_id", key=True),
    text("name"),
    text("display"),
    text("origin"),
    text("issuer", optional=True),
    text("subject", optional=True),
    _volatile("password", optional=True),
    sa.Column("must_change", sa.Boolean(), nullable=False),
    sa.Column("is_disabled", sa.Boolean(), nullable=False),
    text("roles"),
    text("services"),
    text("team"),
    text("source_groups"),
    sa.Column("version", sa.BigInteger(), nullable=False),
    at("created_at", volatile=True),
    at("changed_at", volatile=True),
    at("password_until", volatile=True, optional=True),
    at("last_login_at", volatile=True, optional=True),
    sa.Index(None, "name", unique=True),
    sa.Index(None, "issuer", "subject", unique=True),
)
"""`roles`, `services` and `source_groups` are lists as JSON; `password` is an Argon2 hash.

`password_until` is when a one-time password runs out.
"""

LOGIN_SESSIONS = sa.Table(
    "login_sessions",
    METADATA,
    _volatile("session_hash", key=True),
    _volatile("account_id"),
    at("created_at", volatile=True),
    at("seen_at", volatile=True),
    _of_account(),
    sa.Index(None, "account_id"),
)

LOGIN_BRAKES = sa.Table(
    "login_brakes",
    METADATA,
    _volatile("brake", key=True),
    sa.Column("n_failed", sa.BigInteger(), nullable=False, info={"volatile": True}),
    at("failed_at", volatile=True),
)
"""How often it was tried in vain under a name or from an address, which `brake` is a hash of."""

API_TOKENS = sa.Table(
    "api_tokens",
    METADATA,
    _volatile("token_id", key=True),
    _volatile("token_hash"),
    _volatile("account_id"),
    text("label"),
    text("roles"),
    at("created_at", volatile=True),
    at("expires_at", volatile=True),
    at("used_at", volatile=True, optional=True),
    at("revoked_at", volatile=True, optional=True),
    _of_account(),
    sa.Index(None, "token_hash", unique=True),
    sa.Index(None, "account_id"),
)

ACCESS_EVENTS = sa.Table(
    "access_events",
    METADATA,
    _volatile("event_id", key=True),
    at("at", volatile=True),
    text("kind"),
    _volatile("account_id", optional=True),
    _volatile("by_account_id", optional=True),
    text("said"),
    sa.Index(None, "at"),
    sa.Index(None, "account_id"),
)
"""Log-ins and what was changed about accounts; `said` holds no name and no free text."""

ACCESS_SECRETS = sa.Table(
    "access_secrets",
    METADATA,
    text("name", key=True),
    _volatile("secret"),
)
"""What sessions are signed with; drawn at random at the first start."""
