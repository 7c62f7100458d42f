"""What is expected of outages, and of the reviews of major incidents and their actions."""

from checks.expectations import (
    Expectation,
    Facts,
    filled,
    in_order,
    mapped,
    plausible_time,
    refers,
)
from checks.suites.record import keys
from itsm.quality import Severity
from itsm.states import RecordKind


def outages(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the service that was out, and an end after its start."""
    return (
        *keys(facts),
        filled("service"),
        plausible_time(facts, "started_at", may_be_planned=True),
        in_order("started_at", "ended_at"),
        *refers(facts, "service", RecordKind.SERVICE),
        *refers(facts, "incident", RecordKind.INCIDENT),
    )


def post_incident_reviews(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the incident it reviews, and plausible times."""
    return (
        *keys(facts),
        filled("incident"),
        plausible_time(facts, "restored_at"),
        plausible_time(facts, "completed_at"),
        in_order("restored_at", "completed_at", Severity.WARNING),
        *refers(facts, "incident", RecordKind.INCIDENT),
    )


def review_actions(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the review it comes from, what is to be done, and codes."""
    return (
        *keys(facts),
        filled("review"),
        filled("title", Severity.WARNING),
        plausible_time(facts, "closed_at"),
        mapped(facts, "state"),
        *refers(facts, "review", RecordKind.POST_INCIDENT_REVIEW),
    )
