"""The verbs that run one stage on a configured installation."""

from pathlib import Path

import click

from flows.found import found_in_checks
from flows.stages.check import check_week
from flows.verbs.options import (
    fail_on_option,
    started,
    week_and_cutoff,
    week_options,
)


@click.command()
@week_options
@fail_on_option
def check(config: Path, week: str | None, cutoff: str | None, fail_on: tuple[str, ...]) -> None:
    """Check what is known at the cut-off; say what warns and what stops mining."""
    parts = started(config)
    report = check_week(parts, *week_and_cutoff(parts, week, cutoff))
    for line in found_in_checks(report):
        click.echo(line)
    if "gate" in fail_on and report.stops:
        raise SystemExit(1)
