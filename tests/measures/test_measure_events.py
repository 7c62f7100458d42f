"""Which events records have: with history, without, and with half of it."""

from datetime import timedelta

import pytest

from itsm.clocks import ReportingWeek, ServiceHours
from itsm.figures import Exactness, Figure
from itsm.records import Record, Team
from itsm.states import HistoryField, IncidentState, RecordKind
from reports.measures.as_of import as_of
from reports.measures.compute import compute
from tests.measures.measure_frames import (
    SOURCE,
    at,
    figure,
    figures_of,
    history,
    incident,
    measure_data,
    pick,
)

W10, W11, W12, W13 = (ReportingWeek.parse(f"2026-W{n}") for n in (10, 11, 12, 13))
CLOSED, RESOLVED = IncidentState.CLOSED, IncidentState.RESOLVED


def _twice_resolved() -> list[Record]:
    """Resolved in W10, reopened in W12, resolved again in W13."""
    steps = [("03-03 09:00", "resolved"), ("03-17 09:00", "in_progress"), ("03-24 09:00", "closed")]
    return [
        incident("A", "03-02 09:00", state=CLOSED, resolved_at="03-24 09:00"),
        *history("A", HistoryField.STATE, steps),
    ]


@pytest.mark.parametrize("known_in", [W10, W11, W12, W13])
def test_a_resolution_stays_in_its_week_whatever_comes_later(known_in: ReportingWeek) -> None:
    data = measure_data(_twice_resolved())
    cutoff = known_in.cutoff(timedelta(days=1))
    results = compute(data, W10, cutoff)
    assert figure(results, "resolved").value == 1
    assert figure(results, "backlog").value == 0
    assert figure(results, "resolution_time").value == 24


def test_a_second_resolution_is_a_second_event_from_the_first_opening() -> None:
    results = figures_of(measure_data(_twice_resolved()), W13)
    assert figure(results, "resolved").value == 1
    assert figure(results, "resolution_time").value == 22 * 24
    assert figure(figures_of(measure_data(_twice_resolved()), W12), "backlog").value == 1


def test_a_resolution_time_left_over_from_before_a_reopening_ends_nothing() -> None:
    steps = [("03-03 09:00", "resolved"), ("03-10 09:00", "in_progress")]
    records = [
        incident("A", "03-02 09:00", state=CLOSED, resolved_at="03-03 09:00"),
        *history("A", HistoryField.STATE, steps),
    ]
    assert figure(figures_of(measure_data(records), W11), "backlog").value == 1


def test_history_that_stops_short_is_helped_out_by_the_records_own_times() -> None:
    records = [
        incident("A", "03-02 09:00", state=CLOSED, resolved_at="03-04 09:00"),
        *history("A", HistoryField.STATE, [("03-02 10:00", "in_progress")]),
    ]
    resolved = figure(figures_of(measure_data(records), W10), "resolved")
    assert resolved.value == 1
    assert resolved.exactness is Exactness.COMPUTED


def test_without_state_history_reopenings_are_not_available_rather_than_none() -> None:
    records = [incident("A", "03-02 09:00", state=RESOLVED, resolved_at="03-04 09:00")]
    results = figures_of(measure_data(records), W10)
    assert not isinstance(pick(results, "reopened"), Figure)
    assert "history" in str(pick(results, "reopen_rate"))


def test_clones_alone_make_the_reopen_rate_a_proxy() -> None:
    records = [
        incident("A", "03-02 09:00", state=CLOSED, resolved_at="03-04 09:00", title="x", ci="c1"),
        incident("B", "03-06 09:00", title=" X ", ci="c1"),
        incident("C", "03-07 09:00", title="x", ci="c2"),
    ]
    final = figure(figures_of(measure_data(records), W12), "reopen_rate", status="final")
    assert (final.period, final.value, final.rows) == ("2026-W10", 1.0, ("A",))
    assert final.exactness is Exactness.PROXY


def test_a_state_without_a_meaning_changes_nothing() -> None:
    steps = [("03-03 09:00", "resolved"), ("03-04 09:00", "unmapped"), ("03-05 09:00", "closed")]
    records = [
        incident("A", "03-02 09:00", state=CLOSED),
        *history("A", HistoryField.STATE, steps),
    ]
    results = figures_of(measure_data(records), W10)
    assert figure(results, "resolved").value == 1
    assert figure(results, "reopened").value == 0


