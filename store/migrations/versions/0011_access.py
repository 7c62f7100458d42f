"""Accounts, sessions, tokens and what was done with them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the tables of the review pages' access."""
    _accounts()
    _sessions()
    _tokens()
    op.create_table(
        "access_events",
        *_texts("event_id"),
        *_times("at"),
        *_texts("kind"),
        *_texts("account_id by_account_id", optional=True),
        *_texts("said"),
        sa.PrimaryKeyConstraint("event_id", name="pk_access_events"),
    )
    op.create_index("ix_access_events_at", "access_events", ["at"])
    op.create_index("ix_access_events_account_id", "access_events", ["account_id"])
    op.create_table(
        "access_secrets",
        *_texts("name secret"),
        sa.PrimaryKeyConstraint("name", name="pk_access_secrets"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        *_texts("account_id name display origin"),
        *_texts("issuer subject password", optional=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        *_texts("roles services team source_groups"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_times("created_at changed_at"),
        *_times("password_until last_login_at", optional=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
    )
    op.create_index("ix_accounts_name", "accounts", ["name"], unique=True)
    op.create_index("ix_accounts_issuer_subject", "accounts", ["issuer", "subject"], unique=True)


def _sessions() -> None:
    op.create_table(
        "login_sessions",
        *_texts("session_hash account_id"),
        *_times("created_at seen_at"),
        sa.PrimaryKeyConstraint("session_hash", name="pk_login_sessions"),
        _of_account("login_sessions"),
    )
    op.create_index("ix_login_sessions_account_id", "login_sessions", ["account_id"])
    op.create_table(
        "login_brakes",
        *_texts("brake"),
        sa.Column("n_failed", sa.BigInteger(), nullable=False),
        *_times("failed_at"),
        sa.PrimaryKeyConstraint("brake", name="pk_login_brakes"),
    )


def _tokens() -> None:
    op.create_table(
        "api_tokens",
        *_texts("token_id token_hash account_id label roles"),
        *_times("created_at expires_at"),
        *_times("used_at revoked_at", optional=True),
        sa.PrimaryKeyConstraint("token_id", name="pk_api_tokens"),
        _of_account("api_tokens"),
    )
    op.create_index("ix_api_tokens_token_hash", "api_tokens", ["token_hash"], unique=True)
    op.create_index("ix_api_tokens_account_id", "api_tokens", ["account_id"])


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"],
        ["accounts.account_id"],
        name=f"fk_{table}_accounts",
        ondelete="CASCADE",
    )


def _texts(names: str, *, optional: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, nullable=optional) for name in names.split()]


def _times(names: str, *, optional: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, TIME, nullable=optional) for name in names.split()]
