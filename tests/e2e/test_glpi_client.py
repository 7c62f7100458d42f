"""A client that others wrote reads, searches, creates, changes and deletes on the practice GLPI."""

from pathlib import Path

import pytest

from simulator.glpi.server import GlpiServer
from simulator.settings import EstateSettings
from tests.e2e.foreign_clients import interpreter, told_by

pytestmark = pytest.mark.e2e

SETTINGS = EstateSettings(n_incidents=800, n_weeks=8, seed=4)
SINCE = "2026-10-20 00:00:00"


def test_glpi_api_reads_searches_and_writes(tmp_path: Path) -> None:
    with GlpiServer(SETTINGS) as server:
        python = interpreter(tmp_path / "glpi_api", "glpi_api==0.7.0")
        given = {
            "url": server.url, "user": server.user, "password": server.password,
            "user_token": server.user_token, "app_token": server.app_token, "since": SINCE,
        }  # fmt: skip
        tickets = list(server.truth("Ticket", type=1))
        log = server.database.linked("Log", "Ticket", 7)
        told = told_by(python, "with_glpi_api.py", given)
        assert server.errors == []
    since = 1792454400
    for way in ("token", "basic"):
        assert told[way] == {
            "profile": "Technician",
            "session": server.user,
            "one": [7, 1],
            "missing": None,
            "listed": [50, 1],
            "field": "status",
            "found": sum(row["date_mod"] > since for row in tickets),
            "log": len(log),
            "several": [7, 8],
            "changed": [True, 5],
            "gone": [True, 1],
        }
    assert told["refused"].startswith("(ERROR_GLPI_LOGIN_USER_TOKEN)")
