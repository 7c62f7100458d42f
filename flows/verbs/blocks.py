"""`csi blocks`: what a Prefect server should know of; the one verb that needs Prefect."""

import os
from importlib import import_module

import click

from itsm.errors import ConfigError


@click.group()
def blocks() -> None:
    """Make blocks and automations known to the server that PREFECT_API_URL names."""
    if not os.environ.get("PREFECT_API_URL"):
        raise ConfigError(
            "PREFECT_API_URL is not set; it names the server, as http://127.0.0.1:4200/api"
        )


@blocks.command()
def register() -> None:
    """Make the types of the blocks for secrets known, so that they can be filled in."""
    for slug in import_module("flows.blocks").register():
        click.echo(f"registered {slug}")


@blocks.command()
@click.option("--notify", metavar="TYPE/NAME", help="The notification block that tells somebody.")
def automations(notify: str | None) -> None:
    """Load the automations: late pack, failing source, gate stopped, and others."""
    for line in import_module("flows.automations").load(notify):
        click.echo(line)
