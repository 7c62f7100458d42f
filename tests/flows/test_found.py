"""The lines at the end of a run say what was found, and when nothing can be told."""

from dataclasses import replace

from flows.found import _week, found_in_checks
from itsm.figures import Figure, NotAvailable, Signal, Unit, Verdict
from itsm.quality import GateReport


def figure(figure_id: str, value: float, verdict: Verdict | None = None) -> Figure:
    signal = Signal(verdict=verdict) if verdict else None
    return Figure(
        figure_id=figure_id,
        version=1,
        title=figure_id.capitalize(),
        unit=Unit.COUNT,
        period="2026-W46",
        value=value,
        n=int(value),
        signal=signal,
    )


def test_signals_are_named() -> None:
    told = _week((figure("opened", 1200, Verdict.DETERIORATION), figure("backlog", 7)))
    assert told == "1,200 opened, 7 backlog; signals: opened (deterioration)"


def test_an_abbreviation_keeps_its_capitals() -> None:
    slow = replace(figure("mtta", 3, Verdict.DETERIORATION), title="Response time (MTTA)")
    assert _week((slow,)).endswith("signals: response time (MTTA) (deterioration)")


def test_normal_variation_is_said() -> None:
    assert _week((figure("opened", 3, Verdict.NORMAL),)).endswith(
        "no signal beyond normal variation"
    )


def test_too_few_weeks_are_not_called_normal() -> None:
    assert _week((figure("opened", 3, Verdict.TOO_FEW_WEEKS),)).endswith(
        "too few weeks to tell a signal"
    )


def test_a_figure_that_is_not_there_is_left_out() -> None:
    gone = NotAvailable(
        figure_id="resolved",
        version=1,
        title="Resolved",
        unit=Unit.COUNT,
        period="2026-W46",
        reason="no resolution times",
    )
    assert _week((figure("opened", 3), gone)).startswith("3 opened; ")


def test_what_stops_mining_comes_first() -> None:
    lines = found_in_checks(GateReport(reports=(), stops=("no text",), warnings=("stale",)))
    assert lines == ["stops mining: no text", "warning: stale"]
    assert found_in_checks(GateReport(reports=())) == ["nothing found"]
