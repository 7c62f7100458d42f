"""`csi retain`: remove what is kept longer than the settings say."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.retaining import Plan, plans
from flows.retaining import retain as remove
from flows.verbs.options import config_option, dry_run_option, json_option, parts_from


@click.command()
@config_option
@dry_run_option
@json_option
def retain(config: Path, *, dry_run: bool, as_json: bool) -> None:
    """Remove what is kept longer than [retention] says; the nightly flow does so, too.

    With --dry-run, say what would go, and which figures, baselines and decisions rest on it.
    Nothing on hold goes (csi hold list).
    """
    parts = parts_from(config)
    now = datetime.now(UTC)
    found = plans(parts, now)
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found], indent=2))
    else:
        for one in found:
            click.echo(str(one))
            for line in one.needed_by if one.n_due else ():
                click.echo(f"  {line}")
    if not found:
        click.echo("nothing is removed: [retention] names no days", err=as_json)
    if not dry_run:
        gone = remove(parts, now)
        click.echo(f"{sum(gone.values()):,} rows removed", err=as_json)


def _plain(one: Plan) -> dict[str, object]:
    return {
        "kind": one.kept.value,
        "before": one.before_at.isoformat(),
        "due": one.n_due,
        "on_hold": one.n_held,
        "needed_by": list(one.needed_by),
    }
