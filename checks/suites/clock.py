"""What is expected of the clocks of agreements."""

from checks.expectations import (
    Expectation,
    Facts,
    between,
    filled,
    in_order,
    mapped,
    must,
    plausible_time,
    refers_by_kind,
)
from checks.suites.record import keys
from itsm.quality import Severity


def sla_clocks(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, the record it runs on, time order, codes, and an end that says met or breached."""
    return (
        *keys(facts),
        filled("record"),
        plausible_time(facts, "started_at"),
        plausible_time(facts, "ended_at"),
        in_order("started_at", "ended_at"),
        in_order("started_at", "due_at", Severity.WARNING),
        in_order("started_at", "breached_at"),
        between("target_h", 0, None),
        between("elapsed_h", 0, None),
        between("paused_h", 0, None),
        mapped(facts, "type"),
        mapped(facts, "target", "type_code"),
        must(
            "end_judged",
            "an ended clock says whether its target was met",
            "is_breached",
            lambda frame: (
                frame["is_breached"].notna()
                | frame["ended_at"].isna()
                | frame["is_canceled"].fillna(False).astype(bool)
            ),
            Severity.WARNING,
            remedy="map the breach flag; clocks without it count in no compliance",
        ),
        *refers_by_kind(facts),
    )
