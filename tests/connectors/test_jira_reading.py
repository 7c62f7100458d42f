"""The traps of a Jira site, one by one."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from itsm.errors import AuthError, FatalSourceError
from itsm.records import Incident
from itsm.states import RecordKind
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.jira.server import Access, JiraServer
from simulator.jira.site import Issue, Remark
from simulator.settings import EstateSettings
from tests.connectors.jira_pull import Held, source_of

K = RecordKind
SETTINGS = EstateSettings(n_incidents=150, n_weeks=5, seed=2, dirt=0.0)
TYPE = "[System] Incident"


@pytest.fixture
def cloud() -> Iterator[JiraServer]:
    with JiraServer(SETTINGS) as server:
        yield server
    assert server.errors == []


@pytest.fixture
def data_center() -> Iterator[JiraServer]:
    with JiraServer(SETTINGS, is_cloud=False, access=Access("csi.reader")) as server:
        yield server
    assert server.errors == []


def touched(server: JiraServer, n: int, ago: timedelta = timedelta(0)) -> list[Issue]:
    """Some incidents, saved again a while ago."""
    issues = list(server.truth(TYPE))[:n]
    for place, issue in enumerate(issues):
        issue.updated = server.site.now_ms() - int(ago.total_seconds() * 1000) + place
        server.site.changed(issue.id)
    return issues


def asked(server: JiraServer, end: str) -> list[dict[str, list[str]]]:
    """The parameters of the requests to a path."""
    parts = [urlsplit(one.target) for one in server.requests]
    return [parse_qs(one.query) for one in parts if one.path.endswith(end)]


@pytest.mark.parametrize("n", [30, 120])
def test_nothing_is_counted_off_behind_a_short_page(cloud: JiraServer, n: int) -> None:
    source, held = source_of(cloud), Held()
    held.pull(source, K.INCIDENT)
    issues = touched(cloud, n)
    short = Fault(name=FaultName.SHORT_PAGES, share=1, rows=0.2, tables=frozenset({"search"}))
    cloud.faults = Faults((short,))
    again = Held(cursor=held.cursor)
    again.pull(source, K.INCIDENT)
    assert again.raw.keys() >= {str(issue.id) for issue in issues}


def test_nobody_is_not_nothing_new(cloud: JiraServer) -> None:
    source, held = source_of(cloud), Held()
    held.pull(source, K.INCIDENT)
    cloud.faults = Faults((Fault(name=FaultName.ANONYMOUS_200, share=1),))
    for one in (source, source_of(cloud)):
        with pytest.raises(AuthError):
            Held(cursor=held.cursor).pull(one, K.INCIDENT)
    assert cloud.requests[-2].status == 200


def test_a_captcha_is_told_and_not_tried_again(data_center: JiraServer) -> None:
    wrong = source_of(data_center, token="wrong")
    for _ in range(4):
        with pytest.raises(AuthError):
            Held().pull(wrong, K.INCIDENT)
    n = len(data_center.requests)
    with pytest.raises(AuthError, match="browser"):
        Held().pull(source_of(data_center, token="wrong"), K.INCIDENT)
    assert len(data_center.requests) == n + 1


def test_what_search_did_not_know_yet_comes_with_the_next_pull(cloud: JiraServer) -> None:
    source, held = source_of(cloud), Held()
    held.pull(source, K.INCIDENT)
    cloud.faults = Faults((Fault(name=FaultName.INDEX_LAG, seconds=3600),))
    issues = touched(cloud, 20)
    held.pull(source, K.INCIDENT)
    cloud.faults = NONE
    again = Held(cursor=held.cursor)
    again.pull(source, K.INCIDENT)
    assert again.raw.keys() >= {str(issue.id) for issue in issues}


def test_queries_name_projects_filter_and_moments_without_a_zone(cloud: JiraServer) -> None:
    source = source_of(cloud, projects=["INC", "CHG"], filter='summary ~ "e"')
    held = Held()
    held.pull(source, K.INCIDENT)
    assert 0 < len(held.raw) < SETTINGS.n_incidents
    cloud.requests.clear()
    held.pull(source, K.INCIDENT)
    (jql,) = asked(cloud, "/search/jql")[0]["jql"]
    assert jql.startswith("project in (INC, CHG) AND issuetype in (10005) AND (summary ~")
    at = int(jql.partition("updated >= ")[2].split()[0])
    assert at % 60_000 == 0


def test_all_comments_of_an_issue_are_read(cloud: JiraServer) -> None:
    issue = next(cloud.truth(TYPE))
    issue.remarks = [Remark(90_000 + n, issue.created, "Ann", f"{n}", False) for n in range(130)]
    held = Held()
    held.pull(source_of(cloud), K.COMMENT)
    assert {str(90_000 + n) for n in range(130)} <= held.raw.keys()


def test_clocks_of_what_is_not_done_are_read_again(cloud: JiraServer) -> None:
    source, held = source_of(cloud), Held()
    held.pull(source, K.SLA_CLOCK)
    issue = next(
        one
        for one in cloud.truth(TYPE)
        if any(run.stop is None for runs in one.clocks.values() for run in runs)
    )
    for name, runs in issue.clocks.items():
        issue.clocks[name] = [replace(run, elapsed=run.elapsed + 60_000) for run in runs]
    before = dict(held.raw)
    held.pull(source, K.SLA_CLOCK)
    changed = {key for key, raw in held.raw.items() if before[key] != raw}
    assert {key.partition(".")[0] for key in changed} == {str(issue.id)}


def test_items_are_known_by_their_ids_where_assets_is_denied(
    cloud: JiraServer, caplog: pytest.LogCaptureFixture
) -> None:
    denied = Fault(name=FaultName.DENIED, tables=frozenset({"assets"}))
    cloud.faults = Faults((denied,))
    source, held = source_of(cloud, assets={}), Held()
    with caplog.at_level(logging.WARNING):
        held.pull(source, K.INCIDENT)
    assert "may not read Assets" in caplog.text
    mapped = source.map(K.INCIDENT, list(held.raw.values())).mapped
    items = {one.records[0].ci for one in mapped if isinstance(one.records[0], Incident)} - {None}
    assert items
    assert all(str(item).isdecimal() for item in items)


def test_a_kind_that_was_named_and_may_not_be_read_is_an_error(cloud: JiraServer) -> None:
    cloud.faults = Faults((Fault(name=FaultName.DENIED, tables=frozenset({"assets"})),))
    with pytest.raises(FatalSourceError):
        Held().pull(source_of(cloud), K.TEAM)


def test_an_issue_type_that_is_not_there_is_left_out(cloud: JiraServer) -> None:
    source = source_of(cloud, issue_types={"known_error": "Bekannter Fehler"})
    assert list(source.pages(K.KNOWN_ERROR, None)) == []
    assert source.count(K.KNOWN_ERROR) is None
    told = [one for one in source.examine() if one.subject == K.KNOWN_ERROR]
    assert told[0].said == "not read: the site has no issue type Bekannter Fehler"


@pytest.mark.parametrize("which", ["cloud", "data_center"])
def test_deleted_issues_are_in_no_count_and_no_keys(
    which: str, request: pytest.FixtureRequest
) -> None:
    server: JiraServer = request.getfixturevalue(which)
    source = source_of(server)
    issues = list(server.truth(TYPE))
    gone, kept = issues[:3], [str(issue.id) for issue in issues[3:6]]
    for issue in gone:
        server.site.remove(issue)
    lost = [str(issue.id) for issue in gone]
    assert source.count(K.INCIDENT, [*lost, *kept]) == 3
    assert source.count(K.INCIDENT) == len(issues) - 3
    keys = [one.key for page in source.keys(K.INCIDENT) for one in page]
    assert not set(lost) & set(keys)
    assert {raw.key for raw in source.fetch(K.INCIDENT, [*lost, *kept])} == set(kept)


def test_other_columns_start_the_reading_anew(cloud: JiraServer) -> None:
    held = Held()
    held.pull(source_of(cloud), K.PROBLEM)
    assert held.pull(source_of(cloud), K.PROBLEM) < len(held.raw)
    given = {"problem": {"category": "Source"}}
    assert held.pull(source_of(cloud, fields=given), K.PROBLEM) == len(held.raw)
