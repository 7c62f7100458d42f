"""Service hours read off the source's own clocks, where nobody configured them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

import numpy as np
import pandas as pd
import pytest

from itsm.clocks import ReportingWeek, ServiceHours
from itsm.figures import Figure
from itsm.records import Record, SlaClock
from itsm.states import ClockTarget, ClockType, RecordKind
from reports.language import speaking, told, tongue
from reports.measures import legs, pauses
from reports.measures.clock_calendar import ClockCalendar, calendar_of
from reports.measures.scope import scope_of
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data
from tests.measures.measure_frames import SOURCE, at, figure, measure_data

WEEK = ReportingWeek.parse("2026-W26", "Europe/London")
OFFICE = (time(8, 30), time(17, 15))


def _hours(zone: str, days: range = range(5)) -> ServiceHours:
    return ServiceHours(zone=zone, windows=dict.fromkeys(days, OFFICE))


def _clocks(hours: ServiceHours, n: int = 200, n_odd: int = 0) -> Iterator[SlaClock]:
    """Clocks of three months, across the change to summer time; some count as nobody does."""
    chance = np.random.default_rng(5)
    for place in range(n):
        start = at("03-02 00:00") + timedelta(minutes=int(chance.integers(0, 110 * 1440)))
        end = start + timedelta(minutes=int(chance.integers(60, 6 * 1440)))
        counted = hours.seconds_between(start, end) / 3600
        if place < n_odd:
            counted *= float(chance.uniform(0.3, 0.7))
        yield _clock(f"I{place}", start, end, counted)


def _clock(record: str, start: datetime, end: datetime, counted: float) -> SlaClock:
    return SlaClock(
        source=SOURCE,
        number=f"C{record}",
        record_kind=RecordKind.INCIDENT,
        record=record,
        type=ClockType.SLA,
        target=ClockTarget.RESOLUTION,
        started_at=start,
        due_at=start + timedelta(days=3),
        ended_at=end,
        target_h=16.0,
        elapsed_h=counted,
        paused_h=0.0,
    )


def _found(records: Iterator[SlaClock] | list[Record], **more: object) -> ClockCalendar | None:
    data = measure_data(records, zone=WEEK.zone, **more)
    return calendar_of(scope_of(data, WEEK, WEEK.cutoff(timedelta(days=1)), 26))


@pytest.mark.parametrize("days", [range(5), range(6), range(7)])
def test_days_and_hours_are_found_to_the_quarter(days: range) -> None:
    found = _found(_clocks(_hours(WEEK.zone, days)))
    assert found is not None
    assert dict(found.hours.windows) == dict.fromkeys(days, OFFICE)
    assert (found.hours.zone, found.n_agreed) == (WEEK.zone, found.n_looked)


def test_a_source_without_summer_time_is_told_in_utc() -> None:
    found = _found(_clocks(_hours("UTC")))
    assert found is not None
    assert (found.hours.zone, dict(found.hours.windows)) == ("UTC", dict.fromkeys(range(5), OFFICE))


def test_the_hours_are_said_in_both_languages() -> None:
    found = _found(_clocks(_hours(WEEK.zone)))
    assert found is not None
    assert "Monday to Friday, 08:30 to 17:15 (Europe/London)" in found.said
    tongue("de").unknown.clear()
    with speaking("de"):
        assert "Montag bis Freitag, 08:30 bis 17:15 (Europe/London)" in told(found.said)
    assert not tongue("de").unknown


def test_clocks_that_disagree_tell_no_calendar() -> None:
    """A quarter of the clocks counts otherwise: that is no calendar, and none is made up."""
    assert _found(_clocks(_hours(WEEK.zone), n_odd=50)) is None


def test_a_few_that_disagree_are_counted() -> None:
    found = _found(_clocks(_hours(WEEK.zone), n_odd=10))
    assert found is not None
    assert found.n_looked - 10 <= found.n_agreed < found.n_looked


def test_few_clocks_tell_no_calendar() -> None:
    assert _found(_clocks(_hours(WEEK.zone), n=50)) is None


def test_what_is_configured_is_not_looked_for() -> None:
    assert _found(_clocks(_hours(WEEK.zone)), service_hours=_hours("UTC")) is None


def test_clocks_of_later_weeks_tell_nothing() -> None:
    """A past week is told the same for ever, whatever clocks end later."""
    early = WEEK.shifted(-40)
    data = measure_data(_clocks(_hours(WEEK.zone)), zone=WEEK.zone)
    assert calendar_of(scope_of(data, early, WEEK.cutoff(timedelta(days=1)), 26)) is None


def test_a_practice_estate_is_told_by_legs_without_a_setting() -> None:
    """Its desks work 07:00 to 19:00 by winter time: nothing is left over of any clock."""
    data = estate_data(EstateSettings(n_incidents=1500, seed=11))
    week = ReportingWeek.parse("2026-W45", data.zone)
    scope = scope_of(data, week, week.cutoff(timedelta(days=1)), 26)
    results = tuple(legs.figures(scope))
    whole = figure(results, "sla_legs")
    assert whole.note is not None and "06:00 to 18:00 (UTC)" in whole.note
    assert whole.excluded == {}
    told_legs = [one for one in results if isinstance(one, Figure) and "leg" in one.dimensions]
    assert sum(one.value for one in told_legs) == pytest.approx(whole.value)
    assert not [one for one in told_legs if one.dimensions["leg"] in (legs.RESIDUAL, legs.UNKNOWN)]
    misused = figure(tuple(pauses.figures(scope)), "pause_misuse")
    assert misused.excluded == {}


def test_the_order_of_the_records_changes_nothing() -> None:
    data = measure_data(_clocks(_hours(WEEK.zone), n_odd=10), zone=WEEK.zone)
    frame = data.frames[RecordKind.SLA_CLOCK]
    turned = replace(data, frames={RecordKind.SLA_CLOCK: _turned(frame)})
    scopes = [scope_of(one, WEEK, WEEK.cutoff(timedelta(days=1)), 26) for one in (data, turned)]
    assert calendar_of(scopes[0]) == calendar_of(scopes[1]) is not None


def _turned(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[::-1].reset_index(drop=True)
