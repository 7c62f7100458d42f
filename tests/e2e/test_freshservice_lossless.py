"""A pull of a Freshservice that misbehaves, killed again and again, loses and doubles nothing.

`make soak` does it with 20,000 incidents in 20 runs of different seeds: `CSI_SOAK_INCIDENTS` and
`CSI_SOAK_RUNS` choose other numbers. It offers no count, so that a pull is held against what there
is by the id sweep alone.
"""

from pathlib import Path

import pytest

from connectors.core.mapping.loading import toml_of
from itsm.states import RecordKind
from simulator.desk.records import Held as Ticket
from simulator.faults import Faults
from simulator.freshservice.mishaps import USUAL
from simulator.freshservice.rendering import Show
from simulator.freshservice.server import FreshserviceServer
from simulator.settings import EstateSettings
from tests.e2e import lossless
from tests.e2e.killed_pulls import Run, held

CODES = toml_of("connectors.codes", "freshservice.toml")
NAMES = ("opened_at", "resolved_at", "updated_at", "state", "priority", "title", "team")


def installed(server: FreshserviceServer, folder: Path) -> Run:
    """An installation that reads incidents and their history."""
    lines = ['kind = "freshservice"', f'url = "{server.url}"', "overlap_s = 60"]
    lines += ['kinds = ["incident", "history"]', "details = false"]
    lines += ["http = { first_wait_s = 0.05 }"]
    return Run(folder, "\n".join(lines), {"api_key": server.api_key})


def visible(server: FreshserviceServer) -> dict[str, Ticket]:
    """The incidents there are and that the agent may see, by id."""
    is_hidden = lossless.lasting_hidden(server, "tickets")
    rows = server.truth(RecordKind.INCIDENT)
    return {str(one.id): one for one in rows if not is_hidden(str(one.id))}


def told(server: FreshserviceServer, one: Ticket) -> lossless.Told:
    """What an incident of the account says, in our words."""
    shown = Show(server.account).ticket(one)
    state = CODES["incident_state"].get(str(shown["status"]), "unmapped")
    priority = CODES["priority"][str(shown["priority"])]
    times = (one.created, one.time("resolved_at"), one.updated)
    return (*times, state, priority, one.text("title").strip() or None, one.text("team") or None)


def check(run: Run, server: FreshserviceServer) -> None:
    """Nothing is lost, nothing is doubled, nothing is wrongly deleted."""
    incidents = visible(server)
    there = {key: (f"INC-{key}", told(server, one)) for key, one in incidents.items()}
    for here in held(run.folder):
        good = lossless.check_incidents(here, there, NAMES, plain)
        lossless.check_history(here, frozenset(), good)
        events = here.store.queries.columns(RecordKind.HISTORY, names=["record"])
        assert set(events["record"]) == good


def plain(_name: str, value: object) -> object:
    """Times in seconds, all else as text."""
    stamp = getattr(value, "timestamp", None)
    if stamp is not None:
        return round(stamp())
    return None if value is None else str(value)


def pulled_and_killed(server: FreshserviceServer, folder: Path, seed: int, n_kills: int) -> None:
    run = installed(server, folder)
    kills = n_kills, 10 + server.account.desk.settings.n_incidents
    lossless.pulled_and_killed(server, run, lambda: check(run, server), seed, kills)


@pytest.mark.slow
def test_everything_going_wrong_and_two_kills(tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=lossless.soak_incidents(3_000), n_weeks=6, seed=5)
    with FreshserviceServer(settings, faults=Faults.all(5, USUAL)) as server:
        pulled_and_killed(server, tmp_path, 5, n_kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, lossless.SOAK_RUNS + 1))
def test_twenty_thousand_with_kills(seed: int, tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=lossless.soak_incidents(20_000), seed=77)
    with FreshserviceServer(settings, faults=Faults.all(seed, USUAL)) as server:
        pulled_and_killed(server, tmp_path, seed, n_kills=4)
