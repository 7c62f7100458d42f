"""Every expectation can fail, and does not fail what is in order."""

from dataclasses import replace
from typing import Any

import pytest

from checks.checking import check_rows, failing
from checks.context import CheckContext
from checks.expectations import Facts
from checks.suites import SUITES, suite_of
from itsm.fields import column_names
from itsm.quality import CheckReport, Severity
from itsm.states import RecordKind
from tests.checks.examples import CUTOFF, GOOD, IN_PAIRS, KNOWN, WEEK, failing_examples, frame

CONTEXT = CheckContext(source="desk", cutoff_at=CUTOFF, week=WEEK, read_at=CUTOFF, known=KNOWN)
FACTS = Facts(cutoff_at=CUTOFF, latest_at=CUTOFF, known=KNOWN)
KINDS = sorted(RecordKind)
A_FEW = [RecordKind.INCIDENT, RecordKind.HISTORY, RecordKind.CONTRACT_CLAUSE]


def _spoiled(kind: RecordKind) -> tuple[CheckReport, dict[str, str]]:
    """A report on one good row and one bad row per rule; and the bad rows' numbers."""
    rows: list[dict[str, Any]] = [{**GOOD[kind], "number": "good"}]
    numbers = {}
    for place, (rule, change) in enumerate(failing_examples(kind).items()):
        apart = {"caller": f"caller {place}", "sequence": 100 + place}
        row = {**GOOD[kind], "number": rule, **apart, **change}
        rows += [row, {**row, **({} if rule == "number_unique" else {"number": f"{rule}-2"})}][
            : 2 if rule in IN_PAIRS else 1
        ]
        numbers[rule] = str(row["number"])
    return check_rows(kind, frame(kind, *rows), CONTEXT), numbers


def test_every_kind_has_a_suite() -> None:
    assert set(SUITES) == set(RecordKind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_expectation_has_an_example_that_fails_it(kind: RecordKind) -> None:
    rules = [expectation.rule for expectation in suite_of(kind, FACTS)]
    assert len(rules) == len(set(rules))
    assert sorted(failing_examples(kind)) == sorted(rules)


@pytest.mark.parametrize("kind", KINDS)
def test_every_expectation_finds_its_example_and_spares_the_good_record(kind: RecordKind) -> None:
    report, numbers = _spoiled(kind)
    results = {result.rule: result for result in report.results}
    assert {r for r, number in numbers.items() if number not in results[r].failed} == set()
    assert [result.rule for result in report.results if "good" in result.failed] == []


@pytest.mark.parametrize("kind", A_FEW)
def test_a_good_record_meets_everything(kind: RecordKind) -> None:
    report = check_rows(kind, frame(kind, {**GOOD[kind], "number": "good"}), CONTEXT)
    assert [(result.rule, result.observed) for result in report.failed] == []
    assert failing(report) == {}


@pytest.mark.parametrize("kind", A_FEW)
def test_an_empty_frame_meets_everything(kind: RecordKind) -> None:
    report = check_rows(kind, frame(kind), CONTEXT)
    assert report.failed == ()
    assert {result.n_checked for result in report.results} <= {0}


@pytest.mark.parametrize("kind", A_FEW)
def test_a_record_with_nothing_but_its_key_raises_no_error(kind: RecordKind) -> None:
    report = check_rows(kind, frame(kind, {"number": "bare"}), CONTEXT)
    assert report.n_records == 1


@pytest.mark.parametrize("kind", KINDS)
def test_expectations_speak_of_fields_there_are_and_say_what_would_mend_them(
    kind: RecordKind,
) -> None:
    for expectation in suite_of(kind, FACTS):
        assert expectation.field in column_names(kind)
        assert expectation.title
        assert expectation.remedy


@pytest.mark.parametrize("kind", [RecordKind.INCIDENT, RecordKind.SLA_CLOCK])
@pytest.mark.parametrize("known", [{}, {other: frozenset[str]() for other in RecordKind}])
def test_references_are_not_judged_where_the_source_lacks_the_kind(
    kind: RecordKind, known: dict[RecordKind, frozenset[str]]
) -> None:
    bad = {**GOOD[kind], "number": "bad", "problem": "gone", "change": "gone", "record": "gone"}
    report = check_rows(kind, frame(kind, bad), replace(CONTEXT, known=known))
    assert [result.rule for result in report.failed if result.rule.endswith("_known")] == []


def test_what_is_impossible_is_set_aside_and_what_is_doubtful_only_warns() -> None:
    report, _ = _spoiled(RecordKind.INCIDENT)
    aside = failing(report)
    assert aside["resolved_at_after_opened_at"].rule == "resolved_at_after_opened_at"
    assert aside["priority_in_range"].severity is Severity.QUARANTINE
    assert not {"state_mapped", "problem_known", "text_present", "good"} & set(aside)


def test_landing_may_ask_for_what_is_set_aside_only() -> None:
    rows = frame(RecordKind.INCIDENT, {**GOOD[RecordKind.INCIDENT], "number": "x", "priority": 9})
    report = check_rows(RecordKind.INCIDENT, rows, CONTEXT, only=Severity.QUARANTINE)
    assert {result.severity for result in report.results} == {Severity.QUARANTINE}
    assert failing(report) == failing(check_rows(RecordKind.INCIDENT, rows, CONTEXT))
