"""The first tables: raw payloads, records by kind, quarantine, checks, mining, packs, register.

Written out and not derived from the program's tables: what this step makes never changes.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TYPES: Mapping[str, TypeEngine[Any]] = {
    "text": sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
    "integer": sa.BigInteger(),
    "number": sa.Double(),
    "flag": sa.Boolean(),
    "date": sa.Date(),
    "time": sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql"),
    "bytes": sa.LargeBinary(),
}

TABLES: Mapping[str, str] = {
    "approvals": """
        source:text* number:text* updated_at:time? restricted:flag change:text state:text
        state_code:text step:text? approver:text? requested_at:time? decided_at:time?
    """,
    "changes": """
        source:text* number:text* updated_at:time? restricted:flag opened_at:time
        state:text state_code:text type:text type_code:text outcome:text?
        outcome_code:text? title:text? description:text? service:text? ci:text?
        category:text? team:text? risk:integer? planned_start_at:time?
        planned_end_at:time? implemented_at:time? closed_at:time?
    """,
    "check_reports": """
        week:text* source:text* kind:text* report:text
    """,
    "ci_relations": """
        source:text* number:text* updated_at:time? restricted:flag parent:text child:text
        relation:text?
    """,
    "comments": """
        source:text* number:text* updated_at:time? restricted:flag record_kind:text
        record:text at:time text:text author:text? is_work_note:flag
    """,
    "configuration_items": """
        source:text* number:text* updated_at:time? restricted:flag name:text
        ci_class:text? service:text? team:text? is_retired:flag
    """,
    "contract_clauses": """
        source:text* number:text* updated_at:time? restricted:flag contract:text
        target:text within_h:number severity:integer? text:text? credit_share:number?
    """,
    "contracts": """
        source:text* number:text* updated_at:time? restricted:flag vendor:text title:text?
        service:text? starts_at:time? ends_at:time? cost_per_year:number?
    """,
    "history_events": """
        source:text* number:text* updated_at:time? restricted:flag record_kind:text
        record:text at:time sequence:integer field:text old:text? new:text? new_code:text?
        actor:text? is_integration:flag
    """,
    "incidents": """
        source:text* number:text* updated_at:time? restricted:flag opened_at:time
        state:text state_code:text title:text? description:text? resolved_at:time?
        closed_at:time? priority:integer? impact:integer? urgency:integer? service:text?
        ci:text? category:text? subcategory:text? symptom:text? location:text? team:text?
        assignee:text? caller:text? opened_by:text? resolved_by:text? channel:text?
        close_code:text? close_notes:text? reopen_count:integer?
        reassignment_count:integer? sla_met:flag? is_first_contact:flag? is_major:flag
        is_test:flag major_declared_at:time? affected_users:integer? handling_h:number?
        problem:text? parent_incident:text? duplicate_of:text? caused_by_change:text?
        change:text? vendor:text? knowledge_article:text?
    """,
    "knowledge_articles": """
        source:text* number:text* updated_at:time? restricted:flag title:text
        state_code:text opened_at:time? owner:text? service:text? category:text?
        uses:integer? retired_at:time?
    """,
    "known_errors": """
        source:text* number:text* updated_at:time? restricted:flag opened_at:time
        problem:text? title:text? workaround:text? service:text? ci:text?
        resolved_at:time?
    """,
    "mappings": """
        source:text* kind:text* version:text
    """,
    "mining_runs": """
        run_id:text* week:text cutoff_at:time mining_version:text n_incidents:integer
        input_hash:text started_at:time finished_at:time
    """,
    "outages": """
        source:text* number:text* updated_at:time? restricted:flag service:text
        started_at:time ended_at:time? is_planned:flag incident:text?
    """,
    "pack_snapshots": """
        week:text* edition:text* version:integer* content_hash:text made_at:time
        content:bytes
    """,
    "post_incident_reviews": """
        source:text* number:text* updated_at:time? restricted:flag incident:text
        restored_at:time? completed_at:time? owner:text? summary:text?
    """,
    "problem_tasks": """
        source:text* number:text* updated_at:time? restricted:flag problem:text state:text
        state_code:text title:text? team:text? opened_at:time? due_at:time?
        closed_at:time?
    """,
    "problems": """
        source:text* number:text* updated_at:time? restricted:flag opened_at:time
        state:text state_code:text title:text? description:text? service:text? ci:text?
        category:text? team:text? priority:integer? root_cause:text? workaround:text?
        is_known_error:flag resolved_at:time? closed_at:time?
    """,
    "quarantine": """
        source:text* kind:text* key:text* rule:text field:text reason:text remedy:text
        first_seen_at:time last_seen_at:time
    """,
    "raw_records": """
        source:text* kind:text* key:text* content_hash:text is_landed:flag fetched_at:time
        payload:bytes
    """,
    "register_entries": """
        number:text* title:text description:text origin:text origin_record:text?
        evidence_hash:text? raised_at:time raised_by:text state:text service:text?
        justification:text? expected_benefit:text? impact:integer? urgency:integer?
        risk:integer? effort:integer? measure_id:text? base_value:number?
        coordinator:text? next_review_on:date? not_yet_reason:text?
    """,
    "review_actions": """
        source:text* number:text* updated_at:time? restricted:flag review:text title:text
        state:text state_code:text owner:text? due_at:time? closed_at:time?
    """,
    "service_requests": """
        source:text* number:text* updated_at:time? restricted:flag opened_at:time
        state:text state_code:text title:text? description:text? catalogue_item:text?
        service:text? team:text? assignee:text? caller:text? channel:text?
        priority:integer? due_at:time? resolved_at:time? closed_at:time? is_test:flag
    """,
    "services": """
        source:text* number:text* updated_at:time? restricted:flag name:text owner:text?
        criticality:integer? users:integer? service_hours:text?
    """,
    "sla_clocks": """
        source:text* number:text* updated_at:time? restricted:flag record_kind:text
        record:text type:text target:text type_code:text? agreement:text? party:text?
        started_at:time due_at:time? ended_at:time? is_breached:flag? breached_at:time?
        target_h:number? elapsed_h:number? paused_h:number? is_canceled:flag
    """,
    "source_profiles": """
        source:text* kind:text* week:text* profile:text
    """,
    "survey_responses": """
        source:text* number:text* updated_at:time? restricted:flag record_kind:text
        record:text sent_at:time? answered_at:time? score:number? nps:integer? text:text?
    """,
    "teams": """
        source:text* number:text* updated_at:time? restricted:flag name:text line:integer?
        size:integer? vendor:text?
    """,
    "vendor_cases": """
        source:text* number:text* updated_at:time? restricted:flag vendor:text
        opened_at:time state:text state_code:text vendor_reference:text? title:text?
        severity:integer? incident:text? service:text? contract:text?
        response_due_at:time? responded_at:time? resolution_due_at:time? resolved_at:time?
        closed_at:time? waiting_on_us_h:number?
    """,
    "vendors": """
        source:text* number:text* updated_at:time? restricted:flag name:text owner:text?
        contingency:text?
    """,
    "watermarks": """
        source:text* kind:text* cursor:text moved_at:time
    """,
    "candidates": """
        run_id:text* candidate_id:text* position:integer statement:text score:number
        n_members:integer avoidable:number avoidable_unit:text life:text movement:text
        decision:text first_seen_at:time last_seen_at:time candidate:text
    """,
    "candidate_members": """
        run_id:text* candidate_id:text* source:text* number:text* position:integer
        score:number
    """,
}
"""The columns of every table: `*` is part of the key, `?` may be missing."""

INDEXES = (
    ("approvals", "source change"),
    ("changes", "opened_at"),
    ("comments", "source record_kind record at"),
    ("history_events", "source record_kind record at sequence"),
    ("incidents", "opened_at"),
    ("incidents", "resolved_at"),
    ("mining_runs", "week"),
    ("sla_clocks", "source record_kind record"),
    ("survey_responses", "source record_kind record"),
    ("vendor_cases", "source incident"),
    ("candidate_members", "source number"),
)

CHILDREN = (
    ("candidates", "mining_runs", "run_id"),
    ("candidate_members", "candidates", "run_id candidate_id"),
)
"""Tables whose rows go with their parent's."""


def upgrade() -> None:
    """Create everything."""
    for table, columns in TABLES.items():
        op.create_table(table, *map(_column, columns.split()), *_constraints(table, columns))
    for table, columns in INDEXES:
        names = columns.split()
        op.create_index("_".join(["ix", table, *names]), table, names)
    is_waiting = sa.text("NOT is_landed")
    op.create_index(
        "ix_raw_records_pending",
        "raw_records",
        ["source", "kind", "key"],
        sqlite_where=sa.text("is_landed = 0"),
        postgresql_where=is_waiting,
    )


def _column(text: str) -> sa.Column[object]:
    name, _, type_ = text.partition(":")
    return sa.Column(name, TYPES[type_.rstrip("*?")], nullable=type_.endswith("?"))


def _constraints(table: str, columns: str) -> list[sa.Constraint]:
    key = [text.partition(":")[0] for text in columns.split() if text.endswith("*")]
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*key, name=f"pk_{table}")]
    for child, parent, names in CHILDREN:
        if child == table:
            targets = [f"{parent}.{name}" for name in names.split()]
            constraints.append(
                sa.ForeignKeyConstraint(
                    names.split(), targets, name=f"fk_{table}_{parent}", ondelete="CASCADE"
                )
            )
    return constraints
