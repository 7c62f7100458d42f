"""The sheets of the workbook for what no tool holds: their columns, and where each belongs."""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.run_settings import CostSettings

Place = tuple[str | int, ...]
"""Where something is in `csi.toml`."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet.

    Attributes:
        name: its head.
        type: text, number, whole, day, time, or slice (as "target=resolution").
        says: what it means, for the sheet's second row and for errors.
        is_needed: whether each row must have it.
        key: its key in `csi.toml`, where that is another one.
    """

    name: str
    type: str
    says: str
    is_needed: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the workbook.

    Attributes:
        name: of the sheet.
        says: what it is for.
        columns: of each row.
        place: where its rows belong; "*" stands for what the first column names.
        how: `tables` (a table per row, by its first column), `list` (a list of tables), `lists` (a
            list of tables below what the first column names), `values` (a key and a value a row).
        opens: what cannot be told without it.
    """

    name: str
    says: str
    columns: tuple[Column, ...]
    place: Place
    how: str
    opens: str


C = Column
SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "services",
        "Who answers for each service, and what it is worth.",
        (
            C("service", "text", "as records name it", is_needed=True),
            C("owner", "text", "a role, or a short name of [people]"),
            C("criticality", "whole", "1 the highest to 5"),
            C("users", "whole", "people who use it"),
            C("cost_per_year", "number", "what running it costs, beside its contracts"),
        ),
        ("services", "*"),
        "tables",
        "catalogue_ownerless, cost_run, and the weight of candidates by users",
    ),
    Sheet(
        "teams",
        "How many people a team has; smaller teams than 5 are never told apart.",
        (
            C("team", "text", "as records name it", is_needed=True),
            C("people", "whole", "people in it", is_needed=True),
        ),
        ("figures", "team_sizes"),
        "values",
        "handoff_delay and all that is told by team; staff_needed",
    ),
    Sheet(
        "calendar",
        "When services are promised; one row, or none for round the clock.",
        (
            C("days", "text", "such as mon,tue,wed,thu,fri", is_needed=True),
            C("opens", "time", "such as 08:00"),
            C("closes", "time", "such as 18:00"),
            C("country", "text", "whose public holidays are taken out: GB, DE"),
        ),
        ("figures", "service_hours"),
        "one",
        "durations and availability in service hours",
    ),
    Sheet(
        "closed days",
        "Days besides that nobody works; needs a calendar.",
        (C("day", "day", "such as 2026-12-24", is_needed=True),),
        ("figures", "service_hours", "closed_days"),
        "days",
        "durations in service hours around holidays of your own",
    ),
    Sheet(
        "targets",
        "What a figure shall reach: SLA, OLA and others, by service and period.",
        (
            C("figure", "text", "as `csi figures` lists it", is_needed=True),
            C("value", "number", "what it shall reach; a share as 0.95", is_needed=True),
            C("owner", "text", "who answers for it: a role", is_needed=True),
            C("service", "text", "of one service; empty for all"),
            C("slice", "slice", "such as target=resolution"),
            C("from_week", "text", "such as 2026-W40"),
            C("until_week", "text", "such as 2027-W39"),
        ),
        ("figures", "targets"),
        "list",
        "`csi targets`, and the line of a target in every chart",
    ),
    Sheet(
        "contracts",
        "What was agreed with each vendor.",
        (
            C("vendor", "text", "its name or number", is_needed=True),
            C("monthly_fee", "number", "what credits are a share of"),
            C("contingency", "text", "what stands in for the vendor"),
        ),
        ("vendors", "*"),
        "tables",
        "vendor_credits, vendor_without_contingency, `csi vendor`",
    ),
    Sheet(
        "clauses",
        "What a vendor promised; given, they stand instead of the contract's records.",
        (
            C("vendor", "text", "its name or number", is_needed=True),
            C("number", "text", "as the contract numbers it", is_needed=True),
            C("target", "text", "response or resolution", is_needed=True),
            C("within_h", "number", "within how many hours", is_needed=True),
            C("severity", "whole", "1 the most urgent; empty for all"),
            C("credit_share", "number", "what a miss costs, as a share of the fee: 0.05"),
            C("text", "text", "the clause in its own words"),
        ),
        ("vendors", "*", "clauses"),
        "lists",
        "vendor_missed, vendor_credits, the missed commitments of `csi vendor`",
    ),
    Sheet(
        "escalation",
        "What is done when a vendor misses; the highest step first.",
        (
            C("vendor", "text", "its name or number", is_needed=True),
            C("misses", "whole", "weeks with a miss ...", is_needed=True),
            C("of_weeks", "whole", "... of the last so many weeks", is_needed=True),
            C("step", "text", "what is done then", is_needed=True),
        ),
        ("vendors", "*", "ladder"),
        "lists",
        "the step that is due in `csi vendor`; without it, the product's ladder",
    ),
    Sheet(
        "costs",
        "What an hour costs, and how many there are.",
        (
            C("name", "text", "one of those below", is_needed=True),
            C("value", "number", "a number", is_needed=True),
        ),
        (),
        "costs",
        "cost_per_incident and cost_of_repeats without assumptions",
    ),
    Sheet(
        "events",
        "What everybody knows of: named in charts, and never hides a signal.",
        (
            C("name", "text", "as charts name it", is_needed=True),
            C("first_day", "day", "such as 2026-12-18", is_needed=True),
            C("last_day", "day", "empty: the same day"),
            C("service", "text", "where only one is concerned"),
        ),
        ("figures", "events"),
        "list",
        "events in the charts",
    ),
    Sheet(
        "promises",
        "How soon records of a priority shall be done.",
        (
            C("priority", "text", "P1 to P5", is_needed=True),
            C("within_h", "number", "hours of service", is_needed=True),
            C("share", "number", "how many of them: 0.95"),
        ),
        ("figures", "promises"),
        "list",
        "`csi tradeoff` with promises of your own",
    ),
)
BY_NAME: Mapping[str, Sheet] = {one.name: one for one in SHEETS}
COSTS: Mapping[str, Place] = {
    **{
        name: ("cost", name)
        for name in CostSettings.model_fields
        if name not in {"run_per_year", "currency"}
    },
    "productive_h": ("figures", "productive_h"),
    "desk_people": ("figures", "desk_people"),
}
"""The names of the sheet of costs, and where each belongs."""
