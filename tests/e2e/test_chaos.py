"""Small pulls of every system, with everything going wrong at once and kills: many seeds of each.

    make soak PART=chaos SEEDS=1-100
    make soak PART="chaos and itop" SEEDS=17

An estate of 200 incidents of its own for each seed, in pages of 25; all faults the practice server
knows; the pull is killed three times. Then nothing may be lost, doubled or wrongly deleted. The
pulls are forked off a process that has loaded everything, which is most of what they would cost.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator.bmc_helix.mishaps import USUAL as BMC_HELIX
from simulator.bmc_helix.server import BmcHelixServer
from simulator.cherwell.mishaps import USUAL as CHERWELL
from simulator.cherwell.server import CherwellServer
from simulator.faults import USUAL as SERVICENOW
from simulator.faults import Fault, Faults
from simulator.freshservice.mishaps import USUAL as FRESHSERVICE
from simulator.freshservice.server import FreshserviceServer
from simulator.glpi.mishaps import USUAL as GLPI
from simulator.glpi.server import GlpiServer
from simulator.itop.mishaps import USUAL as ITOP
from simulator.itop.server import ItopServer
from simulator.jira.mishaps import USUAL as JIRA
from simulator.jira.server import JiraServer
from simulator.practice_server import PracticeServer
from simulator.rt.mishaps import USUAL as RT
from simulator.rt.server import RtServer
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.e2e import (
    lossless,
    test_bmc_helix_lossless,
    test_cherwell_lossless,
    test_freshservice_lossless,
    test_glpi_lossless,
    test_itop_lossless,
    test_jira_lossless,
    test_rt_lossless,
    test_servicenow_lossless,
)
from tests.e2e.forked_pulls import ForkedRun
from tests.e2e.killed_pulls import Run

N_INCIDENTS = 200
N_KILLS = 3
PAGE_SIZE = 25


def seeds() -> list[int]:
    """The seeds of CSI_SOAK_SEEDS: one, or the first and the last with a hyphen between them."""
    first, _, last = os.environ.get("CSI_SOAK_SEEDS", "1-100").partition("-")
    return list(range(int(first), int(last or first) + 1))


@dataclass(frozen=True)
class System:
    """How a system is started, pulled from and looked through.

    Attributes:
        serve: starts its practice server.
        usual: what may go wrong with it.
        installed: an installation that reads incidents and their history.
        check: compares what is held with what is there.
        most: a kill comes at most so many requests after the start.
        more: what the source's table says besides.
    """

    serve: Callable[..., AbstractContextManager[Any]]
    usual: tuple[Fault, ...]
    installed: Callable[[Any, Path], Run]
    check: Callable[[Run, Any], None]
    most: float = 20.0
    more: tuple[str, ...] = (f"page_size = {PAGE_SIZE}",)


def jira(settings: EstateSettings, faults: Faults) -> AbstractContextManager[PracticeServer]:
    """Cloud and Data Center by turns."""
    return JiraServer(settings, is_cloud=bool(settings.seed % 2), faults=faults)


SYSTEMS: Mapping[str, System] = {
    "servicenow": System(
        ServiceNowServer,
        SERVICENOW,
        test_servicenow_lossless.installed,
        test_servicenow_lossless.check,
    ),
    "jira": System(jira, JIRA, test_jira_lossless.installed, test_jira_lossless.check),
    "rt": System(RtServer, RT, test_rt_lossless.installed, test_rt_lossless.check),
    "itop": System(ItopServer, ITOP, test_itop_lossless.installed, test_itop_lossless.check),
    "glpi": System(GlpiServer, GLPI, test_glpi_lossless.installed, test_glpi_lossless.check, 150.0),
    "freshservice": System(
        FreshserviceServer,
        FRESHSERVICE,
        test_freshservice_lossless.installed,
        test_freshservice_lossless.check,
        150.0,
    ),
    "bmc_helix": System(
        BmcHelixServer, BMC_HELIX, test_bmc_helix_lossless.installed, test_bmc_helix_lossless.check
    ),
    "cherwell": System(
        CherwellServer, CHERWELL, test_cherwell_lossless.installed, test_cherwell_lossless.check
    ),
}
"""Every system by its name in the configuration."""


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds())
@pytest.mark.parametrize("name", SYSTEMS)
def test_chaos(name: str, seed: int, tmp_path: Path) -> None:
    system = SYSTEMS[name]
    settings = EstateSettings(n_incidents=N_INCIDENTS, n_weeks=6, seed=seed)
    with system.serve(settings, faults=Faults.all(seed, system.usual)) as server:
        run = system.installed(server, tmp_path)
        lines = [line for line in run.source.splitlines() if not line.startswith("page_size")]
        run = ForkedRun(run.folder, "\n".join([*lines, *system.more]), run.secret)
        lossless.pulled_and_killed(
            server, run, lambda: system.check(run, server), seed, (N_KILLS, system.most)
        )