def test_as_of_knows_nothing_that_came_later() -> None:
    data = as_of(measure_data(_twice_resolved()), at("03-12 00:00"))
    known = data.frames[RecordKind.INCIDENT].iloc[0]
    assert known["state"] == "in_progress"
    assert data.frames[RecordKind.INCIDENT]["resolved_at"].isna().all()
    assert len(data.frames[RecordKind.HISTORY]) == 1


@pytest.mark.parametrize(("size", "is_told"), [(4, False), (5, True), (None, True)])
def test_paths_of_small_teams_are_not_told(size: int | None, is_told: bool) -> None:
    records: list[Record] = [
        incident("A", "03-02 09:00"),
        *history("A", HistoryField.TEAM, [("03-02 09:00", "One"), ("03-03 09:00", "Two")]),
        *history("A", HistoryField.ASSIGNEE, [("03-03 10:00", "Bo")]),
        Team(source=SOURCE, number="T2", name="Two", size=size),
    ]
    results = figures_of(measure_data(records), W10)
    paths = [one for one in results if one.figure_id == "handoff_delay" and one.dimensions]
    assert bool(paths) == is_told
    if not is_told:
        assert not isinstance(pick(results, "handoff_delay"), Figure)


def test_two_sources_may_use_one_number() -> None:
    ours = incident("A", "03-02 09:00", state=CLOSED)
    theirs = type(ours)(
        source="other",
        number="A",
        opened_at=at("03-02 09:00"),
        state=IncidentState.NEW,
        state_code="new",
    )
    records = [ours, theirs, *history("A", HistoryField.STATE, [("03-03 09:00", "closed")])]
    results = figures_of(measure_data(records), W10)
    assert figure(results, "opened").value == 2
    assert figure(results, "backlog").value == 1


def test_service_hours_leave_nights_and_weekends_out() -> None:
    office = ServiceHours(windows={0: (at("03-02 09:00").time(), at("03-02 17:00").time())})
    records = [incident("A", "03-02 16:00", state=CLOSED, resolved_at="03-03 12:00")]
    results = figures_of(measure_data(records, service_hours=office), W10)
    assert figure(results, "resolution_time_service_hours").value == 1
    assert figure(results, "resolution_time").value == 20


def test_a_rate_that_looks_back_is_drawn_only_where_the_past_is_covered() -> None:
    opened = [at("2025-11-03 09:00") + timedelta(days=day) for day in range(130)]
    records = [
        incident(
            f"I{n:03}",
            when,
            state=CLOSED,
            closed_at=when + timedelta(hours=1),
            service="s",
            category="c",
            close_code="z",
        )
        for n, when in enumerate(opened)
    ]
    data = measure_data(records)
    early = figure(figures_of(data, ReportingWeek.parse("2025-W50")), "repeat_rate_rule")
    assert early.note is not None
    assert "less than 90 days" in early.note
    late = figure(figures_of(data, W10), "repeat_rate_rule")
    assert late.note is None
    assert late.series is not None
    assert late.series.weeks[0] == "2026-W06"  # 2025-11-03 and 90 days is Sunday of W05


def test_marks_of_incidents_stand_in_for_clocks_and_are_dated_by_resolved_at() -> None:
    records = [
        incident("A", "03-02 09:00", state=CLOSED, resolved_at="03-04 09:00", sla_met=True),
        incident("B", "03-02 09:00", state=CLOSED, resolved_at="03-05 09:00", sla_met=False),
        incident("C", "03-02 09:00", state=CLOSED, resolved_at="03-20 09:00", sla_met=True),
        incident("D", "03-02 09:00", state=CLOSED, closed_at="03-05 09:00", sla_met=True),
    ]
    met = figure(figures_of(measure_data(records), W10), "sla_compliance", target="resolution")
    assert (met.value, met.rows, met.base_rows) == (0.5, ("A",), ("A", "B"))
    assert met.excluded == {"record resolved, but its clock has no end": 1}
    assert "running but breached" not in met.companions  # no mark tells when it was breached


def test_a_first_contact_mark_is_used_where_the_source_has_one() -> None:
    records = [
        incident("A", "03-02 09:00", state=CLOSED, closed_at="03-02 10:00", is_first_contact=True),
        incident("B", "03-02 09:00", state=CLOSED, closed_at="03-03 10:00"),
    ]
    young = figure(figures_of(measure_data(records), W10), "fcr")
    assert (young.value, young.exactness) == (0.5, Exactness.PRELIMINARY)
    old = figure(figures_of(measure_data(records), W10, lag_days=14), "fcr")
    assert old.exactness is Exactness.EXACT
