import pytest

from simulator.servicenow.server import ServiceNowServer
from tests.simulator.servicenow_client import rows, session

TABLE = "/api/now/table/"


def test_a_new_record_is_answered_with_201_and_where_it_lies(
    own_servicenow: ServiceNowServer,
) -> None:
    body = {
        "short_description": "Recurring drops",
        "impact": "1",
        "urgency": "2",
        "correlation_id": "csi:prb:8f3c",
        "no_such_field": "x",
        "sys_mod_count": "77",
        "sys_id": "f" * 32,
    }
    with session(own_servicenow) as made:
        answer = made.post(f"{own_servicenow.url}{TABLE}incident", json=body)
        record = answer.json()["result"]
        assert answer.status_code == 201
        assert (
            answer.headers["Location"] == f"{own_servicenow.url}{TABLE}incident/{record['sys_id']}"
        )
        assert made.get(answer.headers["Location"]).json()["result"] == record
    assert record["number"] == "INC9000001"
    assert (record["priority"], record["state"], record["active"]) == ("2", "1", "true")
    assert (record["sys_mod_count"], record["sys_created_by"]) == ("0", own_servicenow.user)
    assert "no_such_field" not in record
    assert rows(own_servicenow, "incident", "correlation_id=csi:prb:8f3c") == [record]


def test_numbers_of_new_records_count_on(own_servicenow: ServiceNowServer) -> None:
    with session(own_servicenow) as made:
        answers = [made.post(f"{own_servicenow.url}{TABLE}problem", json={}) for _ in range(3)]
    found = [answer.json()["result"]["number"] for answer in answers]
    assert found == ["PRB9000001", "PRB9000002", "PRB9000003"]
    assert len({answer.json()["result"]["sys_id"] for answer in answers}) == 3


def test_a_number_is_not_given_again(own_servicenow: ServiceNowServer) -> None:
    keys = set()
    with session(own_servicenow) as made:
        for turn in range(3):
            answer = made.post(f"{own_servicenow.url}{TABLE}problem", json={})
            record = answer.json()["result"]
            assert record["number"] == f"PRB900000{turn + 1}"
            url = f"{own_servicenow.url}{TABLE}problem/{record['sys_id']}"
            assert made.patch(url, json={"impact": "1", "work_notes": "x"}).status_code == 200
            assert made.delete(url).status_code == 204
            keys.add(record["sys_id"])
    assert len(keys) == 3


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_change_counts_is_stamped_and_audited(
    own_servicenow: ServiceNowServer, method: str
) -> None:
    (before,) = rows(own_servicenow, "incident", "number=INC0000009")
    (problem,) = rows(own_servicenow, "problem", limit=1)
    url = f"{own_servicenow.url}{TABLE}incident/{before['sys_id']}"
    change = {"problem_id": problem["sys_id"], "urgency": "1", "impact": "1", "priority": "5"}
    with session(own_servicenow) as made:
        answer = made.request(method, url, json=change)
    after = answer.json()["result"]
    assert answer.status_code == 200
    assert after["problem_id"]["value"] == problem["sys_id"]
    assert after["priority"] == "1"
    assert int(after["sys_mod_count"]) == int(before["sys_mod_count"]) + 1
    assert after["sys_updated_on"] > before["sys_updated_on"]
    assert after["short_description"] == before["short_description"]
    query = f"documentkey={before['sys_id']}^user={own_servicenow.user}"
    told = {row["fieldname"]: row for row in rows(own_servicenow, "sys_audit", query)}
    assert told["problem_id"]["newvalue"] == problem["sys_id"]
    assert told["urgency"]["oldvalue"] == before["urgency"]
    assert set(told) <= {"problem_id", "urgency", "impact", "priority"}


def test_saving_what_is_there_already_changes_nothing(own_servicenow: ServiceNowServer) -> None:
    (before,) = rows(own_servicenow, "incident", "number=INC0000009")
    url = f"{own_servicenow.url}{TABLE}incident/{before['sys_id']}"
    with session(own_servicenow) as made:
        answer = made.patch(url, json={"short_description": before["short_description"]})
    assert answer.json()["result"] == before


def test_a_comment_goes_to_the_journal(own_servicenow: ServiceNowServer) -> None:
    (before,) = rows(own_servicenow, "incident", "number=INC0000009")
    url = f"{own_servicenow.url}{TABLE}incident/{before['sys_id']}"
    with session(own_servicenow) as made:
        answer = made.patch(url, json={"work_notes": "first", "comments": "second"})
    after = answer.json()["result"]
    assert after["work_notes"] == after["comments"] == ""
    assert after["sys_mod_count"] != before["sys_mod_count"]
    query = f"element_id={before['sys_id']}^sys_created_by={own_servicenow.user}"
    told = {
        row["element"]: row["value"] for row in rows(own_servicenow, "sys_journal_field", query)
    }
    assert told == {"work_notes": "first", "comments": "second"}


def test_labels_are_understood_when_the_client_says_so(own_servicenow: ServiceNowServer) -> None:
    body = {"state": "On Hold", "hold_reason": "Awaiting Vendor", "assignment_group": "Network"}
    with session(own_servicenow) as made:
        url = f"{own_servicenow.url}{TABLE}incident?sysparm_input_display_value=true"
        record = made.post(f"{url}&sysparm_display_value=all", json=body).json()["result"]
    assert (record["state"]["value"], record["hold_reason"]["value"]) == ("3", "4")
    assert record["assignment_group"]["display_value"] == "Network"


def test_the_answer_to_a_write_can_be_left_out(own_servicenow: ServiceNowServer) -> None:
    with session(own_servicenow) as made:
        made.headers["X-no-response-body"] = "true"
        answer = made.post(f"{own_servicenow.url}{TABLE}problem", json={"short_description": "x"})
    assert (answer.status_code, answer.content) == (201, b"")
    assert "Location" in answer.headers


def test_a_deleted_record_leaves_a_tombstone_with_its_real_class(
    own_servicenow: ServiceNowServer,
) -> None:
    (item,) = rows(own_servicenow, "cmdb_ci_server", limit=1)
    with session(own_servicenow) as made:
        url = f"{own_servicenow.url}{TABLE}cmdb_ci/{item['sys_id']}"
        answers = [made.delete(url), made.delete(url), made.get(url)]
    assert [answer.status_code for answer in answers] == [204, 404, 404]
    assert answers[0].content == b""
    (stone,) = rows(own_servicenow, "sys_audit_delete")
    assert stone["tablename"] == "cmdb_ci_server"
    assert stone["documentkey"] == item["sys_id"]
    assert stone["display_value"] == item["name"]


def test_what_is_written_to_one_server_is_not_in_the_next(
    own_servicenow: ServiceNowServer, servicenow: ServiceNowServer
) -> None:
    with session(own_servicenow) as made:
        made.post(f"{own_servicenow.url}{TABLE}problem", json={"correlation_id": "mine"})
    assert rows(own_servicenow, "problem", "correlation_id=mine")
    assert not rows(servicenow, "problem", "correlation_id=mine")


def test_a_method_can_be_named_in_a_header(own_servicenow: ServiceNowServer) -> None:
    (before,) = rows(own_servicenow, "problem", limit=1)
    url = f"{own_servicenow.url}{TABLE}problem/{before['sys_id']}"
    with session(own_servicenow) as made:
        headers = {"X-HTTP-Method-Override": "PATCH"}
        answer = made.post(url, json={"workaround": "none"}, headers=headers)
    assert answer.json()["result"]["workaround"] == "none"
