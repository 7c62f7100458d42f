"""The tables of what runs made: checks, mining, packs, the register.

Whoever needs `METADATA` whole takes it from here.
"""

import sqlalchemy as sa

from store.access_tables import (
    ACCESS_EVENTS,
    ACCESS_SECRETS,
    ACCOUNTS,
    API_TOKENS,
    LOGIN_BRAKES,
    LOGIN_SESSIONS,
)
from store.columns import TEXT
from store.configurations import CONFIGURATIONS
from store.decision_tables import (
    DECIDED_INCIDENTS,
    INCIDENT_ALIASES,
    INCIDENT_MARKS,
    MINING_NOTES,
    PAIR_MODELS,
    REVIEW_DECISIONS,
    TEXT_VECTORS,
)
from store.journal_tables import (
    AUDIT_FINDINGS,
    DECLARATIONS,
    DEMAND_NOTES,
    JOURNAL,
    JOURNAL_DETAILS,
    JOURNAL_KEYS,
    REGISTER_VERSIONS,
)
from store.pack_tables import (
    DELIVERIES,
    ISSUED_FILES,
    PACK_RELEASES,
    PACK_SNAPSHOTS,
    SECTION_COMMENTS,
    SUBSCRIPTIONS,
)
from store.people_tables import LEGAL_HOLDS, PACK_WITHDRAWALS, PEOPLE, PEOPLE_KEY, REMOVALS
from store.portion_tables import PORTION_DIGESTS
from store.pull_tables import (
    INCIDENT_PAIRS,
    MIRRORED_INCIDENTS,
    PULL_WINDOWS,
    SWEEP_STOPS,
    SWEEP_SUSPECTS,
    SWEEPS,
)
from store.stage_runs import STAGE_RUNS
from store.tables import METADATA, at, text
from store.week_runs import WEEK_RUNS

__all__ = [
    "ACCESS_EVENTS",
    "ACCESS_SECRETS",
    "ACCOUNTS",
    "API_TOKENS",
    "AUDIT_FINDINGS",
    "CANDIDATES",
    "CANDIDATE_MEMBERS",
    "CHECK_REPORTS",
    "CONFIGURATIONS",
    "DECIDED_INCIDENTS",
    "DECLARATIONS",
    "DELIVERIES",
    "DEMAND_NOTES",
    "INCIDENT_ALIASES",
    "INCIDENT_MARKS",
    "INCIDENT_PAIRS",
    "ISSUED_FILES",
    "JOURNAL",
    "JOURNAL_DETAILS",
    "JOURNAL_KEYS",
    "LEGAL_HOLDS",
    "LOGIN_BRAKES",
    "LOGIN_SESSIONS",
    "METADATA",
    "MINING_NOTES",
    "MINING_RUNS",
    "MIRRORED_INCIDENTS",
    "PACK_RELEASES",
    "PACK_SNAPSHOTS",
    "PACK_WITHDRAWALS",
    "PAIR_MODELS",
    "PEOPLE",
    "PEOPLE_KEY",
    "PORTION_DIGESTS",
    "PULL_WINDOWS",
    "REGISTER_ENTRIES",
    "REGISTER_VERSIONS",
    "REMOVALS",
    "REVIEW_DECISIONS",
    "SECTION_COMMENTS",
    "SOURCE_PROFILES",
    "STAGE_RUNS",
    "SUBSCRIPTIONS",
    "SWEEPS",
    "SWEEP_STOPS",
    "SWEEP_SUSPECTS",
    "TEXT_VECTORS",
    "WEEK_RUNS",
]


def _run_id() -> sa.Column[str]:
    return sa.Column("run_id", TEXT, primary_key=True, info={"volatile": True})


SOURCE_PROFILES = sa.Table(
    "source_profiles",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    text("week", key=True),
    text("profile"),
)

CHECK_REPORTS = sa.Table(
    "check_reports",
    METADATA,
    text("week", key=True),
    text("source", key=True),
    text("kind", key=True),
    text("report"),
)

MINING_RUNS = sa.Table(
    "mining_runs",
    METADATA,
    _run_id(),
    text("week"),
    at("cutoff_at"),
    text("mining_version"),
    sa.Column("n_incidents", sa.BigInteger(), nullable=False),
    text("input_hash"),
    at("started_at", volatile=True),
    at("finished_at", volatile=True),
    sa.Index(None, "week"),
)

CANDIDATES = sa.Table(
    "candidates",
    METADATA,
    _run_id(),
    text("candidate_id", key=True),
    sa.Column("position", sa.BigInteger(), nullable=False),
    text("statement"),
    sa.Column("score", sa.Double(), nullable=False),
    sa.Column("n_members", sa.BigInteger(), nullable=False),
    sa.Column("avoidable", sa.Double(), nullable=False),
    text("avoidable_unit"),
    text("life"),
    text("movement"),
    text("decision"),
    at("first_seen_at"),
    at("last_seen_at"),
    text("candidate"),
    sa.ForeignKeyConstraint(["run_id"], ["mining_runs.run_id"], ondelete="CASCADE"),
)

CANDIDATE_MEMBERS = sa.Table(
    "candidate_members",
    METADATA,
    _run_id(),
    text("candidate_id", key=True),
    text("source", key=True),
    text("number", key=True),
    sa.Column("position", sa.BigInteger(), nullable=False),
    sa.Column("score", sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(
        ["run_id", "candidate_id"],
        ["candidates.run_id", "candidates.candidate_id"],
        ondelete="CASCADE",
    ),
    sa.Index(None, "source", "number"),
)

REGISTER_ENTRIES = sa.Table(
    "register_entries",
    METADATA,
    text("number", key=True),
    text("title"),
    text("description"),
    text("origin"),
    text("origin_record", optional=True),
    text("evidence_hash", optional=True),
    at("raised_at"),
    text("raised_by"),
    text("state"),
    text("service", optional=True),
    text("justification", optional=True),
    text("expected_benefit", optional=True),
    sa.Column("impact", sa.BigInteger()),
    sa.Column("urgency", sa.BigInteger()),
    sa.Column("risk", sa.BigInteger()),
    sa.Column("effort", sa.BigInteger()),
    text("measure_id", optional=True),
    sa.Column("base_value", sa.Double()),
    text("coordinator", optional=True),
    sa.Column("next_review_on", sa.Date()),
    text("not_yet_reason", optional=True),
    sa.Column("version", sa.BigInteger(), nullable=False),
    text("entry"),
)
"""`entry` is all of it as JSON; the other columns are there to be asked for."""
