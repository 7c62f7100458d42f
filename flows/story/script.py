"""The script of the story: what becomes of each planted cause, and why people say so."""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.story.reviewer import Line
from itsm.decisions import Action, RejectedAs
from simulator.ground_truth import cause_id
from simulator.story import LATE, PLANTED, UNKNOWN, WAITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """What is made of an accepted candidate.

    Attributes:
        live: the week of the story it goes live in; None for one that is approved and waits.
        promised: the share of the rate that is left, as its owner promises.
        fields: what its owner fills in.
        tasks: its work.
    """

    live: int | None
    promised: float
    fields: Mapping[str, str]
    tasks: tuple[str, ...]


def _fields(cost: int, impact: int, effort: int, kind: str, justification: str) -> dict[str, str]:
    return {
        "impact": str(impact),
        "urgency": "3",
        "risk": "2",
        "effort": str(effort),
        "cost": str(cost),
        "effort_days": str(effort * 2),
        "size": "M" if cost > 2000 else "S",
        "dimension": kind,
        "justification": justification,
        "guards": "resolution_time",
    }


def _cause(place: int) -> str:
    return cause_id(place)


IMPROVEMENTS: Mapping[str, Improvement] = {
    _cause(0): Improvement(
        live=PLANTED[0].live,
        promised=0.4,
        fields=_fields(1800, 4, 2, "technology", "The same fault every working day."),
        tasks=("Roll the mended configuration out", "Tell the service desk"),
    ),
    _cause(1): Improvement(
        live=PLANTED[1].live,
        promised=0.4,
        fields=_fields(2600, 5, 3, "technology", "It stops work of a whole department."),
        tasks=("Replace the part", "Watch it for two weeks"),
    ),
    _cause(2): Improvement(
        live=PLANTED[2].live,
        promised=0.5,
        fields=_fields(3200, 3, 3, "process", "A new check list is to prevent it."),
        tasks=("Write the check list", "Train both shifts"),
    ),
    _cause(3): Improvement(
        live=PLANTED[3].live,
        promised=0.5,
        fields=_fields(2200, 4, 2, "partner", "The vendor has mended it for others."),
        tasks=("Agree on the date with the vendor", "Install the vendor's release"),
    ),
    _cause(4): Improvement(
        live=PLANTED[4].live,
        promised=0.7,
        fields=_fields(900, 2, 1, "technology", "Cheap, and seldom worth more."),
        tasks=("Raise the limit",),
    ),
    _cause(5): Improvement(
        live=PLANTED[5].live,
        promised=0.5,
        fields=_fields(4100, 4, 4, "technology", "Comes each month end."),
        tasks=("Order the licence", "Move the job"),
    ),
    _cause(WAITS): Improvement(
        live=None,
        promised=0.6,
        fields=_fields(7800, 3, 5, "technology", "Waits for next year's budget."),
        tasks=("Ask for the budget",),
    ),
    _cause(LATE): Improvement(
        live=PLANTED[LATE].live,
        promised=0.4,
        fields=_fields(2400, 4, 3, "technology", "A whole team waits each time it strikes."),
        tasks=("Set the new limits", "Watch them for a month"),
    ),
}
"""What is made of the candidate of each cause."""

SCRIPT = (
    *(
        Line(
            week=11 if place == WAITS else PLANTED[place].raised - 1,
            cause=_cause(place),
            action=Action.ACCEPT,
            reason="one cause; worth a problem",
        )
        for place in UNKNOWN
    ),
    Line(
        week=4,
        cause=_cause(7),
        action=Action.REJECT,
        reason="these come with every new starter",
        rejected_as=RejectedAs.EXPECTED_DEMAND,
    ),
    Line(
        week=6,
        cause=_cause(8),
        action=Action.SNOOZE,
        reason="the vendor's release is due in two months",
        until_weeks=9,
    ),
    Line(
        week=8,
        cause=_cause(9),
        action=Action.ACCEPT_RISK,
        reason="the system is switched off in spring",
        until_weeks=30,
    ),
    Line(
        week=13,
        cause=_cause(10),
        action=Action.REJECT,
        reason="a question of training: the course is booked",
        rejected_as=RejectedAs.TRAINING,
    ),
)
"""What the reviewer decides."""
