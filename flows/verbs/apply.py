"""`csi apply`: a plan that was looked at is let in, and the journal says by whom."""

from dataclasses import replace
from pathlib import Path

import click

from flows.applying import apply_plan
from flows.plan_making import PLAN, plan_from
from flows.progress import Teller
from flows.registering import acting
from flows.settings import load_settings
from flows.used_configuration import SHORT
from flows.verbs.options import config_option
from flows.verbs.packs import by_option, reason_option
from flows.wiring import build
from itsm.errors import ConfigError

FILE = click.Path(path_type=Path)


@click.command(name="apply")
@click.argument("plan_file", metavar="[PLAN]", type=FILE, required=False)
@click.option("--candidate", type=FILE, help="The candidate file, where it lies elsewhere.")
@config_option
@by_option
@reason_option
def apply_verb(
    plan_file: Path | None, candidate: Path | None, config: Path, by: str | None, reason: str
) -> None:
    """Accept what csi plan has shown: from now on the candidate is the configuration that holds.

    The journal keeps who, when, the hash of the plan and what differs. A plan that is out of date
    is refused. A candidate file takes the place of csi.toml, which is kept beside it.
    """
    base = config.resolve().parent
    plan = plan_from(plan_file or base / PLAN)
    file = candidate or base / plan.candidate
    if not file.is_file():
        raise ConfigError(f"{file} does not exist; name the candidate with --candidate")
    now = load_settings(config)
    settings = load_settings(file).model_copy(update={"database": now.database})
    parts = build(settings, base, Teller())
    person = acting(replace(parts, settings=now), by)
    done = apply_plan(parts, plan, config, file, person, reason)
    click.echo(f"plan {plan.hash[:SHORT]} is applied: row {done.sequence} of the journal")
    if done.replaced is not None:
        click.echo(f"{file} has taken the place of {config}; the former one is {done.replaced}")
