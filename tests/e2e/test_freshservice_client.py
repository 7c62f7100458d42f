"""A client that others wrote reads, pages and filters on the practice Freshservice."""

from pathlib import Path

import pytest

from itsm.states import RecordKind
from simulator.freshservice.server import FreshserviceServer
from simulator.settings import EstateSettings
from tests.e2e.foreign_clients import interpreter, told_by

pytestmark = pytest.mark.e2e

SETTINGS = EstateSettings(n_incidents=800, n_weeks=8, seed=4)
DAY_S = 24 * 3600


def test_freshpy_reads_pages_and_filters(tmp_path: Path) -> None:
    with FreshserviceServer(SETTINGS) as server:
        python = interpreter(tmp_path / "freshpy", "freshpy==2.0.0")
        account = server.account
        gone = account.ticket(11)
        assert gone is not None
        account.delete(gone)
        tickets = sorted(account.tickets(), key=lambda one: (one.created, one.id))
        now = int(server.now().timestamp())
        told = told_by(python, "with_freshpy.py", {"url": server.url, "api_key": server.api_key})
        assert server.errors == []
    urgent = [
        one
        for one in server.truth(RecordKind.INCIDENT)
        if one.text("priority") == "1" and one.text("state") in {"closed", "canceled"}
    ]
    recent = [one for one in tickets if one.created >= now - 30 * DAY_S]
    assert told["good"] == {
        "one": [7, "Incident", ["agent_responded_at", "assigned_at"]],
        "page": [one.id for one in tickets[100:103]],
        "n_page": 100,
        "recent": min(100, len(recent)),
        "found": len(urgent),
        "gone": [11],
        "agents": min(100, len(account.agents)),
        "missing": 404,
    }
    assert told["refused"]["code"] == "invalid_credentials"
