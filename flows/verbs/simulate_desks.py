"""`csi simulate glpi|freshservice`: practice servers that need no more than the usual options."""

import click

from flows.verbs.serving import Wanted, serve, served
from simulator.freshservice import mishaps as freshservice_mishaps
from simulator.freshservice.limits import PLANS
from simulator.freshservice.server import FreshserviceServer
from simulator.glpi import mishaps as glpi_mishaps
from simulator.glpi.server import GlpiServer


@click.command()
@served(8448)
def glpi(wanted: Wanted) -> None:
    """Serve an estate as a GLPI would, until Ctrl-C."""
    faults = wanted.chosen(glpi_mishaps.USUAL, glpi_mishaps.ZONED)
    server = GlpiServer(wanted.estate, faults=faults, port=wanted.port, access=wanted.access)

    def told() -> dict[str, str]:
        return {
            "kind": "glpi",
            "url": server.url,
            "app_token": server.app_token,
            "user_token": server.user_token,
        }

    serve(server, told, f"user {server.user}, password {server.password}")


@click.command()
@served(8447)
@click.option("--plan", type=click.Choice(sorted(PLANS)), help="Whose rate limits hold; else none.")
def freshservice(wanted: Wanted, plan: str | None) -> None:
    """Serve an estate as Freshservice would, until Ctrl-C."""
    server = FreshserviceServer(
        wanted.estate,
        faults=wanted.chosen(freshservice_mishaps.USUAL),
        port=wanted.port,
        access=wanted.access,
        plan=plan or "",
    )

    def told() -> dict[str, str]:
        return {"kind": "freshservice", "url": server.url, "api_key": server.api_key}

    serve(server, told)
