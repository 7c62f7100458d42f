"""From when on each feed proposes an entry, and the pilots that a company declares."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Each value is "from so much on".

    Attributes:
        per_feed: entries that one feed proposes in a week at most.
        problem_age_days: days a problem is open without a fix.
        vendor_step: step of the escalation ladder that is due.
        action_late_days: days an action from a review is late.
        gap_members: resolved incidents of a pattern that has no article.
        handoff_wait_h: hours waited in a week on one path between teams.
        breaches: missed resolution clocks of one service and category in 13 weeks.
        unhappy: answers of 1 or 2 of 5 on one service in 13 weeks.
        pilot_weeks: weeks after its start in which a pilot shall have a result.
    """

    per_feed: int = 3
    problem_age_days: int = 90
    vendor_step: int = 2
    action_late_days: int = 1
    gap_members: int = 5
    handoff_wait_h: int = 40
    breaches: int = 10
    unhappy: int = 5
    pilot_weeks: int = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Pilot:
    """A trial of automation, self-service or a virtual agent, as the settings declare it."""

    name: str
    kind: str
    started_on: date
    owner: str = ""
    measure: str = ""
