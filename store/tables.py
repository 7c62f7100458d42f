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


def text(name: str, *, key: bool = False, optional: bool = False) -> sa.Column[str]:
    """A column of text."""
    return sa.Column(name, TEXT, primary_key=key, nullable=optional)


def at(name: str, *, volatile: bool = False, optional: bool = False) -> sa.Column[object]:
    """A column of times; volatile if it is a clock's."""
    return sa.Column(name, Instant(), nullable=optional, info={"volatile": volatile})


def _column(spec: FieldSpec) -> sa.Column[object]:
    return sa.Column(
        spec.name,
        _TYPES[spec.type],
        primary_key=spec.name in KEY,
        nullable=not spec.is_required,
    )


def _canonical(kind: RecordKind) -> sa.Table:
    return sa.Table(TABLE_NAMES[kind], METADATA, *map(_column, fields_of(kind)))


CANONICAL: Mapping[RecordKind, sa.Table] = MappingProxyType(
    {kind: _canonical(kind) for kind in RecordKind}
)
"""The table of every record kind.

They are read whole or looked up by key; another index would take as long to write as the rows.
"""
_INCIDENT = CANONICAL[RecordKind.INCIDENT].c
sa.Index(
    "ix_incidents_restricted",
    _INCIDENT.source,
    _INCIDENT.number,
    sqlite_where=_INCIDENT.restricted,
    postgresql_where=_INCIDENT.restricted,
)
"""Few incidents are restricted, and every page asks which: the others are not in it."""
sa.Index(
    "ix_incidents_correlation",
    _INCIDENT.source,
    _INCIDENT.number,
    sqlite_where=_INCIDENT.correlation.is_not(None),
    postgresql_where=_INCIDENT.correlation.is_not(None),
)
"""As few say what another system knows them by."""

RAW_RECORDS = sa.Table(
    "raw_records",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    text("key", key=True),
    text("content_hash"),
    sa.Column("is_landed", sa.Boolean(), nullable=False),
    at("fetched_at", volatile=True),
    sa.Column("payload", sa.LargeBinary(), nullable=False),
    text("number", optional=True),
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
    text("source", key=True),
    text("kind", key=True),
    text("key", key=True),
    text("number"),
    at("deleted_at"),
    at("noted_at", volatile=True),
)

RATE_BUDGETS = sa.Table(
    "rate_budgets",
    METADATA,
    text("account", key=True),
    sa.Column("per_hour", sa.BigInteger(), info={"volatile": True}),
    sa.Column("permits", sa.Double(), nullable=False, info={"volatile": True}),
    at("counted_at", volatile=True),
    at("held_until", volatile=True, optional=True),
)

RECONCILIATIONS = sa.Table(
    "reconciliations",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    at("at", volatile=True),
    sa.Column("n_server", sa.BigInteger()),
    sa.Column("n_held", sa.BigInteger(), nullable=False),
    sa.Column("n_deleted", sa.BigInteger(), nullable=False),
    sa.Column("n_hidden", sa.BigInteger()),
)

QUARANTINE = sa.Table(
    "quarantine",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    text("key", key=True),
    text("rule"),
    text("field"),
    text("reason"),
    text("remedy"),
    at("first_seen_at", volatile=True),
    at("last_seen_at", volatile=True),
    text("number", optional=True),
)

WATERMARKS = sa.Table(
    "watermarks",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    text("cursor"),
    at("moved_at", volatile=True),
)

MAPPINGS = sa.Table(
    "mappings",
    METADATA,
    text("source", key=True),
    text("kind", key=True),
    text("version"),
)
