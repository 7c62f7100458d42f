"""An examination says what would go wrong, and what to do about it."""

from collections.abc import Iterator

import pytest

from connectors.core.source import Examinable, Finding, Level
from connectors.core.surroundings import Surroundings
from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.source import ServiceNowSource
from itsm.states import RecordKind
from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from simulator.web import Answer, json_answer
from tests.connectors.scripted_server import scripted
from tests.connectors.servicenow_pull import source_of

SETTINGS = EstateSettings(n_incidents=100, n_weeks=3, seed=4, dirt=0.3)
_F = FaultName


@pytest.fixture(scope="module")
def running() -> Iterator[ServiceNowServer]:
    with ServiceNowServer(SETTINGS) as server:
        yield server


@pytest.fixture
def server(running: ServiceNowServer) -> Iterator[ServiceNowServer]:
    running.faults = NONE
    yield running
    running.faults = NONE


FEW = [RecordKind.INCIDENT, RecordKind.PROBLEM, RecordKind.CHANGE, RecordKind.HISTORY]


def few(server: ServiceNowServer, **settings: object) -> ServiceNowSource:
    """A source of the kinds that matter here."""
    return source_of(server, **{"kinds": FEW, "tables": {}, **settings})


def examined(source: ServiceNowSource) -> list[Finding]:
    assert isinstance(source, Examinable)
    return list(source.examine())


def the(findings: list[Finding], check: str, subject: str = "") -> Finding:
    found = [one for one in findings if (one.check, one.subject) == (check, subject)]
    assert found, f"no finding on {check} {subject}"
    return max(found, key=lambda one: list(Level).index(one.level))


def test_a_wrong_password_is_told_with_the_setting_and_not_its_value(
    server: ServiceNowServer,
) -> None:
    findings = examined(few(server, password="hunter2"))
    auth = the(findings, "auth")
    assert auth.level is Level.FAILURE
    assert "CSI_SOURCES__ESTATE__PASSWORD" in str(auth.remedy)
    assert "hunter2" not in repr(findings)
    assert findings[-1] is auth


def test_a_client_that_gets_no_token_is_a_matter_of_credentials(server: ServiceNowServer) -> None:
    wrong = few(server, client_id=server.client_id, client_secret="hunter2")
    assert the(examined(wrong), "auth").level is Level.FAILURE
    right = few(server, client_id=server.client_id, client_secret=server.client_secret)
    assert the(examined(right), "auth").level is Level.OK


def scripted_findings(answer: Answer) -> list[Finding]:
    with scripted(answer) as script:
        config = ServiceNowConfig.model_validate(
            {"url": script.url, "user": "csi", "password": "none"}
        )
        around = Surroundings(sleep=script.time.sleep, clock=script.time.clock)
        return examined(ServiceNowSource("sn", config, around))


def test_a_second_factor_is_named() -> None:
    answer = json_answer({"error": {"message": "User Not Authenticated"}}, 401)
    told = Answer(401, answer.body, headers=(("X-MFA_TOKEN", "invalid"),))
    assert "second factor" in the(scripted_findings(told), "auth").said


def test_an_instance_that_sleeps_is_to_be_woken() -> None:
    page = b"<html><title>Instance Hibernating page</title></html>"
    (finding,) = scripted_findings(Answer(200, page, content_type="text/html"))
    assert (finding.check, finding.level) == ("network", Level.FAILURE)
    assert "wake" in str(finding.remedy)


def test_an_address_nobody_answers_at() -> None:
    config = ServiceNowConfig.model_validate(
        {"url": "http://127.0.0.1:9", "user": "csi", "password": "none"}
    )
    source = ServiceNowSource("sn", config, Surroundings(sleep=lambda _: None))
    (finding,) = examined(source)
    assert (finding.check, finding.level) == ("network", Level.FAILURE)


def test_what_may_not_be_read_is_told_by_kind(server: ServiceNowServer) -> None:
    server.faults = Faults(
        (
            Fault(name=_F.DENIED, tables=frozenset({"problem", "sys_audit", "sys_audit_delete"})),
            Fault(name=_F.ACL_ROWS, rows=1.0, tables=frozenset({"change_request"})),
        )
    )
    findings = examined(few(server))
    problem = the(findings, "permission", RecordKind.PROBLEM)
    assert problem.level is Level.WARNING
    assert "sn_problem_read" in str(problem.remedy)
    change = the(findings, "permission", RecordKind.CHANGE)
    assert change.level is Level.FAILURE
    assert "shows none" in change.said
    history = the(findings, "permission", RecordKind.HISTORY)
    assert history.level is Level.WARNING
    assert "metric_instance" in history.said
    assert the(findings, "permission", "deletions").level is Level.WARNING
    assert the(findings, "permission", RecordKind.INCIDENT).level is Level.OK


def test_a_user_who_may_not_read_incidents_cannot_be_used(server: ServiceNowServer) -> None:
    server.faults = Faults((Fault(name=_F.DENIED, tables=frozenset({"incident"})),))
    finding = the(examined(few(server)), "permission", RecordKind.INCIDENT)
    assert finding.level is Level.FAILURE


def test_a_clock_that_is_off_and_a_user_s_zone_are_told(server: ServiceNowServer) -> None:
    server.faults = Faults.named(["clock_skew", "user_zone"])
    source = few(server)
    around = Surroundings(sleep=lambda _: None, clock=lambda: server.now())
    level = the(examined(ServiceNowSource("sn", source.config, around)), "clock").level
    assert level is Level.OK
    findings = examined(source)
    assert the(findings, "clock").level is Level.WARNING
    assert "US/Pacific" in the(findings, "zone").said


def test_a_code_nobody_explained_comes_with_the_line_that_explains_it(
    server: ServiceNowServer,
) -> None:
    finding = the(examined(few(server)), "codes", "incident.state")
    assert finding.level is Level.WARNING
    assert finding.line == '[sources.estate.codes.incident_state]\n"42" = "..."'
    explained = few(server, codes={"incident_state": {"42": "on_hold"}})
    assert not [one for one in examined(explained) if one.subject == "incident.state"]


def test_columns_that_are_not_there_are_told(server: ServiceNowServer) -> None:
    findings = examined(few(server, fields={"incident": {"symptom": "u_nowhere"}}))
    finding = the(findings, "fields", RecordKind.INCIDENT)
    assert finding.level is Level.WARNING
    assert "u_nowhere" in finding.said


def test_kinds_without_a_table_are_told(server: ServiceNowServer) -> None:
    findings = examined(few(server, kinds=None))
    clause = the(findings, "permission", RecordKind.CONTRACT_CLAUSE)
    assert clause.line == '[sources.estate.tables]\ncontract_clause = "u_..."'
