"""`csi simulate itop|rt`: practice servers that need no more than the usual options."""

import click

from flows.verbs.serving import Wanted, serve, served
from simulator.itop import mishaps as itop_mishaps
from simulator.itop.server import ItopServer
from simulator.rt import mishaps as rt_mishaps
from simulator.rt.server import RtServer


@click.command()
@served(8445)
def itop(wanted: Wanted) -> None:
    """Serve an estate as an iTop would, until Ctrl-C."""
    faults = wanted.chosen(itop_mishaps.USUAL, itop_mishaps.DENYING)
    server = ItopServer(wanted.estate, faults=faults, port=wanted.port, access=wanted.access)

    def told() -> dict[str, str]:
        return {"kind": "itop", "url": server.url, "user": server.user, "password": server.password}

    serve(server, told)


@click.command()
@served(8446)
def rt(wanted: Wanted) -> None:
    """Serve an estate as Request Tracker 5 would, until Ctrl-C."""
    faults = wanted.chosen(rt_mishaps.USUAL)
    server = RtServer(wanted.estate, faults=faults, port=wanted.port, access=wanted.access)

    def told() -> dict[str, str]:
        return {"kind": "rt", "url": server.url, "user": server.user, "password": server.password}

    serve(server, told, f"token {server.token}")
