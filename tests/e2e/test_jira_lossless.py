"""A pull of a Jira site that misbehaves, killed again and again, loses and doubles nothing.

`make soak` does it with 20,000 incidents and their history in 20 runs of different seeds, half of
them against Data Center: `CSI_SOAK_INCIDENTS` and `CSI_SOAK_RUNS` choose other numbers.
"""

import os
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.core.mapping.loading import toml_of
from itsm.states import RecordKind
from simulator.faults import Chances, FaultName, Faults
from simulator.jira.mishaps import USUAL
from simulator.jira.server import Access, JiraServer
from simulator.jira.site import Issue
from simulator.jira.words import STATUSES, UNKNOWN_STATUS
from simulator.settings import EstateSettings
from tests.e2e.killed_pulls import Run, held

SOAK_INCIDENTS = int(os.environ.get("CSI_SOAK_INCIDENTS", "20000"))
SOAK_RUNS = int(os.environ.get("CSI_SOAK_RUNS", "20"))
CHANGING = frozenset(
    {
        FaultName.ROWS_TOUCHED,
        FaultName.ROWS_INSERTED,
        FaultName.ROWS_DELETED,
        FaultName.SAME_SECOND,  # it puts stamps back when it is switched on
        FaultName.INDEX_LAG,
    }
)
CODES = toml_of("connectors.codes", "jira.toml")
_CATEGORY = {"new": "new", "indeterminate": "in_progress", "done": "closed"}


def installed(server: JiraServer, folder: Path) -> Run:
    """An installation that reads incidents and their history."""
    lines = ['kind = "jira"', f'url = "{server.url}"', f'user = "{server.user}"']
    lines += ['kinds = ["incident", "history"]', f'assets_url = "{server.assets_url}"']
    lines.append(f'deployment = "{"cloud" if server.site.is_cloud else "data_center"}"')
    lines += ["overlap_s = 60", "index_lag_s = 5"]
    return Run(folder, "\n".join(lines), {"token": server.token})


def visible(server: JiraServer) -> dict[str, Issue]:
    """The incidents there are and that the user may see, by id."""
    lasting = [fault for fault in server.faults.faults if fault.name is FaultName.ACL_ROWS]
    is_hidden = Chances(Faults(tuple(lasting), server.faults.seed)).hidden("search")
    issues = server.truth("[System] Incident")
    return {str(issue.id): issue for issue in issues if not is_hidden(str(issue.id))}


def told(issue: Issue) -> tuple[object, ...]:
    """What an incident of the site says, in our words."""
    status = issue.words["Status"]
    category = STATUSES.get(status, STATUSES[UNKNOWN_STATUS])[1]
    state = CODES["incident_state"].get(status, _CATEGORY[category])
    priority = CODES["priority"][issue.words["Priority"]]
    times = (issue.created, issue.times.get("Resolved"), issue.updated)
    words = (issue.words.get("Summary"), issue.words.get("Team"))
    return (*times, state, priority, *words)


def check(run: Run, server: JiraServer) -> None:
    """Nothing is lost, nothing is doubled, nothing is wrongly deleted."""
    incidents = visible(server)
    for here in held(run.folder):
        kind = RecordKind.INCIDENT
        present = here.raw[kind] - here.deleted[kind]
        assert present - incidents.keys() == frozenset(), "held, and not there"
        assert incidents.keys() - present == frozenset(), "lost"
        assert here.deleted[kind] & incidents.keys() == frozenset(), "wrongly deleted"
        aside = here.quarantined[kind]
        assert len(aside) <= 0.02 * len(incidents), "damaged on purpose, and no others"
        names = "opened_at resolved_at updated_at state priority title team".split()
        columns = here.store.queries.columns(kind, names=["number", *names])
        rows = zip(*([_plain(one) for one in columns[name]] for name in names), strict=True)
        found = dict(zip(columns["number"], rows, strict=True))
        expected = {one.key: told(one) for key, one in incidents.items() if key not in aside}
        assert found.keys() == expected.keys()
        differing = [(n, expected[n], found[n]) for n in expected if found[n] != expected[n]]
        assert differing == []
        changes = {
            f"{entry.id}.{change.field_id}"
            for issue in incidents.values()
            for entry in issue.history
            for change in entry.changes
        }
        assert changes - here.raw[RecordKind.HISTORY] == set(), "history lost"
        events = here.store.queries.columns(RecordKind.HISTORY, names=["number", "record"])
        assert len(set(events["number"])) == len(events["number"])
        assert set(events["record"]) <= expected.keys()
        counted = {one.kind: one for one in here.store.queries.reconciliations()}
        incident = counted[RecordKind.INCIDENT]
        assert incident.n_server == incident.n_held == len(incidents)


def _plain(value: object) -> object:
    """Times in milliseconds, all else as text."""
    stamp = getattr(value, "timestamp", None)
    if stamp is not None:
        return round(stamp() * 1000)
    return None if value is None else str(value)


def pulled_and_killed(server: JiraServer, folder: Path, seed: int, n_kills: int) -> None:
    """Pull with everything going wrong, killed at random; then until what changes has settled."""
    run, chance = installed(server, folder), random.Random(seed)
    whole_s = 4.0 + 16.0 * server.site.settings.n_incidents / 20_000
    n = sum(run.killed_after(chance.uniform(1.5, whole_s)) for _ in range(n_kills))
    assert n > 0, "no pull was killed"
    run.to_the_end()
    kept = tuple(fault for fault in server.faults.faults if fault.name not in CHANGING)
    server.faults = replace(server.faults, faults=kept)
    run.to_the_end("--thorough")
    check(run, server)
    sys.stdout.write(f"seed {seed}: {n} kills, {len(server.requests):,} requests\n{run.said[-1]}")
    assert server.errors == []


@pytest.mark.parametrize("is_cloud", [True, False], ids=["cloud", "data_center"])
def test_everything_going_wrong_and_two_kills(tmp_path: Path, *, is_cloud: bool) -> None:
    settings = EstateSettings(n_incidents=800, n_weeks=6, seed=5)
    faults = Faults.all(5, USUAL)
    with JiraServer(settings, is_cloud=is_cloud, faults=faults, access=Access("csi")) as server:
        pulled_and_killed(server, tmp_path, 5, n_kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, SOAK_RUNS + 1))
def test_twenty_thousand_with_kills(seed: int, tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=SOAK_INCIDENTS, seed=77)
    faults = Faults.all(seed, USUAL)
    with JiraServer(settings, is_cloud=bool(seed % 2), faults=faults) as server:
        pulled_and_killed(server, tmp_path, seed, n_kills=4)
