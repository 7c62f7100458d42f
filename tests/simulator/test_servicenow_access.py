import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator.practice_server import Access
from simulator.servicenow.server import ServiceNowServer
from tests.simulator.servicenow_client import SERVED, ask, rows, session

LIST = "/api/now/table/incident?sysparm_limit=1"
NOBODY = {
    "error": {
        "message": "User Not Authenticated",
        "detail": "Required to provide Auth information",
    },
    "status": "failure",
}
REFUSED = {"error_description": "access_denied", "error": "server_error"}


def _token(server: ServiceNowServer, **named: str) -> requests.Response:
    form = {"client_id": server.client_id, "client_secret": server.client_secret, **named}
    return requests.post(f"{server.url}/oauth_token.do", data=form, timeout=10)


def _password(server: ServiceNowServer) -> dict[str, Any]:
    answer = _token(server, grant_type="password", username=server.user, password=server.password)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def _with(server: ServiceNowServer, headers: dict[str, str]) -> requests.Response:
    return requests.get(f"{server.url}{LIST}", headers=headers, timeout=10)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic " + base64.b64encode(b"csi.reader:wrong").decode()},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Bearer nonsense"},
        {"x-sn-apikey": "nonsense"},
    ],
)
def test_nobody_gets_in_without_credentials(
    servicenow: ServiceNowServer, headers: dict[str, str]
) -> None:
    answer = _with(servicenow, headers)
    assert answer.status_code == 401
    assert answer.json() == NOBODY


def test_a_key_opens(servicenow: ServiceNowServer) -> None:
    assert _with(servicenow, {"x-sn-apikey": servicenow.api_key}).status_code == 200


def test_a_token_opens_until_it_is_revoked(own_servicenow: ServiceNowServer) -> None:
    told = _password(own_servicenow)
    assert set(told) == {"access_token", "refresh_token", "scope", "token_type", "expires_in"}
    bearer = {"Authorization": f"Bearer {told['access_token']}"}
    assert _with(own_servicenow, bearer).status_code == 200
    url = f"{own_servicenow.url}/oauth_revoke_token.do?token={told['access_token']}"
    assert requests.get(url, timeout=10).status_code == 200
    assert _with(own_servicenow, bearer).json() == NOBODY


def test_a_living_token_is_given_again_and_a_refresh_renews_a_dead_one(made_tables: Path) -> None:
    now = [datetime.now(UTC) + timedelta(days=400)]
    with ServiceNowServer(SERVED, directory=made_tables, clock=lambda: now[0]) as server:
        first = _password(server)
        now[0] += timedelta(seconds=600)
        again = _password(server)
        assert again["access_token"] == first["access_token"]
        assert first["expires_in"] - again["expires_in"] == 600
        now[0] += timedelta(seconds=1_300)
        assert (
            _with(server, {"Authorization": f"Bearer {first['access_token']}"}).status_code == 401
        )
        renewed = _token(
            server, grant_type="refresh_token", refresh_token=first["refresh_token"]
        ).json()
        assert renewed["access_token"] != first["access_token"]
        assert renewed["refresh_token"] == first["refresh_token"]
        bearer = {"Authorization": f"Bearer {renewed['access_token']}"}
        assert _with(server, bearer).status_code == 200
        now[0] += timedelta(days=101)
        late = _token(server, grant_type="refresh_token", refresh_token=first["refresh_token"])
        assert (late.status_code, late.json()) == (401, REFUSED)


def test_an_application_gets_a_token_without_refresh(servicenow: ServiceNowServer) -> None:
    told = _token(servicenow, grant_type="client_credentials").json()
    assert "refresh_token" not in told
    bearer = {"Authorization": f"Bearer {told['access_token']}"}
    assert _with(servicenow, bearer).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "wrong"},
        {"client_secret": "wrong"},
        {"grant_type": "nonsense"},
        {"grant_type": "refresh_token", "refresh_token": "wrong"},
    ],
)
def test_every_wrong_token_request_is_answered_the_same(
    servicenow: ServiceNowServer, wrong: dict[str, str]
) -> None:
    right = {
        "grant_type": "password",
        "username": servicenow.user,
        "password": servicenow.password,
    }
    answer = _token(servicenow, **{**right, **wrong})
    assert (answer.status_code, answer.json()) == (401, REFUSED)


