"""`csi simulate`: a practice estate as exports of an ITSM tool."""

from dataclasses import replace
from pathlib import Path

import click

from flows.practice import write_estate
from simulator.settings import EstateSettings


@click.group()
def simulate() -> None:
    """Make a practice estate to try things on."""


@simulate.command()
@click.option("--system", default="servicenow", show_default=True, help="Whose export form.")
@click.option("--incidents", default=2000, show_default=True, type=click.IntRange(100, 10_000_000))
@click.option("--weeks", default=26, show_default=True, type=click.IntRange(2, 520))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@click.option("--end-week", metavar="YYYY-Www", help="The last week of the estate.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to fill.")
def exports(
    system: str, incidents: int, weeks: int, seed: int, end_week: str | None, out: Path
) -> None:
    """Write the exports of an estate, and its planted truth beside them."""
    settings = EstateSettings(n_incidents=incidents, n_weeks=weeks, seed=seed)
    if end_week is not None:
        settings = replace(settings, end_week=end_week)
    practice = write_estate(settings, system, out)
    for paths in practice.files.values():
        for path in paths:
            click.echo(str(path))
    click.echo(f"planted truth: {practice.truth_file}")
