"""The README's "Connect your ServiceNow" and "Schedule it", followed word for word."""

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.prefect_desk import BIN, PrefectDesk, free_port, prefect_desk

pytestmark = pytest.mark.e2e

README = Path(__file__).resolve().parents[2] / "README.md"
STAYS = ("csi simulate ", "csi review", "prefect server start", "prefect worker start")
"""Commands that run until they are stopped; a person gives each a terminal of its own."""

WEEK = "2026-W46"


def blocks(section: str) -> list[str]:
    """The commands of a section, block by block."""
    text = README.read_text()
    found = re.search(rf"^## {re.escape(section)}$(.+?)^## ", text, re.MULTILINE | re.DOTALL)
    assert found is not None, section
    return re.findall(r"^```console\n(.+?)^```$", found[1], re.MULTILINE | re.DOTALL)


class Terminals:
    """Runs the blocks of a section in a fresh folder, as someone would who types them.

    Ports are others than the README's, which may be taken here; all else is as it is written. What
    the README says is set by hand is not set otherwise.
    """

    def __init__(self, desk: PrefectDesk) -> None:
        self.desk = desk
        self.folder = desk.home / "folder"
        self.folder.mkdir()
        (self.folder / ".venv").symlink_to(BIN.parent)
        self.review_port = free_port()
        self.changed = {
            "8443": str(free_port()),
            "4200": str(desk.port),
            "csi review": f"csi review --port {self.review_port}",
        }

    def typed(self, block: str) -> str:
        """A block with our ports."""
        for written, ours in self.changed.items():
            block = block.replace(written, ours)
        return block

    def stays(self, block: str, name: str) -> None:
        """Type a block whose last command keeps running, in a new terminal."""
        assert block.strip().splitlines()[-1].startswith(STAYS), block
        self.desk.start(name, "bash", "-ec", self._exec(block), cwd=self.folder)

    def ends(self, block: str) -> str:
        """Type a block whose commands end; what they printed."""
        return self.desk.run("bash", "-ec", self.typed(block), cwd=self.folder)

    def _exec(self, block: str) -> str:
        """The block with its last command in the shell's place, so that it can be stopped."""
        *first, last = self.typed(block).strip().splitlines()
        return "\n".join([*first, f"exec {last}"])


def answer(url: str) -> str | None:
    """A page; None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            page: str = response.read().decode()
    except OSError:
        return None
    return page


@pytest.fixture(scope="module")
def terminals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminals]:
    with prefect_desk(tmp_path_factory.mktemp("readme") / "home", is_bare=True) as desk:
        yield Terminals(desk)


@pytest.fixture(scope="module")
def connected(terminals: Terminals) -> str:
    """What "Connect your ServiceNow" printed; the practice instance keeps running."""
    simulate, begin, pull, review = blocks("Connect your ServiceNow")
    terminals.stays(simulate, "simulate")
    log = terminals.desk.home / "simulate.log"
    terminals.desk.wait(lambda: "serving until" in log.read_text(), "the practice instance")
    printed = terminals.ends(begin + pull)
    same_terminal = [line for line in begin.splitlines() if not line.startswith("csi ")]
    terminals.stays("\n".join([*same_terminal, review]), "review")
    return printed


def test_doctor_finds_nothing_in_the_way(connected: str) -> None:
    assert re.search(r"^\d+ checks: \d+ ok, \d+ warning, 0 failure$", connected, re.MULTILINE)


def test_the_pull_ends_with_counts_that_agree(connected: str) -> None:
    counted = re.search(r"^  incident +2,000 .* 2,000 +2,000 +0 +0$", connected, re.MULTILINE)
    assert counted, connected


def test_the_pack_is_where_the_readme_says(connected: str, terminals: Terminals) -> None:
    assert connected
    named = re.search(r"`(desk/\S+/pack\.html)`", README.read_text())
    assert named is not None
    assert "<html" in (terminals.folder / named[1]).read_text()


def test_the_review_pages_answer(connected: str, terminals: Terminals) -> None:
    assert connected
    url = f"http://127.0.0.1:{terminals.review_port}/"
    page = terminals.desk.wait(lambda: answer(url), "the review pages")
    assert WEEK in page


def test_scheduled_runs_complete(connected: str, terminals: Terminals) -> None:
    assert connected
    server, worker, deploy = blocks("Schedule it")
    desk = terminals.desk
    terminals.stays(server, "server")
    desk.wait(desk.is_healthy, "the server to answer")
    terminals.stays(worker, "worker")
    desk.wait(desk.has_pool, "the worker to make its pool")
    terminals.ends(deploy)
    for deployment in ("hourly", "weekly"):
        run = next(run for run in desk.runs(deployment) if not run["auto_scheduled"])
        assert run["state_type"] == "COMPLETED", (run["state"], desk.logs())
    told = desk.artifacts()
    assert "Every count agrees with the system's own." in told["csi-pull-servicenow"]
    assert WEEK in told["csi-pack"]


def test_nothing_looked_beyond_this_machine(connected: str, terminals: Terminals) -> None:
    assert connected
    assert not terminals.desk.outbound.exists(), terminals.desk.outbound.read_text()
