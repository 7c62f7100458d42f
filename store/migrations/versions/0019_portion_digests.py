"""Digests of portions of the records, kept until something is written to one."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

KINDS = """
incident incidents
service_request service_requests
change changes
approval approvals
problem problems
problem_task problem_tasks
known_error known_errors
vendor vendors
vendor_case vendor_cases
contract contracts
contract_clause contract_clauses
service services
team teams
configuration_item configuration_items
ci_relation ci_relations
sla_clock sla_clocks
history history_events
comment comments
survey_response survey_responses
knowledge_article knowledge_articles
outage outages
post_incident_review post_incident_reviews
review_action review_actions
"""

FORGET = (
    "DELETE FROM portion_digests WHERE kind = '{kind}' AND begins + size > OLD.rowid AND begins = "
    "(SELECT max(begins) FROM portion_digests WHERE kind = '{kind}' AND begins <= OLD.rowid);"
)
BEHIND = (
    "DELETE FROM portion_digests WHERE kind = '{kind}' "
    "AND begins + size > coalesce((SELECT max(rowid) FROM {table}), 0);"
)
WAS_LAST = "OLD.rowid > coalesce((SELECT max(rowid) FROM {table}), 0)"
TRIGGERS = {
    "{table}_changed": f"AFTER UPDATE ON {{table}} BEGIN {FORGET} END",
    "{table}_deleted": f"AFTER DELETE ON {{table}} BEGIN {FORGET} END",
    "{table}_shortened": f"AFTER DELETE ON {{table}} WHEN {WAS_LAST} BEGIN {BEHIND} END",
}


def upgrade() -> None:
    """Add the table, which fills with the next check; on SQLite, what takes digests out again."""
    op.create_table(
        "portion_digests",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mark", TEXT, nullable=False),
        sa.Column("digests", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "begins", name="pk_portion_digests"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        for line in KINDS.strip().splitlines():
            _watch(*line.split())


def _watch(kind: str, table: str) -> None:
    for name, does in TRIGGERS.items():
        sql = f"CREATE TRIGGER {name} {does}"
        op.execute(sql.format(kind=kind, table=table))
