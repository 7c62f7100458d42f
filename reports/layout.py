"""Which figure stands in which section, and in what order: decided by the beginnings of ids."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """A section of figures: the beginnings of the ids it holds, in the order they are shown."""

    id: str
    title: str
    prefixes: tuple[str, ...]


SERVICE_HEALTH = SectionPlan(
    "service-health",
    "Service health",
    (
        "opened",
        "incidents_opened",
        "resolved",
        "incidents_resolved",
        "cancel",
        "reopened",
        "resolution",
        "response",
        "first_contact",
        "fcr",
    ),
)
PLANS: tuple[SectionPlan, ...] = (
    SERVICE_HEALTH,
    SectionPlan("requests", "Service requests", ("request",)),
    SectionPlan(
        "major-incidents",
        "Major incidents and availability",
        ("major", "availab", "outage", "post_incident"),
    ),
    SectionPlan(
        "agreements", "Service agreements", ("sla", "ola", "contract", "clock", "underpinning")
    ),
    SectionPlan("changes", "Changes", ("change",)),
    SectionPlan("backlog", "Backlog and ageing", ("backlog",)),
    SectionPlan("hand-offs", "Hand-offs between teams", ("hand", "reassign")),
    SectionPlan("vendors", "Vendors", ("vendor",)),
    SectionPlan(
        "experience",
        "Experience of the people we serve",
        ("csat", "nps", "survey", "satisf", "reopen", "repeat"),
    ),
    SectionPlan("knowledge", "Knowledge and self-service", ("knowledge", "deflect")),
    SectionPlan("forecast", "Workload ahead", ("workload", "forecast", "staff")),
    SectionPlan(
        "improvement",
        "Problem management",
        ("candidate", "problem", "known_error", "register", "benefit", "mining"),
    ),
)
OTHER = SectionPlan("other", "Other figures", ("",))

HEADLINE_PREFIXES = ("opened", "resolved", "backlog", "resolution", "sla", "reopen", "repeat")
"""The figures of the first page, in order of preference; at most four are shown."""


def plan_of(figure_id: str) -> SectionPlan:
    """The section a figure belongs to: the longest beginning wins, unknown ids go to "other"."""
    fits = [
        (len(prefix), plan)
        for plan in PLANS
        for prefix in plan.prefixes
        if figure_id.startswith(prefix)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else OTHER


def rank_in(plan: SectionPlan, figure_id: str) -> int:
    """Where a figure stands in its section."""
    ranks = [
        (-len(prefix), position)
        for position, prefix in enumerate(plan.prefixes)
        if figure_id.startswith(prefix)
    ]
    return min(ranks)[1] if ranks else len(plan.prefixes)
