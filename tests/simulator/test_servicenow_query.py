"""The query language, against a second reading of it over the same records in plain Python."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.faults import Faults
from simulator.servicenow.query import parsed
from simulator.servicenow.server import ServiceNowServer
from simulator.servicenow.tables import TABLES
from tests.simulator.servicenow_client import ask, rows

Row = dict[str, Any]
FIELDS = """number state hold_reason priority category short_description opened_at resolved_at
    sys_updated_on sys_id active reopen_count assignment_group reassignment_count""".split()


def _held(table: list[Row], condition: Callable[[Row], bool]) -> list[str]:
    return sorted(row["number"] for row in table if condition(row))


@pytest.fixture(scope="module")
def table(servicenow: ServiceNowServer) -> list[Row]:
    asked = {"fields": ",".join(FIELDS), "exclude_reference_link": "true"}
    found: list[Row] = rows(servicenow, "incident", **asked)
    return found


LATE = "2026-10-20 00:00:00"
CASES: dict[str, Callable[[Row], bool]] = {
    "state=7": lambda r: r["state"] == "7",
    "state!=7": lambda r: r["state"] != "7",
    f"sys_updated_on>={LATE}": lambda r: r["sys_updated_on"] >= LATE,
    f"resolved_at<{LATE}": lambda r: r["resolved_at"] != "" and r["resolved_at"] < LATE,
    f"resolved_at>{LATE}": lambda r: r["resolved_at"] > LATE,
    "priority<3": lambda r: int(r["priority"]) < 3,
    "priority<=3": lambda r: int(r["priority"]) <= 3,
    "short_descriptionLIKEprinter": lambda r: "printer" in r["short_description"].lower(),
    "short_descriptionNOT LIKEe": lambda r: "e" not in r["short_description"].lower(),
    "short_descriptionSTARTSWITHalert": lambda r: (
        r["short_description"].lower().startswith("alert")
    ),
    "numberENDSWITH7": lambda r: r["number"].endswith("7"),
    "stateIN1,2,3": lambda r: r["state"] in ("1", "2", "3"),
    "stateNOT IN6,7": lambda r: r["state"] not in ("6", "7"),
    "resolved_atISEMPTY": lambda r: r["resolved_at"] == "",
    "resolved_atISNOTEMPTY": lambda r: r["resolved_at"] != "",
    "resolved_at=": lambda r: r["resolved_at"] == "",
    f"opened_atBETWEEN2026-10-01 00:00:00@{LATE}": lambda r: (
        "2026-10-01 00:00:00" <= r["opened_at"] <= LATE
    ),
    "active=true^priority=1": lambda r: r["active"] == "true" and r["priority"] == "1",
    "active=true^state=1^ORstate=3": lambda r: r["active"] == "true" and r["state"] in ("1", "3"),
    "state=1^ORstate=3^active=true": lambda r: r["active"] == "true" and r["state"] in ("1", "3"),
    "state=1^NQpriority=1^active=false": lambda r: (
        r["state"] == "1" or (r["priority"] == "1" and r["active"] == "false")
    ),
    "numberSAMEASnumber": lambda r: True,
    "reassignment_countGT_FIELDreopen_count": lambda r: (
        int(r["reassignment_count"]) > int(r["reopen_count"])
    ),
    "short_description=PRINTER": lambda r: r["short_description"].lower() == "printer",
    "active=1": lambda r: r["active"] == "true",
    "short_descriptionLIKE%": lambda r: "%" in r["short_description"],
    "short_descriptionLIKE_": lambda r: "_" in r["short_description"],
    "opened_at>=javascript:gs.dateGenerate('2026-10-20','00:00:00')": lambda r: (
        r["opened_at"] >= LATE
    ),
}


@pytest.mark.parametrize("query", CASES)
def test_a_condition_gives_the_records_that_meet_it(
    servicenow: ServiceNowServer, table: list[Row], query: str
) -> None:
    found = sorted(row["number"] for row in rows(servicenow, "incident", query, fields="number"))
    assert found == _held(table, CASES[query])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["^", "^OR", "^NQ"]),
            st.sampled_from(["state=7", "priority<3", "active=true", "reopen_count>0", "state!=6"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_and_or_and_new_query_bind_as_the_product_says(
    servicenow: ServiceNowServer, table: list[Row], terms: list[tuple[str, str]]
) -> None:
    checks: dict[str, Callable[[Row], bool]] = {
        "state=7": CASES["state=7"],
        "priority<3": CASES["priority<3"],
        "active=true": lambda r: r["active"] == "true",
        "reopen_count>0": lambda r: int(r["reopen_count"]) > 0,
        "state!=6": lambda r: r["state"] != "6",
    }
    queries: list[list[list[str]]] = [[]]
    for place, (join, term) in enumerate(terms):
        if join == "^NQ" and place:
            queries.append([])
        if join == "^OR" and place and queries[-1]:
            queries[-1][-1].append(term)
        else:
            queries[-1].append([term])

    def meets(row: Row) -> bool:
        return any(
            all(any(checks[term](row) for term in either) for either in groups)
            for groups in queries
        )

    text = "".join(join + term for join, term in terms)[1:]
    text = text.removeprefix("NQ").removeprefix("OR")
    found = sorted(row["number"] for row in rows(servicenow, "incident", text, fields="number"))
    assert found == _held(table, meets)


ORDERS: dict[str, Callable[[Row], Any]] = {
    "ORDERBYopened_at^ORDERBYsys_id": lambda r: (r["opened_at"], r["sys_id"]),
    "ORDERBYDESCsys_updated_on^ORDERBYDESCsys_id": lambda r: (r["sys_updated_on"], r["sys_id"]),
    "ORDERBYreassignment_count^ORDERBYsys_id": lambda r: (
        int(r["reassignment_count"]),
        r["sys_id"],
    ),
}


@pytest.mark.parametrize("query", ORDERS)
def test_records_come_in_the_order_asked_for(
    servicenow: ServiceNowServer, table: list[Row], query: str
) -> None:
    found = [row["number"] for row in rows(servicenow, "incident", query, fields="number")]
    sorted_rows = sorted(table, key=ORDERS[query], reverse="DESC" in query)
    assert found == [row["number"] for row in sorted_rows]


def test_a_walk_asks_about_the_record_behind_a_reference(servicenow: ServiceNowServer) -> None:
    fields = "number,assignment_group.name,caller_id.name"
    query = "assignment_group.name=Network^caller_id.nameLIKEa"
    found = rows(servicenow, "incident", query, fields=fields)
    whole = rows(servicenow, "incident", fields=fields)
    expected = [
        row
        for row in whole
        if row["assignment_group.name"] == "Network" and "a" in row["caller_id.name"].lower()
    ]
    assert found == expected
    assert 0 < len(found) < len(whole)


def test_like_on_a_reference_looks_at_the_name_it_shows(servicenow: ServiceNowServer) -> None:
    found = rows(servicenow, "incident", "assignment_groupLIKEnetw", fields="number")
    assert found == rows(servicenow, "incident", "assignment_group.name=Network", fields="number")
    assert found


def test_a_walk_through_task_reaches_every_class(servicenow: ServiceNowServer) -> None:
    whole = ask(servicenow, "task_sla", limit=1).headers["X-Total-Count"]
    found = ask(servicenow, "task_sla", "task.sys_class_nameINincident,problem", limit=1)
    none = ask(servicenow, "task_sla", "task.sys_class_name=problem", limit=1)
    assert found.headers["X-Total-Count"] == whole
    assert none.headers["X-Total-Count"] == "0"


@pytest.mark.parametrize(
    "clause", ["nonsense=1", "State=7", "stateIS7", "state~7", "problem_id.x=1"]
)
def test_an_invalid_clause_is_dropped_without_a_word(
    own_servicenow: ServiceNowServer, clause: str
) -> None:
    assert len(rows(own_servicenow, "incident", clause, fields="number")) == 600
    only = rows(own_servicenow, "incident", f"state=6^{clause}", fields="number")
    assert only == rows(own_servicenow, "incident", "state=6", fields="number")
    own_servicenow.faults = Faults.named(["invalid_clause_no_rows"])
    assert rows(own_servicenow, "incident", clause) == []
    (told,) = rows(own_servicenow, "sys_properties", "name=glide.invalid_query.returns_no_rows")
    assert told["value"] == "true"


def test_a_dropped_clause_does_not_change_what_or_joins() -> None:
    kept = parsed(TABLES["incident"], "active=true^nonsense=1^ORstate=2")
    assert kept.where == parsed(TABLES["incident"], "active=true^state=2").where
    assert kept.dropped == ["nonsense=1"]


@given(st.text(max_size=60))
def test_no_text_breaks_out_of_a_query(servicenow: ServiceNowServer, text: str) -> None:
    query = parsed(TABLES["incident"], f"short_description={text}^number>{text}")
    with servicenow.instance.connection() as connection:
        statement = f"SELECT COUNT(*) FROM incident WHERE {query.where.sql}"
        connection.execute(statement, query.where.values).fetchone()
    assert query.where.sql.count("?") == len(query.where.values)


def test_a_query_may_have_thousands_of_conditions(servicenow: ServiceNowServer) -> None:
    text = "^OR".join(f"number=INC{place:07d}" for place in range(1, 5_001))
    query = parsed(TABLES["incident"], text)
    with servicenow.instance.connection() as connection:
        statement = f"SELECT COUNT(*) FROM incident WHERE {query.where.sql}"
        assert connection.execute(statement, query.where.values).fetchone() == (600,)


def test_a_doubled_caret_is_a_caret() -> None:
    query = parsed(TABLES["incident"], "short_description=a^^b^state=1")
    assert query.where.values == ("a^b", "1")
