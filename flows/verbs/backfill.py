"""`csi backfill`: the packs of the past, each as of its cut-off."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import click

from flows.backfill import Done, backfill, past_of
from flows.verbs.options import config_option, json_option, started


@click.command(name="backfill")
@click.option("--from", "first", metavar="YYYY-Www", required=True, help="The first week.")
@click.option("--to", "last", metavar="YYYY-Www", required=True, help="The last week.")
@click.option(
    "--again",
    is_flag=True,
    help="Make weeks that have a pack again; late data give a version that says what moved.",
)
@click.option("--editions", is_flag=True, help="Make the editions that readers get, too.")
@click.option("--send", is_flag=True, help="Let the timer send these packs; else nothing is sent.")
@click.option("--no-pdf", is_flag=True, help="Leave the PDF out, which takes most of the time.")
@config_option
@json_option
def backfill_verb(
    first: str,
    last: str,
    config: Path,
    *,
    again: bool,
    editions: bool,
    send: bool,
    no_pdf: bool,
    as_json: bool,
) -> None:
    """Make the packs of past weeks, oldest first, each as of its own cut-off.

    It works on what is stored: run `csi pull` first. Killed, and started again with the same
    weeks, it goes on where it was. A week that has a pack is left as it is without --again.
    """
    parts = started(config)
    past = replace(
        past_of(parts, first, last), again=again, sends=send, editions=editions, has_pdf=not no_pdf
    )
    done = []
    for one in backfill(parts, past):
        done.append(one)
        if not as_json:
            _tell(one)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in done], indent=2, ensure_ascii=False))


def _tell(one: Done) -> None:
    click.echo(str(one))
    for moved in one.moved:
        click.echo(f"          {moved}")
