"""Practice servers of Request Tracker and iTop, as clients see them that other people wrote."""

from pathlib import Path

import pytest

from itsm.states import RecordKind
from simulator.itop.server import ItopServer
from simulator.rt.server import RtServer
from simulator.settings import EstateSettings
from tests.e2e.foreign_clients import interpreter, told_by

pytestmark = pytest.mark.e2e

SETTINGS = EstateSettings(n_incidents=450, n_weeks=8, seed=4)
N = SETTINGS.n_incidents


def test_rt_searches_reads_and_writes(tmp_path: Path) -> None:
    python = interpreter(tmp_path / "env", "rt==3.8.1")
    with RtServer(SETTINGS) as server:
        record = next(one for one in server.truth(RecordKind.INCIDENT) if one.remarks)
        n_problems = len(list(server.truth(RecordKind.PROBLEM)))
        given = {"url": server.url, "user": server.user, "password": server.password}
        given |= {"token": server.token, "ticket": str(record.id)}
        told = told_by(python, "with_rt.py", given)
        assert server.errors == []
    assert (told["seen"], told["rows"]) == (N, N)
    assert told["subject"] == record.text("title")
    assert told["attachments"] == 1 + len(record.remarks)
    assert told["history"] > len(record.remarks)
    assert told["changed"] == ["VPN drops again", "open"]
    assert told["linked"] == ["refers-to"]
    assert (told["gone"], told["missing"], told["refused"]) == ("deleted", "missing", "refused")
    assert told["queues"] == 9
    assert told["token"] == n_problems


def test_itoptop_finds_reads_and_writes(tmp_path: Path) -> None:
    python = interpreter(tmp_path / "env", "itoptop==1.0.10")
    with ItopServer(SETTINGS) as server:
        record = next(server.truth(RecordKind.INCIDENT))
        given = {"url": server.url, "user": server.user, "password": server.password}
        given["ref"] = server.base.reference(record)
        told = told_by(python, "with_itoptop.py", given)
        assert server.errors == []
        status = server.base.attributes(record).plain("status")
    assert (told["rows"], told["some"]) == (N, 10)
    assert (told["title"], told["status"]) == (record.text("title"), status)
    assert told["changed"] == "VPN drops again"
    assert told["removed"] is True
    assert told["left"] == []
    assert (told["unknown"], told["refused"]) == ("refused", "refused")
