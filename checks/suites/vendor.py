"""What is expected of vendors and of the cases raised with them."""

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
from checks.suites.record import keys
from itsm.quality import Severity
from itsm.states import RecordKind


def vendors(facts: Facts) -> tuple[Expectation, ...]:
    """Keys and a name."""
    return (*keys(facts), filled("name"))


def vendor_cases(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, whom it was raised with, time order, codes and references."""
    return (
        *keys(facts),
        filled("vendor"),
        plausible_time(facts, "opened_at"),
        in_order("opened_at", "responded_at"),
        in_order("opened_at", "resolved_at"),
        in_order("opened_at", "closed_at"),
        in_order("opened_at", "response_due_at", Severity.WARNING),
        in_order("opened_at", "resolution_due_at", Severity.WARNING),
        mapped(facts, "state"),
        between("severity", 1, 5, remedy="map the severity codes to 1 (highest) to 5"),
        between("waiting_on_us_h", 0, None),
        *refers(facts, "vendor", RecordKind.VENDOR),
        *refers(facts, "incident", RecordKind.INCIDENT),
        *refers(facts, "contract", RecordKind.CONTRACT),
    )
