"""A figure against another report's list: every difference has its rule, and the rest is zero."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from itsm.clocks import ReportingWeek
from itsm.errors import MeasureError
from itsm.figures import Figure, NotAvailable, Unit
from itsm.periods import calendar_month
from itsm.states import IncidentState, RecordKind
from reports.measures.compare_facts import our_side
from reports.measures.compare_list import Comparison, Facts, OurSide, Rule, compare
from reports.measures.compute import compute
from reports.measures.contracts import CATALOGUE
from reports.measures.data import MeasureData
from reports.measures.restatements import proposed_for_removal, restatements
from simulator.settings import EstateSettings
from tests.eval.estate_frames import estate_frames
from tests.measures.measure_frames import figure, figures_of, history, incident, measure_data

WEEK = ReportingWeek.parse("2026-W20")
START, END = WEEK.start_at, WEEK.end_at


def _side(rows: list[str], facts: dict[str, Facts], **more: object) -> OurSide:
    values: dict[str, object] = {"looked_at": frozenset(), **more}
    return OurSide(rows=rows, facts=facts, start_at=START, end_at=END, **values)  # type: ignore[arg-type]  # a test names the fields it needs


def _inside(hours: float = 50.0) -> Facts:
    return Facts(events=(START + timedelta(hours=hours),))


def _rules(found: Comparison) -> dict[str, Rule]:
    return {one.number: one.rule for one in (*found.only_ours, *found.only_theirs)}


def test_every_record_of_theirs_alone_has_its_rule() -> None:
    facts = {
        "A": _inside(),
        "test": Facts(is_test=True),
        "twin": Facts(is_duplicate=True),
        "late": Facts(late=(START + timedelta(hours=9),)),
        "gone": Facts(events=_inside().events, is_canceled=True),
        "base": Facts(),
        "date": Facts(events=(START - timedelta(days=9),)),
        "odd": Facts(),
    }
    theirs = ["A", "A", "test", "twin", "late", "gone", "base", "date", "odd", "new", "bad"]
    found = compare(_side(["A"], facts, looked_at={"base"}, quarantined={"bad"}), theirs)
    assert _rules(found) == {
        "A": Rule.TWICE,
        "test": Rule.TEST,
        "twin": Rule.DUPLICATE,
        "late": Rule.LATE,
        "gone": Rule.CANCELED,
        "base": Rule.FORMULA,
        "date": Rule.DATE,
        "odd": Rule.REST,
        "new": Rule.UNKNOWN,
        "bad": Rule.QUARANTINE,
    }
    assert [one.number for one in found.rest] == ["odd"]
    assert (found.n_ours, found.n_theirs, found.n_both) == (1, 11, 1)


def test_another_clock_is_recognised_by_the_records_at_the_edges() -> None:
    facts = {
        "first": Facts(events=(START + timedelta(hours=1),)),
        "last": Facts(events=(END - timedelta(minutes=50),)),
        "before": Facts(events=(START - timedelta(hours=1),)),
        **{f"m{hour}": _inside(hour) for hour in range(5, 160, 5)},
    }
    middle = [name for name in facts if name.startswith("m")]
    earlier = compare(_side(["first", "last", *middle], facts), ["before", "first", *middle])
    assert _rules(earlier) == {"before": Rule.ZONE, "last": Rule.ZONE}
    assert earlier.clock_offset_h == -1
    later = compare(_side(["first", "last", *middle], facts), ["last", *middle])
    assert _rules(later) == {"first": Rule.ZONE}
    assert later.clock_offset_h == 1.5
    cut = compare(_side(["first", "last", *middle], facts), ["first", *middle])
    assert _rules(cut) == {"last": Rule.ENDS_EARLY}


def test_a_clock_that_would_spoil_what_both_have_explains_nothing() -> None:
    facts = {"edge": Facts(events=(START,)), "mine": Facts(events=(START + timedelta(minutes=5),))}
    found = compare(_side(["edge", "mine"], facts), ["edge"])
    assert found.clock_offset_h is None
    assert _rules(found) == {"mine": Rule.ENDS_EARLY}


def test_what_they_leave_out_is_claimed_only_where_they_have_none_of_it() -> None:
    gone = Facts(events=_inside().events, is_canceled=True)
    facts = {"A": _inside(60), "G": gone, "H": gone}
    assert _rules(compare(_side(["A", "G", "H"], facts), ["A"]))["G"] is Rule.CANCELED
    assert _rules(compare(_side(["A", "G", "H"], facts), ["A", "H"]))["G"] is Rule.REST


def test_a_second_event_and_a_time_stamped_anew_are_told_apart() -> None:
    facts = {"A": _inside(), "B": Facts(events=_inside().events, stated_at=END + timedelta(days=1))}
    found = compare(_side(["A", "A", "B"], facts), ["A"])
    assert _rules(found) == {"A": Rule.AGAIN, "B": Rule.DATE}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("figure_id", ["opened", "resolved"])
def test_a_plain_export_in_another_zone_reconciles_to_a_rest_of_zero(
    zone: str, figure_id: str
) -> None:
    settings = EstateSettings(n_incidents=2_500, n_weeks=16, seed=31)
    frames = estate_frames(settings, (RecordKind.INCIDENT, RecordKind.HISTORY))
    data = MeasureData(frames=frames, sources=("estate",), zone=settings.zone)
    week = settings.last_week.shifted(-3)
    cutoff_at = week.cutoff(timedelta(days=2))
    ours = figure(compute(data, week, cutoff_at), figure_id)
    column = {"opened": "opened_at", "resolved": "resolved_at"}[figure_id]
    local = frames[RecordKind.INCIDENT][column].dt.tz_convert(ZoneInfo(zone)).dt.tz_localize(None)
    monday = pd.Timestamp(week.monday)
    chosen = (local >= monday) & (local < monday + timedelta(days=7))
    theirs = frames[RecordKind.INCIDENT].loc[chosen, "number"].tolist()
    side = our_side(data, CATALOGUE[figure_id], ours, week, cutoff_at, theirs)
    found = compare(side, theirs)
    assert len(found.only_ours) + len(found.only_theirs) > 0
    assert found.rest == ()
    assert found.n_both + len(found.only_ours) == found.n_ours
    assert found.n_both + len(found.only_theirs) == found.n_theirs


def test_a_figure_of_a_kind_that_no_source_provides_cannot_be_compared() -> None:
    data = measure_data([incident("A", "05-12 10:00")])
    ours = figure(figures_of(data, WEEK), "opened")
    with pytest.raises(MeasureError):
        our_side(data, CATALOGUE["changes_closed"], ours, WEEK, END, ["A"])


def test_weeks_and_quarters_count_the_same_events_as_their_months() -> None:
    records = [
        incident(f"I{day}", datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day))
        for day in range(120)
    ]
    data = measure_data(records)
    late = datetime(2026, 6, 1, tzinfo=UTC)
    months = [calendar_month(f"2026-0{month}") for month in (1, 2, 3)]
    opened = [figure(compute(data, month, late), "opened").value for month in months]
    assert opened == [31, 28, 31]
    quarter = months[-1].shifted(0)
    assert figure(compute(data, quarter, late), "opened").period == "2026-03"
    weeks = ReportingWeek.parse("2026-W13").last(12)
    days = sum(figure(compute(data, week, late), "opened").value for week in weeks)
    assert days == 84


def test_a_restatement_names_what_came_and_what_went() -> None:
    steps = [("05-13 09:00", "resolved"), ("05-20 09:00", "in_progress")]
    records = [
        incident("A", "05-12 09:00"),
        incident("B", "05-12 10:00", state=IncidentState.RESOLVED, resolved_at="05-13 09:00"),
        *history("A", "state", steps),  # type: ignore[arg-type]  # the field's own word
    ]
    data = measure_data(records)
    then = compute(data, WEEK, datetime(2026, 5, 13, tzinfo=UTC))
    now = compute(data, WEEK, datetime(2026, 5, 19, tzinfo=UTC))
    moved = {one.figure_id: one for one in restatements(then, now) if not one.dimensions}
    assert (moved["resolved"].before, moved["resolved"].after) == (0, 2)
    assert moved["resolved"].came == ("A", "B")
    assert moved["backlog"].went == ("A", "B")
    assert "opened" not in moved
    assert restatements(now, now) == ()
    later = compute(data, WEEK, datetime(2026, 6, 19, tzinfo=UTC))
    assert "resolved" not in {one.figure_id for one in restatements(now, later)}


def test_a_restatement_tells_a_new_formula_from_new_records() -> None:
    values: dict[str, object] = {
        "figure_id": "opened", "title": "Opened", "unit": Unit.COUNT, "period": "2026-W20",
    }  # fmt: skip
    was = Figure(version=1, value=3.0, n=3, **values)  # type: ignore[arg-type]  # one of each
    now = Figure(version=2, value=4.0, n=4, **values)  # type: ignore[arg-type]  # one of each
    lost = NotAvailable(version=1, reason="no source", **values)  # type: ignore[arg-type]  # same
    assert restatements([was], [now])[0].reason == "formula version 1 became 2"
    assert restatements([was], [lost])[0].reason == "is not available any more: no source"
    assert restatements([lost], [was])[0].before is None
    assert restatements([was], [])[0].after is None


def test_what_led_to_no_decision_in_13_weeks_is_proposed_for_removal() -> None:
    weeks = [week.label for week in WEEK.last(15)]
    used = {"opened": {weeks[2]}, "backlog": {weeks[1]}}
    found = proposed_for_removal(used, ["opened", "backlog", "fcr"], weeks)
    assert found == ("backlog", "fcr")
    assert proposed_for_removal(used, ["fcr"], weeks[:12]) == ()
