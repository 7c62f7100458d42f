"""The server's tables hold the estate: what the file exports say, and what was planted."""

import csv
import re
import sqlite3
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from itsm.states import RecordKind
from simulator.dirt import planted_defects
from simulator.exports import write_exports
from simulator.servicenow.database import made_database
from simulator.servicenow.server import ServiceNowServer
from simulator.servicenow.tables import STORED
from tests.simulator.servicenow_client import SERVED, rows

Row = dict[str, dict[str, str]]
_LABELS = {"published": "Published", "retired": "Retired", "completed": "Completed",
           "in_progress": "In progress", "accepted": "Accepted", "outage": "Outage",
           "planned": "Planned"}  # fmt: skip


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, str]]]:
    """The file exports of the same estate, by table."""
    folder = tmp_path_factory.mktemp("exports")
    found = {}
    for path in write_exports(SERVED, "servicenow", folder):
        with path.open(newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


@pytest.fixture(scope="module")
def damaged() -> dict[str, str]:
    return {f"INC{index + 1:07d}": kind for index, kind in planted_defects(SERVED).items()}


def _truth(server: ServiceNowServer, table: str) -> list[Row]:
    return [
        {name: dict(cell) for name, cell in row.items() if isinstance(cell, dict)}
        for row in server.truth(table)
    ]


@pytest.mark.parametrize(
    "table",
    """incident change_request problem problem_task sc_req_item u_vendor_case u_known_error
    ast_contract u_contract_clause kb_knowledge u_post_incident_review u_review_action
    sys_user_group core_company cmdb_ci_service asmt_assessment_instance""".split(),
)
def test_what_is_shown_is_what_list_exports_show(
    servicenow: ServiceNowServer,
    exported: dict[str, list[dict[str, str]]],
    damaged: dict[str, str],
    table: str,
) -> None:
    key = "number" if "number" in exported[table][0] else "name"
    told = {row[key]["display_value"]: row for row in _truth(servicenow, table)}
    lines = {line[key]: line for line in exported[table]}
    assert set(told) == set(lines)
    compared = 0
    for number, line in lines.items():
        if number in damaged:
            continue
        for name, cell in line.items():
            shown = told[number][name]["display_value"]
            if name.startswith("trigger_id") or name.endswith(("duration", "waiting_on_us")):
                shown = told[number][name]["value"]
            if name != "trigger_id":
                assert shown == _LABELS.get(cell, re.sub(r"^(\d+)\.0$", r"\1", cell)), (
                    number,
                    name,
                )
                compared += 1
    assert compared > len(lines)


def test_every_row_has_an_id_of_its_own(made_tables: Path, servicenow: ServiceNowServer) -> None:
    path = made_database(SERVED, made_tables)
    seen: set[str] = set()
    with closing(sqlite3.connect(path)) as connection:
        for table in STORED:
            ids = [row[0] for row in connection.execute(f'SELECT sys_id FROM "{table}"')]
            assert not seen & set(ids)
            seen.update(ids)
            assert all(len(one) == 32 for one in ids)
    assert servicenow.now() is not None


def test_references_lead_to_records_that_are_there(
    servicenow: ServiceNowServer, made_tables: Path, damaged: dict[str, str]
) -> None:
    dangling = {number for number, kind in damaged.items() if kind == "dangling_reference"}
    missing = set()
    with closing(sqlite3.connect(made_database(SERVED, made_tables))) as connection:
        ids = {
            table: {row[0] for row in connection.execute(f'SELECT sys_id FROM "{table}"')}
            for table in [*STORED, "task"]
        }
        for table, stored in STORED.items():
            for field in stored.fields:
                if not field.target:
                    continue
                target = "cmdb_ci" if field.target == "cmdb_ci_service" else field.target
                label = stored.display
                statement = f'SELECT "{label}", "{field.name}" FROM "{table}"'
                for shown, key in connection.execute(statement):
                    if key and key not in ids[target]:
                        missing.add((table, field.name, shown))
    assert missing == {("incident", "problem_id", number) for number in dangling}


def test_damage_is_what_a_table_can_hold(
    servicenow: ServiceNowServer, damaged: dict[str, str]
) -> None:
    told = {row["number"]["value"]: row for row in _truth(servicenow, "incident")}
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for number, kind in damaged.items():
        by_kind[kind].append(told[number])
    assert all(
        row["state"] == {"value": "42", "display_value": "42"} for row in by_kind["unknown_state"]
    )
    assert all(row["opened_at"]["value"] == "" for row in by_kind["opened_missing"])
    assert all(row["sys_created_on"]["value"] for row in by_kind["opened_missing"])
    for row in by_kind["dangling_reference"]:
        assert row["problem_id"]["value"]
        assert row["problem_id"]["display_value"] == ""
    for row in by_kind["resolved_before_opened"]:
        assert (
            not row["resolved_at"]["value"]
            or row["resolved_at"]["value"] < row["opened_at"]["value"]
        )
    assert all(row["opened_at"]["value"] > "2030" for row in by_kind["opened_in_the_future"])
    assert all(row["opened_at"]["value"] < "2030" for row in by_kind["odd_date"])
    assert min(map(len, by_kind.values())) > 0
    assert len(told) == SERVED.n_incidents


def test_audit_replayed_gives_the_records_as_they_are(
    servicenow: ServiceNowServer, damaged: dict[str, str]
) -> None:
    states: dict[str, dict[str, str]] = defaultdict(dict)
    query = "ORDERBYsys_created_on^ORDERBYrecord_checkpoint"
    for row in rows(servicenow, "sys_audit", f"tablename=incident^{query}"):
        record = states[row["documentkey"]]
        if row["fieldname"] in record or row["fieldname"] != "priority":
            assert record.get(row["fieldname"], "") == row["oldvalue"]
        assert row["oldvalue"] != row["newvalue"]
        record[row["fieldname"]] = row["newvalue"]
    names = ("state", "hold_reason", "assignment_group", "assigned_to", "priority")
    for told in _truth(servicenow, "incident"):
        if told["number"]["value"] in damaged:
            continue
        replayed = states[told["sys_id"]["value"]]
        now = {name: told[name]["value"] for name in names}
        assert {name: replayed.get(name, now[name]) for name in names} == now


def test_a_wait_is_a_state_and_a_reason_at_the_same_moment(servicenow: ServiceNowServer) -> None:
    holds = rows(servicenow, "sys_audit", "fieldname=hold_reason^newvalueISNOTEMPTY", limit=50)
    assert {row["newvalue"] for row in holds} <= {"1", "3", "4", "5"}
    for row in holds[:10]:
        query = f"documentkey={row['documentkey']}^sys_created_on={row['sys_created_on']}"
        both = rows(servicenow, "sys_audit", f"{query}^fieldname=state")
        assert [one["newvalue"] for one in both] == ["3"]
        assert both[0]["record_checkpoint"] == row["record_checkpoint"]


def test_metrics_follow_each_other_without_a_gap(servicenow: ServiceNowServer) -> None:
    turns: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows(servicenow, "metric_instance", "ORDERBYstart", limit=100_000):
        turns[row["id"], row["field"]].append(row)
    assert {field for _, field in turns} == {"incident_state", "assignment_group", "assigned_to"}
    n_followed = 0
    for held in turns.values():
        assert [row["end"] == "" for row in held] == [False] * (len(held) - 1) + [True]
        starts, ends = [row["start"] for row in held], [row["end"] for row in held]
        assert starts[1:] == ends[:-1]
        n_followed += len(held) - 1
    assert n_followed > 500


def test_answers_of_surveys_are_rows_of_their_own(servicenow: ServiceNowServer) -> None:
    given = {
        row["sys_id"]: row for row in rows(servicenow, "asmt_assessment_instance", "state=complete")
    }
    asked = rows(
        servicenow,
        "asmt_assessment_instance_question",
        "metric.name=Satisfaction",
        exclude_reference_link="true",
    )
    assert len(asked) == len(given) > 20
    for row in asked:
        assert row["value"] == given[row["instance"]]["u_score"]
    results = rows(servicenow, "asmt_metric_result", "metric.name=Satisfaction")
    assert sorted(row["actual_value"] for row in results) == sorted(row["value"] for row in asked)


def test_incidents_with_a_vendor_show_its_ticket(servicenow: ServiceNowServer) -> None:
    cases = {row["number"]["value"]: row for row in _truth(servicenow, "u_vendor_case")}
    tickets = {row["vendor_ticket"]["value"]: row for row in cases.values()}
    with_ticket = rows(servicenow, "incident", "vendor_ticketISNOTEMPTY", display_value="true")
    assert len(with_ticket) == len({row["incident"]["value"] for row in cases.values()}) > 5
    for row in with_ticket:
        case = tickets[row["vendor_ticket"]]
        assert case["incident"]["display_value"] == row["number"]
        assert case["opened_at"]["value"] == row["vendor_opened_at"]


def test_the_same_settings_give_the_same_rows(tmp_path: Path, made_tables: Path) -> None:
    first, second = made_database(SERVED, made_tables), made_database(SERVED, tmp_path)
    assert first.name == second.name
    with closing(sqlite3.connect(first)) as a, closing(sqlite3.connect(second)) as b:
        for table in STORED:
            statement = f'SELECT * FROM "{table}" ORDER BY sys_id'
            assert a.execute(statement).fetchall() == b.execute(statement).fetchall()


def test_tables_that_are_there_are_not_made_again(made_tables: Path) -> None:
    path = made_database(SERVED, made_tables)
    before = path.stat().st_mtime_ns
    assert made_database(SERVED, made_tables) == path
    assert path.stat().st_mtime_ns == before


def test_every_kind_of_record_has_a_table_with_rows(
    servicenow: ServiceNowServer, exported: dict[str, list[dict[str, str]]]
) -> None:
    assert len(exported) == len(RecordKind)
    for table, lines in exported.items():
        n = sum(1 for _ in servicenow.truth(table))
        more = {"incident", "sys_audit"}
        assert n == len(lines) or table in more or table == "cmdb_ci"
        assert n > 0


@pytest.mark.slow
def test_memory_does_not_grow_with_the_estate(tmp_path: Path) -> None:
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from simulator.servicenow.database import made_database\n"
        "from simulator.settings import EstateSettings\n"
        "made_database(EstateSettings(n_incidents=int(sys.argv[1]), seed=2), Path(sys.argv[2]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    peaks = [
        int(subprocess.check_output([sys.executable, "-c", code, str(n), str(tmp_path)]))
        for n in (20_000, 80_000)
    ]
    assert peaks[1] - peaks[0] < 120
    assert peaks[1] < 500
