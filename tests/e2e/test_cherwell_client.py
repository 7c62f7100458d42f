"""The practice Cherwell, as a client sees it that other people wrote: cherwell_pydantic_api."""

from pathlib import Path

import pytest

from itsm.states import RecordKind
from simulator.cherwell.objects import ALL, OBJECTS
from simulator.cherwell.server import CherwellServer
from simulator.settings import EstateSettings
from tests.e2e.foreign_clients import interpreter, told_by

pytestmark = pytest.mark.e2e

SETTINGS = EstateSettings(n_incidents=450, n_weeks=8, seed=4)
N = SETTINGS.n_incidents


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cherwell") / "env"
    return interpreter(folder, "cherwell-pydantic-api==0.0.5")


def test_cherwell_pydantic_api_searches_saves_links_and_deletes(python: Path) -> None:
    with CherwellServer(SETTINGS) as server:
        seventh = server.system.desk.numbered(RecordKind.INCIDENT, "INC0000007")
        assert seventh is not None
        title, team = seventh.text("title"), seventh.text("team")
        given = {"url": server.api_url, "client_id": server.client_id, "user": server.user}
        told = told_by(python, "with_cherwell.py", {**given, "password": server.password})
        assert server.errors == []
        assert [one.status for one in server.requests if one.status >= 400] == [401]
    assert told["missing"] is None
    assert told["search"] == {"rows": N, "total": N}
    assert told["all"] == sorted(ALL)
    assert told["majors"] == sorted(one.name for one in ALL.values() if one.is_major)
    assert told["one"] == told["by_id"]
    assert (told["one"]["IncidentID"], told["one"]["ShortDescription"]) == ("7", title)
    assert told["one"]["OwnedByTeam"] == team
    at, after = told["newest"]
    assert at >= 1
    assert after == 0
    assert told["template"] == sorted(OBJECTS["Problem"].table.columns)
    assert told["saved"] == [False, False, True]
    assert told["title"] == "VPN drops daily"
    assert told["linked"] is True
    assert told["deleted"] is False
    assert told["after_logout"] != "answered"
