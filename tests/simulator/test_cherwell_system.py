"""The practice Cherwell CSM: tokens, filters, pages, errors, links."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from itsm.states import RecordKind
from simulator.cherwell.objects import OBJECTS, RELATIONSHIPS
from simulator.cherwell.server import CherwellServer
from simulator.settings import EstateSettings

SETTINGS = EstateSettings(n_incidents=300, n_weeks=8, seed=5, dirt=0.0)
INCIDENT = OBJECTS["Incident"]


@pytest.fixture(scope="module")
def server() -> Iterator[CherwellServer]:
    with CherwellServer(SETTINGS) as running:
        yield running
        assert running.errors == []


def token_of(server: CherwellServer, **form: str) -> requests.Response:
    known = {"client_id": server.client_id}
    return requests.post(f"{server.api_url}/token", data={**known, **form}, timeout=10)


@pytest.fixture
def session(server: CherwellServer) -> requests.Session:
    who = {"username": server.user, "password": server.password}
    told = token_of(server, grant_type="password", **who).json()
    found = requests.Session()
    found.headers["Authorization"] = f"Bearer {told['access_token']}"
    return found


def asked(server: CherwellServer, session: requests.Session, path: str, body: object) -> Any:
    answer = session.post(f"{server.api_url}/api/V1/{path}", json=body, timeout=10)
    return answer.json()


def searched(
    server: CherwellServer,
    session: requests.Session,
    *filters: tuple[str, str, str],
    **more: object,
) -> Any:
    told = [
        {"FieldID": INCIDENT.field_id(name), "operator": operator, "value": value}
        for name, operator, value in filters
    ]
    fields = [INCIDENT.field_id("IncidentID")]
    body = {"busObID": INCIDENT.id, "fields": fields, "filters": told, "pageSize": 1000, **more}
    return asked(server, session, "getsearchresults", body)


def test_a_refresh_token_is_replaced_and_good_once(server: CherwellServer) -> None:
    who = {"username": server.user, "password": server.password}
    first = token_of(server, grant_type="password", **who).json()
    again = token_of(server, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again.json()["refresh_token"] != first["refresh_token"]
    used = token_of(server, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (used.status_code, used.json()["error"]) == (400, "invalid_grant")
    wrong = token_of(server, grant_type="password", username=server.user, password="wrong")
    assert wrong.json()["error"] == "invalid_grant"


def test_fields_are_anded_and_one_field_twice_is_ored(
    server: CherwellServer, session: requests.Session
) -> None:
    truth = list(server.truth(RecordKind.INCIDENT))
    teams = [("OwnedByTeam", "eq", "Network"), ("OwnedByTeam", "eq", "Linux")]
    either = searched(server, session, *teams)["totalRows"]
    assert either == sum(one.text("team") in {"Network", "Linux"} for one in truth) > 0
    both = searched(server, session, *teams, ("Status", "eq", "Closed"))["totalRows"]
    kept = [one for one in truth if one.text("team") in {"Network", "Linux"}]
    assert both == sum(one.text("state") in {"closed", "canceled"} for one in kept)
    assert 0 < both < either


def test_pages_are_cut_and_end_with_nothing(
    server: CherwellServer, session: requests.Session
) -> None:
    seen: list[str] = []
    page = 1
    while rows := searched(server, session, pageNumber=page, pageSize=70)["businessObjects"]:
        seen += [one["busObRecId"] for one in rows]
        page += 1
    assert len(seen) == len(set(seen)) == SETTINGS.n_incidents
    assert page == 6


def test_what_does_not_fit_is_told_in_the_answer(
    server: CherwellServer, session: requests.Session
) -> None:
    problem = OBJECTS["Problem"]
    fields = [{"dirty": True, "fieldId": problem.field_id("OwnedByTeam"), "value": "No such team"}]
    told = asked(server, session, "savebusinessobject", {"busObId": problem.id, "fields": fields})
    assert told["hasError"] is True
    assert told["fieldValidationErrors"][0]["fieldId"] == problem.field_id("OwnedByTeam")
    missing = asked(
        server, session, "getbusinessobjectbatch",
        {"readRequests": [{"busObId": problem.id, "busObRecId": "0" * 42}]},
    )  # fmt: skip
    assert missing["responses"][0]["errorCode"] == "RECORDNOTFOUND"
    assert searched(server, session, ("Status", "between", "x"))["hasError"] is True


def test_clean_fields_are_not_saved_and_a_get_links(
    server: CherwellServer, session: requests.Session
) -> None:
    problem = OBJECTS["Problem"]
    fields = [
        {"dirty": True, "fieldId": problem.field_id("ShortDescription"), "value": "VPN drops"},
        {"dirty": False, "fieldId": problem.field_id("Description"), "value": "left out"},
    ]
    made = asked(server, session, "savebusinessobject", {"busObId": problem.id, "fields": fields})
    key = made["busObRecId"]
    row = problem.table.row(server.system.desk, key)
    assert row is not None
    assert (row.record.text("title"), row.record.text("description")) == ("VPN drops", "")
    free = next(one for one in server.truth(RecordKind.INCIDENT) if not one.text("problem"))
    relation = next(
        number for number, one in RELATIONSHIPS.items() if one[:2] == ("Problem", "Incident")
    )
    path = (
        f"{server.api_url}/api/V1/linkrelatedbusinessobject/parentbusobid/{problem.id}"
        f"/parentbusobrecid/{key}/relationshipid/{relation}/busobid/{INCIDENT.id}"
        f"/busobrecid/{server.key('Incident', free.id)}"
    )
    assert session.get(path, timeout=10).status_code == 200
    assert free.text("problem") == made["busObPublicId"]
