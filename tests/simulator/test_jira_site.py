"""The practice site answers as a site of Jira Service Management does, traps included."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from itsm.errors import ConfigError
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.jira.mishaps import LOCKING, USUAL
from simulator.jira.server import Access, JiraServer
from simulator.jira.site import Issue
from simulator.settings import EstateSettings

SETTINGS = EstateSettings(n_incidents=200, n_weeks=5, seed=3)
F = FaultName


@dataclass(frozen=True)
class Client:
    """Asks a site as its user."""

    server: JiraServer

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.sent("GET", path, params=params)

    def post(self, path: str, value: object) -> requests.Response:
        return self.sent("POST", path, json=value)

    def sent(self, method: str, path: str, **more: Any) -> requests.Response:
        auth = (self.server.user, self.server.token)
        url = f"{self.server.url}/{path}"
        return requests.request(method, url, **{"auth": auth, "timeout": 30, **more})

    def search(self, jql: str, **params: Any) -> Any:
        if self.server.site.is_cloud:
            answer = self.get("rest/api/3/search/jql", jql=jql, **params)
        else:
            answer = self.get("rest/api/2/search", jql=jql, **params)
        return answer.json() if answer.status_code == 200 else answer


@pytest.fixture(scope="module")
def cloud() -> Iterator[Client]:
    with JiraServer(SETTINGS) as server:
        yield Client(server)
    assert server.errors == []


@pytest.fixture(scope="module")
def data_center() -> Iterator[Client]:
    with JiraServer(SETTINGS, is_cloud=False, access=Access("csi.reader")) as server:
        yield Client(server)
    assert server.errors == []


@pytest.fixture(autouse=True)
def quiet(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in {"cloud", "data_center"} & set(request.fixturenames):
        request.getfixturevalue(name).server.faults = NONE


def keys(told: Any) -> list[str]:
    return [issue["key"] for issue in told["issues"]]


def all_keys(client: Client, jql: str, **params: Any) -> list[str]:
    """The keys of all pages, by token."""
    told = client.search(jql, **params)
    found = keys(told)
    while "nextPageToken" in told:
        assert told["isLast"] is False
        told = client.search(jql, nextPageToken=told["nextPageToken"], **params)
        found += keys(told)
    assert told["isLast"] is True
    return found


def test_cloud_pages_by_token_and_tells_no_total(cloud: Client) -> None:
    found = all_keys(cloud, "project = INC ORDER BY updated ASC, key ASC", maxResults=30)
    assert len(found) == len(set(found)) == SETTINGS.n_incidents
    told = cloud.search("project = INC", maxResults=30)
    assert "total" not in told
    assert "fields" not in told["issues"][0]
    answer = cloud.post("rest/api/3/search/approximate-count", {"jql": "project = INC"})
    assert answer.json() == {"count": SETTINGS.n_incidents}


def test_cloud_gives_a_hundred_issues_with_fields_and_thousands_of_ids(cloud: Client) -> None:
    jql = "project = INC ORDER BY key"
    assert len(keys(cloud.search(jql, maxResults=1000, fields="summary"))) == 100
    assert len(keys(cloud.search(jql, maxResults=5000, fields="id"))) == SETTINGS.n_incidents


def test_a_token_belongs_to_its_query(cloud: Client) -> None:
    token = cloud.search("project = INC", maxResults=10)["nextPageToken"]
    assert cloud.search("project = CHG", nextPageToken=token).status_code == 400


def test_what_was_removed_is_gone_and_an_unbounded_query_refused(cloud: Client) -> None:
    gone = cloud.get("rest/api/3/search", jql="project = INC")
    assert gone.status_code == 410
    assert "CHANGE-2046" in gone.json()["errorMessages"][0]
    assert cloud.search("ORDER BY key").status_code == 400


def test_data_center_counts_and_starts_anywhere(data_center: Client) -> None:
    told = data_center.search("project = INC ORDER BY key ASC", startAt=190, maxResults=5000)
    assert (told["total"], told["startAt"], told["maxResults"]) == (200, 190, 1000)
    assert keys(told) == [f"INC-{n}" for n in range(191, 201)]
    assert told["issues"][0]["fields"]["summary"]


@pytest.mark.parametrize("name", ["cloud", "data_center"])
def test_jql_finds_what_plain_python_finds(name: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(name)
    issues = list(client.server.truth())
    middle = sorted(issue.updated for issue in issues)[len(issues) // 2] // 60_000 * 60_000
    at = f"{datetime.fromtimestamp(middle / 1000, UTC):%Y-%m-%d %H:%M}"
    done = {"Resolved", "Closed", "Canceled", "Completed", "Done"}
    cases: dict[str, Callable[[Issue], bool]] = {
        f"updated >= {middle}": lambda one: one.updated >= middle,
        f'updated < "{at}"': lambda one: one.updated < middle,
        f'project in (INC, CHG) AND updated > "{at}"': lambda one: (
            one.project in {"INC", "CHG"} and one.updated >= middle + 60_000
        ),
        'issuetype = "[System] Incident" AND statusCategory != Done': lambda one: (
            one.type == "[System] Incident" and one.words["Status"] not in done
        ),
        "project = INC AND priority in (High, Highest)": lambda one: (
            one.project == "INC" and one.words["Priority"] in {"High", "Highest"}
        ),
        "project = INC AND NOT priority = High": lambda one: (
            one.project == "INC" and one.words["Priority"] != "High"
        ),
        "project = INC AND (Team is EMPTY OR Location = osl)": lambda one: (
            one.project == "INC" and ("Team" not in one.words or one.words.get("Location") == "osl")
        ),
        "project = PRB OR key = INC-7": lambda one: one.project == "PRB" or one.key == "INC-7",
        "project = INC AND resolved is not EMPTY": lambda one: (
            one.project == "INC" and "Resolved" in one.times
        ),
        "project = INC AND key > INC-150": lambda one: one.project == "INC" and one.n > 150,
    }
    for jql, is_meant in cases.items():
        wanted = {issue.key for issue in issues if is_meant(issue)}
        size = {"maxResults": 5000} if name == "cloud" else {"maxResults": 1000, "fields": "id"}
        assert set(keys(client.search(jql, **size))) == wanted, jql
        assert wanted, jql


def test_times_are_read_and_shown_in_the_zone_of_the_user(cloud: Client) -> None:
    jql = 'project = INC AND updated >= "2026-11-04 06:00"'
    before = set(keys(cloud.search(jql, maxResults=5000)))
    cloud.server.faults = Faults.named(["user_zone"], 1, USUAL)
    after = set(keys(cloud.search(jql, maxResults=5000)))
    assert after < before
    (issue,) = cloud.search("key = INC-7", fields="created")["issues"]
    assert issue["fields"]["created"].endswith(("-0700", "-0800"))
    assert cloud.get("rest/api/3/myself").json()["timeZone"] == "US/Pacific"


def test_a_range_behind_a_key_that_is_gone(cloud: Client, data_center: Client) -> None:
    jql = "key > INC-99999"
    assert keys(cloud.search(jql)) == []
    assert data_center.search(jql).status_code == 400
    assert cloud.search("key in (INC-7, INC-99999)").status_code == 400


@pytest.mark.parametrize(
    "jql",
    ["nonsense = 1", "project = NOPE", 'issuetype = "Bug"', "project =", "updated > soon", "a ! b"],
)
def test_a_query_that_cannot_be_read_is_refused_in_words(cloud: Client, jql: str) -> None:
    answer = cloud.search(jql)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"][0]


def test_cloud_answers_strangers_with_nothing(cloud: Client) -> None:
    answer = cloud.sent(
        "GET", "rest/api/3/search/jql", params={"jql": "project = INC"}, auth=("x", "y")
    )
    assert (answer.status_code, answer.json()["issues"]) == (200, [])
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    refused = cloud.sent("GET", "rest/api/3/myself", auth=("x", "y"))
    assert (refused.status_code, refused.headers["Content-Type"][:10]) == (401, "text/plain")


def test_data_center_wants_a_person_after_some_failures() -> None:
    with JiraServer(SETTINGS, is_cloud=False, access=Access("csi.reader")) as server:
        client = Client(server)
        told = [client.sent("GET", "rest/api/2/myself", auth=("csi.reader", "no"))
                for _ in range(4)]  # fmt: skip
        assert [answer.status_code for answer in told] == [401, 401, 401, 403]
        assert "CAPTCHA_CHALLENGE" in told[-1].headers["X-Authentication-Denied-Reason"]
        token = {"Authorization": f"Bearer {server.token}"}
        good = client.sent("GET", "rest/api/2/myself", auth=None, headers=token)
        assert good.status_code == 200


def test_a_service_account_gets_tokens_that_end(cloud: Client) -> None:
    asked = {"grant_type": "client_credentials", "client_id": cloud.server.client_id,
             "client_secret": cloud.server.client_secret}  # fmt: skip
    token = cloud.post("oauth/token", asked).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    path = "rest/api/3/myself"
    assert cloud.sent("GET", path, auth=None, headers=bearer).status_code == 200
    expired = Fault(name=F.EXPIRED_TOKEN, ordinals=frozenset({1}))
    cloud.server.faults = Faults((expired,))
    assert cloud.sent("GET", path, auth=None, headers=bearer).status_code == 401
    cloud.server.faults = NONE
    assert cloud.sent("GET", path, auth=None, headers=bearer).status_code == 401
    assert cloud.post("oauth/token", {**asked, "client_secret": "no"}).status_code == 401


def test_rate_limits_are_told_in_the_words_of_each(cloud: Client, data_center: Client) -> None:
    fault = Fault(name=F.RATE_LIMIT, ordinals=frozenset({1}), seconds=2)
    for client in (cloud, data_center):
        client.server.faults = Faults((fault,))
    limited = cloud.get("rest/api/3/myself")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "2")
    assert limited.headers["RateLimit-Reason"] == "jira-burst-based"
    reset = datetime.fromisoformat(limited.headers["X-RateLimit-Reset"])
    assert abs(reset - cloud.server.now()) < timedelta(seconds=10)
    assert data_center.get("rest/api/2/myself").status_code == 429
    good = data_center.get("rest/api/2/myself")
    assert (good.status_code, good.headers["Retry-After"]) == (200, "0")
    assert {"X-RateLimit-FillRate", "X-RateLimit-Interval-Seconds"} <= good.headers.keys()


def test_a_token_counts_rows_off_so_that_moved_rows_hide_others(cloud: Client) -> None:
    jql = "project = INC ORDER BY updated ASC, key ASC"
    first = cloud.search(jql, maxResults=50)
    issue = cloud.server.site.resolved(keys(first)[0])
    assert issue is not None
    was = issue.updated
    missed = keys(cloud.search(jql, maxResults=51))[50]
    issue.updated = cloud.server.site.now_ms()
    cloud.server.site.changed(issue.id)
    second = cloud.search(jql, maxResults=50, nextPageToken=first["nextPageToken"])
    assert missed not in keys(first) + keys(second)
    issue.updated = was
    cloud.server.site.changed(issue.id)


def test_search_knows_an_issue_as_it_was(cloud: Client) -> None:
    jql = f"project = INC AND updated >= {cloud.server.site.now_ms() // 60_000 * 60_000}"
    cloud.server.faults = Faults((Fault(name=F.INDEX_LAG, seconds=600),))
    issue = next(cloud.server.truth("[System] Incident"))
    was, issue.updated = issue.updated, cloud.server.site.now_ms()
    cloud.server.site.changed(issue.id)
    assert keys(cloud.search(jql)) == []
    told = cloud.get(f"rest/api/3/issue/{issue.key}").json()["fields"]["updated"]
    assert datetime.fromisoformat(told).timestamp() * 1000 == issue.updated
    cloud.server.faults = NONE
    assert keys(cloud.search(jql)) == [issue.key]
    issue.updated = was
    cloud.server.site.changed(issue.id)


def test_changelogs_in_bulk_and_one_by_one_say_the_same(cloud: Client) -> None:
    issue = next(one for one in cloud.server.truth("[System] Incident") if len(one.history) > 3)
    asked = {"issueIdsOrKeys": [issue.key, "INC-8"], "maxResults": 2}
    found: list[Any] = []
    token: str | None = None
    while True:
        more = {"nextPageToken": token} if token else {}
        told = cloud.post("rest/api/3/changelog/bulkfetch", {**asked, **more}).json()
        found += [
            entry
            for log in told["issueChangeLogs"]
            if log["issueId"] == str(issue.id)
            for entry in log["changeHistories"]
        ]
        token = told.get("nextPageToken")
        if token is None:
            break
    one = cloud.get(f"rest/api/3/issue/{issue.key}/changelog").json()
    assert [entry["id"] for entry in found] == [entry["id"] for entry in one["values"]]
    assert [entry["items"] for entry in found] == [entry["items"] for entry in one["values"]]
    assert isinstance(found[0]["created"], int)
    assert datetime.fromisoformat(one["values"][0]["created"]).timestamp() == found[0]["created"]
    too_many = {"issueIdsOrKeys": [str(n) for n in range(1001)]}
    assert cloud.post("rest/api/3/changelog/bulkfetch", too_many).status_code == 400


def test_texts_are_documents_or_wiki_text(cloud: Client, data_center: Client) -> None:
    path = "issue/INC-7?fields=summary,description"
    three = cloud.get(f"rest/api/3/{path}").json()["fields"]["description"]
    two = cloud.get(f"rest/api/2/{path}").json()["fields"]["description"]
    there = data_center.get(f"rest/api/2/{path}").json()["fields"]["description"]
    assert three is None or three["type"] == "doc"
    assert isinstance(two, str | None)
    assert two == there


def test_a_missing_issue_is_404_and_says_no_more(cloud: Client) -> None:
    answer = cloud.get("rest/api/3/issue/INC-99999")
    assert answer.status_code == 404
    assert "or you do not have permission" in answer.json()["errorMessages"][0]
    assert cloud.get("rest/servicedeskapi/request/INC-99999/feedback").status_code == 412


def test_names_of_faults_are_checked() -> None:
    assert Faults.named(["all"], 4, USUAL) == Faults.all(4, USUAL)
    assert {fault.name for fault in USUAL} & {fault.name for fault in LOCKING} == set()
    with pytest.raises(ConfigError, match="no fault is called 'internal_links'"):
        Faults.named(["internal_links"], 0, USUAL)
