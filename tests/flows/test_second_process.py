"""A second process beside a pull: what comes of it is the same, whether it works, dies, or is not.

What is prepared apart is told in `test_preparing.py`, without a process.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from flows.second_start import n_processors
from flows.settings import load_settings
from flows.wiring import build
from simulator.faults import Fault, FaultName, Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(n_processors() < 2, reason="a second process needs a second processor"),
]

CSI = "import os; os.sched_setaffinity(0, {}); from flows.cli import main; main()"
N = 9_000
SLOW = Fault(name=FaultName.SLOW, share=1.0, seconds=3.0, tables=frozenset({"incident"}))
WORKS = "reads and maps from here on"
TIMEOUT_S = 180


@pytest.fixture(scope="module")
def server() -> Iterator[ServiceNowServer]:
    settings = EstateSettings(n_incidents=N, n_weeks=8, seed=11)
    with ServiceNowServer(settings) as running:
        yield running


@pytest.fixture(scope="module")
def alone(server: ServiceNowServer, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What an installation holds that was pulled by one process."""
    pull = Pull(server, tmp_path_factory.mktemp("alone"), n_cores=1, waits=False)
    assert WORKS not in pull.to_the_end()
    return pull.held()


class Pull:
    """A pull in a process of its own that tells what it does.

    With `waits` the pages come so slowly that the second process is there long before the last one,
    and at once from then on.
    """

    def __init__(
        self, server: ServiceNowServer, folder: Path, *, n_cores: int = 2, waits: bool = True
    ) -> None:
        server.faults = Faults((SLOW,) if waits else ())
        self._config = folder / "csi.toml"
        self._config.write_text(
            'database = "sqlite:///csi.sqlite"\n'
            f'[sources.desk]\nkind = "servicenow"\nurl = "{server.url}"\nuser = "{server.user}"\n'
            'kinds = ["incident"]\nhistory = "differences"\n'
        )
        self._server = server
        cores = sorted(os.sched_getaffinity(0))[:n_cores]
        self.process = subprocess.Popen(
            [sys.executable, "-c", CSI.format(cores), "-v", "pull", "--config", str(self._config)],
            env={**os.environ, "CSI_SOURCES__DESK__PASSWORD": server.password},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until_the_second_works(self) -> int:
        """Wait until the second process takes work; its number."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            found = re.search(rf"a second process, (\d+), {WORKS}", line)
            if found is not None:
                self._server.faults = Faults()
                return int(found[1])
        raise AssertionError("there was no second process")

    def to_the_end(self) -> str:
        """What it told, or the rest of that."""
        _, told = self.process.communicate(timeout=TIMEOUT_S)
        assert self.process.returncode == 0, told[-2000:]
        return told

    def held(self) -> list[str]:
        """All the installation holds, but for how far it has read."""
        parts = build(load_settings(self._config), self._config.parent)
        return [row for row in parts.store.queries.dump().splitlines() if '"cursor"' not in row]


def is_running(pid: int) -> bool:
    """Whether a process is there, and not just waiting to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def ends(pids: Sequence[int], within_s: float = 10) -> bool:
    """Whether processes end in time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if not any(map(is_running, pids)):
            return True
        time.sleep(0.1)
    return False


def test_two_processes_land_what_one_does(
    server: ServiceNowServer, alone: list[str], tmp_path: Path
) -> None:
    pull = Pull(server, tmp_path)
    second = pull.until_the_second_works()
    given = Path(f"/proc/{second}/environ").read_text()
    assert server.password not in given
    assert "CSI_" not in given
    assert "by itself" not in pull.to_the_end()
    assert ends([second])
    assert len(alone) > 3 * N, "a raw record, an incident and a few events of each"
    assert pull.held() == alone


def test_a_pull_goes_on_when_its_second_process_is_killed(
    server: ServiceNowServer, alone: list[str], tmp_path: Path
) -> None:
    pull = Pull(server, tmp_path)
    os.kill(pull.until_the_second_works(), signal.SIGKILL)
    assert "the second process of the pull has ended; this one goes on by itself" in (
        pull.to_the_end()
    )
    assert pull.held() == alone


def test_a_pull_that_is_killed_leaves_no_process_and_the_next_goes_on(
    server: ServiceNowServer, alone: list[str], tmp_path: Path
) -> None:
    pull = Pull(server, tmp_path)
    second = pull.until_the_second_works()
    pull.process.kill()
    pull.process.wait()
    assert ends([second])
    following = Pull(server, tmp_path, waits=False)
    following.to_the_end()
    assert following.held() == alone
