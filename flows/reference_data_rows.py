"""The rows of the workbook: what an installation declares, and a row for each thing that lacks."""

from flows.figure_settings import HoursSettings
from flows.reference_data_gaps import Frames, gaps
from flows.reference_data_sheets import BY_NAME, COSTS
from flows.settings import Settings
from flows.vendor_settings import Vendors

_BY_NAME = frozenset({"services", "teams", "contracts", "clauses", "costs"})
"""The sheets that get a row for each thing that lacks something."""
Listed = list[dict[str, object]]
Rows = dict[str, Listed]


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
    figures = settings.figures
    return {
        "services": _services(settings),
        "teams": [{"team": k, "people": n} for k, n in sorted(figures.team_sizes.items())],
        **_calendar(figures.service_hours),
        "targets": [one.model_dump() for one in figures.targets],
        **_vendors(settings.vendors),
        "costs": _costs(settings),
        "events": [one.model_dump() for one in figures.events],
        "promises": [one.model_dump() for one in figures.promises],
    }


def _services(settings: Settings) -> Listed:
    known, run = settings.services, settings.cost.run_per_year
    return [
        {
            "service": name,
            **(known[name].model_dump() if name in known else {}),
            "cost_per_year": run.get(name),
        }
        for name in sorted({*known, *run})
    ]


def _calendar(hours: HoursSettings | None) -> Rows:
    if hours is None:
        return {"calendar": [], "closed days": []}
    row = {**hours.model_dump(), "days": ",".join(hours.days)}
    return {"calendar": [row], "closed days": [{"day": day} for day in hours.closed_days]}


def _vendors(vendors: Vendors) -> Rows:
    told = sorted(vendors.items())
    return {
        "contracts": [
            {"vendor": name, **one.model_dump()}
            for name, one in told
            if one.monthly_fee is not None or one.contingency is not None
        ],
        "clauses": [{"vendor": k, **one.model_dump()} for k, v in told for one in v.clauses],
        "escalation": [{"vendor": k, **one.model_dump()} for k, v in told for one in v.ladder],
    }


def _costs(settings: Settings) -> Listed:
    numbers = {**settings.cost.model_dump(), **settings.figures.model_dump()}
    told = {name: numbers.get(name) for name in COSTS}
    return [{"name": name, "value": one} for name, one in told.items() if one is not None]
