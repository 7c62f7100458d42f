"""A pull of a ServiceNow that misbehaves, killed again and again, loses and doubles nothing.

`make soak` does it with 100,000 incidents and their history in 20 runs of different seeds:
`CSI_SOAK_INCIDENTS` and `CSI_SOAK_RUNS` choose other numbers, `CSI_SOAK_KEEP` a folder in which the
estate of all runs is made once and found again by later ones, and by others that run meanwhile.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest

from itsm.states import RecordKind
from simulator.faults import Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.e2e import lossless
from tests.e2e.killed_pulls import Run, held

NAMES = "opened_at resolved_at closed_at updated_at state_code priority title team ci".split()
TRACKED = frozenset(
    {"state", "incident_state", "assignment_group", "assigned_to", "priority", "vendor", "made_sla"}
)
READ = TRACKED | {"problem_state", "hold_reason"}
"""The columns whose changes are read; a hold reason says more of a change of state."""


OF_INCIDENTS = (
    "sys_id,number,opened_at,sys_created_on,resolved_at,closed_at,sys_updated_on,state,priority,"
    "short_description,assignment_group,cmdb_ci"
)
OF_CHANGES = "sys_id,tablename,fieldname,documentkey"
Cells = Mapping[str, Mapping[str, str]]
"""A row of the server: of each column the value and what people see."""


def rows_of(server: ServiceNowServer, table: str, fields: str) -> Iterator[Cells]:
    return cast("Iterator[Cells]", server.truth(table, fields))  # both sides of each cell


def visible(server: ServiceNowServer) -> dict[str, Cells]:
    """The incidents there are and that the user may see, by key."""
    is_hidden = lossless.lasting_hidden(server, "incident")
    rows = {row["sys_id"]["value"]: row for row in rows_of(server, "incident", OF_INCIDENTS)}
    return {key: row for key, row in rows.items() if not is_hidden(key)}


def told(row: Cells) -> tuple[object, ...]:
    """What an incident of the server says, in our words."""
    return (
        row["opened_at"]["value"] or row["sys_created_on"]["value"],
        row["resolved_at"]["value"] or None,
        row["closed_at"]["value"] or None,
        row["sys_updated_on"]["value"],
        row["state"]["value"],
        row["priority"]["value"] or None,
        row["short_description"]["value"] or None,
        row["assignment_group"]["display_value"] or None,
        row["cmdb_ci"]["display_value"] or None,
    )


def check(run: Run, server: ServiceNowServer) -> None:
    """Nothing is lost, nothing is doubled, nothing is wrongly deleted."""
    incidents = visible(server)
    audits = {
        row["sys_id"]["value"]: (row["fieldname"]["value"], row["documentkey"]["value"])
        for row in rows_of(server, "sys_audit", OF_CHANGES)
        if row["tablename"]["value"] == "incident" and row["fieldname"]["value"] in READ
    }
    for here in held(run.folder):
        there = {key: (row["number"]["value"], told(row)) for key, row in incidents.items()}
        lossless.check_incidents(here, there, NAMES, _plain)
        lossless.check_keys(here, RecordKind.HISTORY, frozenset(audits))
        good = incidents.keys() - here.quarantined[RecordKind.INCIDENT]
        due = {key for key, (name, of) in audits.items() if name in TRACKED and of in good}
        numbers = frozenset(row["number"]["value"] for row in incidents.values())
        events = lossless.check_history(here, frozenset(due), numbers)
        assert due - events == set(), "history lost"
        assert {audits[number][1] for number in events} <= good
        (incident, *_) = here.store.queries.reconciliations()
        assert incident.n_server == incident.n_held + (incident.n_hidden or 0)


def _plain(name: str, value: object) -> object:
    if value is None:
        return None
    return f"{value:%Y-%m-%d %H:%M:%S}" if name.endswith("_at") else str(value)


def installed(server: ServiceNowServer, folder: Path) -> Run:
    """An installation that reads incidents and their history."""
    lines = ['kind = "servicenow"', f'url = "{server.url}"', f'user = "{server.user}"']
    lines.append('kinds = ["incident", "history"]')
    return Run(folder, "\n".join(lines), {"password": server.password})


def pulled_and_killed(server: ServiceNowServer, folder: Path, seed: int, n_kills: int) -> None:
    run = installed(server, folder)
    kills = n_kills, 10 + 240 * server.instance.settings.n_incidents / 100_000
    lossless.pulled_and_killed(server, run, lambda: check(run, server), seed, kills)


def test_everything_going_wrong_and_two_kills(tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=3_000, n_weeks=8, seed=5)
    with ServiceNowServer(settings, faults=Faults.all(5)) as server:
        pulled_and_killed(server, tmp_path, 5, n_kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, lossless.SOAK_RUNS + 1))
def test_a_hundred_thousand_with_kills(
    seed: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = EstateSettings(n_incidents=lossless.soak_incidents(100_000), seed=77)
    made = Path(os.environ.get("CSI_SOAK_KEEP") or tmp_path_factory.getbasetemp() / "estate")
    with ServiceNowServer(settings, directory=made, faults=Faults.all(seed)) as server:
        pulled_and_killed(server, tmp_path, seed, n_kills=4)
    shutil.rmtree(tmp_path)  # 1.6 GB each; what a failed run leaves is there to be looked at
