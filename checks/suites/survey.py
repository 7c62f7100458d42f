"""What is expected of users' answers."""

from checks.expectations import (
    Expectation,
    Facts,
    between,
    filled,
    in_order,
    plausible_time,
    refers_by_kind,
)
from checks.suites.record import keys


def survey_responses(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the record it is about, time order, and scores on their scales."""
    return (
        *keys(facts),
        filled("record"),
        plausible_time(facts, "answered_at"),
        in_order("sent_at", "answered_at"),
        between("score", 1, 5, remedy="map the scale of the survey to 1-5 with 5 best"),
        between("nps", 0, 10, remedy="map the recommendation question to 0-10"),
        *refers_by_kind(facts),
    )
