"""Every table: one per record kind, with the columns of its dataclass, and those of the runs.

A column marked `volatile` holds a clock or a run id: it differs between two runs over the same
records, so comparisons of whole databases leave it out.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from itsm.fields import FieldSpec, FieldType, fields_of
from itsm.states import RecordKind
from store.columns import TEXT, Instant

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)

KEY = ("source", "number")
"""The key of every canonical table."""

TABLE_NAMES: Mapping[RecordKind, str] = MappingProxyType(
    {
        RecordKind.INCIDENT: "incidents",
        RecordKind.SERVICE_REQUEST: "service_requests",
        RecordKind.CHANGE: "changes",
        RecordKind.APPROVAL: "approvals",
        RecordKind.PROBLEM: "problems",
        RecordKind.PROBLEM_TASK: "problem_tasks",
        RecordKind.KNOWN_ERROR: "known_errors",
        RecordKind.VENDOR: "vendors",
        RecordKind.VENDOR_CASE: "vendor_cases",
        RecordKind.CONTRACT: "contracts",
        RecordKind.CONTRACT_CLAUSE: "contract_clauses",
        RecordKind.SERVICE: "services",
        RecordKind.TEAM: "teams",
        RecordKind.CONFIGURATION_ITEM: "configuration_items",
        RecordKind.CI_RELATION: "ci_relations",
        RecordKind.SLA_CLOCK: "sla_clocks",
        RecordKind.HISTORY: "history_events",
        RecordKind.COMMENT: "comments",
        RecordKind.SURVEY_RESPONSE: "survey_responses",
        RecordKind.KNOWLEDGE_ARTICLE: "knowledge_articles",
        RecordKind.OUTAGE: "outages",
        RecordKind.POST_INCIDENT_REVIEW: "post_incident_reviews",
        RecordKind.REVIEW_ACTION: "review_actions",
    }
)

INDEXED: Mapping[RecordKind, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        RecordKind.INCIDENT: (("opened_at",), ("resolved_at",)),
        RecordKind.CHANGE: (("opened_at",),),
        RecordKind.APPROVAL: (("source", "change"),),
        RecordKind.VENDOR_CASE: (("source", "incident"),),
        RecordKind.SLA_CLOCK: (("source", "record_kind", "record"),),
        RecordKind.HISTORY: (("source", "record_kind", "record", "at", "sequence"),),
        RecordKind.COMMENT: (("source", "record_kind", "record", "at"),),
        RecordKind.SURVEY_RESPONSE: (("source", "record_kind", "record"),),
    }
)
"""What is looked up other than by key."""

HANGS_ON: Mapping[RecordKind, tuple[RecordKind, str]] = MappingProxyType(
    {
        RecordKind.APPROVAL: (RecordKind.CHANGE, "change"),
        RecordKind.PROBLEM_TASK: (RecordKind.PROBLEM, "problem"),
        RecordKind.CONTRACT_CLAUSE: (RecordKind.CONTRACT, "contract"),
        RecordKind.REVIEW_ACTION: (RecordKind.POST_INCIDENT_REVIEW, "review"),
    }
)
"""Kinds that are nothing without another record, and the column that names it.

