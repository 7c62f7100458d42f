"""What is expected of problems, their tasks and known errors."""

from checks.expectations import (
    Expectation,
    Facts,
    between,
    filled,
    in_order,
    mapped,
    plausible_time,
    refers,
)
from checks.suites.record import keys, texts
from itsm.states import RecordKind


def problems(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, time order, codes and text."""
    return (
        *keys(facts),
        plausible_time(facts, "opened_at"),
        in_order("opened_at", "resolved_at"),
        in_order("opened_at", "closed_at"),
        mapped(facts, "state"),
        between("priority", 1, 5, remedy="map the priority codes to 1 (highest) to 5"),
        *texts(facts, "title", "description"),
    )


def problem_tasks(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the problem it belongs to, time order and codes."""
    return (
        *keys(facts),
        filled("problem"),
        in_order("opened_at", "closed_at"),
        mapped(facts, "state"),
        *refers(facts, "problem", RecordKind.PROBLEM),
    )


def known_errors(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, time order, and the problem it comes from."""
    return (
        *keys(facts),
        plausible_time(facts, "opened_at"),
        in_order("opened_at", "resolved_at"),
        *refers(facts, "problem", RecordKind.PROBLEM),
        *texts(facts, "title", "workaround"),
    )
