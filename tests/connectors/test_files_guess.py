"""Guesses about unknown exports: right on known ones, silent where nothing fits."""

from itertools import islice
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.guess import NAMES, guess_columns
from connectors.files.table import read_table


def guess(rows: list[dict[str, str]]) -> dict[str, str]:
    return guess_columns(list(rows[0]), pd.DataFrame(rows, dtype="str"))


def test_a_servicenow_list_by_labels() -> None:
    rows = [
        {"Number": "INC1", "Opened": "21/11/2026 19:54", "Short description": "VPN drops",
         "Description": "since today", "Caller": "Bob", "Service": "VPN", "Category": "Network",
         "Configuration item": "vpn-1", "Assignment group": "Net", "Priority": "3 - Moderate",
         "Updated": "22/11/2026 19:54", "Location": "HQ"},
    ]  # fmt: skip
    assert guess(rows) == {
        "id": "Number",
        "title": "Short description",
        "description": "Description",
        "service": "Service",
        "ci": "Configuration item",
        "category": "Category",
        "location": "Location",
        "team": "Assignment group",
        "priority": "Priority",
        "opened_at": "Opened",
    }


def test_a_jira_export() -> None:
    rows = [
        {"Summary": "Printer jams", "Issue key": "OPS-7", "Issue id": "10012", "Status": "Open",
         "Created": "21/Nov/26 7:54 PM", "Component/s": "Print", "Priority": "High"}
    ]  # fmt: skip
    assert guess(rows) == {
        "id": "Issue key",
        "title": "Summary",
        "service": "Component/s",
        "priority": "Priority",
        "opened_at": "Created",
    }


def test_cells_decide_where_no_name_fits() -> None:
    rows = [
        {"Closed am": "2026-11-22", "Erfasst am": "2026-11-21 10:00", "Lfd": f"T-{n}", "Ort": "Ulm",
         "Was ist los": f"Der Drucker im {n}. Stock geht nicht"}
        for n in range(5)
    ]  # fmt: skip
    assert guess(rows) == {"id": "Lfd", "title": "Was ist los", "opened_at": "Erfasst am"}


def test_a_column_with_gaps_is_no_id_and_one_without_times_no_time() -> None:
    rows = [
        {"id": "1", "ticket": "A1", "created": "soon", "text": "x"},
        {"id": "", "ticket": "A2", "created": "later", "text": "y"},
    ]
    assert guess(rows) == {"id": "ticket", "title": "text"}


def test_answers_are_never_mined() -> None:
    rows = [
        {"topic": f"the topic of row number {n}", "cluster_id": f"c{n} d e f"} for n in range(3)
    ]
    assert guess(rows) == {}


@given(st.lists(st.text(max_size=10), unique=True), st.lists(st.text(max_size=30), max_size=4))
def test_every_guess_is_a_column_and_each_column_is_guessed_once(
    columns: list[str], cells: list[str]
) -> None:
    sample = pd.DataFrame(
        {name: pd.Series(cells, dtype="str") for name in columns}, columns=columns
    )
    guessed = guess_columns(columns, sample)
    assert set(guessed) <= set(NAMES)
    assert set(guessed.values()) <= set(columns)
    assert len(set(guessed.values())) == len(guessed)
    assert guessed == guess_columns(columns, sample)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("askubuntu_duplicates/titles.csv.gz", {"id": "text_id", "title": "title"}),
        ("it_ticket_topics/tickets.csv.gz", {"id": "ticket_id", "title": "text"}),
        (
            "hadoop_duplicates/reports.csv.gz",
            {"id": "issue_id", "title": "title", "description": "description",
             "priority": "priority", "opened_at": "created"},
        ),
        (
            "uci_incident_log/incidents_last_state.csv.gz",
            {"id": "number", "ci": "cmdb_ci", "category": "category",
             "subcategory": "subcategory", "symptom": "u_symptom", "location": "location",
             "team": "assignment_group", "priority": "priority", "opened_at": "opened_at"},
        ),
    ],
)  # fmt: skip
def test_real_exports(real_data: Path, file: str, expected: dict[str, str]) -> None:
    assert guess(list(islice(read_table(real_data / file), 200))) == expected
