"""Practice servers of Request Tracker and iTop: what real ones do, and naive clients trip over."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import requests

from itsm.states import RecordKind
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.itop.server import ItopServer
from simulator.rt.rendering import stamp
from simulator.rt.server import RtServer
from simulator.settings import EstateSettings

SETTINGS = EstateSettings(n_incidents=120, n_weeks=4, seed=3)


@pytest.fixture(scope="module")
def rt() -> Iterator[RtServer]:
    with RtServer(SETTINGS) as server:
        yield server
    assert server.errors == []


@pytest.fixture(scope="module")
def itop() -> Iterator[ItopServer]:
    with ItopServer(SETTINGS) as server:
        yield server
    assert server.errors == []


def of_rt(server: RtServer, way: str, path: str, **more: Any) -> requests.Response:  # requests
    url = f"{server.url}/REST/2.0/{path}"
    return requests.request(
        way, url, auth=(server.user, server.password), allow_redirects=False, timeout=30, **more
    )


def of_itop(server: ItopServer, **given: object) -> dict[str, Any]:
    form = {"version": "1.3", "json_data": orjson.dumps(given).decode()}
    answer = requests.post(
        f"{server.url}/webservices/rest.php", data=form, auth=(server.user, server.password),
        timeout=30,
    )  # fmt: skip
    assert answer.status_code == 200
    found = answer.json()
    assert isinstance(found, dict)
    return found


def test_rt_reads_times_in_the_users_zone_whatever_zone_they_name(rt: RtServer) -> None:
    def total(literal: str) -> int:
        query = f"Queue='Incidents' AND LastUpdated >= '{literal}'"
        return int(of_rt(rt, "GET", "tickets", params={"query": query}).json()["total"])

    everything = total("1990-01-01 00:00:00")
    assert everything == SETTINGS.n_incidents
    one = sorted(rt.truth(RecordKind.INCIDENT), key=lambda record: record.updated)[-20]
    wall = stamp(one.updated)[:19].replace("T", " ")
    assert total(wall) >= 20
    assert total(f"{wall} UTC") == total(wall)
    rt.faults = Faults((Fault(name=FaultName.USER_ZONE, text="America/New_York"),))
    assert total(f"{wall} UTC") == total(wall)
    assert total("no time at all") == everything
    rt.faults = NONE


def test_rt_cuts_pages_hides_totals_and_sends_browsers_to_its_login(rt: RtServer) -> None:
    page = of_rt(rt, "GET", "tickets", params={"query": "id > 0", "per_page": 5000}).json()
    assert (page["per_page"], len(page["items"])) == (100, 100)
    assert "next_page" in page
    rt.faults = Faults((Fault(name=FaultName.ACL_ROWS, rows=0.5, tables=frozenset({"tickets"})),))
    hidden = of_rt(rt, "GET", "tickets", params={"query": "id > 0"}).json()
    assert (hidden["total"], hidden["pages"]) == (None, None)
    assert hidden["count"] < 20
    rt.faults = NONE
    url = f"{rt.url}/REST/2.0/tickets"
    plain = requests.get(url, timeout=30)
    assert (plain.status_code, plain.json()) == (401, {"message": "Unauthorized"})
    browser = requests.get(
        url, headers={"User-Agent": "Mozilla/5.0"}, allow_redirects=False, timeout=30
    )
    assert browser.status_code == 302
    assert of_rt(rt, "GET", "tickets", params={"query": "garbage garbage"}).status_code == 400


def test_rt_refuses_under_a_status_of_success_and_holds_to_its_tags(rt: RtServer) -> None:
    made = of_rt(rt, "POST", "ticket", json={"Queue": "Problems", "Subject": "a"})
    key = made.json()["id"]
    tag = of_rt(rt, "GET", f"ticket/{key}").headers["ETag"]
    said = of_rt(rt, "PUT", f"ticket/{key}", json={"Status": "nonsense"}).json()
    assert "isn't a valid status" in said[0]
    assert of_rt(rt, "PUT", f"ticket/{key}", json={"CustomFields": {"Nope": "x"}}).json() == []
    first = of_rt(rt, "PUT", f"ticket/{key}", json={"Subject": "b"}, headers={"If-Match": tag})
    second = of_rt(rt, "PUT", f"ticket/{key}", json={"Subject": "c"}, headers={"If-Match": tag})
    assert (first.status_code, second.status_code) == (200, 412)
    assert of_rt(rt, "POST", "ticket", json={"Subject": "a"}).status_code == 400
    assert of_rt(rt, "DELETE", f"ticket/{key}").status_code == 204
    assert of_rt(rt, "GET", f"ticket/{key}").json()["Status"] == "deleted"
    found = of_rt(rt, "GET", "tickets", params={"query": f"id = {key}"}).json()
    assert found["items"] == []


def test_itop_tells_errors_under_200_with_a_code(itop: ItopServer) -> None:
    query = "SELECT Incident WHERE id > 0"
    good = of_itop(
        itop, operation="core/get", key=query, output_fields="ref", **{"class": "Incident"}
    )
    assert good["message"] == f"Found: {SETTINGS.n_incidents}"
    assert list(good["objects"]) == sorted(good["objects"], reverse=True)
    none = of_itop(itop, operation="core/get", key="SELECT Incident WHERE id = 0",
                   **{"class": "Incident"})  # fmt: skip
    assert (none["code"], none["objects"]) == (0, None)
    codes = {
        11: {"operation": "core/foo"},
        100: {"operation": "core/get", "class": "Incident", "key": "garbage"},
    }
    for code, given in codes.items():
        assert of_itop(itop, **given)["code"] == code
    wrong = requests.post(f"{itop.url}/webservices/rest.php", data={"version": "1.3"}, timeout=30)
    assert (wrong.status_code, wrong.json()["code"]) == (200, 1)


def test_itop_pages_shift_and_the_log_may_be_denied(itop: ItopServer) -> None:
    asked = {"operation": "core/get", "class": "Incident", "key": "SELECT Incident",
             "output_fields": "ref", "limit": 10}  # fmt: skip
    first = of_itop(itop, **asked, page=1)["objects"]
    newest = next(iter(itop.truth(RecordKind.INCIDENT)))
    itop.base.desk.remove(max(itop.truth(RecordKind.INCIDENT), key=lambda one: one.id))
    second = of_itop(itop, **asked, page=2)["objects"]
    assert newest is not None
    assert len(first.keys() | second.keys()) == 20
    rest = of_itop(itop, **asked, page=1)["objects"]
    assert set(rest) - set(first), "one slipped from the second page to the first"
    log = "CMDBChangeOpSetAttributeScalar"
    itop.faults = Faults(
        (Fault(name=FaultName.DENIED, ordinals=frozenset({1}), tables=frozenset({log})),)
    )
    denied = of_itop(itop, operation="core/get", key=f"SELECT {log}", **{"class": log})
    assert (denied["code"], denied["objects"]) == (1, None)
    itop.faults = NONE
