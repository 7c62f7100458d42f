"""What is expected of changes and their approvals."""

from checks.expectations import (
    Expectation,
    Facts,
    between,
    filled,
    in_order,
    mapped,
    must,
    plausible_time,
    refers,
)
from checks.suites.record import keys, texts
from itsm.quality import Severity
from itsm.states import ChangeState, RecordKind


def changes(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, time order, codes and text; a closed change says how it ended."""
    return (
        *keys(facts),
        plausible_time(facts, "opened_at"),
        plausible_time(facts, "implemented_at"),
        plausible_time(facts, "planned_start_at", Severity.WARNING, may_be_planned=True),
        in_order("planned_start_at", "planned_end_at"),
        in_order("opened_at", "closed_at"),
        in_order("opened_at", "implemented_at", Severity.WARNING),
        mapped(facts, "state"),
        mapped(facts, "type"),
        mapped(facts, "outcome"),
        must(
            "outcome_given_when_closed",
            "a closed change says how it ended",
            "outcome_code",
            lambda frame: frame["outcome"].notna() | frame["state"].ne(ChangeState.CLOSED.value),
            Severity.WARNING,
            remedy="map the closure code; changes without an outcome count in no success rate",
        ),
        between("risk", 1, 5, Severity.WARNING),
        *texts(facts, "title", "description"),
    )


def approvals(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the change it belongs to, time order and codes."""
    return (
        *keys(facts),
        filled("change"),
        plausible_time(facts, "decided_at"),
        in_order("requested_at", "decided_at"),
        mapped(facts, "state"),
        *refers(facts, "change", RecordKind.CHANGE),
    )
