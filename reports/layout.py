"""Which figure stands in which section, and in what order: decided by the beginnings of ids."""

from dataclasses import dataclass

from reports.editions import SECTIONS
from reports.language import mark


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """A section of figures: the beginnings of the ids it holds, in the order they are shown."""

    id: str
    title: str
    prefixes: tuple[str, ...]

    @property
    def number(self) -> int:
        """Its place in the full pack; that of the last section where it has none of its own."""
        return SECTIONS.index(self.id) if self.id in SECTIONS else len(SECTIONS) - 1


_HEALTH = (
    *("opened", "incidents_opened", "resolved", "incidents_resolved", "cancel", "reopened"),
    *("response", "resolution", "first_contact", "fcr", "availab", "outage", "volume", "request"),
)
PLANS: tuple[SectionPlan, ...] = (
    SectionPlan(
        "actions",
        mark("Last week’s actions"),
        ("review_actions", "problem_tasks", "register_overdue", "register_stalled"),
    ),
    SectionPlan("service-health", mark("Service health"), _HEALTH),
    SectionPlan("major-incidents", mark("Major incidents"), ("major", "post_incident")),
    SectionPlan(
        "candidates",
        mark("Repeat issues: problem candidates"),
        ("candidate", "problem", "known_error", "root_cause", "cost_of_repeats", "mining"),
    ),
    SectionPlan(
        "agreements",
        mark("Service agreements and what lies beneath"),
        (
            *("sla_compliance", "ola", "contract", "request_sla", "sla", "clock", "underpinning"),
            "pause",
        ),
    ),
    SectionPlan("changes", mark("Changes"), ("changes_closed", "change", "approval")),
    SectionPlan("backlog", mark("Backlog, ageing and flow"), ("backlog",)),
    SectionPlan(
        "hand-offs",
        mark("Hand-offs between teams"),
        ("hand", "reassign", "escalation", "process"),
    ),
    SectionPlan("vendors", mark("Vendors"), ("vendor",)),
    SectionPlan(
        "experience",
        mark("Experience of the people we serve"),
        ("csat", "nps", "survey", "satisf", "reopen_rate", "repeat"),
    ),
    SectionPlan("knowledge", mark("Knowledge and self-service"), ("knowledge", "deflect")),
    SectionPlan(
        "register",
        mark("Register of improvements"),
        ("register", "programme", "incidents_prevented", "benefit"),
    ),
    SectionPlan(
        "forecast",
        mark("Workload and cost ahead"),
        ("workload", "forecast", "staff", "arrivals", "cost"),
    ),
    SectionPlan("data-quality", mark("Data quality and coverage"), ("cmdb", "catalogue")),
)
PLAN_OF = {plan.id: plan for plan in PLANS}
"""The sections of figures by their ids."""
OTHER = SectionPlan("other", mark("Other figures"), ("",))

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
