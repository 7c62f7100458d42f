"""A whole pull: freshness, activity, share set aside, texts, and errors that are not bad data."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from checks import gx
from checks.checking import check, check_rows, failing
from checks.context import CheckContext
from checks.expectations import Expectation, filled
from checks.settings import CheckSettings
from checks.suites.record import any_filled
from itsm.errors import CheckError, CsiError
from itsm.quality import CheckReport, ExpectationResult, QuarantineCount, Severity
from itsm.states import RecordKind
from tests.checks.examples import CUTOFF, GOOD, WEEK, at, frame

INCIDENT = RecordKind.INCIDENT
CONTEXT = CheckContext(source="desk", cutoff_at=CUTOFF, week=WEEK)


def _incidents(n: int, **changes: object) -> list[Mapping[str, object]]:
    own = {"problem": None, "change": None, "caused_by_change": None, "parent_incident": None}
    return [{**GOOD[INCIDENT], **own, "number": f"INC{place:04d}", "caller": f"c{place}",
             **changes} for place in range(n)]  # fmt: skip


def _result(report: CheckReport, rule: str) -> ExpectationResult:
    return next(result for result in report.results if result.rule == rule)


def test_a_pull_in_order_is_met_throughout() -> None:
    report = check(INCIDENT, frame(INCIDENT, *_incidents(20)), CONTEXT)
    assert [(result.rule, result.observed) for result in report.failed] == []
    assert (report.source, report.kind, report.n_records) == ("desk", INCIDENT, 20)


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = [*_incidents(5), *_incidents(3, number="twice"), {"number": "", "opened_at": at(0)}]
    reports = [check(INCIDENT, frame(INCIDENT, *order), CONTEXT) for order in (rows, rows[::-1])]
    assert reports[0] == reports[1]


def test_the_index_of_the_frame_does_not_matter() -> None:
    rows = frame(INCIDENT, *_incidents(4), *_incidents(1, number="bad", priority=9))
    report = check_rows(INCIDENT, rows.set_index(rows["opened_at"]), CONTEXT)
    assert set(failing(report)) == {"bad"}


def test_an_expectation_that_cannot_be_evaluated_is_an_error_and_not_bad_data() -> None:
    wrong = Expectation(
        rule="wrong",
        title="a column that is not there is filled",
        gx_type="ExpectColumnValuesToNotBeNull",
        kwargs={"column": "nowhere"},
        severity=Severity.WARNING,
        field="nowhere",
        remedy="",
    )
    with pytest.raises(CheckError, match="wrong on nowhere"):
        gx.evaluate(frame(INCIDENT, *_incidents(2)), [filled("number"), wrong])
    assert issubclass(CheckError, CsiError)


def test_a_frame_without_a_column_of_its_kind_is_an_error() -> None:
    rows = frame(INCIDENT, *_incidents(2)).drop(columns=["title", "team"])
    with pytest.raises(CheckError, match="title, team"):
        check_rows(INCIDENT, rows, CONTEXT)


def test_every_failing_record_is_listed_where_it_is_set_aside() -> None:
    rows = frame(INCIDENT, *_incidents(300, priority=7))
    report = check_rows(INCIDENT, rows, replace(CONTEXT, settings=CheckSettings(max_listed=5)))
    assert len(_result(report, "priority_in_range").failed) == 300
    assert len(failing(report)) == 300


def test_only_some_failing_records_are_listed_where_it_only_warns_but_all_are_counted() -> None:
    rows = frame(INCIDENT, *_incidents(300, state="unmapped", state_code="-100"))
    report = check_rows(INCIDENT, rows, replace(CONTEXT, settings=CheckSettings(max_listed=5)))
    result = _result(report, "state_mapped")
    assert (len(result.failed), result.n_failed) == (5, 300)
    assert result.observed is not None
    assert "'-100' 300 times" in result.observed


def test_a_share_may_fail_without_alarm_where_the_settings_allow_it() -> None:
    known_ones = _incidents(99, problem="PRB1")
    rows = frame(INCIDENT, *known_ones, *_incidents(1, number="x", problem="PRB9"))
    known = {RecordKind.PROBLEM: frozenset({"PRB1"})}
    for share, is_met in ((0.98, True), (1.0, False)):
        settings = CheckSettings(min_known_share=share)
        report = check_rows(INCIDENT, rows, replace(CONTEXT, known=known, settings=settings))
        result = _result(report, "problem_known")
        assert (result.is_met, result.failed) == (is_met, ("x",))


def test_a_source_without_any_text_is_told_and_not_blamed() -> None:
    rows = frame(INCIDENT, *_incidents(20, title=None, category="Category 26"))
    report = check(INCIDENT, rows, CONTEXT)
    assert report.failed == ()
    assert _result(report, "text_present").observed == (
        "this source carries no text: mining works on codes"
    )


def test_a_source_that_lost_most_texts_is_warned_about() -> None:
    rows = frame(INCIDENT, *_incidents(9, title=None, category="x"), *_incidents(1, number="t"))
    result = _result(check(INCIDENT, rows, CONTEXT), "text_present")
    assert (result.is_met, result.n_failed, result.severity) == (False, 9, Severity.WARNING)


def test_withheld_texts_do_not_count_as_missing() -> None:
    hidden = _incidents(9, title=None, category="x", restricted=True)
    report = check(INCIDENT, frame(INCIDENT, *hidden, *_incidents(1, number="t")), CONTEXT)
    assert _result(report, "text_present").is_met


def test_incidents_with_neither_text_nor_code_stop_the_run() -> None:
    rows = frame(INCIDENT, *_incidents(8, title=None), *_incidents(2, number="t"))
    result = _result(check(INCIDENT, rows, CONTEXT), "content_present")
    assert (result.is_met, result.severity) == (False, Severity.CRITICAL)


def test_something_that_only_happened_long_ago_is_stale_and_leaves_the_week_empty() -> None:
    old = {name: at(-24 * 30) for name in ("opened_at", "resolved_at", "closed_at", "updated_at")}
    report = check(INCIDENT, frame(INCIDENT, *_incidents(5, **old)), CONTEXT)
    assert not _result(report, "fresh").is_met
    assert _result(report, "fresh").severity is Severity.WARNING
    active = _result(report, "active_in_week")
    assert (active.is_met, active.severity) == (False, Severity.CRITICAL)
    assert active.observed == "0 of 5 records were opened, changed or closed in 2026-W20"


def test_one_update_in_the_week_is_enough_to_be_active() -> None:
    old = {name: at(-24 * 30) for name in ("opened_at", "resolved_at", "closed_at")}
    report = check(INCIDENT, frame(INCIDENT, *_incidents(5, **old)), CONTEXT)
    assert _result(report, "active_in_week").is_met
    assert _result(report, "fresh").is_met


def test_without_a_week_the_seven_days_before_the_cutoff_count() -> None:
    context = CheckContext(source="desk", cutoff_at=at(24 * 7 + 0.5))
    report = check(INCIDENT, frame(INCIDENT, *_incidents(3)), context)
    assert _result(report, "active_in_week").is_met
    late = replace(context, cutoff_at=at(24 * 7 + 6.5))
    assert not _result(
        check(INCIDENT, frame(INCIDENT, *_incidents(3)), late), "active_in_week"
    ).is_met


def test_what_happened_after_the_source_was_read_cannot_have_happened() -> None:
    rows = frame(INCIDENT, *_incidents(1, resolved_at=at(100), closed_at=None, updated_at=None))
    for hours, expected in ((70, {"INC0000"}), (80, set())):
        report = check_rows(INCIDENT, rows, replace(CONTEXT, read_at=at(hours)))
        assert set(failing(report)) == expected  # a day of clock skew is granted


def test_without_the_time_of_reading_a_lone_record_in_the_far_future_is_found() -> None:
    future = at(24 * 365 * 30)
    odd = _incidents(1, number="odd", updated_at=future, resolved_at=future, closed_at=future)
    report = check_rows(INCIDENT, frame(INCIDENT, *_incidents(200), *odd), CONTEXT)
    assert set(failing(report)) == {"odd"}


def test_a_report_on_an_earlier_week_does_not_blame_what_came_later() -> None:
    context = replace(CONTEXT, week=WEEK.shifted(-20), cutoff_at=CUTOFF - timedelta(weeks=20))
    assert failing(check_rows(INCIDENT, frame(INCIDENT, *_incidents(9)), context)) == {}


@pytest.mark.parametrize(("n_bad", "is_met"), [(20, True), (21, False)])
def test_more_than_a_fifth_set_aside_stops_the_run(n_bad: int, is_met: bool) -> None:
    bad = [{**row, "number": f"B{row['number']}"} for row in _incidents(n_bad, priority=9)]
    report = check(INCIDENT, frame(INCIDENT, *_incidents(100 - n_bad), *bad), CONTEXT)
    result = _result(report, "set_aside_share")
    assert (result.is_met, result.severity) == (is_met, Severity.CRITICAL)
    assert result.observed is not None
    assert result.observed.startswith(f"{n_bad} % of 100 records are set aside (limit 20 %)")
    assert 'not "priority is between 1 and 5"' in result.observed


def test_what_mapping_set_aside_counts_too_and_names_its_reason() -> None:
    aside = QuarantineCount(
        source="desk", kind=INCIDENT, rule="mapping", field="opened_at", reason="is not given",
        remedy="map the column or fix the export", n=31,
    )  # fmt: skip
    context = replace(CONTEXT, set_aside=(aside,))
    result = _result(check(INCIDENT, frame(INCIDENT, *_incidents(69)), context), "set_aside_share")
    assert not result.is_met
    assert result.observed == (
        "31 % of 100 records are set aside (limit 20 %), 31 of them for opened_at: is not given"
    )
    assert result.remedy == "map the column or fix the export"


def test_records_without_a_number_count_each() -> None:
    report = check(INCIDENT, frame(INCIDENT, *_incidents(30, number="")), CONTEXT)
    assert not _result(report, "set_aside_share").is_met
    assert not _result(report, "readable").is_met


def test_a_few_bad_records_of_a_small_file_do_not_stop_the_run() -> None:
    rows = frame(INCIDENT, *_incidents(3), *_incidents(1, number="bad", priority=9))
    report = check(INCIDENT, rows, CONTEXT)
    assert _result(report, "set_aside_share").is_met
    assert set(failing(report)) == {"bad"}


def test_a_derived_column_looks_at_all_the_fields_it_names() -> None:
    rows = frame(INCIDENT, {"title": "x"}, {"ci": "y"}, {})
    assert any_filled(rows, ("title", "ci")).tolist() == [True, True, False]


def test_great_expectations_is_not_imported_before_something_is_checked() -> None:
    code = "import sys, checks, checks.privacy; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
