"""What is expected of services, teams, configuration items and knowledge articles."""

from checks.expectations import (
    Expectation,
    Facts,
    between,
    filled,
    in_order,
    must,
    refers,
)
from checks.suites.record import keys
from itsm.quality import Severity
from itsm.states import RecordKind


def services(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, a name and plausible numbers."""
    return (
        *keys(facts),
        filled("name"),
        between("criticality", 1, 5, Severity.WARNING),
        between("users", 0, None, Severity.WARNING),
    )


def teams(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, a name and plausible numbers."""
    return (
        *keys(facts),
        filled("name"),
        between("line", 1, 5, Severity.WARNING),
        between("size", 0, None, Severity.WARNING),
    )


def configuration_items(facts: Facts) -> tuple[Expectation, ...]:
    """Keys and a name."""
    return (*keys(facts), filled("name"))


def ci_relations(facts: Facts) -> tuple[Expectation, ...]:
    """Keys and two ends that differ and were read."""
    return (
        *keys(facts),
        filled("parent"),
        filled("child"),
        must(
            "ends_differ",
            "a configuration item does not need itself",
            "child",
            lambda frame: frame["parent"].ne(frame["child"]),
            Severity.WARNING,
            remedy="remove the relation in the tool",
        ),
        *refers(facts, "parent", RecordKind.CONFIGURATION_ITEM),
        *refers(facts, "child", RecordKind.CONFIGURATION_ITEM),
    )


def knowledge_articles(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, a title, time order and a plausible use."""
    return (
        *keys(facts),
        filled("title", Severity.WARNING),
        in_order("opened_at", "retired_at", Severity.WARNING),
        between("uses", 0, None, Severity.WARNING),
    )
