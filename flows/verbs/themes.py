"""`csi themes`: what low survey answers say again and again."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from flows.comment_themes import LOOKBACK_WEEKS, comment_themes, told
from flows.verbs.options import json_option, parts_from, week_and_cutoff, week_options


@click.command()
@week_options
@json_option
def themes(config: Path, week: str | None, cutoff: str | None, *, as_json: bool) -> None:
    """Group the comments of low survey answers by what they say.

    Personal data is taken out. `csi push` proposes an entry of the register for each theme that is
    large enough; accept it, or cancel it with a reason.
    """
    parts = parts_from(config)
    found_week, cutoff_at = week_and_cutoff(parts, week, cutoff)
    found = comment_themes(parts, found_week, cutoff_at)
    if as_json:
        click.echo(json.dumps(None if found is None else [asdict(one) for one in found], indent=2))
        return
    if not found:
        why = "no source provides survey answers" if found is None else "no comment is alike"
        click.echo(f"no themes in {LOOKBACK_WEEKS} weeks up to {found_week}: {why}")
        return
    for line in told(found):
        click.echo(line)
