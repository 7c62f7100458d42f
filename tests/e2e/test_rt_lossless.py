"""A pull of a Request Tracker that misbehaves, killed again and again, loses and doubles nothing.

`make soak` does it with 100,000 incidents and their history in 20 runs of different seeds:
`CSI_SOAK_INCIDENTS` and `CSI_SOAK_RUNS` choose other numbers.
"""

from datetime import datetime
from pathlib import Path

import pytest

from connectors.core.mapping.loading import toml_of
from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.faults import Faults
from simulator.rt.mishaps import USUAL
from simulator.rt.rendering import Show
from simulator.rt.server import RtServer
from simulator.rt.words import PRIORITIES, status_of
from simulator.settings import EstateSettings
from tests.e2e import lossless
from tests.e2e.killed_pulls import Run, held

NAMES = "opened_at resolved_at updated_at state_code priority title team ci".split()
CODES = toml_of("connectors.codes", "rt.toml")


def installed(server: RtServer, folder: Path) -> Run:
    """An installation that reads incidents and their history."""
    lines = ['kind = "rt"', f'url = "{server.url}"', f'user = "{server.user}"']
    lines += ['kinds = ["incident", "history"]', "overlap_s = 60"]
    return Run(folder, "\n".join(lines), {"password": server.password})


def told(record: Held) -> tuple[object, ...]:
    """What an incident of the tracker says, in our words."""
    times = (record.created, record.time("resolved_at"), record.updated)
    priority = CODES["priority"][PRIORITIES.get(record.text("priority"), "0")]
    names = ("title", "team", "ci")
    words = [record.text(name).strip() or None for name in names]
    return (*times, status_of(record.kind, record.text("state")), priority, *words)


def check(run: Run, server: RtServer) -> None:
    """Nothing is lost, nothing is doubled, nothing is wrongly deleted."""
    is_hidden = lossless.lasting_hidden(server, "tickets")
    incidents = [one for one in server.truth(RecordKind.INCIDENT) if not is_hidden(str(one.id))]
    show = Show(server.tracker, "")
    changes = {
        str(event.id)
        for one in incidents
        for event in one.events
        if show.transaction(event.id, one, event) is not None
    }
    for here in held(run.folder):
        there = {str(one.id): (str(one.id), told(one)) for one in incidents}
        lossless.check_incidents(here, there, NAMES, _plain)
        gone = frozenset(map(str, range(1, server.tracker.desk.last("record") + 1)))
        gone -= {str(one.id) for one in server.truth(RecordKind.INCIDENT)}
        known = here.raw[RecordKind.INCIDENT]
        lossless.check_history(here, frozenset(changes), known | gone)


def _plain(_name: str, value: object) -> object:
    """Times in seconds, numbers as text."""
    if isinstance(value, datetime):
        return round(value.timestamp())
    return None if value is None else str(value)


def pulled_and_killed(server: RtServer, folder: Path, seed: int, n_kills: int) -> None:
    run = installed(server, folder)
    kills = n_kills, 4.0 + 30.0 * server.tracker.desk.settings.n_incidents / 20_000
    lossless.pulled_and_killed(server, run, lambda: check(run, server), seed, kills)


@pytest.mark.slow
def test_everything_going_wrong_and_two_kills(tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=3_000, n_weeks=8, seed=5)
    with RtServer(settings, faults=Faults.all(5, USUAL)) as server:
        pulled_and_killed(server, tmp_path, 5, n_kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, lossless.SOAK_RUNS + 1))
def test_a_hundred_thousand_with_kills(seed: int, tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=lossless.soak_incidents(100_000), seed=77)
    with RtServer(settings, faults=Faults.all(seed, USUAL)) as server:
        pulled_and_killed(server, tmp_path, seed, n_kills=4)
