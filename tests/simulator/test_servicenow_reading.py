import re
from contextlib import closing
from http.client import HTTPConnection
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from simulator.faults import Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.servicenow.tables import TABLES
from tests.simulator.servicenow_client import ask, rows, session


def test_raw_values_are_strings_and_references_carry_a_link(servicenow: ServiceNowServer) -> None:
    (row,) = rows(servicenow, "incident", "assignment_groupISNOTEMPTY^problem_idISEMPTY", limit=1)
    group = row["assignment_group"]
    assert group["link"] == f"{servicenow.url}/api/now/table/sys_user_group/{group['value']}"
    assert row["problem_id"] == ""
    assert all(isinstance(value, str) or set(value) == {"link", "value"} for value in row.values())
    assert re.fullmatch(r"[0-9a-f]{32}", row["sys_id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["sys_updated_on"])
    assert row["u_test"] in ("true", "false")


def test_all_gives_codes_and_labels_side_by_side(servicenow: ServiceNowServer) -> None:
    query = "state=3^hold_reason=4^assignment_groupISNOTEMPTY"
    (row,) = rows(servicenow, "incident", query, limit=1, display_value="all")
    assert row["state"] == {"display_value": "On Hold", "value": "3"}
    assert row["hold_reason"] == {"display_value": "Awaiting Vendor", "value": "4"}
    assert row["priority"]["display_value"].startswith(row["priority"]["value"] + " - ")
    assert set(row["assignment_group"]) == {"display_value", "link", "value"}
    assert row["sys_class_name"] == {"display_value": "Incident", "value": "incident"}
    assert row["closed_at"] == {"display_value": "", "value": ""}


def test_a_reference_without_its_link_is_a_bare_id(servicenow: ServiceNowServer) -> None:
    asked = {"limit": 1, "exclude_reference_link": "true", "fields": "assignment_group"}
    query = "assignment_groupISNOTEMPTY"
    (raw,) = rows(servicenow, "incident", query, **asked)
    (shown,) = rows(servicenow, "incident", query, display_value="true", **asked)
    (both,) = rows(servicenow, "incident", query, display_value="all", **asked)
    assert both["assignment_group"] == {
        "display_value": shown["assignment_group"],
        "value": raw["assignment_group"],
    }
    (group,) = rows(servicenow, "sys_user_group", f"sys_id={raw['assignment_group']}")
    assert group["name"] == shown["assignment_group"]


def test_only_the_fields_asked_for_come_and_unknown_ones_are_ignored(
    servicenow: ServiceNowServer,
) -> None:
    fields = "number,nonsense,assignment_group.name,task.nonsense,caller_id.email"
    query = "assignment_groupISNOTEMPTY^caller_id.nameSTARTSWITHA"
    (row,) = rows(servicenow, "incident", query, limit=1, fields=fields)
    assert set(row) == {"number", "assignment_group.name", "caller_id.email"}
    assert row["caller_id.email"].endswith("@corp.example.com")


def test_a_walk_through_a_task_finds_the_record_whatever_its_class(
    servicenow: ServiceNowServer,
) -> None:
    fields = "task,task.sys_class_name,task.assignment_group.name,sla.type,sla.duration"
    for row in rows(servicenow, "task_sla", limit=50, fields=fields, display_value="all"):
        assert row["task"]["display_value"].startswith("INC")
        assert row["task.sys_class_name"]["value"] == "incident"
        assert row["sla.type"]["value"] in ("SLA", "OLA", "Underpinning contract")
        assert row["sla.duration"]["value"].startswith("1970-01-")


def test_durations_are_shown_in_words(servicenow: ServiceNowServer) -> None:
    for row in rows(
        servicenow, "task_sla", limit=20, fields="business_duration", display_value="all"
    ):
        raw, shown = row["business_duration"]["value"], row["business_duration"]["display_value"]
        days, hours, minutes, seconds = map(int, re.findall(r"\d+", raw)[2:])
        total = (((days - 1) * 24 + hours) * 60 + minutes) * 60 + seconds
        sizes = {"Day": 86_400, "Hour": 3_600, "Minute": 60, "Second": 1}
        told = sum(
            int(count) * sizes[word.removesuffix("s")]
            for count, word in re.findall(r"(\d+) (\w+)", shown)
        )
        assert told == total


def test_a_user_elsewhere_is_shown_local_times(own_servicenow: ServiceNowServer) -> None:
    own_servicenow.faults = Faults.named(["user_zone"])
    asked = {"limit": 40, "fields": "opened_at", "display_value": "all"}
    for row in rows(own_servicenow, "incident", "opened_atISNOTEMPTY", **asked):
        opened = row["opened_at"]
        assert opened["value"] != opened["display_value"]
    query = "opened_at=2026-10-01 12:30:00"
    with session(own_servicenow) as made:
        address = f"{own_servicenow.url}/api/now/table/incident"
        made.post(
            address,
            json={"opened_at": "2026-10-01 05:30:00"},
            params={"sysparm_input_display_value": "true"},
        )
    (row,) = rows(own_servicenow, "incident", query, display_value="true", fields="opened_at")
    assert row["opened_at"] == "2026-10-01 05:30:00"


def test_a_zone_that_is_none_counts_as_gmt(own_servicenow: ServiceNowServer) -> None:
    with own_servicenow.instance.writing() as connection:
        connection.execute("UPDATE sys_user SET time_zone = 'Europe/Berln'")
    (row,) = rows(own_servicenow, "incident", "opened_atISNOTEMPTY", limit=1, display_value="all")
    assert row["opened_at"]["value"] == row["opened_at"]["display_value"]


@pytest.mark.parametrize("size", [7, 100, 599, 600, 601, 10_000])
def test_links_lead_through_every_record_once(servicenow: ServiceNowServer, size: int) -> None:
    seen = []
    with session(servicenow) as made:
        url = f"{servicenow.url}/api/now/table/incident"
        parameters = {
            "sysparm_limit": str(size),
            "sysparm_query": "ORDERBYsys_id",
            "sysparm_fields": "sys_id",
        }
        answer = made.get(url, params=parameters)
        while True:
            assert answer.headers["X-Total-Count"] == "600"
            seen += [row["sys_id"] for row in answer.json()["result"]]
            if "next" not in answer.links:
                break
            answer = made.get(answer.links["next"]["url"])
        assert ("prev" in answer.links) == (size < 600)
        assert made.get(answer.links["first"]["url"]).json()["result"][0]["sys_id"] == seen[0]
    assert len(seen) == len(set(seen)) == 600
    assert seen == sorted(seen)


def test_counts_and_links_can_be_left_out(servicenow: ServiceNowServer) -> None:
    bare = ask(servicenow, "incident", limit=5, no_count="true")
    assert "X-Total-Count" not in bare.headers
    quiet = ask(servicenow, "incident", limit=5, suppress_pagination_header="true")
    assert "Link" not in quiet.headers
    assert quiet.headers["X-Total-Count"] == "600"


def test_a_page_holds_ten_thousand_records_where_nothing_else_is_said(
    servicenow: ServiceNowServer,
) -> None:
    answer = ask(servicenow, "sys_dictionary", fields="sys_id")
    assert len(answer.json()["result"]) == min(10_000, int(answer.headers["X-Total-Count"]))
    audit = ask(servicenow, "sys_audit", fields="sys_id")
    assert int(audit.headers["X-Total-Count"]) > 600 * 5
    assert len(audit.json()["result"]) == min(10_000, int(audit.headers["X-Total-Count"]))


def test_only_version_one_answers_404_when_nothing_matches(servicenow: ServiceNowServer) -> None:
    found = {}
    with session(servicenow) as made:
        for version in ("", "v1/", "v2/"):
            url = f"{servicenow.url}/api/now/{version}table/incident?number=INC7777777"
            found[version] = made.get(url)
    assert found[""].json() == found["v2/"].json() == {"result": []}
    assert found["v1/"].status_code == 404
    assert found["v1/"].json()["error"]["message"] == "No Record found"


def test_plain_parameters_are_conditions(servicenow: ServiceNowServer) -> None:
    with session(servicenow) as made:
        url = f"{servicenow.url}/api/now/table/incident"
        found = made.get(url, params={"priority": "1", "active": "false"}).json()["result"]
    assert found
    assert found == rows(servicenow, "incident", "priority=1^active=false")


def test_a_class_holds_its_own_and_what_extends_it(servicenow: ServiceNowServer) -> None:
    items = rows(servicenow, "cmdb_ci", fields="sys_id,sys_class_name")
    classes = {row["sys_class_name"] for row in items}
    assert {"cmdb_ci_service", "cmdb_ci_server", "cmdb_ci_printer"} <= classes
    hardware = {row["sys_class_name"] for row in rows(servicenow, "cmdb_ci_hardware")}
    assert hardware == {
        "cmdb_ci_server",
        "cmdb_ci_computer",
        "cmdb_ci_netgear",
        "cmdb_ci_printer",
        "cmdb_ci_storage_device",
    }
    assert "u_users" in rows(servicenow, "cmdb_ci_service", limit=1)[0]
    assert "u_users" not in rows(servicenow, "cmdb_ci_server", limit=1)[0]
    tree = {row["sys_id"]: row for row in rows(servicenow, "sys_db_object")}
    server = next(row for row in tree.values() if row["name"] == "cmdb_ci_server")
    assert tree[server["super_class"]["value"]]["name"] == "cmdb_ci_computer"


def test_task_shows_the_work_of_every_class(servicenow: ServiceNowServer) -> None:
    count = {
        name: int(ask(servicenow, name, limit=1).headers["X-Total-Count"])
        for name in ("incident", "problem", "change_request", "sc_req_item", "sc_task")
    }
    for name, n in count.items():
        answer = ask(servicenow, "task", f"sys_class_name={name}", limit=1)
        assert int(answer.headers["X-Total-Count"]) == n > 0


def test_journal_fields_come_back_empty_and_their_words_are_kept_apart(
    servicenow: ServiceNowServer,
) -> None:
    (entry,) = rows(servicenow, "sys_journal_field", "element=work_notes", limit=1)
    (row,) = rows(servicenow, "incident", f"sys_id={entry['element_id']}")
    assert entry["value"]
    assert row["work_notes"] == row["comments"] == ""
    assert "sys_updated_on" not in entry


def test_the_dictionary_names_every_column(servicenow: ServiceNowServer) -> None:
    told = rows(servicenow, "sys_dictionary", "name=incident", fields="element,reference")
    assert {row["element"] for row in told} == set(TABLES["incident"].by_name)
    assert {row["element"]: row["reference"] for row in told}["problem_id"] == "problem"
    choices = rows(servicenow, "sys_choice", "name=incident^element=state", fields="value,label")
    assert {"value": "3", "label": "On Hold"} in choices


def test_one_record_can_be_asked_for_by_its_id(servicenow: ServiceNowServer) -> None:
    (listed,) = rows(servicenow, "incident", "number=INC0000007")
    with session(servicenow) as made:
        answer = made.get(f"{servicenow.url}/api/now/table/incident/{listed['sys_id']}")
        missing = made.get(f"{servicenow.url}/api/now/table/incident/{'0' * 32}")
    assert answer.json() == {"result": listed}
    assert missing.status_code == 404


def test_truth_is_every_record_in_the_order_of_ids(servicenow: ServiceNowServer) -> None:
    told = list(servicenow.truth("incident"))
    assert len(told) == 600
    ids = [dict(row["sys_id"])["value"] for row in told if isinstance(row["sys_id"], dict)]
    assert all(a < b for a, b in pairwise(ids))
    asked = {"display_value": "all", "exclude_reference_link": "true"}
    assert told == rows(servicenow, "incident", "ORDERBYsys_id", **asked)


def test_a_connection_is_kept_open_for_the_next_request(servicenow: ServiceNowServer) -> None:
    address = urlsplit(servicenow.url)
    with closing(HTTPConnection(str(address.hostname), address.port, timeout=10)) as connection:
        connection.connect()
        socket = connection.sock
        for _ in range(3):
            headers = {"x-sn-apikey": servicenow.api_key}
            connection.request("GET", "/api/now/table/incident?sysparm_limit=1", headers=headers)
            answer = connection.getresponse()
            assert (answer.status, answer.version) == (200, 11)
            answer.read()
            assert connection.sock is socket
