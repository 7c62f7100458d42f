"""The title that stands for a group: what many of it say, no value that was measured."""

import pytest

from problem_mining.explain import MemberFacts, central_title
from problem_mining.text import headline


def members(*titles: str) -> list[MemberFacts]:
    return [MemberFacts(title, title.casefold(), {}, None, 0.9) for title in titles]


def test_a_condition_that_many_name_is_told_and_one_that_is_its_own_is_not() -> None:
    found = central_title(
        members(
            "Calendar fails with error",
            "Calendar fails with error when filtering by Turin",
            "Calendar shows an error filter set to Turin",
            "error message in meeting calendar when filtering by Turin",
            "Calendar fails with error since Monday",
        )
    )
    assert found == "Calendar fails with error when filtering by Turin"


def test_alerts_that_repeat_word_for_word_do_not_speak_for_what_most_people_write() -> None:
    alert = "lon-web-01: interface errors on oracle CRITICAL"
    people = ["No permission for payroll run", "Payroll run says no permission"]
    people += ["Cannot open payroll run, no permission", "payroll run: no permission since noon"]
    assert "ayroll run" in central_title(members(alert, alert, *people))


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("[ALERT] par-ws-06 E: service state 556 s", "ALERT par-ws-06 E: service state"),
        ("[ALERT] par-sql-06 queue length 161 items", "ALERT par-sql-06 queue length"),
        ("Dashboard hangs with files over 500 MB", "Dashboard hangs with files over 500 MB"),
        ("Nothing happens since update 10.4", "Nothing happens since update 10.4"),
    ],
)
def test_what_an_alert_measured_goes_and_what_a_person_says_stays(title: str, told: str) -> None:
    assert headline(title) == told
