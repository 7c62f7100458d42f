"""Incidents that several systems hold, sweeps that go on over days, windows of a first pull."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def _texts(names: str, *, nullable: bool = False) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, TEXT, nullable=nullable) for name in names.split())


def upgrade() -> None:
    """Add what others know an incident by, and the tables; they fill with the next pull."""
    op.add_column("incidents", sa.Column("correlation", TEXT, nullable=True))
    op.create_index(
        "ix_incidents_correlation",
        "incidents",
        ["source", "number"],
        sqlite_where=sa.text("correlation IS NOT NULL"),
        postgresql_where=sa.text("correlation IS NOT NULL"),
    )
    op.create_table(
        "incident_pairs",
        *_texts("source number other_source other_number how state said"),
        sa.Column("score", sa.Double(), nullable=True),
        *_texts("actor reason", nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint(
            "source", "number", "other_source", "other_number", name="pk_incident_pairs"
        ),
    )
    op.create_table(
        "mirrored_incidents",
        *_texts("source number main_source main_number"),
        sa.PrimaryKeyConstraint("source", "number", name="pk_mirrored_incidents"),
    )
    _sweeps()
    op.create_table(
        "pull_windows",
        *_texts("source kind"),
        sa.Column("begins_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("cursor", TEXT, nullable=True),
        sa.Column("n_read", sa.BigInteger(), nullable=False),
        sa.Column("done_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("source", "kind", "begins_at", name="pk_pull_windows"),
    )


def _sweeps() -> None:
    op.create_table(
        "sweeps",
        *_texts("source kind after_key"),
        sa.Column("swept_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("n_asked", sa.BigInteger(), nullable=False),
        sa.Column("n_gone", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", name="pk_sweeps"),
    )
    op.create_table(
        "sweep_suspects",
        *_texts("source kind key"),
        sa.Column("missed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "key", name="pk_sweep_suspects"),
    )
    op.create_table(
        "sweep_stops",
        *_texts("source kind"),
        sa.Column("n_gone", sa.BigInteger(), nullable=False),
        sa.Column("n_held", sa.BigInteger(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", name="pk_sweep_stops"),
    )
