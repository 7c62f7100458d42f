"""The pages of the practice ServiceNow: what a link leads to, and what somebody edits there."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from flows.links import servicenow_incident
from simulator.servicenow.home import Home, Note, keep_note, note_of
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.simulator.servicenow_client import SERVED


@pytest.fixture
def browser(own_servicenow: ServiceNowServer) -> Iterator[httpx.Client]:
    own_servicenow.enter_person("Gwen Harper")
    with httpx.Client(base_url=own_servicenow.url, follow_redirects=True, timeout=60) as client:
        yield client


def _log_in(client: httpx.Client, server: ServiceNowServer, to: str = "") -> httpx.Response:
    told = {"user": "gwen.harper", "password": server.password, "to": to}
    return client.post("/login.do", data=told)


def _problem(server: ServiceNowServer) -> Mapping[str, str]:
    row = next(iter(server.truth("problem")))
    return {name: cell["value"] for name, cell in row.items() if isinstance(cell, dict)}


def test_a_link_leads_through_the_login_to_the_record(
    own_servicenow: ServiceNowServer, browser: httpx.Client
) -> None:
    problem = _problem(own_servicenow)
    link = f"/nav_to.do?uri=problem.do?sys_id={problem['sys_id']}"
    asked = browser.get(link)
    assert "Log in" in asked.text
    assert problem["number"] not in asked.text
    to = asked.url.params["to"]
    shown = _log_in(browser, own_servicenow, to)
    assert shown.status_code == 200
    assert problem["number"] in shown.text
    assert "gwen.harper" in shown.text


def test_the_address_of_an_incident_as_the_review_app_makes_it_leads_to_it(
    own_servicenow: ServiceNowServer, browser: httpx.Client
) -> None:
    _log_in(browser, own_servicenow)
    number = next(
        cell["value"]
        for row in own_servicenow.truth("incident")
        if isinstance(cell := row["number"], dict)
    )
    address = servicenow_incident(own_servicenow.url, number)
    assert address is not None
    assert f"<h1>Incident {number}</h1>" in browser.get(address).text


def test_a_wrong_password_and_a_stranger_are_kept_out(
    own_servicenow: ServiceNowServer, browser: httpx.Client
) -> None:
    for user, password in (("gwen.harper", "guessed"), ("nobody", own_servicenow.password)):
        refused = browser.post("/login.do", data={"user": user, "password": password})
        assert refused.status_code == 401
    assert "Log in" in browser.get("/problem_list.do").text


def test_what_somebody_edits_at_a_form_is_audited_under_their_name(
    own_servicenow: ServiceNowServer, browser: httpx.Client
) -> None:
    _log_in(browser, own_servicenow)
    problem = _problem(own_servicenow)
    where = f"/problem.do?{urlencode({'sys_id': problem['sys_id']})}"
    done = browser.post(
        where,
        data={"short_description": "A <b>new</b> title", "state": "104", "work_notes": "Seen."},
    )
    assert "Saved." in done.text
    assert "A &lt;b&gt;new&lt;/b&gt; title" in done.text
    assert "<b>new" not in done.text
    assert "Seen." in done.text
    now = _problem(own_servicenow)
    assert (now["short_description"], now["state"]) == ("A <b>new</b> title", "104")
    assert now["sys_updated_by"] == "gwen.harper"


def test_a_name_that_is_nobodys_changes_nothing(
    own_servicenow: ServiceNowServer, browser: httpx.Client
) -> None:
    _log_in(browser, own_servicenow)
    before = _problem(own_servicenow)
    where = f"/problem.do?sys_id={before['sys_id']}"
    refused = browser.post(where, data={"assigned_to": "No Body", "short_description": "x"})
    assert refused.status_code == 400
    assert "there is no user No Body" in refused.text
    assert _problem(own_servicenow) == before


def test_lists_show_the_newest_and_what_is_not_there_says_so(
    own_servicenow: ServiceNowServer, browser: httpx.Client
) -> None:
    _log_in(browser, own_servicenow)
    assert "Problems" in browser.get("/").text
    assert _problem(own_servicenow)["number"] in browser.get("/problem_list.do").text
    assert browser.get("/problem.do?sys_id=0").status_code == 404
    assert browser.get("/problem.do").status_code == 404
    assert browser.get("/no_table_list.do").status_code == 404


def test_an_instance_that_lives_on_keeps_what_was_written_and_counts_on(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    numbers = []
    for title in ("first", "second"):
        with ServiceNowServer(SERVED, home=home) as server:
            keep_note(home, Note(SERVED, server.port))
            rows = {"short_description": title, "correlation_id": title}
            made = httpx.post(
                f"{server.url}/api/now/table/problem",
                json=rows,
                auth=(server.user, server.password),
            )
            numbers.append(made.json()["result"]["number"])
            held = [row["short_description"] for row in server.truth("problem")]
            assert server.errors == []
    titles = [cell["value"] for cell in held if isinstance(cell, dict)]
    assert {"first", "second"} <= set(titles)
    assert len(set(numbers)) == 2
    assert note_of(home).estate == SERVED


def test_the_time_of_an_instance_may_begin_before_its_export(tmp_path: Path) -> None:
    settings = EstateSettings(n_incidents=150, n_weeks=4, seed=5)
    early = settings.first_week.end_at
    home = Home(tmp_path / "home", earliest=early)
    with ServiceNowServer(settings, home=home, clock=lambda: early) as server:
        assert server.now() == early
    with ServiceNowServer(settings, clock=lambda: early) as server:
        assert server.now() == settings.export_at
