"""`csi register`: acting as a person, with clear refusals; rank, budget, notes, the programme."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from itsm.errors import (
    ConfigError,
    MappingError,
    RoleError,
    StaleDecisionError,
    StoreError,
    TransitionError,
)
from itsm.journal import JournalKind
from tests.flows.register_desk import Desk

DEMAND = ("--set", "impact=4", "--set", "urgency=3", "--set", "risk=2", "--set", "effort=2")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def accepted(desk: Desk, title: str = "Renew certificates by themselves") -> str:
    number = desk.said("add", title, *DEMAND, "--by", "anna").split(":")[0]
    desk.said(
        "edit", number, "--set", "coordinator=ben", "--set", "next_review_on=2027-01-15",
        "--by", "cleo",
    )  # fmt: skip
    desk.said("move", number, "accepted", "--reason", "worth it", "--by", "cleo")
    return number


def test_the_whole_way_leaves_a_row_for_every_step(desk: Desk) -> None:
    number = accepted(desk)
    desk.said("move", number, "assess", "--reason", "looked into", "--by", "ben")
    desk.said("answer", number, "approved", "--reason", "cheap", "--by", "cleo")
    desk.said("move", number, "approved", "--reason", "go", "--by", "cleo")
    desk.said("task", number, "--title", "Write it", "--owner", "dan", "--due", "2027-02-01",
              "--by", "ben")  # fmt: skip
    desk.said("move", number, "in_progress", "--reason", "begun", "--by", "ben")
    desk.said("task", number, "T1", "--is", "done", "--by", "dan")
    desk.said("move", number, "review", "--reason", "live", "--by", "ben")
    desk.said("sign", number, "waiver", "--reason", "three incidents a year", "--by", "anna")
    desk.said("move", number, "closed", "--as", "successful", "--reason", "done", "--by", "cleo")
    shown = desk.said("show", number)
    assert "closed" in shown
    assert "waiver signed by anna" in shown
    assert "task T1: done, dan" in shown
    with desk.parts.store.begin() as uow:
        rows = uow.journal.rows(subject=number)
        names = uow.journal.names()
        versions = uow.register.versions(number)
    assert [int(row.facts["version"]) for row in rows] == list(range(1, 13))
    moves = [(row.facts["from"], row.facts["to"]) for row in rows[1:] if "to" in row.facts]
    assert moves[0] == ("new", "accepted")
    assert moves[-1] == ("review", "closed")
    assert [names[row.actor] for row in rows][-2:] == ["anna", "cleo"]
    assert rows[-1].role == "approver, manager"
    assert len(versions) == 12
    assert desk.audit("verify").exit_code == 0


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (["move", "CSI-0001", "accepted", "--reason", "x", "--by", "ben"], RoleError,
         r"CSI-0001: ben may not accept \(coordinator\); it takes: manager"),
        (["move", "CSI-0001", "accepted", "--reason", "x", "--by", "cleo"], TransitionError,
         "name its owner first"),
        (["move", "CSI-0001", "closed", "--reason", "x", "--by", "cleo"], TransitionError,
         "new -> closed is not allowed; allowed: accepted, canceled"),
        (["move", "CSI-0001", "canceled", "--by", "cleo"], TransitionError, "say why it goes to"),
        (["add", "X", "--by", "zoe"], ConfigError, r"'zoe' is nobody in the settings .*anna, ben"),
        (["add", "X", "--set", "impact=7", "--set", "cost=lots", "--by", "anna"], MappingError,
         r"X: impact, cost: impact: '7' cannot be used, write a whole number from 1 .* cost: "),
        (["add", "X", "--set", "colour=red", "--by", "anna"], MappingError, "no such field"),
        (["edit", "CSI-0001", "--set", "impact=5", "--seen", "7", "--by", "cleo"],
         StaleDecisionError, r"version 1, you saw 7"),
        (["edit", "CSI-0001", "--by", "cleo"], ConfigError, "say what to change with --set"),
        (["edit", "CSI-0001", "--set", "impact", "--by", "cleo"], ConfigError, "FIELD=VALUE"),
        (["sign", "CSI-0001", "waiver", "--reason", "x", "--by", "cleo"], TransitionError,
         "it is new; a waiver is signed in review"),
        (["task", "CSI-0001", "--by", "cleo"], ConfigError, "--title, --owner and --due"),
        (["review-note", "N7", "--review-by", "2027-01-01", "--by", "dan"], StoreError,
         "there is no note 'N7'"),
        (["note", " ", "--as", "priority", "--review-by", "2027-01-01", "--by", "dan"], ConfigError,
         "say what comes first"),
        (["note", "x", "--as", "priority", "--review-by", "2027-01-01", "--by", "anna"], RoleError,
         "anna may not prioritise"),
    ],
)  # fmt: skip
def test_a_refusal_says_who_what_and_what_would_help(
    desk: Desk, words: list[str], error: type[Exception], says: str
) -> None:
    desk.said("add", "Renew certificates", "--by", "anna")
    done = desk.register(*words)
    assert isinstance(done.exception, error), done.output
    with pytest.raises(error, match=says):
        raise done.exception
    with desk.parts.store.begin() as uow:
        assert len(uow.journal.rows(subject="CSI-0001")) == 1, "a refusal changes nothing"


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    assert "nothing was written" in desk.said("add", "Renew", "--by", "anna", "--dry-run")
    assert "the register is empty" in desk.said("list")
    with desk.parts.store.begin() as uow:
        assert uow.journal.rows() == ()


def test_gaps_are_named_and_twins_pointed_out(desk: Desk) -> None:
    added = desk.said("add", "Renew mail server certificates", "--set", "impact=3", "--by", "anna")
    assert "not known yet: urgency, risk, effort" in added
    twin = desk.said("add", "Mail server certificates renew", "--by", "anna")
    assert "CSI-0002 resembles CSI-0001: 100% of their words" in twin
    assert "CSI-0002 resembles CSI-0001" in desk.said("care")


def test_the_list_stands_in_order_with_the_reason_in_one_line(desk: Desk) -> None:
    desk.said("add", "Small", "--set", "impact=1", "--set", "urgency=1", "--set", "risk=1",
              "--set", "effort=5", "--by", "anna")  # fmt: skip
    desk.said("add", "Large", *DEMAND, "--by", "anna")
    desk.said("add", "Law", "--set", "is_regulatory=yes", "--by", "anna")
    lines = desk.said().splitlines()
    assert [line.split()[1] for line in lines[::2]] == ["CSI-0003", "CSI-0002", "CSI-0001"]
    assert "lifted to the top: regulatory; no score, not known: impact" in lines[1]
    assert "score 4.50 from impact 4, urgency 3, risk 2, effort 2 (weights default)" in lines[3]
    desk.said("not-yet", "CSI-0001", "--reason", "after the move", "--review-on", "2027-03-01",
              "--by", "cleo")  # fmt: skip
    assert "not yet: after the move" in desk.said("list")
    found = json.loads(desk.said("--json"))
    assert {one["number"] for one in found} == {"CSI-0001", "CSI-0002", "CSI-0003"}


def test_the_rerank_report_says_why_each_moved(desk: Desk, tmp_path: Path) -> None:
    desk.said("add", "First", *DEMAND, "--by", "anna")
    desk.said("add", "Second", "--set", "impact=1", "--set", "urgency=5", "--set", "risk=1",
              "--set", "effort=2", "--by", "anna")  # fmt: skip
    then = (datetime.now(UTC) + timedelta(microseconds=1)).isoformat()
    desk.said("add", "Third", "--set", "blocks_critical=yes", "--by", "anna")
    moved = desk.said("rerank", "--since", then)
    assert "   1 -> 2    CSI-0001  First\n              passed by CSI-0003" in moved
    assert "-> 1    CSI-0003  Third\n              new" in moved
    weights = '\n[improvement]\nweights = { version = "2027-1", urgency = 4 }\n'
    other = Desk(tmp_path, weights)
    moved = other.said("rerank", "--since", then)
    assert "CSI-0002  Second\n              weights default" in moved
    assert "-> weights 2027-1 (impact 1, urgency 4" in moved
    assert "3 entries scored by the present weights" in other.said(
        "rerank", "--since", then, "--apply", "--reason", "new weights", "--by", "ben"
    )
    assert "(weights 2027-1)" in other.said("list")
    with other.parts.store.begin() as uow:
        noted = [row.facts for row in uow.journal.rows(kinds=[JournalKind.WEIGHTS])]
    assert [one["version"] for one in noted] == ["1", "2"]
    assert noted[1]["urgency"] == "1.0 -> 4.0"


def test_the_budget_holds_cost_against_value(desk: Desk, tmp_path: Path) -> None:
    for title, cost, value in (("Dear", "9000", "9900"), ("Cheap", "1000", "5000")):
        desk.said("add", title, "--set", f"cost={cost}", "--set", f"value_per_year={value}",
                  "--by", "anna")  # fmt: skip
    desk.said("add", "Work", "--set", "effort_days=10", "--by", "anna")
    told = desk.said("budget").splitlines()
    assert "480 EUR a day of work, assumed" in told[0]
    assert [line.split()[0] for line in told[2:5]] == ["CSI-0002", "CSI-0001", "CSI-0003"]
    assert told[2].split()[1:5] == ["1,000", "5,000", "-", "400%"]
    assert "not known: value_per_year" in told[4]
    assert told[5].split() == ["all", "14,800", "14,900", "0"]
    limited = json.loads(desk.said("budget", "--limit", "6000", "--json"))
    assert [one["number"] for one in limited["lines"]] == ["CSI-0002", "CSI-0003"]
    other = Desk(tmp_path, '\n[improvement]\ncost = { version = "1", rate_per_day = 100 }\n')
    assert "cost model 1: 100 EUR a day of work;" in other.said("budget")


def test_priorities_and_assumptions_are_kept_and_reviewed(desk: Desk) -> None:
    desk.said("note", "Mail before anything else", "--as", "priority", "--about", "Mail",
              "--review-by", "2027-01-01", "--by", "dan")  # fmt: skip
    desk.said("note", "Nobody works at night", "--as", "assumption", "--owner", "ben",
              "--review-by", "2020-01-01", "--by", "cleo")  # fmt: skip
    told = desk.said("notes")
    assert "N1    priority    dan about Mail" in told
    assert "N2: its review of 2020-01-01 is late (ben)" in desk.said("care")
    desk.said("review-note", "N2", "--reason", "they do, since May", "--review-by",
              "2027-05-01", "--by", "cleo")  # fmt: skip
    assert "they do, since May" in desk.said("notes")
    assert "N2" not in desk.said("care")


def test_the_programme_tells_where_entries_stand(desk: Desk) -> None:
    assert "no success rate" in desk.said("programme")
    number = accepted(desk)
    told = desk.said("programme")
    assert f"accepted               0         -         -         1  {number} (0.0 d)" in told
    assert json.loads(desk.said("programme", "--json"))["n_closed"] == 0


def test_an_exception_is_listed_used_and_told(tmp_path: Path) -> None:
    listed = (
        "\n[[improvement.four_eyes_exceptions]]\n"
        'person = "anna"\nrule = "approve_own"\nreason = "the only approver this year"\n'
        "until = 2099-12-31\n"
    )
    desk = Desk(tmp_path, listed)
    told = desk.said("people")
    assert "cleo             approver, manager" in told
    assert "anna may approve_own until 2099-12-31: the only approver this year" in told
    number = accepted(desk)
    desk.said("move", number, "assess", "--reason", "looked into", "--by", "ben")
    desk.said("answer", number, "approved", "--by", "anna")
    assert "approve_own until 2099-12-31: the only approver this year" in desk.said("show", number)
    desk.audit("export", str(tmp_path / "bundle"))
    told = (tmp_path / "bundle" / "exceptions.csv").read_text()
    assert f"{number},anna,approve_own" in told


def test_the_proposer_does_not_approve(desk: Desk) -> None:
    number = accepted(desk)
    desk.said("move", number, "assess", "--reason", "looked into", "--by", "ben")
    refused = desk.refused("answer", number, "approved", "--by", "anna")
    assert f"{number}: anna proposed it and does not approve it" in refused
    assert "[[improvement.four_eyes_exceptions]]" in refused


def test_bytes_that_are_no_text_do_no_harm(desk: Desk) -> None:
    odd = b"caf\xe9".decode(errors="surrogateescape")
    desk.said("add", odd, "--reason", odd, "--by", "anna")
    desk.said("note", odd, "--as", "priority", "--review-by", "2027-01-01", "--by", "dan")
    assert "caf?" in desk.said("list")
    assert desk.audit("verify").exit_code == 0
