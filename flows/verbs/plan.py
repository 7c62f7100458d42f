"""`csi plan`: what a changed configuration, mapping, formula or version would change."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
import orjson

from flows.files import write_whole
from flows.plan_differences import PartOfPlan
from flows.plan_making import PLAN, Plan, make_plan, plan_text
from flows.progress import Teller
from flows.used_configuration import SHORT
from flows.verbs.options import config_option, week_option

FILE = click.Path(path_type=Path)
_MAX_CHANGES = 40


@click.command()
@click.argument("candidate", type=FILE, required=False)
@config_option
@week_option
@click.option("--out", type=FILE, help=f"Where the plan goes. [default: {PLAN} beside csi.toml]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def plan(
    candidate: Path | None, config: Path, week: str | None, out: Path | None, form: str
) -> None:
    """Show what would differ of last week before it differs; nothing is changed.

    CANDIDATE is the file that is to take the place of csi.toml; without it csi.toml itself is held
    against the configuration that was applied last, or that the last week was made with. So is the
    program: after an upgrade, run it before the next run does. It works on copies of the database:
    no source is asked, nothing is sent.
    """
    made = make_plan(config, candidate or config, week, Teller())
    file = write_whole(out or config.resolve().parent / PLAN, plan_text(made).encode())
    if form == "json":
        whole = {"hash": made.hash, "file": str(file), **asdict(made)}
        click.echo(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())
        return
    for line in told(made):
        click.echo(line)
    click.echo(f"plan {made.hash[:SHORT]} is in {file}; csi apply lets it in")


def told(made: Plan) -> Iterator[str]:
    """A plan in lines."""
    before = made.before[:SHORT] if made.before else "nothing"
    yield f"{made.week}: {made.candidate} ({made.after[:SHORT]}) against {before}"
    for note in made.notes:
        yield f"note: {note}"
    for change in made.changes[:_MAX_CHANGES]:
        yield f"  {change}"
    if left := len(made.changes[_MAX_CHANGES:]):
        yield f"  and {left:,} more settings and versions"
    if not made.changes:
        yield "  no setting and no version differs"
    if made.upgrade:
        yield "what this version makes of it beside what the last run left, late data included:"
        yield from _parts(made.upgrade)
    yield "what the candidate would change:"
    yield from _parts(made.parts)


def _parts(parts: tuple[PartOfPlan, ...]) -> Iterator[str]:
    for one in parts:
        yield f"  {one}"
        for difference in one.named:
            yield f"    {difference}"
        if (left := one.n_different - len(one.named)) > 0:
            yield f"    and {left:,} more"
