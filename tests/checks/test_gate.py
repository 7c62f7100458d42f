"""What stops the run, what warns, and how it is said."""

import pytest

from checks.checking import check
from checks.context import CheckContext
from checks.gate import gate
from itsm.errors import GateError
from itsm.quality import CheckReport, ExpectationResult, QuarantineCount, Severity
from itsm.states import RecordKind
from tests.checks.examples import CUTOFF, GOOD, WEEK, frame


def _report(
    *results: ExpectationResult, source: str = "desk", kind: RecordKind = RecordKind.INCIDENT
) -> CheckReport:
    return CheckReport(source=source, kind=kind, n_records=9, results=results)


def _result(rule: str, severity: Severity, *, is_met: bool = False) -> ExpectationResult:
    return ExpectationResult(
        rule=rule, title=rule, severity=severity, is_met=is_met, n_checked=9, n_failed=1,
        observed=f"{rule} observed", remedy="mend it",
    )  # fmt: skip


def test_only_critical_findings_stop_the_run() -> None:
    word = gate(
        [
            _report(
                _result("content_present", Severity.CRITICAL),
                _result("key", Severity.QUARANTINE),
                _result("fresh", Severity.WARNING),
                _result("fine", Severity.CRITICAL, is_met=True),
            )
        ]
    )
    assert word.stops == ("desk incident: content_present observed; mend it",)
    assert word.warnings == (
        "desk incident: key observed; mend it",
        "desk incident: fresh observed; mend it",
    )
    with pytest.raises(GateError, match="content_present observed"):
        word.require()


def test_an_open_gate_lets_the_run_go_on() -> None:
    word = gate([_report(_result("fine", Severity.CRITICAL, is_met=True))])
    word.require()
    assert (word.stops, word.warnings) == ((), ())


@pytest.mark.parametrize("rule", ["readable", "active_in_week"])
def test_one_silent_source_does_not_stop_the_others(rule: str) -> None:
    silent = _report(_result(rule, Severity.CRITICAL), source="silent")
    well = _report(_result(rule, Severity.CRITICAL, is_met=True), source="well")
    assert gate([silent, well]).stops == ()
    assert gate([silent, well]).warnings == (f"silent incident: {rule} observed; mend it",)
    assert len(gate([silent, silent]).stops) == 2


def test_a_run_without_incidents_is_stopped() -> None:
    changes = _report(_result("fine", Severity.WARNING, is_met=True), kind=RecordKind.CHANGE)
    for reports in ([], [changes]):
        assert gate(reports).stops == (
            "no incidents were read from any source; map and pull incidents",
        )


def test_a_run_whose_incidents_are_empty_is_stopped() -> None:
    empty = check(
        RecordKind.INCIDENT,
        frame(RecordKind.INCIDENT),
        CheckContext(source="desk", cutoff_at=CUTOFF, week=WEEK),
    )
    (stop,) = gate([empty]).stops
    assert stop == (
        "desk incident: no usable record was read; "
        "see whether the source answers and its fields are mapped"
    )


def test_the_reason_is_a_sentence_a_person_can_act_on() -> None:
    aside = QuarantineCount(
        source="servicenow_prod", kind=RecordKind.INCIDENT, rule="mapping", field="opened_at",
        reason="is not given", remedy="map the column or fix the export", n=1302,
    )  # fmt: skip
    good = {**GOOD[RecordKind.INCIDENT], "parent_incident": None, "duplicate_of": None}
    rows = frame(
        RecordKind.INCIDENT,
        *({**good, "number": f"INC{n}", "caller": str(n)} for n in range(2898)),
    )
    context = CheckContext(
        source="servicenow_prod", cutoff_at=CUTOFF, week=WEEK, set_aside=(aside,)
    )
    assert gate([check(RecordKind.INCIDENT, rows, context)]).stops == (
        "servicenow_prod incident: 31 % of 4,200 records are set aside (limit 20 %), 1,302 of them"
        " for opened_at: is not given; map the column or fix the export",
    )
