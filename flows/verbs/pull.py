"""`csi pull`: what is new in every source. Loads nothing that only other stages need."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from flows.counted import counted
from flows.pull_plan import planned, told
from flows.stages.pull import pull_all
from flows.verbs.options import (
    fail_on_option,
    json_option,
    started,
    week_and_cutoff,
    week_options,
)
from flows.wiring import Parts


@click.command()
@week_options
@json_option
@fail_on_option
@click.option(
    "--thorough", is_flag=True, help="Compare all keys with the system's, even if counts agree."
)
@click.option(
    "--plan",
    is_flag=True,
    help="Pull nothing: say what it would cost, in rows, requests and hours of each kind.",
)
def pull(
    config: Path,
    week: str | None,
    cutoff: str | None,
    *,
    as_json: bool,
    fail_on: tuple[str, ...],
    thorough: bool,
    plan: bool,
) -> None:
    """Read what is new in every source, and land it."""
    parts = started(config)
    if plan:
        _plan(parts, as_json=as_json)
        return
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


def _plan(parts: Parts, *, as_json: bool) -> None:
    """Tell what a pull would cost, source by source."""
    plans = []
    for name in parts.sources:
        plan = planned(parts, name)
        plans.append(plan)
        if not as_json:
            click.echo(f"{name}:")
            for line in told(plan):
                click.echo(f"  {line}")
    if as_json:
        rows = [asdict(plan) | {"hours": round(plan.hours, 3)} for plan in plans]
        click.echo(json.dumps(rows, indent=2))
