"""Lists that are no records of ours: their columns, a vendor's cases, a log of steps."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.files.case_log import NOBODY, case_log
from connectors.files.list_columns import list_columns
from connectors.files.vendor_list import read_met, vendor_list
from itsm.errors import ConfigError
from itsm.states import ClockTarget

BERLIN = ZoneInfo("Europe/Berlin")
FIELDS = {"case": ("case", "ticket"), "step": ("step", "task", "name")}


def test_names_decide_and_a_person_has_the_last_word() -> None:
    columns = ["Ticket", "Task", "Name", "Case"]
    assert list_columns(columns, FIELDS, []) == {"case": "Case", "step": "Task"}
    assert list_columns(columns, FIELDS, ["step=Name"]) == {"case": "Case", "step": "Name"}
    assert list_columns(columns, FIELDS, ["case="]) == {"step": "Task"}
    assert list_columns(columns, FIELDS, ["step=Case"]) == {"case": "Ticket", "step": "Case"}


@pytest.mark.parametrize("pair", ["stp=Task", "step", "step=Nope"])
def test_a_pair_that_names_nothing_is_refused_with_what_there_is(pair: str) -> None:
    with pytest.raises(ConfigError, match=r"case, step|Ticket, Task"):
        list_columns(["Ticket", "Task"], FIELDS, [pair])


@pytest.mark.parametrize(
    ("word", "met"),
    [("yes", True), ("MET", True), ("In time", True), ("Breached", False), ("not met", False),
     ("no", False), ("perhaps", None), ("", None)],
)  # fmt: skip
def test_words_that_say_whether_it_was_met(word: str, met: bool | None) -> None:
    assert read_met(word) is met


def test_a_list_with_both_commitments_beside_each_other() -> None:
    rows = [
        {"Ticket No.": "A-1", "Customer reference": "VC1", "Response SLA": "met",
         "Resolution due": "26.03.2026 11:00", "Resolved": "26.03.2026 10:59"},
        {"Ticket No.": "A-2", "Customer reference": "", "Response SLA": "late",
         "Resolution due": "26.03.2026 11:00", "Resolved": ""},
        {"Ticket No.": "", "Customer reference": "", "Response SLA": "met",
         "Resolution due": "", "Resolved": ""},
    ]  # fmt: skip
    read = vendor_list(rows, [], BERLIN)
    told = [(one.reference, one.target, one.is_met) for one in read.lines]
    response, resolution = ClockTarget.RESPONSE, ClockTarget.RESOLUTION
    assert told == [("VC1", response, True), ("VC1", resolution, True), ("A-2", response, False)]
    assert read.lines[1].due_at == datetime(2026, 3, 26, 10, tzinfo=UTC)
    assert read.unread == {"has no case number": 1}


def test_a_list_with_a_row_for_each_commitment_and_a_stated_result_before_times() -> None:
    rows = [
        {"id": "A-1", "metric": "Time to respond", "due": "2026-03-26 10:00",
         "done": "2026-03-26 09:00", "met": ""},
        {"id": "A-1", "metric": "Resolution", "due": "2026-03-26 10:00",
         "done": "2026-03-26 12:00", "met": "yes"},
        {"id": "A-2", "metric": "Survey", "due": "", "done": "", "met": "yes"},
    ]  # fmt: skip
    read = vendor_list(rows, [], UTC)
    told = [(one.target.value, one.is_met) for one in read.lines]
    assert told == [("response", True), ("resolution", True)]
    assert read.unread == {"does not say what was met": 1}


@pytest.mark.parametrize(
    ("row", "remedy"),
    [({"who": "x", "met": "yes"}, "--map reference=COLUMN"),
     ({"id": "A-1", "due": "2026-01-01"}, "--map resolution_met=COLUMN")],
)  # fmt: skip
def test_a_list_that_cannot_be_used_says_what_would_mend_it(
    row: dict[str, str], remedy: str
) -> None:
    with pytest.raises(ConfigError, match=remedy):
        vendor_list([row], [], UTC)
    with pytest.raises(ConfigError, match="no row"):
        vendor_list([], [], UTC)


def _log(*rows: tuple[str, ...]) -> list[dict[str, str]]:
    head = ("Request number", "Task", "Group", "External", "Closed")
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_log_of_steps_with_guessed_columns_says_what_it_takes_for_granted() -> None:
    rows = _log(
        ("R1", "Approve", "Finance", "no", "25.03.2026 10:00"),
        ("R1", "Deliver", "Acme", "yes", ""),
        ("R2", "Approve", "", "", "no time"),
        ("", "Approve", "Finance", "no", "25.03.2026 10:00"),
        ("R3", "", "Finance", "no", "25.03.2026 10:00"),
    )
    read = case_log(rows, [], BERLIN, process="laptop")
    told = [(one.case, one.step, one.owner, one.is_vendor) for one in read.steps]
    assert told == [
        ("R1", "Approve", "Finance", False),
        ("R1", "Deliver", "Acme", True),
        ("R2", "Approve", NOBODY, False),
    ]
    assert read.steps[0].ended_at == datetime(2026, 3, 25, 9, tzinfo=UTC)
    assert read.steps[1].ended_at is None
    assert read.steps[0].process == "laptop"
    assert read.unread == {
        "has a time in 'Closed' that cannot be read, left empty": 1,
        "has no case": 1,
        "has no step": 1,
    }
    assert [sentence.split(":")[0] for sentence in read.assumed] == [
        "No column says when a step could begin",
        "No column says when work on a step began",
        "No column says by when a case is needed",
    ]


@pytest.mark.parametrize(("cell", "is_vendor"), [("Acme AG", True), ("internal", False)])
def test_a_vendor_is_told_by_a_flag_a_name_or_by_the_person_who_asks(
    cell: str, is_vendor: bool
) -> None:
    rows = _log(("R1", "Approve", "Finance", cell, "25.03.2026 10:00"))
    assert case_log(rows, [], UTC, process="x").steps[0].is_vendor is is_vendor
    named = case_log(rows, [], UTC, process="x", vendors=["finance"])
    assert named.steps[0].is_vendor


def test_a_log_without_a_case_or_an_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="--map case=COLUMN"):
        case_log([{"Task": "x", "Closed": "2026-01-01"}], [], UTC, process="x")
    with pytest.raises(ConfigError, match="--map ended_at=COLUMN"):
        case_log([{"Case": "R1", "Task": "x"}], [], UTC, process="x")
