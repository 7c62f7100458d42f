import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from itsm.errors import ConfigError
from simulator.faults import NONE, USUAL, Fault, FaultName, Faults
from simulator.jira.mishaps import LOCKING
from simulator.jira.mishaps import USUAL as JIRA_USUAL
from simulator.servicenow.server import ServiceNowServer
from simulator.write_mishaps import WRITE_FAULTS
from tests.simulator.servicenow_client import ask, rows, session

USUALLY = {fault.name: fault for fault in USUAL}


def _at(name: FaultName, *ordinals: int, **changed: Any) -> Faults:
    """A fault that hits just these requests."""
    fault = replace(USUALLY[name], share=0.0, ordinals=frozenset(ordinals), **changed)
    return Faults((fault,), seed=3)


def test_a_limited_client_is_told_how_long_to_wait(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = _at(FaultName.RATE_LIMIT, 2, seconds=7)
    answers = [ask(own_servicenow, "incident", limit=1) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert answers[1].json()["error"]["message"] == "Rate limit exceeded"
    for answer in answers:
        assert answer.headers["X-RateLimit-Limit"] == "36000"
        assert abs(int(answer.headers["X-RateLimit-Reset"]) - time.time() - 7) < 5
    (rule,) = rows(own_servicenow, "sys_rate_limit_rules")
    assert rule["sys_id"] == answers[0].headers["X-RateLimit-Rule"]
    own_servicenow.faults = NONE
    assert rows(own_servicenow, "sys_rate_limit_rules") == []
    assert "X-RateLimit-Limit" not in ask(own_servicenow, "incident", limit=1).headers


def test_a_slow_page_is_slow(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = _at(FaultName.SLOW, 1, seconds=0.4)
    begun = time.perf_counter()
    assert ask(own_servicenow, "incident", limit=1).status_code == 200
    assert time.perf_counter() - begun >= 0.4


def test_a_node_in_trouble_answers_with_a_page(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = _at(FaultName.SERVER_ERROR, *range(1, 13))
    answers = [ask(own_servicenow, "incident", limit=1) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {500, 502, 503}
    assert all(answer.headers["Content-Type"].startswith("text/html") for answer in answers)


def test_a_dropped_connection_ends_before_or_within_the_answer(
    own_servicenow: ServiceNowServer,
) -> None:
    own_servicenow.faults = _at(FaultName.CONNECTION_DROPPED, *range(1, 9))
    ended = set()
    for _ in range(8):
        try:
            ask(own_servicenow, "incident", limit=50)
        except requests.exceptions.ChunkedEncodingError:
            ended.add("within")
        except requests.exceptions.ConnectionError:
            ended.add("before")
    assert ended == {"before", "within"}
    assert ask(own_servicenow, "incident", limit=1).status_code == 200
    assert 0 in {logged.status for logged in own_servicenow.requests}


def test_a_cut_result_comes_with_200_and_holds_an_error_or_does_not_parse(
    own_servicenow: ServiceNowServer,
) -> None:
    own_servicenow.faults = _at(FaultName.TRUNCATED_200, *range(1, 17))
    seen = set()
    for _ in range(16):
        answer = ask(own_servicenow, "incident", limit=10)
        assert answer.status_code == 200
        try:
            told = answer.json()
        except requests.exceptions.JSONDecodeError:
            seen.add("cut off" if "error" not in answer.text else "no JSON")
            continue
        assert told["error"]["message"].startswith("Transaction cancelled")
        assert told["status"] == "failure"
        strays = [row for row in told["result"] if isinstance(row, str)]
        assert len(told["result"]) - len(strays) == 5
        seen.add("stray string" if strays else "error")
    assert seen == {"error", "stray string", "no JSON", "cut off"}


def test_a_hibernating_instance_says_so_with_200(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = _at(FaultName.HTML_200, 1)
    answer = ask(own_servicenow, "incident", limit=1)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<title>Instance Hibernating page</title>" in answer.text


def test_a_token_expires_before_its_time(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = _at(FaultName.EXPIRED_TOKEN, 2)
    form = {
        "grant_type": "password",
        "client_id": own_servicenow.client_id,
        "client_secret": own_servicenow.client_secret,
        "username": own_servicenow.user,
        "password": own_servicenow.password,
    }
    token = f"{own_servicenow.url}/oauth_token.do"
    url = f"{own_servicenow.url}/api/now/table/incident?sysparm_limit=1"
    word = requests.post(token, data=form, timeout=10).json()["access_token"]
    bearer = {"Authorization": f"Bearer {word}"}
    codes = [requests.get(url, headers=bearer, timeout=10).status_code for _ in range(3)]
    assert codes == [200, 401, 401]
    renewed = requests.post(token, data=form, timeout=10).json()["access_token"]
    assert renewed != word
    bearer = {"Authorization": f"Bearer {renewed}"}
    assert requests.get(url, headers=bearer, timeout=10).status_code == 200
    assert ask(own_servicenow, "incident", limit=1).status_code == 200


def test_hidden_rows_make_pages_short_and_even_empty(own_servicenow: ServiceNowServer) -> None:
    fault = Fault(name=FaultName.ACL_ROWS, rows=0.4, tables=frozenset({"incident"}))
    own_servicenow.faults = Faults((fault,), seed=1)
    sizes, seen = [], set()
    for offset in range(0, 600, 4):
        answer = ask(own_servicenow, "incident", "ORDERBYsys_id", limit=4, offset=offset)
        assert answer.headers["X-Total-Count"] == "600"
        page = answer.json()["result"]
        sizes.append(len(page))
        seen |= {row["sys_id"] for row in page}
    assert 0 in sizes
    assert 300 < len(seen) < 420
    told = [row["sys_id"] for row in own_servicenow.truth("incident")]
    hidden = {cell["value"] for cell in told if isinstance(cell, dict)} - seen
    with session(own_servicenow) as made:
        url = f"{own_servicenow.url}/api/now/table/incident/{min(hidden)}"
        assert made.get(url).status_code == 404
        assert made.patch(url, json={"impact": "1"}).status_code == 404
    assert len(seen) + len(hidden) == 600
    assert seen == {row["sys_id"] for row in rows(own_servicenow, "incident")}


def test_some_rows_are_hidden_from_some_requests_only(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = _at(FaultName.ACL_FLIP, 2, 3, rows=0.1)
    pages = [
        {row["sys_id"] for row in rows(own_servicenow, "incident", fields="sys_id")}
        for _ in range(4)
    ]
    assert len(pages[0]) == len(pages[3]) == 600
    assert 500 < len(pages[1]) < 600
    assert pages[1] != pages[2]


def test_a_denied_table_is_denied(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = Faults.named(["denied"])
    answer = ask(own_servicenow, "sys_audit")
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "Insufficient rights to query records"
    assert ask(own_servicenow, "incident", limit=1).status_code == 200


def _versions(server: ServiceNowServer, table: str = "incident") -> dict[str, tuple[str, str]]:
    return {
        row["sys_id"]: (row["sys_mod_count"], row["sys_updated_on"])
        for row in rows(server, table, fields="sys_id,sys_mod_count,sys_updated_on")
    }


def test_touched_rows_count_on_and_some_change_a_field(own_servicenow: ServiceNowServer) -> None:
    before = _versions(own_servicenow)
    n_audit = int(ask(own_servicenow, "sys_audit", limit=1).headers["X-Total-Count"])
    own_servicenow.faults = _at(FaultName.ROWS_TOUCHED, 1, rows=20)
    ask(own_servicenow, "incident", limit=1)
    own_servicenow.faults = NONE
    after = _versions(own_servicenow)
    touched = {key for key in after if after[key] != before[key]}
    assert set(after) == set(before)
    assert 15 <= len(touched) <= 20
    for key in touched:
        assert int(after[key][0]) == int(before[key][0]) + 1
        stamped = datetime.strptime(after[key][1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        assert abs((own_servicenow.now() - stamped).total_seconds()) < 30
    told = rows(own_servicenow, "sys_audit", "user=robot")
    assert 5 <= len(told) <= 10
    assert {row["fieldname"] for row in told} == {"assignment_group"}
    assert int(ask(own_servicenow, "sys_audit", limit=1).headers["X-Total-Count"]) > n_audit
    for row in told:
        (record,) = rows(own_servicenow, "incident", f"sys_id={row['documentkey']}")
        assert record["assignment_group"]["value"] == row["newvalue"] != row["oldvalue"]


def test_new_rows_appear_between_pages(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = _at(FaultName.ROWS_INSERTED, 1, rows=3)
    ask(own_servicenow, "incident", limit=1)
    own_servicenow.faults = NONE
    found = rows(own_servicenow, "incident", "numberSTARTSWITHINC9^ORDERBYnumber")
    assert [row["number"] for row in found] == ["INC9000001", "INC9000002", "INC9000003"]
    assert all(row["state"] == "1" and row["short_description"] for row in found)


@pytest.mark.parametrize(
    ("name", "n_stones"), [(FaultName.ROWS_DELETED, 5), (FaultName.ROWS_PURGED, 0)]
)
def test_rows_disappear_between_pages(
    own_servicenow: ServiceNowServer, name: FaultName, n_stones: int
) -> None:
    before = _versions(own_servicenow)
    own_servicenow.faults = _at(name, 1, rows=5)
    ask(own_servicenow, "incident", limit=1)
    own_servicenow.faults = NONE
    gone = set(before) - set(_versions(own_servicenow))
    assert len(gone) == 5
    stones = rows(own_servicenow, "sys_audit_delete")
    assert {stone["documentkey"] for stone in stones} == (gone if n_stones else set())
    assert {stone["tablename"] for stone in stones} <= {"incident"}


def test_more_rows_than_a_page_share_one_second(own_servicenow: ServiceNowServer) -> None:
    before = _versions(own_servicenow)
    own_servicenow.faults = Faults((replace(USUALLY[FaultName.SAME_SECOND], rows=150),))
    after = _versions(own_servicenow)
    times = [stamp for _, stamp in after.values()]
    newest = max(times)
    assert times.count(newest) >= 150
    assert sum(after[key] != before[key] for key in after) <= 150
    assert all(after[key][1] <= before[key][1] for key in after)


def test_a_clock_may_be_wrong(own_servicenow: ServiceNowServer) -> None:
    def skew() -> float:
        told = parsedate_to_datetime(ask(own_servicenow, "incident", limit=1).headers["Date"])
        return (told - datetime.now(UTC)).total_seconds()

    right = skew()
    own_servicenow.faults = Faults.named(["clock_skew"])
    assert abs(skew() - right - 90) < 3


def test_links_may_name_a_host_nobody_reaches(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = Faults.named(["internal_links"])
    answer = ask(own_servicenow, "incident", limit=1)
    assert answer.links["next"]["url"].startswith("https://node-a.internal.example:16001/api/now/")


def test_the_same_seed_hits_the_same_requests(own_servicenow: ServiceNowServer) -> None:
    def codes(seed: int) -> list[int]:
        fault = replace(USUALLY[FaultName.SERVER_ERROR], share=0.3)
        own_servicenow.faults = Faults((fault,), seed)
        return [ask(own_servicenow, "incident", limit=1).status_code for _ in range(40)]

    first = codes(1)
    assert first == codes(1) != codes(2)
    assert 3 < sum(code != 200 for code in first) < 25
    runs = "".join("f" if code != 200 else " " for code in first).split()
    assert max(map(len, runs)) <= 2


def test_one_who_tries_again_gets_through_everything(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = Faults.all(1)
    begun = time.perf_counter()
    for _ in range(60):
        for attempt in range(4):
            try:
                answer = ask(own_servicenow, "problem", limit=3)
                answer.raise_for_status()
                if isinstance(json.loads(answer.text).get("result"), list):
                    break
            except (requests.RequestException, json.JSONDecodeError):
                assert attempt < 3
    assert time.perf_counter() - begun < 60
    kinds = {logged.status for logged in own_servicenow.requests}
    assert len(kinds) > 2


def test_names_of_faults_are_checked() -> None:
    assert {fault.name for fault in Faults.named(["rows_change", "slow"]).faults} == {
        FaultName.ROWS_TOUCHED,
        FaultName.ROWS_INSERTED,
        FaultName.ROWS_DELETED,
        FaultName.ROWS_PURGED,
        FaultName.SLOW,
    }
    assert Faults.named(["slow", "all"], 4) == Faults.all(4)
    with pytest.raises(ConfigError, match="no fault is called 'nonsense'"):
        Faults.named(["nonsense"])


def test_every_fault_has_its_usual_form() -> None:
    of_jira_alone = {FaultName.SHORT_PAGES, FaultName.INDEX_LAG}
    locking = {fault.name for fault in LOCKING}
    writing = {fault.name for fault in WRITE_FAULTS}
    assert set(USUALLY) == set(FaultName) - of_jira_alone - locking - writing
    assert of_jira_alone <= {fault.name for fault in JIRA_USUAL}
    assert len(USUAL) == len(USUALLY)
