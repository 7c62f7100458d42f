"""What is expected of incidents."""

from checks.expectations import (
    Expectation,
    Facts,
    between,
    filled,
    in_order,
    mapped,
    must,
    not_itself,
    plausible_time,
    refers,
    unique_together,
)
from checks.suites.record import any_filled, keys, texts
from itsm.quality import Severity
from itsm.states import IncidentState, RecordKind

CONTENT = ("title", "description", "category", "subcategory", "symptom", "service", "ci")
"""The texts and codes a repeat can be recognised by."""

_DONE = (IncidentState.RESOLVED.value, IncidentState.CLOSED.value)


def incidents(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, times, codes, numbers, references, copies, and something to mine on."""
    return (
        *keys(facts),
        *_times(facts),
        mapped(facts, "state"),
        filled("state_code", Severity.WARNING),
        between("priority", 1, 5, remedy="map the priority codes to 1 (highest) to 5"),
        between("impact", 1, 5, Severity.WARNING),
        between("urgency", 1, 5, Severity.WARNING),
        between("reopen_count", 0, None),
        between("reassignment_count", 0, None),
        between("handling_h", 0, None, Severity.WARNING),
        between("affected_users", 0, None, Severity.WARNING),
        *refers(facts, "problem", RecordKind.PROBLEM),
        *refers(facts, "caused_by_change", RecordKind.CHANGE),
        *refers(facts, "change", RecordKind.CHANGE),
        *refers(facts, "knowledge_article", RecordKind.KNOWLEDGE_ARTICLE),
        *refers(facts, "parent_incident", RecordKind.INCIDENT),
        *refers(facts, "duplicate_of", RecordKind.INCIDENT),
        not_itself("parent_incident"),
        not_itself("duplicate_of"),
        _copies(),
        *texts(facts, "title", "description"),
        _content(facts),
    )


def _times(facts: Facts) -> tuple[Expectation, ...]:
    return (
        must(
            "opened_at_filled",
            "opened_at is given",
            "opened_at",
            lambda frame: frame["opened_at"].notna(),
            Severity.QUARANTINE,
            remedy="map the column that holds the opening time, or correct the export",
        ),
        plausible_time(facts, "opened_at"),
        plausible_time(facts, "resolved_at"),
        plausible_time(facts, "closed_at"),
        in_order("opened_at", "resolved_at"),
        in_order("opened_at", "closed_at"),
        in_order("resolved_at", "closed_at", Severity.WARNING),
        in_order("opened_at", "updated_at", Severity.WARNING),
        in_order("opened_at", "major_declared_at", Severity.WARNING),
        must(
            "resolved_at_given_when_done",
            "a resolved or closed incident has resolved_at",
            "resolved_at",
            lambda frame: frame["resolved_at"].notna() | ~frame["state"].isin(_DONE),
            Severity.WARNING,
            remedy="map the resolution time; these records have no known one",
        ),
    )


def _copies() -> Expectation:
    return unique_together(
        "not_copied",
        "no two incidents share opening time, caller and title",
        ("opened_at", "caller", "title"),
        "look whether an interface creates incidents twice",
    )


def _content(facts: Facts) -> Expectation:
    return must(
        "content_present",
        "incidents carry a text or a code to mine on",
        "title",
        lambda frame: any_filled(frame, CONTENT),
        Severity.CRITICAL,
        remedy="map a text (title, description) or codes (category, symptom, service, ci)",
        mostly=facts.settings.min_content_share,
    )
