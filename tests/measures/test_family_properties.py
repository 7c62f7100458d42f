"""Properties of the families: legs sum to the clock, shares to 1, weeks to a month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm.clocks import ReportingWeek
from itsm.figures import Figure, FigureResult, NotAvailable
from itsm.periods import calendar_month
from itsm.records import HistoryEvent, Incident, Record, SlaClock, VendorCase
from itsm.states import (
    ClockTarget,
    ClockType,
    HistoryField,
    IncidentState,
    RecordKind,
    VendorCaseState,
)
from reports.measures import coming_back, escalation, handling, legs, pauses, vendor_dossier
from reports.measures.clock_calendar import CLOSE_H
from reports.measures.scope import scope_of
from reports.measures.timeline import timeline_of
from reports.measures.weeks import instant
from tests.measures.golden_estate import OFFICE, WEEK, golden_data
from tests.measures.measure_frames import SOURCE, figure, figures_of, measure_data

HOURS = st.integers(min_value=0, max_value=166)
STATES = ("in_progress", "awaiting_user", "awaiting_vendor", "on_hold", "resolved", "unmapped")
MONDAY = datetime(2026, 3, 16, tzinfo=UTC)
LEGS_WEEK = ReportingWeek.of(MONDAY, "UTC")


def _at(hour: float) -> datetime:
    return MONDAY + timedelta(hours=hour)


@dataclass(frozen=True)
class Life:
    """What happens to an incident and to its vendor case, in hours of the week."""

    begin: int
    lasts: int
    states: list[tuple[int, str]]
    teams: list[tuple[int, str]]
    elapsed: int | None
    paused: int
    ours: int | None
    is_breached: bool
    target: int


lives = st.builds(
    Life,
    begin=st.integers(0, 100),
    lasts=st.integers(0, 66),
    states=st.lists(st.tuples(HOURS, st.sampled_from(STATES)), max_size=5),
    teams=st.lists(st.tuples(HOURS, st.sampled_from(("Desk", "Net", "Two"))), max_size=4),
    elapsed=st.one_of(st.none(), st.integers(0, 100)),
    paused=st.integers(0, 20),
    ours=st.one_of(st.none(), st.integers(0, 60)),
    is_breached=st.booleans(),
    target=st.integers(1, 100),
)


def _records(estate: Sequence[Life]) -> list[Record]:
    return [record for place, life in enumerate(estate) for record in _of_one(place, life)]


def _of_one(place: int, life: Life) -> Iterator[Record]:
    number, begin, end = f"I{place}", _at(life.begin), _at(life.begin + life.lasts)
    yield Incident(
        source=SOURCE,
        number=number,
        opened_at=begin,
        state=IncidentState.IN_PROGRESS,
        state_code="x",
    )
    for field, changes in ((HistoryField.STATE, life.states), (HistoryField.TEAM, life.teams)):
        for sequence, (hour, word) in enumerate(sorted(changes)):
            yield HistoryEvent(
                source=SOURCE,
                number=f"{number}/{field}/{sequence}",
                record_kind=RecordKind.INCIDENT,
                record=number,
                at=_at(hour),
                sequence=sequence,
                field=field,
                new=word,
            )
    yield SlaClock(
        source=SOURCE,
        number=f"C{place}",
        record_kind=RecordKind.INCIDENT,
        record=number,
        type=ClockType.SLA,
        target=ClockTarget.RESOLUTION,
        started_at=begin,
        ended_at=end,
        is_breached=life.is_breached,
        elapsed_h=life.elapsed,
        paused_h=float(life.paused),
        target_h=float(life.target),
    )
    yield VendorCase(
        source=SOURCE,
        number=f"V{place}",
        vendor="Acme",
        incident=number,
        opened_at=begin,
        resolved_at=end,
        state=VendorCaseState.RESOLVED,
        state_code="x",
        waiting_on_us_h=life.ours,
    )


def _values(results: Sequence[FigureResult], name: str) -> dict[str, float]:
    return {
        "/".join(one.dimensions.values()): one.value
        for one in results
        if one.figure_id == name and isinstance(one, Figure)
    }


@given(st.lists(lives, min_size=1, max_size=8))
@settings(max_examples=20)
def test_legs_sum_to_the_clocks(estate: list[Life]) -> None:
    data = measure_data(_records(estate), team_sizes={"Two": 2})
    scope = scope_of(data, LEGS_WEEK, LEGS_WEEK.cutoff(timedelta(days=1)), 1)
    results = tuple(legs.figures(scope))
    told = _values(results, "sla_legs")
    if not told:
        (without,) = (one for one in results if one.figure_id == "sla_legs")
        assert isinstance(without, NotAvailable)
        assert "calendar that is not configured" in without.reason
        assert any(one.elapsed is not None for one in estate)
        return
    total = told.pop("")
    assert abs(told.get("residual", 0.0)) <= total * legs.CLOSE_SHARE + len(estate) * CLOSE_H
    assert told.get(legs.UNKNOWN, 0.0) <= total * legs.MOST
    clocks = [one.lasts if one.elapsed is None else one.elapsed for one in estate]
    assert total == pytest.approx(sum(clocks))
    assert sum(told.values()) == pytest.approx(total, abs=1e-6)
    assert "team Two" not in told


@given(st.lists(lives, min_size=1, max_size=8))
@settings(max_examples=12)
def test_shares_beneath_missed_clocks_sum_to_1(estate: list[Life]) -> None:
    scope = scope_of(
        measure_data(_records(estate)), LEGS_WEEK, LEGS_WEEK.cutoff(timedelta(days=1)), 1
    )
    told = _values(tuple(legs.figures(scope)), "sla_breach_beneath")
    assert not told or sum(told.values()) == pytest.approx(1)
    odd = _values(tuple(pauses.figures(scope)), "pause_misuse")
    assert all(0 <= value <= 1 for value in odd.values())


@given(st.lists(lives, min_size=1, max_size=8))
@settings(max_examples=12)
def test_more_waiting_on_us_never_charges_the_vendor_more(
    estate: list[Life],
) -> None:
    def theirs(extra: int) -> float:
        more = [replace(one, ours=(one.ours or 0) + extra) for one in estate]
        scope = scope_of(
            measure_data(_records(more)), LEGS_WEEK, LEGS_WEEK.cutoff(timedelta(days=1)), 1
        )
        told = _values(tuple(vendor_dossier.figures(scope)), "vendor_time_split")
        whole = told.pop("")
        assert sum(told.values()) == pytest.approx(whole)
        return told["Acme/theirs"]

    before, after = theirs(0), theirs(5)
    assert 0 <= after <= before


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_all_rows_changes_nothing(seed: int) -> None:
    data = golden_data(OFFICE)
    random = np.random.default_rng(seed)
    frames = {
        kind: frame.iloc[random.permutation(len(frame))] for kind, frame in data.frames.items()
    }
    shuffled = replace(data, frames=frames)
    assert figures_of(shuffled, WEEK) == figures_of(data, WEEK)


def test_shares_of_categories_sum_to_1_on_the_golden_estate() -> None:
    scope = scope_of(golden_data(), WEEK, WEEK.cutoff(timedelta(days=2)), 26)
    told = _values(tuple(escalation.figures(scope)), "escalation_pareto")
    assert sum(told.values()) == pytest.approx(1)


openings = st.lists(
    st.tuples(st.integers(0, 28 * 24 - 1), st.one_of(st.none(), st.integers(1, 400))), max_size=20
)


@given(openings)
@settings(max_examples=12)
def test_the_weeks_of_a_february_add_up_to_it(rows: list[tuple[int, int | None]]) -> None:
    """February 2027 begins on a Monday and has four weeks."""
    month = calendar_month("2027-02", "Europe/London")
    records = [
        Incident(
            source=SOURCE,
            number=f"I{place}",
            opened_at=month.start_at + timedelta(hours=opened),
            resolved_at=None if took is None else month.start_at + timedelta(hours=opened + took),
            state=IncidentState.IN_PROGRESS if took is None else IncidentState.CLOSED,
            state_code="x",
        )
        for place, (opened, took) in enumerate(rows)
    ]
    weeks = ReportingWeek.of(month.start_at, "Europe/London").shifted(3).last(4)
    assert (weeks[0].start_at, weeks[-1].end_at) == (month.start_at, month.end_at)
    data, cutoff = measure_data(records), month.cutoff(timedelta(days=2))
    whole = tuple(handling.figures(scope_of(data, month, cutoff, 1)))
    parts = [tuple(handling.figures(scope_of(data, week, cutoff, 1))) for week in weeks]
    if not rows:
        assert not isinstance(whole[0], Figure)
        return
    for name in ("opened", "resolved"):
        assert figure(whole, name).value == sum(figure(part, name).value for part in parts)


@given(
    st.lists(st.tuples(HOURS, st.sampled_from("ab"), st.sampled_from(("mail", None))), max_size=12),
    st.lists(
        st.tuples(HOURS, st.sampled_from("abc"), st.sampled_from(("mail", "web"))), max_size=6
    ),
    st.booleans(),
)
@settings(max_examples=30)
def test_the_next_incident_is_the_one_that_a_search_finds(
    opened: list[tuple[int, str, str | None]], asked: list[tuple[int, str, str]], is_at_once: bool
) -> None:
    records = [
        Incident(
            source=SOURCE,
            number=f"I{place:02}",
            opened_at=_at(hour),
            state=IncidentState.NEW,
            state_code="x",
            caller=caller,
            service=service,
        )
        for place, (hour, caller, service) in enumerate(opened)
    ]
    timeline = timeline_of(measure_data(records), RecordKind.INCIDENT, instant(_at(1_000)))
    if timeline is None:
        return
    frame = pd.DataFrame(
        {
            "source": [SOURCE] * len(asked),
            "caller": [caller for _, caller, _ in asked],
            "service": [service for _, _, service in asked],
        }
    )
    at = np.array([instant(_at(hour)) for hour, _, _ in asked], dtype="datetime64[us]")
    found = coming_back.next_incident(frame, at, timeline, is_at_once=is_at_once)
    for row, (hour, caller, service) in zip(found, asked, strict=True):
        later = [
            when
            for when, who, what in opened
            if (who, what) == (caller, service) and (when > hour or (is_at_once and when == hour))
        ]
        if later:
            assert timeline.opened_at[row] == instant(_at(min(later)))
        else:
            assert row == -1
