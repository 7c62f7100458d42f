"""`csi simulate`: a practice estate as exports of an ITSM tool, or as a server of one."""

from pathlib import Path

import click

from flows.verbs.serving import settings_of, until_stopped
from flows.verbs.simulate_desks import freshservice, glpi
from flows.verbs.simulate_suites import bmc_helix, cherwell
from flows.verbs.simulate_trackers import itop, rt
from simulator.faults import Faults
from simulator.jira.mishaps import LOCKING, USUAL
from simulator.jira.server import Access as JiraAccess
from simulator.jira.server import JiraServer
from simulator.practice_server import Access
from simulator.servicenow.home import Home, Note, note_of
from simulator.servicenow.server import ServiceNowServer


@click.group()
def simulate() -> None:
    """Make a practice estate to try things on."""


@simulate.command()
@click.option("--system", default="servicenow", show_default=True, help="Whose export form.")
@click.option("--incidents", default=2000, show_default=True, type=click.IntRange(100, 10_000_000))
@click.option("--weeks", default=26, show_default=True, type=click.IntRange(2, 520))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@click.option("--end-week", metavar="YYYY-Www", help="The last week of the estate.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to fill.")
def exports(
    system: str, incidents: int, weeks: int, seed: int, end_week: str | None, out: Path
) -> None:
    """Write the exports of an estate, and its planted truth beside them."""
    from flows.practice import write_estate

    settings = settings_of(incidents, weeks, seed, end_week)
    practice = write_estate(settings, system, out)
    for paths in practice.files.values():
        for path in paths:
            click.echo(str(path))
    click.echo(f"planted truth: {practice.truth_file}")


@simulate.command()
@click.option("--port", default=8443, show_default=True, type=click.IntRange(0, 65535))
@click.option("--incidents", default=2000, show_default=True, type=click.IntRange(100, 10_000_000))
@click.option("--weeks", default=26, show_default=True, type=click.IntRange(2, 520))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@click.option("--end-week", metavar="YYYY-Www", help="The last week of the estate.")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="May be given repeatedly.")
@click.option("--faults", "faults", multiple=True, metavar="all", help="The same; all: everything.")
@click.option("--user", default=Access.user, show_default=True)
@click.option("--password", default="", help="Without one it follows from the seed.")
@click.option("--host", default=Access.host, show_default=True, help="The address to listen on.")
@click.option("--certificate", type=click.Path(path_type=Path, exists=True), help="PEM, for https.")
@click.option("--keep", type=click.Path(path_type=Path), help="Where the tables are kept.")
@click.option(
    "--again",
    type=click.Path(path_type=Path),
    help="Go on with the instance that lives in this folder, at the address it had.",
)
def servicenow(
    port: int,
    incidents: int,
    weeks: int,
    seed: int,
    end_week: str | None,
    faults: tuple[str, ...],
    user: str,
    password: str,
    host: str,
    certificate: Path | None,
    keep: Path | None,
    again: Path | None,
) -> None:
    """Serve an estate as a ServiceNow instance would, until Ctrl-C.

    Its pages are there for people, too: log in with the user name of anybody in it, such as
    csi.reader, and the password that is printed.
    """
    home = Home(again) if again else None
    settings = settings_of(incidents, weeks, seed, end_week)
    note = note_of(home) if home else Note(settings, port)
    server = ServiceNowServer(
        note.estate,
        directory=keep,
        faults=Faults.named(faults, note.estate.seed),
        port=note.port,
        access=Access(user, password, host, certificate),
        home=home,
    )
    click.echo(f"making {note.estate.n_incidents:,} incidents and what hangs on them ...", err=True)
    with server:
        told = {"kind": "servicenow", "url": server.url, "user": server.user}
        for name, value in {**told, "password": server.password}.items():
            click.echo(f"export CSI_SOURCES__SERVICENOW__{name.upper()}={value}")
        click.echo(f"# OAuth: client {server.client_id}, secret {server.client_secret}")
        click.echo(f"# API key: {server.api_key}")
        click.echo(f"# pages: {server.url}/", err=True)
        click.echo("serving until Ctrl-C", err=True)
        until_stopped()


@simulate.command()
@click.option("--port", default=8444, show_default=True, type=click.IntRange(0, 65535))
@click.option("--data-center", is_flag=True, help="As Data Center; without it, as Cloud.")
@click.option("--incidents", default=2000, show_default=True, type=click.IntRange(100, 1_000_000))
@click.option("--weeks", default=26, show_default=True, type=click.IntRange(2, 520))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@click.option("--end-week", metavar="YYYY-Www", help="The last week of the estate.")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="May be given repeatedly.")
@click.option("--faults", "faults", multiple=True, metavar="all", help="The same; all: everything.")
@click.option("--user", default=JiraAccess.user, show_default=True)
@click.option("--token", default="", help="Without one it follows from the seed.")
@click.option(
    "--host", default=JiraAccess.host, show_default=True, help="The address to listen on."
)
@click.option("--certificate", type=click.Path(path_type=Path, exists=True), help="PEM, for https.")
def jira(
    port: int,
    incidents: int,
    weeks: int,
    seed: int,
    end_week: str | None,
    faults: tuple[str, ...],
    user: str,
    token: str,
    host: str,
    certificate: Path | None,
    *,
    data_center: bool,
) -> None:
    """Serve an estate as a Jira Service Management site would, until Ctrl-C."""
    locking = [name for name in faults if name in {one.name.value for one in LOCKING}]
    server = JiraServer(
        settings_of(incidents, weeks, seed, end_week),
        is_cloud=not data_center,
        faults=Faults.named(faults, seed, (*USUAL, *LOCKING) if locking else USUAL),
        port=port,
        access=JiraAccess(user, token, host, certificate),
    )
    click.echo(f"making {incidents:,} incidents and all that hangs on them ...", err=True)
    with server:
        told = {"kind": "jira", "url": server.url, "user": server.user, "token": server.token}
        told["deployment"] = "data_center" if data_center else "cloud"
        for name, value in {**told, "assets_url": server.assets_url}.items():
            click.echo(f"export CSI_SOURCES__JIRA__{name.upper()}={value}")
        click.echo(f"# service account: client {server.client_id}, secret {server.client_secret}")
        click.echo("serving until Ctrl-C", err=True)
        until_stopped()


simulate.add_command(freshservice)
simulate.add_command(glpi)
simulate.add_command(itop)
simulate.add_command(rt)
simulate.add_command(bmc_helix)
simulate.add_command(cherwell)
