"""A pull of an iTop that misbehaves, killed again and again, loses and doubles nothing.

`make soak` does it with 100,000 incidents and their history in 20 runs of different seeds:
`CSI_SOAK_INCIDENTS` and `CSI_SOAK_RUNS` choose other numbers.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from itsm.states import RecordKind
from simulator.desk.records import Held
from simulator.faults import Faults
from simulator.itop.mishaps import USUAL
from simulator.itop.objects import FORM, changed_of
from simulator.itop.server import ItopServer
from simulator.itop.words import FIELDS_OF_HISTORY
from simulator.settings import EstateSettings
from tests.e2e import lossless
from tests.e2e.killed_pulls import Run, held

NAMES = "opened_at resolved_at closed_at updated_at state_code priority title team ci".split()


def installed(server: ItopServer, folder: Path) -> Run:
    """An installation that reads incidents and their history."""
    lines = ['kind = "itop"', f'url = "{server.url}"', f'user = "{server.user}"']
    lines += ['kinds = ["incident", "history"]', "overlap_s = 60"]
    return Run(folder, "\n".join(lines), {"password": server.password})


def told(server: ItopServer, record: Held) -> tuple[object, ...]:
    """What an incident says, in our words.

    In the hour that comes twice when summer time ends, a time means the first of the two.
    """
    shown = server.base.attributes(record)
    times = []
    for name in ("start_date", "resolution_date", "close_date", "last_update"):
        wall = shown.plain(name)
        naive = datetime.strptime(wall, FORM) if wall else None
        at = naive and naive.replace(tzinfo=server.base.zone).astimezone(UTC)
        times.append(round(at.timestamp()) if at else None)
    words = (shown.plain("status"), shown.plain("priority"), record.text("title").strip())
    return (*times, *words, *(record.text(name) or None for name in ("team", "ci")))


def check(run: Run, server: ItopServer) -> None:
    """Nothing is lost, nothing is doubled, nothing is wrongly deleted."""
    incidents = list(server.truth(RecordKind.INCIDENT))
    changes = {
        str(event.id)
        for one in incidents
        for event in one.events
        if event.field in FIELDS_OF_HISTORY and changed_of(server.base, one, event) is not None
    }
    there = {str(one.id): (f"I-{one.id:06d}", told(server, one)) for one in incidents}
    for here in held(run.folder):
        good = lossless.check_incidents(here, there, NAMES, _plain)
        lossless.check_history(here, frozenset(changes), good)
        counted = {one.kind: one for one in here.store.queries.reconciliations()}
        incident = counted[RecordKind.INCIDENT]
        assert incident.n_server == incident.n_held == len(incidents)


def _plain(name: str, value: object) -> object:
    """Times in seconds, all else as text."""
    if isinstance(value, datetime):
        return round(value.timestamp())
    return None if value is None else str(value)


def pulled_and_killed(server: ItopServer, folder: Path, seed: int, n_kills: int) -> None:
    run = installed(server, folder)
    kills = n_kills, 4.0 + 20.0 * server.base.desk.settings.n_incidents / 20_000
    lossless.pulled_and_killed(server, run, lambda: check(run, server), seed, kills)


@pytest.mark.slow
def test_everything_going_wrong_and_two_kills(tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=3_000, n_weeks=8, seed=5)
    with ItopServer(settings, faults=Faults.all(5, USUAL)) as server:
        pulled_and_killed(server, tmp_path, 5, n_kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, lossless.SOAK_RUNS + 1))
def test_a_hundred_thousand_with_kills(seed: int, tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=lossless.soak_incidents(100_000), seed=77)
    with ItopServer(settings, faults=Faults.all(seed, USUAL)) as server:
        pulled_and_killed(server, tmp_path, seed, n_kills=4)