def test_a_client_may_tell_itself_as_basic_authentication(servicenow: ServiceNowServer) -> None:
    url = f"{servicenow.url}/oauth_token.do"
    form = {"grant_type": "client_credentials"}
    client = (servicenow.client_id, servicenow.client_secret)
    assert requests.post(url, data=form, auth=client, timeout=10).status_code == 200
    wrong = (servicenow.client_id, "wrong")
    assert requests.post(url, data=form, auth=wrong, timeout=10).status_code == 401


def test_a_token_is_given_for_a_form_only(servicenow: ServiceNowServer) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": servicenow.client_id,
        "client_secret": servicenow.client_secret,
    }
    url = f"{servicenow.url}/oauth_token.do"
    for answer in (
        requests.post(url, params=form, timeout=10),
        requests.post(url, json=form, timeout=10),
    ):
        assert (answer.status_code, answer.json()) == (401, REFUSED)


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/api/now/table/foo", 400, "Invalid table foo"),
        ("GET", "/api/now/nonsense", 400, "Requested URI does not represent any resource"),
        ("GET", "/api/now/table/incident/123", 404, "No Record found"),
        ("PATCH", "/api/now/table/incident", 405, "Method not supported"),
    ],
)
def test_errors_are_worded_as_the_product_words_them(
    servicenow: ServiceNowServer, method: str, path: str, status: int, message: str
) -> None:
    with session(servicenow) as made:
        answer = made.request(method, f"{servicenow.url}{path}", json={})
    assert answer.status_code == status
    assert answer.json()["error"]["message"] == message
    assert answer.json()["status"] == "failure"


def test_what_cannot_be_read_or_written_is_refused(own_servicenow: ServiceNowServer) -> None:
    url = f"{own_servicenow.url}/api/now/table/incident"
    with session(own_servicenow) as made:
        answers = [
            made.post(url, data="<x/>", headers={"Content-Type": "application/xml"}),
            made.post(url, data="{", headers={"Content-Type": "application/json"}),
            made.post(url, data="[1]", headers={"Content-Type": "application/json"}),
            made.get(url, headers={"Accept": "text/html"}),
            made.get(f"{url}?sysparm_query={'x' * 10_000}"),
        ]
    assert [answer.status_code for answer in answers] == [415, 400, 400, 406, 414]
    assert rows(own_servicenow, "incident", "numberSTARTSWITHINC9") == []


def test_a_batch_holds_the_answers_of_its_requests(servicenow: ServiceNowServer) -> None:
    asked = {
        "batch_request_id": "b1",
        "rest_requests": [
            {
                "id": "1",
                "method": "GET",
                "url": f"/api/now/table/incident?sysparm_limit=2&sysparm_query={'x' * 12_000}",
                "headers": [{"name": "Accept", "value": "application/json"}],
            },
            {"id": "2", "method": "GET", "url": "/api/now/table/foo", "headers": []},
        ],
    }
    with session(servicenow) as made:
        told = made.post(f"{servicenow.url}/api/now/batch", json=asked).json()
        broken = made.post(f"{servicenow.url}/api/now/batch", json={"rest_requests": [{}]})
    good, bad = told["serviced_requests"]
    assert told["batch_request_id"] == "b1"
    assert (good["id"], good["status_code"], bad["status_code"]) == ("1", 200, 400)
    body = json.loads(base64.b64decode(good["body"]))
    assert len(body["result"]) == 2
    assert {"name": "X-Total-Count", "value": "600"} in good["headers"]
    assert broken.status_code == 400


def test_user_and_password_can_be_chosen(made_tables: Path) -> None:
    access = Access(user="somebody", secret="else")
    with ServiceNowServer(SERVED, directory=made_tables, access=access) as server:
        answer = requests.get(f"{server.url}{LIST}", auth=("somebody", "else"), timeout=10)
        assert answer.status_code == 200
        (user,) = rows(server, "sys_user", "user_name=somebody")
        assert user["time_zone"] == "GMT"


def test_time_never_runs_behind_the_export(made_tables: Path) -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    with ServiceNowServer(SERVED, directory=made_tables, clock=lambda: long_ago) as server:
        assert server.now() == SERVED.export_at
        newest = max(row["sys_updated_on"] for row in rows(server, "incident"))
        assert newest <= server.now().strftime("%Y-%m-%d %H:%M:%S")


def test_every_request_is_kept(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.requests.clear()
    ask(own_servicenow, "incident", limit=1)
    (kept,) = own_servicenow.requests
    assert (kept.method, kept.status) == ("GET", 200)
    assert kept.target == LIST