So are those that say it by `record_kind` and `record`.
"""

_TYPES: Mapping[FieldType, TypeEngine[Any]] = MappingProxyType(
    {
        FieldType.TEXT: TEXT,
        FieldType.CODE: TEXT,
        FieldType.INTEGER: sa.BigInteger(),
        FieldType.NUMBER: sa.Double(),
        FieldType.FLAG: sa.Boolean(),
        FieldType.TIME: Instant(),
    }
)


def _text(name: str, *, key: bool = False, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, primary_key=key, nullable=optional)


def _at(name: str, *, volatile: bool = False, optional: bool = False) -> sa.Column[object]:
    return sa.Column(name, Instant(), nullable=optional, info={"volatile": volatile})


def _run_id() -> sa.Column[str]:
    return sa.Column("run_id", TEXT, primary_key=True, info={"volatile": True})


def _column(spec: FieldSpec) -> sa.Column[object]:
    return sa.Column(
        spec.name,
        _TYPES[spec.type],
        primary_key=spec.name in KEY,
        nullable=not spec.is_required,
    )


def _canonical(kind: RecordKind) -> sa.Table:
    table = sa.Table(TABLE_NAMES[kind], METADATA, *map(_column, fields_of(kind)))
    for names in INDEXED.get(kind, ()):
        sa.Index(None, *(table.c[name] for name in names))
    return table


CANONICAL: Mapping[RecordKind, sa.Table] = MappingProxyType(
    {kind: _canonical(kind) for kind in RecordKind}
)
"""The table of every record kind."""

RAW_RECORDS = sa.Table(
    "raw_records",
    METADATA,
    _text("source", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _text("content_hash"),
    sa.Column("is_landed", sa.Boolean(), nullable=False),
    _at("fetched_at", volatile=True),
    sa.Column("payload", sa.LargeBinary(), nullable=False),
    _text("number", optional=True),
)
"""`number` is that of the record made of it, where it is not the key."""
sa.Index(
    "ix_raw_records_pending",
    *(RAW_RECORDS.c[name] for name in ("source", "kind", "key")),
    sqlite_where=~RAW_RECORDS.c.is_landed,
    postgresql_where=~RAW_RECORDS.c.is_landed,
)
sa.Index(
    "ix_raw_records_number",
    *(RAW_RECORDS.c[name] for name in ("source", "kind", "number")),
    sqlite_where=RAW_RECORDS.c.number.is_not(None),
    postgresql_where=RAW_RECORDS.c.number.is_not(None),
)

DELETIONS = sa.Table(
    "deletions",
    METADATA,
    _text("source", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _text("number"),
    _at("deleted_at"),
    _at("noted_at", volatile=True),
)

RATE_BUDGETS = sa.Table(
    "rate_budgets",
    METADATA,
    _text("account", key=True),
    sa.Column("per_hour", sa.BigInteger(), info={"volatile": True}),
    sa.Column("permits", sa.Double(), nullable=False, info={"volatile": True}),
    _at("counted_at", volatile=True),
    _at("held_until", volatile=True, optional=True),
)

RECONCILIATIONS = sa.Table(
    "reconciliations",
    METADATA,
    _text("source", key=True),
    _text("kind", key=True),
    _at("at", volatile=True),
    sa.Column("n_server", sa.BigInteger()),
    sa.Column("n_held", sa.BigInteger(), nullable=False),
    sa.Column("n_deleted", sa.BigInteger(), nullable=False),
    sa.Column("n_hidden", sa.BigInteger()),
)

QUARANTINE = sa.Table(
    "quarantine",
    METADATA,
    _text("source", key=True),
    _text("kind", key=True),
    _text("key", key=True),
    _text("rule"),
    _text("field"),
    _text("reason"),
    _text("remedy"),
    _at("first_seen_at", volatile=True),
    _at("last_seen_at", volatile=True),
)

WATERMARKS = sa.Table(
    "watermarks",
    METADATA,
    _text("source", key=True),
    _text("kind", key=True),
    _text("cursor"),
    _at("moved_at", volatile=True),
)

MAPPINGS = sa.Table(
    "mappings",
    METADATA,
    _text("source", key=True),
    _text("kind", key=True),
    _text("version"),
)

SOURCE_PROFILES = sa.Table(
    "source_profiles",
    METADATA,
    _text("source", key=True),
    _text("kind", key=True),
    _text("week", key=True),
    _text("profile"),
)

CHECK_REPORTS = sa.Table(
    "check_reports",
    METADATA,
    _text("week", key=True),
    _text("source", key=True),
    _text("kind", key=True),
    _text("report"),
)

MINING_RUNS = sa.Table(
    "mining_runs",
    METADATA,
    _run_id(),
    _text("week"),
    _at("cutoff_at"),
    _text("mining_version"),
    sa.Column("n_incidents", sa.BigInteger(), nullable=False),
    _text("input_hash"),
    _at("started_at", volatile=True),
    _at("finished_at", volatile=True),
    sa.Index(None, "week"),
)

CANDIDATES = sa.Table(
    "candidates",
    METADATA,
    _run_id(),
    _text("candidate_id", key=True),
    sa.Column("position", sa.BigInteger(), nullable=False),
    _text("statement"),
    sa.Column("score", sa.Double(), nullable=False),
    sa.Column("n_members", sa.BigInteger(), nullable=False),
    sa.Column("avoidable", sa.Double(), nullable=False),
    _text("avoidable_unit"),
    _text("life"),
    _text("movement"),
    _text("decision"),
    _at("first_seen_at"),
    _at("last_seen_at"),
    _text("candidate"),
    sa.ForeignKeyConstraint(["run_id"], ["mining_runs.run_id"], ondelete="CASCADE"),
)

CANDIDATE_MEMBERS = sa.Table(
    "candidate_members",
    METADATA,
    _run_id(),
    _text("candidate_id", key=True),
    _text("source", key=True),
    _text("number", key=True),
    sa.Column("position", sa.BigInteger(), nullable=False),
    sa.Column("score", sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(
        ["run_id", "candidate_id"],
        ["candidates.run_id", "candidates.candidate_id"],
        ondelete="CASCADE",
    ),
    sa.Index(None, "source", "number"),
)

PACK_SNAPSHOTS = sa.Table(
    "pack_snapshots",
    METADATA,
    _text("week", key=True),
    _text("edition", key=True),
    sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
    _text("content_hash"),
    _at("made_at", volatile=True),
    sa.Column("content", sa.LargeBinary(), nullable=False, info={"volatile": True}),
)

REGISTER_ENTRIES = sa.Table(
    "register_entries",
    METADATA,
    _text("number", key=True),
    _text("title"),
    _text("description"),
    _text("origin"),
    _text("origin_record", optional=True),
    _text("evidence_hash", optional=True),
    _at("raised_at"),
    _text("raised_by"),
    _text("state"),
    _text("service", optional=True),
    _text("justification", optional=True),
    _text("expected_benefit", optional=True),
    sa.Column("impact", sa.BigInteger()),
    sa.Column("urgency", sa.BigInteger()),
    sa.Column("risk", sa.BigInteger()),
    sa.Column("effort", sa.BigInteger()),
    _text("measure_id", optional=True),
    sa.Column("base_value", sa.Double()),
    _text("coordinator", optional=True),
    sa.Column("next_review_on", sa.Date()),
    _text("not_yet_reason", optional=True),
)
