"""`csi init`: a configuration to begin with."""

import re
import sys
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

import click

from flows.files import write_whole
from itsm.errors import ConfigError

KINDS = (
    "servicenow",
    "jira",
    "rt",
    "itop",
    "glpi",
    "freshservice",
    "bmc_helix",
    "cherwell",
    "files",
)
ASKED: Mapping[str, tuple[str, str, str]] = {
    "servicenow": ("https://example.service-now.com", "csi.reader", "password"),
    "jira": ("https://example.atlassian.net", "csi.reader@example.com", "token"),
    "itop": ("https://itop.example.com", "csi.reader", "password"),
    "rt": ("https://rt.example.com", "csi.reader", "password"),
    "freshservice": ("https://example.freshservice.com", "csi.reader", "api_key"),
    "glpi": ("https://glpi.example.com", "csi.reader", "user_token"),
    "bmc_helix": ("https://example-restapi.onbmc.com", "csi.reader", "password"),
    "cherwell": ("https://cherwell.example.com", "csi.reader", "password"),
}
"""Of the systems with an API: an address, a user, and which secret is needed."""
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
DEPLOYED_IN = "Europe/London"
"""The zone that the deployments of `templates/prefect.yaml` are written for."""

Ask = Callable[[str, str], str]
"""Asks a question with the answer that is taken if there is none."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path(), metavar="[DIR]")
@click.option("--kind", type=click.Choice(KINDS), help="What is read. [default: servicenow]")
@click.option("--name", help="The source's name. [default: its kind]")
@click.option("--url", help="Of the system, as https://example.service-now.com.")
@click.option("--user", help="The user it is read as; the password stays in the environment.")
@click.option("--organisation", help="The name that packs carry.")
@click.option("--zone", help="IANA time zone of the reporting weeks, as Europe/London.")
@click.option("--yes", is_flag=True, help="Ask nothing; take the defaults.")
def init(
    folder: Path,
    kind: str | None,
    name: str | None,
    url: str | None,
    user: str | None,
    organisation: str | None,
    zone: str | None,
    *,
    yes: bool,
) -> None:
    """Write a commented csi.toml, and prefect.yaml and prefect.toml for a schedule.

    Nothing is overwritten, and no password is asked for or written. Questions are asked on a
    terminal only.
    """
    config = folder / "csi.toml"
    if config.exists():
        raise ConfigError(f"{config} is there already; edit it, or name another folder")
    ask = _ask if sys.stdin.isatty() and not yes else _take_default
    kind = kind or ask(f"What is read: {', '.join(KINDS)}", "servicenow")
    if kind not in KINDS:
        raise ConfigError(f"--kind {kind}: choose from {', '.join(KINDS)}")
    name = name or kind
    if not NAME.fullmatch(name):
        raise ConfigError(f"--name {name}: small letters, digits and single underscores only")
    given = {
        "organisation": organisation or ask("Name of the organisation", "Our organisation"),
        "zone": zone or ask("Time zone of the service desk", DEPLOYED_IN),
    }
    _write(folder, kind, name, given, _source(kind, url, user, ask))


def _source(kind: str, url: str | None, user: str | None, ask: Ask) -> dict[str, object]:
    """What the source's table says."""
    if kind == "files":
        return {"kind": kind, "preset": "servicenow", "files": {"incident": ["incident.csv"]}}
    address, reader, _ = ASKED[kind]
    return {
        "kind": kind,
        "url": url or ask("URL of the system", address),
        "user": user or ask("User", reader),
    }


def _write(
    folder: Path, kind: str, name: str, given: dict[str, str], source: dict[str, object]
) -> None:
    from flows.config_text import config_text, environment_name
    from itsm.clocks import zone_of

    zone_of(given["zone"])
    text = config_text(kind, name, given, source)
    click.echo(f"wrote {write_whole(folder / 'csi.toml', text.encode())}")
    for template in ("prefect.yaml", "prefect.toml"):
        content = (files("flows") / "templates" / template).read_text(encoding="utf-8")
        there = folder / template
        if there.exists():
            click.echo(f"left  {there} as it is")
        else:
            zoned = content.replace(DEPLOYED_IN, given["zone"])
            click.echo(f"wrote {write_whole(there, zoned.encode())}")
    steps = ["csi doctor"]
    if kind in ASKED:
        secret = ASKED[kind][2]
        steps.insert(0, f"export {environment_name(name, secret)}='the {secret}'")
    if folder.resolve() != Path.cwd():
        steps.insert(0, f"cd {folder}")
    click.echo("next:  " + "\n       ".join(steps))


def _ask(question: str, default: str) -> str:
    return str(click.prompt(question, default=default, err=True))


def _take_default(_question: str, default: str) -> str:
    return default
