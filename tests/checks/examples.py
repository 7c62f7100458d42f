"""A row of every kind that meets everything, and one that fails for every expectation."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pandas as pd

from flows.frames import frame_of_columns
from itsm.clocks import ReportingWeek
from itsm.fields import column_names
from itsm.states import RecordKind as Kind

Row = Mapping[str, object]

WEEK = ReportingWeek(2026, 20)
CUTOFF = WEEK.cutoff(timedelta(days=1))
BASE = datetime(2026, 5, 13, 9, tzinfo=UTC)
LATE = datetime(2099, 1, 1, tzinfo=UTC)
EARLY = datetime(1970, 1, 1, tzinfo=UTC)
KNOWN = {kind: frozenset({"K-1", "K-2"}) for kind in Kind}


def at(hours: float) -> datetime:
    """A moment in the week."""
    return BASE + timedelta(hours=hours)


def frame(kind: Kind, *rows: Row) -> pd.DataFrame:
    """A typed frame of rows that leave out what they do not say."""
    base = {"source": "desk", "restricted": False}
    columns = {name: [{**base, **row}.get(name) for row in rows] for name in column_names(kind)}
    return frame_of_columns(kind, columns)


GOOD: Mapping[Kind, Row] = {
    Kind.INCIDENT: {
        "opened_at": at(0),
        "resolved_at": at(4),
        "closed_at": at(5),
        "updated_at": at(6),
        "major_declared_at": at(1),
        "state": "closed",
        "state_code": "Closed",
        "title": "VPN drops",
        "caller": "c1",
        "priority": 3,
        "impact": 2,
        "urgency": 2,
        "reopen_count": 0,
        "reassignment_count": 1,
        "handling_h": 0.5,
        "affected_users": 3,
        "problem": "K-1",
        "caused_by_change": "K-1",
        "change": "K-1",
        "knowledge_article": "K-1",
        "parent_incident": "K-1",
        "duplicate_of": "K-1",
        "is_major": False,
        "is_test": False,
    },
    Kind.SERVICE_REQUEST: {
        "opened_at": at(0),
        "resolved_at": at(4),
        "closed_at": at(5),
        "state": "closed",
        "state_code": "Closed",
        "title": "New laptop",
        "priority": 3,
        "is_test": False,
    },
    Kind.CHANGE: {
        "opened_at": at(0),
        "planned_start_at": at(10),
        "planned_end_at": at(12),
        "implemented_at": at(11),
        "closed_at": at(20),
        "state": "closed",
        "state_code": "3",
        "type": "normal",
        "type_code": "Normal",
        "outcome": "successful",
        "outcome_code": "ok",
        "title": "Patch",
        "risk": 2,
    },
    Kind.APPROVAL: {
        "change": "K-1",
        "state": "approved",
        "state_code": "approved",
        "requested_at": at(0),
        "decided_at": at(2),
    },
    Kind.PROBLEM: {
        "opened_at": at(0),
        "resolved_at": at(4),
        "closed_at": at(5),
        "state": "closed",
        "state_code": "107",
        "title": "Leak",
        "priority": 2,
        "is_known_error": False,
    },
    Kind.PROBLEM_TASK: {
        "problem": "K-1",
        "state": "done",
        "state_code": "3",
        "opened_at": at(0),
        "closed_at": at(1),
    },
    Kind.KNOWN_ERROR: {
        "opened_at": at(0),
        "resolved_at": at(4),
        "problem": "K-1",
        "title": "Leak",
    },
    Kind.VENDOR: {"name": "Northwind"},
    Kind.VENDOR_CASE: {
        "vendor": "K-1",
        "opened_at": at(0),
        "responded_at": at(1),
        "resolved_at": at(4),
        "closed_at": at(5),
        "response_due_at": at(2),
        "resolution_due_at": at(8),
        "state": "closed",
        "state_code": "c",
        "severity": 2,
        "waiting_on_us_h": 1.5,
        "incident": "K-1",
        "contract": "K-1",
    },
    Kind.CONTRACT: {
        "vendor": "K-1",
        "starts_at": at(0),
        "ends_at": at(900),
        "cost_per_year": 1000.0,
    },
    Kind.CONTRACT_CLAUSE: {
        "contract": "K-1",
        "target": "response",
        "within_h": 4.0,
        "severity": 1,
        "credit_share": 0.1,
    },
    Kind.SERVICE: {"name": "Mail", "criticality": 1, "users": 500},
    Kind.TEAM: {"name": "Desk", "line": 1, "size": 8},
    Kind.CONFIGURATION_ITEM: {"name": "lon-sql-07", "is_retired": False},
    Kind.CI_RELATION: {"parent": "K-1", "child": "K-2"},
    Kind.SLA_CLOCK: {
        "record_kind": "incident",
        "record": "K-1",
        "started_at": at(0),
        "due_at": at(8),
        "ended_at": at(4),
        "breached_at": at(5),
        "is_breached": False,
        "is_canceled": False,
        "target_h": 8.0,
        "elapsed_h": 4.0,
        "paused_h": 0.0,
        "type": "sla",
        "type_code": "SLA",
        "target": "resolution",
    },
    Kind.HISTORY: {
        "record_kind": "incident",
        "record": "K-1",
        "at": at(0),
        "sequence": 1,
        "field": "state",
        "old": "new",
        "new": "in_progress",
        "new_code": "Active",
        "is_integration": False,
    },
    Kind.COMMENT: {
        "record_kind": "incident",
        "record": "K-1",
        "at": at(0),
        "text": "Called back",
        "is_work_note": True,
    },
    Kind.SURVEY_RESPONSE: {
        "record_kind": "incident",
        "record": "K-1",
        "sent_at": at(0),
        "answered_at": at(3),
        "score": 4.0,
        "nps": 9,
    },
    Kind.KNOWLEDGE_ARTICLE: {
        "title": "Reset VPN",
        "state_code": "published",
        "opened_at": at(0),
        "retired_at": at(9),
        "uses": 4,
    },
    Kind.OUTAGE: {
        "service": "K-1",
        "started_at": at(0),
        "ended_at": at(1),
        "incident": "K-1",
        "is_planned": False,
    },
    Kind.POST_INCIDENT_REVIEW: {"incident": "K-1", "restored_at": at(0), "completed_at": at(30)},
    Kind.REVIEW_ACTION: {
        "review": "K-1",
        "title": "Add alert",
        "state": "open",
        "state_code": "1",
        "closed_at": at(3),
    },
}

_OF_EVERY_KIND: Mapping[str, Row] = {
    "number_filled": {"number": " "},
    "number_unique": {"number": "same"},
    "updated_at_plausible": {"updated_at": LATE},
}

_NO_TEXT: Row = {"title": None, "description": None}

_FAILING: Mapping[Kind, Mapping[str, Row]] = {
    Kind.INCIDENT: {
        "opened_at_filled": {"opened_at": None},
        "opened_at_plausible": {"opened_at": EARLY},
        "resolved_at_plausible": {"resolved_at": LATE},
        "closed_at_plausible": {"closed_at": LATE},
        "resolved_at_after_opened_at": {"resolved_at": at(-1)},
        "closed_at_after_opened_at": {"closed_at": at(-1)},
        "closed_at_after_resolved_at": {"closed_at": at(3)},
        "updated_at_after_opened_at": {"updated_at": at(-1)},
        "major_declared_at_after_opened_at": {"major_declared_at": at(-1)},
        "resolved_at_given_when_done": {"resolved_at": None},
        "state_mapped": {"state": "unmapped", "state_code": "-100"},
        "state_code_filled": {"state_code": " "},
        "priority_in_range": {"priority": 6},
        "impact_in_range": {"impact": 0},
        "urgency_in_range": {"urgency": 9},
        "reopen_count_in_range": {"reopen_count": -1},
        "reassignment_count_in_range": {"reassignment_count": -1},
        "handling_h_in_range": {"handling_h": -0.5},
        "affected_users_in_range": {"affected_users": -1},
        "problem_known": {"problem": "PRB9"},
        "caused_by_change_known": {"caused_by_change": "CHG9"},
        "change_known": {"change": "CHG9"},
        "knowledge_article_known": {"knowledge_article": "KB9"},
        "parent_incident_known": {"parent_incident": "INC9"},
        "duplicate_of_known": {"duplicate_of": "INC9"},
        "parent_incident_not_itself": {"number": "self-p", "parent_incident": "self-p"},
        "duplicate_of_not_itself": {"number": "self-d", "duplicate_of": "self-d"},
        "not_copied": {"opened_at": at(2), "caller": "c9", "title": "Twice"},
        "text_present": _NO_TEXT,
        "content_present": _NO_TEXT,
    },
    Kind.SERVICE_REQUEST: {
        "opened_at_plausible": {"opened_at": EARLY},
        "resolved_at_plausible": {"resolved_at": LATE},
        "resolved_at_after_opened_at": {"resolved_at": at(-1)},
        "closed_at_after_opened_at": {"closed_at": at(-1)},
        "state_mapped": {"state": "unmapped"},
        "priority_in_range": {"priority": 0},
        "text_present": _NO_TEXT,
    },
    Kind.CHANGE: {
        "opened_at_plausible": {"opened_at": EARLY},
        "implemented_at_plausible": {"implemented_at": LATE},
        "planned_start_at_plausible": {"planned_start_at": EARLY},
        "planned_end_at_after_planned_start_at": {"planned_end_at": at(9)},
        "closed_at_after_opened_at": {"closed_at": at(-1)},
        "implemented_at_after_opened_at": {"implemented_at": at(-1)},
        "state_mapped": {"state": "unmapped"},
        "type_mapped": {"type": "unmapped"},
        "outcome_mapped": {"outcome": "unmapped"},
        "outcome_given_when_closed": {"outcome": None},
        "risk_in_range": {"risk": 7},
        "text_present": _NO_TEXT,
    },
    Kind.APPROVAL: {
        "change_filled": {"change": ""},
        "decided_at_plausible": {"decided_at": LATE},
        "decided_at_after_requested_at": {"decided_at": at(-1)},
        "state_mapped": {"state": "unmapped"},
        "change_known": {"change": "CHG9"},
    },
    Kind.PROBLEM: {
        "opened_at_plausible": {"opened_at": EARLY},
        "resolved_at_after_opened_at": {"resolved_at": at(-1)},
        "closed_at_after_opened_at": {"closed_at": at(-1)},
        "state_mapped": {"state": "unmapped"},
        "priority_in_range": {"priority": 6},
        "text_present": _NO_TEXT,
    },
    Kind.PROBLEM_TASK: {
        "problem_filled": {"problem": ""},
        "closed_at_after_opened_at": {"closed_at": at(-1)},
        "state_mapped": {"state": "unmapped"},
        "problem_known": {"problem": "PRB9"},
    },
    Kind.KNOWN_ERROR: {
        "opened_at_plausible": {"opened_at": EARLY},
        "resolved_at_after_opened_at": {"resolved_at": at(-1)},
        "problem_known": {"problem": "PRB9"},
        "text_present": {"title": None, "workaround": None},
    },
    Kind.VENDOR: {"name_filled": {"name": ""}},
    Kind.VENDOR_CASE: {
        "vendor_filled": {"vendor": ""},
        "opened_at_plausible": {"opened_at": EARLY},
        "responded_at_after_opened_at": {"responded_at": at(-1)},
        "resolved_at_after_opened_at": {"resolved_at": at(-1)},
        "closed_at_after_opened_at": {"closed_at": at(-1)},
        "response_due_at_after_opened_at": {"response_due_at": at(-1)},
        "resolution_due_at_after_opened_at": {"resolution_due_at": at(-1)},
        "state_mapped": {"state": "unmapped"},
        "severity_in_range": {"severity": 6},
        "waiting_on_us_h_in_range": {"waiting_on_us_h": -1.0},
        "vendor_known": {"vendor": "Nobody"},
        "incident_known": {"incident": "INC9"},
        "contract_known": {"contract": "C9"},
    },
    Kind.CONTRACT: {
        "vendor_filled": {"vendor": ""},
        "ends_at_after_starts_at": {"ends_at": at(-1)},
        "cost_per_year_in_range": {"cost_per_year": -1.0},
        "vendor_known": {"vendor": "Nobody"},
    },
    Kind.CONTRACT_CLAUSE: {
        "contract_filled": {"contract": ""},
        "within_h_in_range": {"within_h": -1.0},
        "severity_in_range": {"severity": 0},
        "credit_share_in_range": {"credit_share": 10.0},
        "target_mapped": {"target": "unmapped"},
        "contract_known": {"contract": "C9"},
    },
    Kind.SERVICE: {
        "name_filled": {"name": ""},
        "criticality_in_range": {"criticality": 0},
        "users_in_range": {"users": -1},
    },
    Kind.TEAM: {
        "name_filled": {"name": ""},
        "line_in_range": {"line": 0},
        "size_in_range": {"size": -1},
    },
    Kind.CONFIGURATION_ITEM: {"name_filled": {"name": ""}},
    Kind.CI_RELATION: {
        "parent_filled": {"parent": ""},
        "child_filled": {"child": ""},
        "ends_differ": {"parent": "K-1", "child": "K-1"},
        "parent_known": {"parent": "CI9"},
        "child_known": {"child": "CI9"},
    },
    Kind.SLA_CLOCK: {
        "record_filled": {"record": ""},
        "started_at_plausible": {"started_at": EARLY},
        "ended_at_plausible": {"ended_at": LATE},
        "ended_at_after_started_at": {"ended_at": at(-1)},
        "due_at_after_started_at": {"due_at": at(-1)},
        "breached_at_after_started_at": {"breached_at": at(-1)},
        "target_h_in_range": {"target_h": -1.0},
        "elapsed_h_in_range": {"elapsed_h": -1.0},
        "paused_h_in_range": {"paused_h": -1.0},
        "type_mapped": {"type": "unmapped"},
        "target_mapped": {"target": "unmapped"},
        "end_judged": {"is_breached": None},
        "record_known": {"record": "INC9"},
    },
    Kind.HISTORY: {
        "record_filled": {"record": ""},
        "at_plausible": {"at": LATE},
        "sequence_in_range": {"sequence": -1},
        "state_mapped": {"new": "unmapped", "new_code": "-100"},
        "something_changed": {"field": "team", "old": "Desk", "new": "Desk"},
        "not_repeated": {"at": at(7), "sequence": 7},
        "record_known": {"record": "INC9"},
    },
    Kind.COMMENT: {
        "record_filled": {"record": ""},
        "at_plausible": {"at": LATE},
        "text_filled": {"text": " "},
        "record_known": {"record": "INC9"},
    },
    Kind.SURVEY_RESPONSE: {
        "record_filled": {"record": ""},
        "answered_at_plausible": {"answered_at": LATE},
        "answered_at_after_sent_at": {"answered_at": at(-1)},
        "score_in_range": {"score": 5.5},
        "nps_in_range": {"nps": 11},
        "record_known": {"record": "INC9"},
    },
    Kind.KNOWLEDGE_ARTICLE: {
        "title_filled": {"title": " "},
        "retired_at_after_opened_at": {"retired_at": at(-1)},
        "uses_in_range": {"uses": -1},
    },
    Kind.OUTAGE: {
        "service_filled": {"service": ""},
        "started_at_plausible": {"started_at": EARLY},
        "ended_at_after_started_at": {"ended_at": at(-1)},
        "service_known": {"service": "S9"},
        "incident_known": {"incident": "INC9"},
    },
    Kind.POST_INCIDENT_REVIEW: {
        "incident_filled": {"incident": ""},
        "restored_at_plausible": {"restored_at": LATE},
        "completed_at_plausible": {"completed_at": LATE},
        "completed_at_after_restored_at": {"completed_at": at(-1)},
        "incident_known": {"incident": "INC9"},
    },
    Kind.REVIEW_ACTION: {
        "review_filled": {"review": ""},
        "title_filled": {"title": " "},
        "closed_at_plausible": {"closed_at": LATE},
        "state_mapped": {"state": "unmapped"},
        "review_known": {"review": "R9"},
    },
}

IN_PAIRS = frozenset({"number_unique", "not_copied", "not_repeated"})
"""Expectations that one record cannot fail alone."""


def failing_examples(kind: Kind) -> Mapping[str, Row]:
    """What has to be changed in the good row so that it fails, per rule."""
    return {**_OF_EVERY_KIND, **_FAILING[kind]}
