"""A pull of a GLPI that misbehaves, killed again and again, loses and doubles nothing.

`make soak` does it with 20,000 incidents and their history in 20 runs of different seeds:
`CSI_SOAK_INCIDENTS` and `CSI_SOAK_RUNS` choose other numbers.
"""

from pathlib import Path

import pytest

from connectors.core.mapping.loading import toml_of
from itsm.states import RecordKind
from simulator.faults import Faults
from simulator.glpi.database import Row
from simulator.glpi.mishaps import USUAL
from simulator.glpi.server import GlpiServer
from simulator.settings import EstateSettings
from tests.e2e import lossless
from tests.e2e.killed_pulls import Run, held

CODES = toml_of("connectors.codes", "glpi.toml")
FOLLOWED = {3: "priority", 12: "state"}


def installed(server: GlpiServer, folder: Path) -> Run:
    """An installation that reads incidents and their history."""
    lines = ['kind = "glpi"', f'url = "{server.url}"', "overlap_s = 60"]
    lines += ['kinds = ["incident", "history"]', "http = { first_wait_s = 0.05 }"]
    secret = {"user_token": server.user_token, "app_token": server.app_token}
    return Run(folder, "\n".join(lines), secret)


def visible(server: GlpiServer) -> dict[str, Row]:
    """The incidents there are and that the user may see, by id."""
    is_hidden = lossless.lasting_hidden(server, "Ticket")
    rows = server.truth("Ticket", type=1)
    return {str(row["id"]): row for row in rows if not is_hidden(str(row["id"]))}


def told(server: GlpiServer, row: Row) -> tuple[object, ...]:
    """What an incident of the server says, in our words."""
    state = CODES["incident_state"].get(str(row["status"]), "unmapped")
    groups = server.database.table("Group").rows
    links = server.database.linked("Group_Ticket", "Ticket", row["id"])
    teams = [groups[one["groups_id"]]["name"] for one in links]
    times = (row["date"], row["solvedate"], row["date_mod"])
    title, priority = row["name"].strip() or None, CODES["priority"][str(row["priority"])]
    return (*times, state, priority, title, teams[0] if teams else None)


def check(run: Run, server: GlpiServer) -> None:
    """Nothing is lost, nothing is doubled, nothing is wrongly deleted."""
    incidents = visible(server)
    there = {key: (key, told(server, row)) for key, row in incidents.items()}
    names = "opened_at resolved_at updated_at state priority title team".split()
    changes = {
        str(log["id"])
        for key in incidents
        for log in server.database.linked("Log", "Ticket", int(key))
        if log["id_search_option"] in FOLLOWED and log["old_value"] != log["new_value"]
    }
    for here in held(run.folder):
        good = lossless.check_incidents(here, there, names, plain)
        lossless.check_history(here, frozenset(changes), good)
        counted = {one.kind: one for one in here.store.queries.reconciliations()}
        incident = counted[RecordKind.INCIDENT]
        assert incident.n_server == incident.n_held == len(incidents)


def plain(_name: str, value: object) -> object:
    """Times in seconds, all else as text."""
    stamp = getattr(value, "timestamp", None)
    if stamp is not None:
        return round(stamp())
    return None if value is None else str(value)


def pulled_and_killed(server: GlpiServer, folder: Path, seed: int, n_kills: int) -> None:
    run = installed(server, folder)
    kills = n_kills, 10 + server.database.desk.settings.n_incidents
    lossless.pulled_and_killed(server, run, lambda: check(run, server), seed, kills)


@pytest.mark.slow
def test_everything_going_wrong_and_two_kills(tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=lossless.soak_incidents(3_000), n_weeks=6, seed=5)
    with GlpiServer(settings, faults=Faults.all(5, USUAL)) as server:
        pulled_and_killed(server, tmp_path, 5, n_kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, lossless.SOAK_RUNS + 1))
def test_twenty_thousand_with_kills(seed: int, tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=lossless.soak_incidents(20_000), seed=77)
    with GlpiServer(settings, faults=Faults.all(seed, USUAL)) as server:
        pulled_and_killed(server, tmp_path, seed, n_kills=4)
