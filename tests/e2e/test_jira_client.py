"""The practice site, as a client sees it that other people wrote: jira (pycontribs)."""

from pathlib import Path

import pytest

from simulator.jira.fields import FIELDS
from simulator.jira.server import Access, JiraServer
from simulator.jira.words import LINK_TYPES, PRIORITIES, PROJECTS, STATUSES, TYPES
from simulator.settings import EstateSettings
from tests.e2e.foreign_clients import interpreter, told_by

pytestmark = pytest.mark.e2e

SETTINGS = EstateSettings(n_incidents=450, n_weeks=8, seed=4)
N = SETTINGS.n_incidents


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return interpreter(tmp_path_factory.mktemp("jira") / "env", "jira==3.10.5")


@pytest.mark.parametrize("deployment", ["cloud", "data_center"])
def test_jira_searches_pages_and_reads(python: Path, deployment: str) -> None:
    is_cloud = deployment == "cloud"
    access = Access() if is_cloud else Access("csi.reader")
    with JiraServer(SETTINGS, is_cloud=is_cloud, access=access) as server:
        given = {"url": server.url, "user": server.user, "token": server.token}
        told = told_by(python, "with_jira.py", {**given, "deployment": deployment})
        issue = server.site.resolved("INC-7")
        assert server.errors == []
    assert issue is not None
    n_changes = len(issue.history)
    if is_cloud:
        pages = -(-N // 100)
        assert told["search"] == {
            "seen": N, "rows": N, "whole": N, "pages": pages, "count": N
        }  # fmt: skip
    else:
        assert told["search"] == {"seen": N, "rows": N, "total": N, "histories": n_changes}
    one = told["one"]
    assert one["key"] == "INC-7"
    assert one["summary"] == issue.words["Summary"]
    assert one["status"] == issue.words["Status"]
    assert one["category"] == STATUSES[issue.words["Status"]][1]
    assert (one["priority"], one["type"]) == (issue.words["Priority"], issue.type)
    assert one["reporter"] == issue.words["Reporter"]
    assert one["histories"] == n_changes > 0
    assert one["comments"] == len(issue.remarks)
    assert told["site"] == {
        "myself": server.user,
        "deployment": "Cloud" if is_cloud else "Server",
        "fields": len(FIELDS),
        "statuses": sorted(STATUSES),
        "priorities": list(PRIORITIES),
        "types": sorted(TYPES),
        "projects": sorted(PROJECTS),
        "links": sorted(LINK_TYPES),
        "project": "Incidents",
    }
    assert told["missing"][0] == 404
    assert "does not exist" in told["missing"][1]
    assert told["refused"] == 401
