"""Properties that hold for any estate, with a walk through each record as the judge."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm.clocks import ReportingWeek
from itsm.figures import Figure, FigureResult, Unit
from itsm.records import HistoryEvent, Incident, Record, SlaClock
from itsm.states import ClockTarget, ClockType, HistoryField, IncidentState, RecordKind
from reports.measures import backlog, handling
from reports.measures.compute import compute
from reports.measures.data import MeasureData
from reports.measures.scope import scope_of
from tests.measures.measure_frames import SOURCE, figure, figures_of, measure_data, pick

ZONE = "Europe/London"
WEEKS = ReportingWeek.parse("2026-W14", ZONE).last(6)  # the clocks change within them
START = WEEKS[0].start_at - timedelta(days=10)
WORDS = ("new", "in_progress", "resolved", "closed", "canceled", "unmapped")


@dataclass(frozen=True)
class Life:
    """What happens to one incident: (minutes after START, state), and how it is marked."""

    opened_min: int
    steps: tuple[tuple[int, str], ...]
    is_test: bool
    is_duplicate: bool
    text: int


minutes = st.integers(min_value=0, max_value=52 * 24 * 60)
lives = st.builds(
    Life,
    opened_min=minutes,
    steps=st.lists(st.tuples(minutes, st.sampled_from(WORDS)), max_size=6).map(tuple),
    is_test=st.sampled_from((False,) * 7 + (True,)),
    is_duplicate=st.sampled_from((False,) * 7 + (True,)),
    text=st.integers(min_value=0, max_value=3),
)
estates = st.lists(lives, min_size=1, max_size=12)


def _at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def _ordered(life: Life) -> list[tuple[int, str]]:
    later = [(minute, word) for minute, word in life.steps if minute >= life.opened_min]
    return sorted(later, key=lambda step: step[0])


def _records(estate: Sequence[Life]) -> list[Record]:
    records: list[Record] = []
    for place, life in enumerate(estate):
        number = f"INC{place:03}"
        steps = _ordered(life)
        final = IncidentState(steps[-1][1]) if steps else IncidentState.NEW
        records.append(
            Incident(
                source=SOURCE,
                number=number,
                opened_at=_at(life.opened_min),
                state=final,
                state_code=final.value,
                title=f"text {life.text}",
                caller=f"c{life.text % 2}",
                is_test=life.is_test,
                duplicate_of="X" if life.is_duplicate else None,
                service="s",
                category="c",
                close_code="z",
                reassignment_count=place % 4,
            )
        )
        records.extend(
            HistoryEvent(
                source=SOURCE,
                number=f"{number}/{sequence}",
                record_kind=RecordKind.INCIDENT,
                record=number,
                at=_at(minute),
                sequence=sequence,
                field=HistoryField.STATE,
                new=word,
                actor="agent",
            )
            for sequence, (minute, word) in enumerate(steps)
        )
    return records


def _is_open_at(life: Life, instant: datetime) -> bool:
    """By a walk through the record: the state it last took before an instant."""
    if life.is_test or life.is_duplicate or not _at(life.opened_min) < instant:
        return False
    is_open = True
    for minute, word in _ordered(life):
        if _at(minute) < instant and word != "unmapped":
            is_open = word not in ("resolved", "closed", "canceled")
    return is_open


@given(estates)
@settings(max_examples=40)
def test_backlog_is_last_weeks_plus_opened_and_reopened_less_resolved_and_canceled(
    estate: list[Life],
) -> None:
    data = measure_data(_records(estate))
    before = sum(_is_open_at(life, WEEKS[0].start_at) for life in estate)
    for week in WEEKS:
        scope = scope_of(data, week, week.cutoff(timedelta(days=2)), 26)
        results = (*handling.figures(scope), *backlog.figures(scope))
        left = figure(results, "backlog")
        assert left.value == sum(_is_open_at(life, week.end_at) for life in estate)
        if isinstance(pick(results, "reopened"), Figure):
            flow = {
                name: figure(results, name).value
                for name in ("opened", "reopened", "resolved", "canceled")
            }
            assert left.value == before + flow["opened"] + flow["reopened"] - (
                flow["resolved"] + flow["canceled"]
            )
        before = int(left.value)


@given(estates)
@settings(max_examples=12)
def test_a_past_week_keeps_its_figures_when_more_becomes_known(estate: list[Life]) -> None:
    data = measure_data(_records(estate))
    week = WEEKS[2]
    then = figures_of(data, week)
    later = compute(data, WEEKS[-1], WEEKS[-1].cutoff(timedelta(days=2)))
    for name in ("opened", "resolved", "canceled", "backlog"):
        series = figure(later, name).series
        assert series is not None
        if week.label in series.weeks:
            assert figure(then, name).value == series.values[series.weeks.index(week.label)]


@given(estates, st.randoms(use_true_random=False))
@settings(max_examples=12)
def test_the_order_of_the_rows_changes_nothing(
    estate: list[Life], random: "np.random.Generator"
) -> None:
    data = measure_data(_records(estate))
    frames = {}
    for kind, frame in data.frames.items():
        order = list(range(len(frame)))
        random.shuffle(order)
        frames[kind] = frame.iloc[order]
    shuffled = replace(data, frames=frames)
    assert figures_of(shuffled, WEEKS[3]) == figures_of(data, WEEKS[3])


@given(estates)
@settings(max_examples=12)
def test_shares_lie_within_0_and_1_and_buckets_add_up(estate: list[Life]) -> None:
    results = figures_of(measure_data(_records(estate)), WEEKS[4])
    for one in results:
        if isinstance(one, Figure) and one.unit is Unit.SHARE:
            assert 0 <= one.value <= 1
            assert one.value == (one.numerator or 0) / one.n
            assert one.interval is not None
            assert 0 <= one.interval[0] <= one.value <= one.interval[1] <= 1
            assert set(one.rows) <= set(one.base_rows)
    ages = [one for one in results if one.figure_id == "backlog_ageing"]
    assert sum(_value(one) for one in ages) == figure(results, "backlog").value


def _value(result: FigureResult) -> float:
    assert isinstance(result, Figure)
    return result.value


@given(estates)
@settings(max_examples=12)
def test_a_weeks_openings_are_the_sum_of_its_local_days(estate: list[Life]) -> None:
    kept = [replace(life, steps=(), is_test=False, is_duplicate=False) for life in estate]
    data = measure_data(_records(kept))
    for week in WEEKS:
        days = [week.monday + timedelta(days=n) for n in range(7)]
        local = [_at(life.opened_min).astimezone(ZoneInfo(ZONE)).date() for life in kept]
        per_day = [local.count(day) for day in days]
        results = handling.figures(scope_of(data, week, week.end_at, 26))
        assert figure(results, "opened").value == sum(per_day)


clocks = st.lists(st.tuples(st.booleans(), minutes), min_size=1, max_size=15)


def _compliance(marks: Sequence[tuple[bool, int]]) -> FigureResult:
    records: list[Record] = [
        Incident(
            source=SOURCE, number="I", opened_at=START, state=IncidentState.NEW, state_code="n"
        )
    ]
    records.extend(
        SlaClock(
            source=SOURCE,
            number=f"C{place}",
            record_kind=RecordKind.INCIDENT,
            record="I",
            type=ClockType.SLA,
            target=ClockTarget.RESOLUTION,
            started_at=START,
            ended_at=_at(minute),
            is_breached=not is_met,
        )
        for place, (is_met, minute) in enumerate(marks)
    )
    results = figures_of(measure_data(records), WEEKS[2])
    return pick(results, "sla_compliance", target="resolution")


@given(clocks)
@settings(max_examples=12)
def test_one_more_met_clock_never_lowers_compliance(marks: list[tuple[bool, int]]) -> None:
    within = (WEEKS[2].start_at - START) // timedelta(minutes=1) + 60
    before, after = _compliance(marks), _compliance([*marks, (True, within)])
    assert isinstance(after, Figure)
    if isinstance(before, Figure):
        assert after.value >= before.value


def test_nothing_open_has_no_age_and_an_empty_week_no_share() -> None:
    opened = datetime(2026, 1, 5, 9, tzinfo=UTC)
    records = _records([])
    records.append(
        Incident(
            source=SOURCE,
            number="I",
            opened_at=opened,
            state=IncidentState.CLOSED,
            state_code="c",
            resolved_at=opened + timedelta(hours=1),
        )
    )
    results = figures_of(measure_data(records), WEEKS[-1])
    assert figure(results, "backlog").value == 0
    for figure_id in ("backlog_age", "resolution_time", "reassignment_mean"):
        assert not isinstance(pick(results, figure_id), Figure)
    assert isinstance(MeasureData(frames={}).sizes(), dict)


@pytest.mark.parametrize("lag_days", [0, 2, 9])
def test_the_newest_final_reopen_week_is_14_days_old(lag_days: int) -> None:
    life = Life(0, ((60, "resolved"),), False, False, 0)
    days = [
        replace(life, opened_min=day * 1440, steps=((day * 1440 + 60, "resolved"),))
        for day in range(50)
    ]
    results = figures_of(measure_data(_records(days)), WEEKS[-1], lag_days=lag_days)
    final = figure(results, "reopen_rate", status="final")
    week = ReportingWeek.parse(final.period, ZONE)
    cutoff = WEEKS[-1].cutoff(timedelta(days=lag_days))
    assert week.end_at + timedelta(days=14) <= cutoff < week.shifted(1).end_at + timedelta(days=14)
    alone = figures_of(measure_data(_records(days)), WEEKS[-1], lag_days=lag_days, n_weeks=1)
    assert figure(alone, "reopen_rate", status="final").value == final.value


def test_a_record_opened_after_the_cutoff_moves_no_action_to_another_record() -> None:
    week = WEEKS[-1]
    late_min = int((week.end_at - START).total_seconds() // 60) + 14 * 24 * 60
    opened_min = late_min - 15 * 24 * 60
    acted = Life(opened_min, ((opened_min + 60, "in_progress"),), False, False, 0)
    lives = [Life(opened_min, (), False, False, 0), Life(late_min, (), False, False, 0), acted]
    data = measure_data(_records(lives))
    results = compute(data, week, week.cutoff(timedelta(days=2)))
    without = compute(
        measure_data([one for one in _records(lives) if one.number != "INC001"]),
        week,
        week.cutoff(timedelta(days=2)),
    )
    assert results == without
