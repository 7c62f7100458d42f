"""What a second process makes of the records of other systems is what one process makes of them."""

import logging
import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from flows import wiring
from flows.demo_config import demo_config
from flows.practice import write_estate
from flows.second import Second
from flows.second_start import n_processors
from flows.settings import load_settings
from flows.stages.pull import pull
from flows.wiring import Parts, build
from simulator.bmc_helix.server import BmcHelixServer
from simulator.cherwell.server import CherwellServer
from simulator.faults import Fault, FaultName, Faults
from simulator.itop.server import ItopServer
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(n_processors() < 2, reason="a second process needs a second processor"),
]

ESTATE = EstateSettings(n_incidents=1_500, n_weeks=8, seed=11)
SLOW = Fault(name=FaultName.SLOW, share=1.0, seconds=0.7)
WORKS = re.compile(r"a second process, \d+, reads and maps from here on")
SYSTEMS = {
    "bmc_helix": (BmcHelixServer, "page_size = 1000"),
    "cherwell": (CherwellServer, "page_size = 1000"),
    "itop": (ItopServer, "page_size = 1000"),
    "servicenow": (ServiceNowServer, "page_size = 1000"),
}


def held(server: Any, kind: str, line: str, folder: Path, *, is_alone: bool) -> list[str]:
    """All that an installation holds after a pull, but for how far it has read."""
    folder.mkdir()
    config = folder / "csi.toml"
    client = f'client_id = "{server.client_id}"\n' if kind == "cherwell" else ""
    config.write_text(
        'database = "sqlite:///csi.sqlite"\n'
        f'[sources.desk]\nkind = "{kind}"\nurl = "{server.url}"\nuser = "{server.user}"\n'
        f'password = "{server.password}"\nkinds = ["incident", "history"]\n{line}\n{client}'
    )
    parts = build(load_settings(config), folder)
    if is_alone:
        assert isinstance(parts.seconds, dict)
        parts.seconds.clear()
    pull(parts, "desk", ESTATE.last_week.end_at)
    return without_places(parts)


def without_places(parts: Parts) -> list[str]:
    """All that is stored, but for how far was read."""
    dump = parts.store.queries.dump().splitlines()
    return [row for row in dump if '"cursor"' not in row]


@pytest.mark.parametrize("kind", SYSTEMS)
def test_two_processes_land_what_one_does(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made, line = SYSTEMS[kind]
    serving: AbstractContextManager[Any] = made(ESTATE)
    with serving as server, caplog.at_level(logging.INFO):
        alone = held(server, kind, line, tmp_path / "alone", is_alone=True)
        assert not WORKS.search(caplog.text)
        server.faults = Faults((SLOW,))
        both = held(server, kind, line, tmp_path / "both", is_alone=False)
    assert WORKS.search(caplog.text)
    assert "goes on by itself" not in caplog.text
    assert len(alone) > 5 * ESTATE.n_incidents
    assert both == alone


def test_two_processes_land_what_one_does_of_exports(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = write_estate(ESTATE, "servicenow", tmp_path / "exports")

    def pulled(name: str, worth_from: int) -> list[str]:
        monkeypatch.setattr(wiring, "MANY_ROWS", worth_from)
        (tmp_path / name).mkdir()
        config = tmp_path / name / "csi.toml"
        config.write_text(demo_config(exports.files))
        parts = build(load_settings(config), tmp_path / name)
        pull(parts, "practice", ESTATE.last_week.end_at)
        return without_places(parts)

    with caplog.at_level(logging.INFO):
        alone = pulled("alone", 10**9)
        assert not WORKS.search(caplog.text)
        takes = Second.takes
        monkeypatch.setattr(Second, "takes", lambda self, **_: takes(self))  # it is waited for
        both = pulled("both", 900)
    assert WORKS.search(caplog.text)
    assert "goes on by itself" not in caplog.text
    assert len(alone) > 5 * ESTATE.n_incidents
    assert both == alone
