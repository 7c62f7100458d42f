"""A pull of a ServiceNow that misbehaves, killed again and again, loses and doubles nothing.

`make soak` does it with 100,000 incidents and their history in 20 runs of different seeds:
`CSI_SOAK_INCIDENTS` and `CSI_SOAK_RUNS` choose other numbers.
"""

import os
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from itsm.states import RecordKind
from simulator.faults import Chances, FaultName, Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from store.unit_of_work import Store
from tests.e2e.killed_pulls import Run, held

SOAK_INCIDENTS = int(os.environ.get("CSI_SOAK_INCIDENTS", "100000"))
SOAK_RUNS = int(os.environ.get("CSI_SOAK_RUNS", "20"))
CHANGING = frozenset(
    {
        FaultName.ROWS_TOUCHED,
        FaultName.ROWS_INSERTED,
        FaultName.ROWS_DELETED,
        FaultName.ROWS_PURGED,
        FaultName.SAME_SECOND,  # it puts stamps back when it is switched on
    }
)
TRACKED = frozenset(
    {"state", "incident_state", "assignment_group", "assigned_to", "priority", "vendor", "made_sla"}
)
READ = TRACKED | {"problem_state", "hold_reason"}
"""The columns whose changes are read; a hold reason says more of a change of state."""


Cells = Mapping[str, Mapping[str, str]]
"""A row of the server: of each column the value and what people see."""


def rows_of(server: ServiceNowServer, table: str) -> Iterator[Cells]:
    for row in server.truth(table):
        yield {name: cell for name, cell in row.items() if isinstance(cell, dict)}


def visible(server: ServiceNowServer) -> dict[str, Cells]:
    """The incidents there are and that the user may see, by key."""
    lasting = [fault for fault in server.faults.faults if fault.name is FaultName.ACL_ROWS]
    is_hidden = Chances(Faults(tuple(lasting), server.faults.seed)).hidden("incident")
    rows = {row["sys_id"]["value"]: row for row in rows_of(server, "incident")}
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


def ours(store: Store) -> dict[object, tuple[object, ...]]:
    """What the canonical incidents say, by number."""
    names = "opened_at resolved_at closed_at updated_at state_code priority title team ci".split()
    columns = store.queries.columns(RecordKind.INCIDENT, names=["number", *names])

    def plain(name: str, value: object) -> object:
        if value is None:
            return None
        return f"{value:%Y-%m-%d %H:%M:%S}" if name.endswith("_at") else str(value)

    rows = zip(*([plain(name, v) for v in columns[name]] for name in names), strict=True)
    return dict(zip(columns["number"], rows, strict=True))


def check(run: Run, server: ServiceNowServer) -> None:
    """Nothing is lost, nothing is doubled, nothing is wrongly deleted."""
    incidents = visible(server)
    audits = {
        row["sys_id"]["value"]: (row["fieldname"]["value"], row["documentkey"]["value"])
        for row in rows_of(server, "sys_audit")
        if row["tablename"]["value"] == "incident" and row["fieldname"]["value"] in READ
    }
    for here in held(run.folder):
        for kind, there in ((RecordKind.INCIDENT, incidents), (RecordKind.HISTORY, audits)):
            present = here.raw[kind] - here.deleted[kind]
            assert present - there.keys() == frozenset(), f"{kind}: held, and not there"
            assert there.keys() - present == frozenset(), f"{kind}: lost"
            assert here.deleted[kind] & there.keys() == frozenset(), f"{kind}: wrongly deleted"
        aside = here.quarantined[RecordKind.INCIDENT]
        expected = {
            row["number"]["value"]: told(row) for key, row in incidents.items() if key not in aside
        }
        found = ours(here.store)
        assert found.keys() == expected.keys()
        differing = [(n, expected[n], found[n]) for n in expected if found[n] != expected[n]]
        assert differing == []
        assert len(aside) <= 0.02 * len(incidents), "damaged on purpose, and no others"
        events = here.store.queries.columns(RecordKind.HISTORY, names=["number", "record"])
        good = incidents.keys() - aside
        due = {key for key, (name, of) in audits.items() if name in TRACKED and of in good}
        assert due - set(events["number"]) == set(), "history lost"
        assert {audits[str(number)][1] for number in events["number"]} <= good
        numbers = {row["number"]["value"] for row in incidents.values()}
        assert set(events["record"]) <= numbers
        (incident, *_) = here.store.queries.reconciliations()
        assert incident.n_server == incident.n_held + (incident.n_hidden or 0)


def installed(server: ServiceNowServer, folder: Path) -> Run:
    """An installation that reads incidents and their history."""
    lines = ['kind = "servicenow"', f'url = "{server.url}"', f'user = "{server.user}"']
    lines.append('kinds = ["incident", "history"]')
    return Run(folder, "\n".join(lines), {"password": server.password})


def pulled_and_killed(server: ServiceNowServer, folder: Path, seed: int, n_kills: int) -> None:
    """Pull with everything going wrong, killed at random; then until what changes has settled."""
    run, chance = installed(server, folder), random.Random(seed)
    whole_s = 4.0 + 16.0 * server.instance.settings.n_incidents / 100_000
    n = sum(run.killed_after(chance.uniform(1.5, whole_s)) for _ in range(n_kills))
    assert n > 0, "no pull was killed"
    run.to_the_end()
    kept = tuple(fault for fault in server.faults.faults if fault.name not in CHANGING)
    server.faults = replace(server.faults, faults=kept)
    run.to_the_end("--thorough")
    check(run, server)
    sys.stdout.write(f"seed {seed}: {n} kills, {len(server.requests):,} requests\n{run.said[-1]}")
    assert server.errors == []


def test_everything_going_wrong_and_two_kills(tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=3_000, n_weeks=8, seed=5)
    with ServiceNowServer(settings, faults=Faults.all(5)) as server:
        pulled_and_killed(server, tmp_path, 5, n_kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, SOAK_RUNS + 1))
def test_a_hundred_thousand_with_kills(
    seed: int, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = EstateSettings(n_incidents=SOAK_INCIDENTS, seed=77)
    made = tmp_path_factory.getbasetemp() / "estate"
    with ServiceNowServer(settings, directory=made, faults=Faults.all(seed)) as server:
        pulled_and_killed(server, tmp_path, seed, n_kills=4)
