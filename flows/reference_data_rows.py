"""The rows of the workbook: what an installation declares, and a row for each thing that lacks."""

from flows.reference_data_gaps import Frames, gaps
from flows.reference_data_sheets import BY_NAME, COSTS
from flows.settings import Settings

_BY_NAME = frozenset({"services", "teams", "contracts", "clauses", "costs"})
"""The sheets that get a row for each thing that lacks something."""
Rows = dict[str, list[dict[str, object]]]


def rows_to_fill(settings: Settings, frames: Frames) -> Rows:
    """What is declared, and below it the names that something is not known of.

    A row that says no more than a name is passed over when it is read back.

    Args:
        settings: what is declared.
        frames: the records that say which services, teams and vendors there are.
    """
    rows = rows_of(settings)
    for gap in gaps(settings, frames):
        if gap.sheet not in _BY_NAME:
            continue
        key = BY_NAME[gap.sheet].columns[0].name
        there = {row[key] for row in rows[gap.sheet]}
        rows[gap.sheet] += [{key: name} for name in gap.names if name not in there]
    return rows


def rows_of(settings: Settings) -> Rows:
    """What an installation declares, as rows of the sheets."""
    figures, vendors = settings.figures, settings.vendors
    hours = figures.service_hours
    run = settings.cost.run_per_year
    services = sorted({*settings.services, *run})
    numbers = {**settings.cost.model_dump(), **figures.model_dump()}
    return {
        "services": [
            {
                "service": name,
                **(settings.services[name].model_dump() if name in settings.services else {}),
                "cost_per_year": run.get(name),
            }
            for name in services
        ],
        "teams": [{"team": k, "people": n} for k, n in sorted(figures.team_sizes.items())],
        "calendar": [] if hours is None else [{**hours.model_dump(), "days": ",".join(hours.days)}],
        "closed days": [{"day": day} for day in (hours.closed_days if hours else ())],
        "targets": [one.model_dump() for one in figures.targets],
        "contracts": [
            {"vendor": name, **one.model_dump()}
            for name, one in sorted(vendors.items())
            if one.monthly_fee is not None or one.contingency is not None
        ],
        "clauses": [
            {"vendor": name, **clause.model_dump()}
            for name, one in sorted(vendors.items())
            for clause in one.clauses
        ],
        "escalation": [
            {"vendor": name, **rung.model_dump()}
            for name, one in sorted(vendors.items())
            for rung in one.ladder
        ],
        "costs": [
            {"name": name, "value": numbers[name]}
            for name in COSTS
            if numbers.get(name) is not None
        ],
        "events": [one.model_dump() for one in figures.events],
        "promises": [one.model_dump() for one in figures.promises],
    }
