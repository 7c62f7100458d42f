"""What no record says and no setting either: each with the figure that it would open."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from connectors.core.source import Finding, Level
from flows.config_text import example_of
from flows.run_settings import CostSettings
from flows.settings import Settings
from itsm.candidates import COST_INPUTS

OPENS: Mapping[str, str] = MappingProxyType(
    {
        "targets": "no figure is held against a target; opens `csi targets`",
        "events": "no freeze, move or holiday is named in the charts",
        "steps": "no improvement gives a figure new limits; opens limits from its week on",
        "plans": "forecasts know of no growth and no launch; opens adjusted `workload_forecast`",
        "productive_h": "`staff_needed` assumes 26 productive hours a week",
        "desk_people": "`csi tradeoff` has to be given --people",
        "promises": "`csi tradeoff` takes other promises from SLA clocks, where there are any",
        "service_hours": "durations and availability are told round the clock only, and clocks "
        "that count service hours are split only where these can be read off the clocks; opens "
        "`sla_legs` for all",
        "team_sizes": "teams are known to be small only where their records say so",
        "decisions": "`csi figures --unused` knows no decision but those of the register",
        "tags": "no figure is told by tag; opens `csi figure ID --tag NAME`",
    }
)
"""What is missing without each key of the section `figures`."""


def undeclared(settings: Settings) -> Iterator[Finding]:
    """One finding for all that is set, and one for each key that is not."""
    known = [key for key in OPENS if getattr(settings.figures, key) not in (None, (), {})]
    if known:
        yield _finding("figures", f"set: {', '.join(known)}")
    for key, without in OPENS.items():
        if key not in known:
            line = f"[figures]\n{key} = {example_of(key)}"
            yield _finding("figures", f"{key}: not set; {without}", line)
    assumed = settings.cost.model().assumed
    if assumed:
        figures = "`cost_per_incident`, `cost_of_repeats` and avoidable hours rest on assumptions"
        lines = "\n".join(("[cost]", *(f"{key} = {example_of(key)}" for key in assumed)))
        yield _finding("cost", f"{', '.join(assumed)}: not set; {figures}", lines)
    else:
        yield _finding("cost", f"set: {', '.join(COST_INPUTS)}")
    if settings.cost.run_per_year == CostSettings().run_per_year:
        line = f"[cost]\nrun_per_year = {example_of('run_per_year')}"
        yield _finding("cost", "run_per_year: not set; `cost_run` knows contracts only", line)


def _finding(check: str, said: str, line: str | None = None) -> Finding:
    remedy = None if line is None else "set it, where it is known; nothing else needs it"
    return Finding(check=check, level=Level.OK, subject="", said=said, remedy=remedy, line=line)
