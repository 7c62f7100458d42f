"""A pull of a Jira site that misbehaves, killed again and again, loses and doubles nothing.

`make soak` does it with 20,000 incidents and their history in 20 runs of different seeds, half of
them against Data Center: `CSI_SOAK_INCIDENTS` and `CSI_SOAK_RUNS` choose other numbers.
"""

from pathlib import Path

import pytest

from connectors.core.mapping.loading import toml_of
from itsm.states import RecordKind
from simulator.faults import Faults
from simulator.jira.mishaps import USUAL
from simulator.jira.server import Access, JiraServer
from simulator.jira.site import Issue
from simulator.jira.words import STATUSES, UNKNOWN_STATUS
from simulator.settings import EstateSettings
from tests.e2e import lossless
from tests.e2e.killed_pulls import Run, held

NAMES = "opened_at resolved_at updated_at state priority title team".split()
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
    is_hidden = lossless.lasting_hidden(server, "search")
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
        there = {key: (issue.key, told(issue)) for key, issue in incidents.items()}
        good = lossless.check_incidents(here, there, NAMES, _plain)
        changes = {
            f"{entry.id}.{change.field_id}"
            for issue in incidents.values()
            for entry in issue.history
            for change in entry.changes
        }
        lossless.check_history(here, frozenset(changes), good)
        counted = {one.kind: one for one in here.store.queries.reconciliations()}
        incident = counted[RecordKind.INCIDENT]
        assert incident.n_server == incident.n_held == len(incidents)


def _plain(_name: str, value: object) -> object:
    """Times in milliseconds, all else as text."""
    stamp = getattr(value, "timestamp", None)
    if stamp is not None:
        return round(stamp() * 1000)
    return None if value is None else str(value)


def pulled_and_killed(server: JiraServer, folder: Path, seed: int, n_kills: int) -> None:
    run = installed(server, folder)
    kills = n_kills, 10 + 160 * server.site.settings.n_incidents / 20_000
    lossless.pulled_and_killed(server, run, lambda: check(run, server), seed, kills)


@pytest.mark.parametrize("is_cloud", [True, False], ids=["cloud", "data_center"])
def test_everything_going_wrong_and_two_kills(tmp_path: Path, *, is_cloud: bool) -> None:
    settings = EstateSettings(n_incidents=800, n_weeks=6, seed=5)
    faults = Faults.all(5, USUAL)
    with JiraServer(settings, is_cloud=is_cloud, faults=faults, access=Access("csi")) as server:
        pulled_and_killed(server, tmp_path, 5, n_kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, lossless.SOAK_RUNS + 1))
def test_twenty_thousand_with_kills(seed: int, tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=lossless.soak_incidents(20_000), seed=77)
    faults = Faults.all(seed, USUAL)
    with JiraServer(settings, is_cloud=bool(seed % 2), faults=faults) as server:
        pulled_and_killed(server, tmp_path, seed, n_kills=4)
