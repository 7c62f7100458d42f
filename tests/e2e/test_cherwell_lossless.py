"""A pull of a Cherwell CSM that misbehaves, killed again and again, loses and doubles nothing.

3,000 incidents and their history; `CSI_SOAK_INCIDENTS` and `CSI_SOAK_RUNS` choose other numbers for
`make soak`.
"""

from pathlib import Path

import pytest

from connectors.core.mapping.loading import toml_of
from itsm.states import RecordKind
from simulator.cherwell.mishaps import USUAL
from simulator.cherwell.objects import OBJECTS, TABLES
from simulator.cherwell.server import CherwellServer
from simulator.cherwell.words import public_id
from simulator.desk.entering import shown
from simulator.desk.tables import Row
from simulator.faults import Faults
from simulator.settings import EstateSettings
from tests.e2e import lossless
from tests.e2e.desk_lossless import NAMES, SECTION, plain, told
from tests.e2e.killed_pulls import Run, held

K = RecordKind
CODES = toml_of("connectors.codes", "cherwell.toml")
TABLE = OBJECTS["Incident"].table
JOURNAL = TABLES["JournalHistory"][0]


def installed(server: CherwellServer, folder: Path) -> Run:
    """An installation that reads incidents and their history."""
    lines = ['kind = "cherwell"', f'url = "{server.url}"', f'user = "{server.user}"']
    lines.append(f'client_id = "{server.client_id}"')
    return Run(folder, "\n".join([*lines, *SECTION]), {"password": server.password})


def visible(server: CherwellServer) -> dict[str, Row]:
    """The incidents there are and that the user may see, by entry id."""
    is_hidden = lossless.lasting_hidden(server, K.INCIDENT)
    rows = {TABLE.key(one.id): Row(one) for one in server.truth(K.INCIDENT)}
    return {key: row for key, row in rows.items() if not is_hidden(key)}


def words(row: Row) -> lossless.Told:
    """What an incident says, in our words."""
    word, reason = (shown(TABLE, row, name) for name in ("Status", "PendingReason"))
    state = CODES["incident_state"].get(word, "unmapped")
    if state == "on_hold":
        state = CODES["pending_reason"].get(reason, state)
    state = CODES["close_reason"].get(reason, state) if state == "closed" else state
    return told(row.record, state, str(row.record.values["priority"]))


def check(run: Run, server: CherwellServer) -> None:
    """Nothing is lost, nothing is doubled, nothing is wrongly deleted."""
    incidents = visible(server)
    for here in held(run.folder):
        there = {
            key: (str(public_id(row.record.number)), words(row)) for key, row in incidents.items()
        }
        good = lossless.check_incidents(here, there, NAMES, plain)
        due = {JOURNAL.key(event.id) for row in incidents.values() for event in row.record.events}
        lossless.check_history(here, frozenset(due), good)


def pulled_and_killed(server: CherwellServer, folder: Path, seed: int, n_kills: int) -> None:
    run = installed(server, folder)
    n = server.system.desk.settings.n_incidents
    kills = n_kills, 4.0 + 16.0 * n / 20_000
    lossless.pulled_and_killed(server, run, lambda: check(run, server), seed, kills)


@pytest.mark.slow
def test_everything_going_wrong_and_two_kills(tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=3_000, n_weeks=26, seed=5)
    with CherwellServer(settings, faults=Faults.all(5, USUAL)) as server:
        pulled_and_killed(server, tmp_path, 5, n_kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, lossless.SOAK_RUNS + 1))
def test_many_runs_with_kills(seed: int, tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=lossless.soak_incidents(3_000), seed=77)
    with CherwellServer(settings, faults=Faults.all(seed, USUAL)) as server:
        pulled_and_killed(server, tmp_path, seed, n_kills=4)
