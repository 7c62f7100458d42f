"""What is expected of the history of records and of their comments."""

from dataclasses import replace

from checks.expectations import (
    Expectation,
    Facts,
    between,
    filled,
    must,
    plausible_time,
    refers_by_kind,
    unique_together,
)
from checks.suites.record import keys
from itsm.quality import Severity
from itsm.states import UNMAPPED, HistoryField


def history_events(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the record it belongs to, a place in time, a change that changes something.

    Two codes of a source may mean one state, so equal states are no fault.
    """
    return (
        *keys(facts),
        filled("record"),
        plausible_time(facts, "at"),
        between("sequence", 0, None),
        _states_mapped(facts),
        must(
            "something_changed",
            "the old and the new value differ",
            "new",
            lambda frame: (
                frame["old"]
                .fillna("")
                .ne(frame["new"].fillna(""))
                .where(frame["field"].ne(HistoryField.STATE.value))
            ),
            Severity.WARNING,
            remedy="check which fields of the audit log are mapped to old and new",
        ),
        unique_together(
            "not_repeated",
            "a change of a record is told once",
            ("record", "record_kind", "at", "sequence", "field"),
            "number the changes of a record that tie in time",
        ),
        *refers_by_kind(facts),
    )


def _states_mapped(facts: Facts) -> Expectation:
    expectation = must(
        "state_mapped",
        "every state code has a meaning",
        "new_code",
        lambda frame: frame["new"].ne(UNMAPPED).where(frame["field"].eq(HistoryField.STATE.value)),
        Severity.WARNING,
        remedy="add the codes to the table of state codes; until then they stay unmapped",
        mostly=facts.settings.min_mapped_share,
    )
    return replace(expectation, shows="new_code")


def comments(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the record it belongs to, a place in time and a text."""
    return (
        *keys(facts),
        filled("record"),
        plausible_time(facts, "at"),
        filled("text", Severity.WARNING),
        *refers_by_kind(facts),
    )
