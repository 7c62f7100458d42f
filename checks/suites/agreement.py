"""What is expected of contracts and their clauses."""

from checks.expectations import (
    Expectation,
    Facts,
    between,
    filled,
    in_order,
    mapped,
    refers,
)
from checks.suites.record import keys
from itsm.states import RecordKind


def contracts(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, with whom, and a term that ends after it starts."""
    return (
        *keys(facts),
        filled("vendor"),
        in_order("starts_at", "ends_at"),
        between("cost_per_year", 0, None),
        *refers(facts, "vendor", RecordKind.VENDOR),
    )


def contract_clauses(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the contract it belongs to, and a commitment one can be held to."""
    return (
        *keys(facts),
        filled("contract"),
        between("within_h", 0, None),
        between("severity", 1, 5),
        between("credit_share", 0, 1),
        mapped(facts, "target", "target"),
        *refers(facts, "contract", RecordKind.CONTRACT),
    )
