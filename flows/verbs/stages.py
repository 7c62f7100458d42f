"""The verbs that run one stage on a configured installation."""

from pathlib import Path

import click

from flows.found import found_in_checks
from flows.stages.check import check_week
from flows.stages.pack import pack_week
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


@click.command()
@week_options
def pack(config: Path, week: str | None, cutoff: str | None) -> None:
    """Measure the week and write its pack."""
    parts = started(config)
    found, cutoff_at = week_and_cutoff(parts, week, cutoff)
    with parts.store.begin() as uow:
        run = uow.mining.of_week(found.label)
    missing = {} if run else {"candidates": "the week has not been mined"}
    files = pack_week(parts, found, cutoff_at, run.run_id if run else None, missing)
    click.echo(str(files.html))
    if files.pdf:
        click.echo(str(files.pdf))
