"""Small promises of figures, gates and register entries."""

from datetime import UTC, datetime

import pytest

from itsm.errors import GateError
from itsm.figures import NotAvailable, Unit
from itsm.quality import CheckReport, ExpectationResult, GateReport, Severity
from itsm.register import Origin, RegisterEntry
from itsm.states import RecordKind


def test_what_is_not_available_says_from_where_and_why() -> None:
    figure = NotAvailable(
        figure_id="fcr", version=1, title="First-contact resolution", unit=Unit.SHARE,
        period="2026-W34", reason="no history", sources=("prod", "test"),
    )  # fmt: skip
    assert str(figure) == "not available from prod, test: no history"


def test_a_gate_with_stops_names_them_all() -> None:
    GateReport(reports=(), warnings=("few texts",)).require()
    with pytest.raises(GateError, match="no incidents; keys doubled"):
        GateReport(reports=(), stops=("no incidents", "keys doubled")).require()


def test_a_report_lists_what_was_not_met() -> None:
    met, missed = (
        ExpectationResult(
            rule=f"rule-{is_met}", title="", severity=Severity.WARNING, is_met=is_met,
            n_checked=5, n_failed=int(not is_met),
        )
        for is_met in (True, False)
    )  # fmt: skip
    report = CheckReport(source="s", kind=RecordKind.INCIDENT, n_records=5, results=(met, missed))
    assert report.failed == (missed,)


@pytest.mark.parametrize(
    ("impact", "urgency", "risk", "effort", "score", "gaps"),
    [
        (4, 3, 2, 3, 3.0, ()),
        (5, 5, 5, 1, 15.0, ()),
        (None, 3, 2, 3, None, ("impact",)),
        (4, None, None, 3, None, ("urgency", "risk")),
        (4, 3, 2, None, None, ("effort",)),
    ],
)
def test_an_entry_is_scored_only_when_nothing_is_missing(
    impact: int | None, urgency: int | None, risk: int | None, effort: int | None,
    score: float | None, gaps: tuple[str, ...],
) -> None:  # fmt: skip
    entry = RegisterEntry(
        number="CSI-1", title="t", description="d", origin=Origin.MANUAL, origin_record=None,
        evidence_hash=None, raised_at=datetime(2026, 8, 24, tzinfo=UTC), raised_by="x",
        impact=impact, urgency=urgency, risk=risk, effort=effort,
    )  # fmt: skip
    assert (entry.score, entry.gaps) == (score, gaps)
