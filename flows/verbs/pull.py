"""`csi pull`: what is new in every source. Loads nothing that only other stages need."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from flows.counted import counted
from flows.stages.pull import pull_all
from flows.verbs.options import (
    fail_on_option,
    json_option,
    started,
    week_and_cutoff,
    week_options,
)


@click.command()
@week_options
@json_option
@fail_on_option
@click.option(
    "--thorough", is_flag=True, help="Compare all keys with the system's, even if counts agree."
)
def pull(
    config: Path,
    week: str | None,
    cutoff: str | None,
    *,
    as_json: bool,
    fail_on: tuple[str, ...],
    thorough: bool,
) -> None:
    """Read what is new in every source, and land it."""
    parts = started(config)
    _, cutoff_at = week_and_cutoff(parts, week, cutoff)
    pulled, missing = pull_all(parts, cutoff_at, thorough=thorough)
    if as_json:
        rows = [{"source": one.source, "kinds": list(map(asdict, one.kinds))} for one in pulled]
        click.echo(json.dumps({"sources": rows, "missing": missing}, indent=2))
    else:
        for one in pulled:
            click.echo(f"{one.source}: {one.landed:,} landed, {one.quarantined:,} in quarantine")
            for line in counted(one.kinds):
                click.echo(f"  {line}")
    if "quarantine" in fail_on and any(one.quarantined for one in pulled):
        raise SystemExit(1)
