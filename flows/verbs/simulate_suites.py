"""`csi simulate bmc_helix|cherwell`: practice servers of big suites that need the usual options."""

import click

from flows.verbs.serving import Wanted, serve, served
from simulator.bmc_helix import mishaps as bmc_mishaps
from simulator.bmc_helix.server import BmcHelixServer
from simulator.cherwell import mishaps as cherwell_mishaps
from simulator.cherwell.server import CherwellServer


@click.command("bmc_helix")
@served(8450)
def bmc_helix(wanted: Wanted) -> None:
    """Serve an estate as BMC Helix ITSM would, until Ctrl-C."""
    faults = wanted.chosen(bmc_mishaps.USUAL, (bmc_mishaps.DENIED,))
    server = BmcHelixServer(wanted.estate, faults=faults, port=wanted.port, access=wanted.access)

    def told() -> dict[str, str]:
        told = {"kind": "bmc_helix", "url": server.url, "user": server.user}
        return told | {"password": server.password}

    serve(server, told)


@click.command()
@served(8451)
def cherwell(wanted: Wanted) -> None:
    """Serve an estate as Cherwell CSM would, until Ctrl-C."""
    faults = wanted.chosen(cherwell_mishaps.USUAL, cherwell_mishaps.ZONED)
    server = CherwellServer(wanted.estate, faults=faults, port=wanted.port, access=wanted.access)

    def told() -> dict[str, str]:
        told = {"kind": "cherwell", "url": server.url, "client_id": server.client_id}
        return told | {"user": server.user, "password": server.password}

    serve(server, told)
