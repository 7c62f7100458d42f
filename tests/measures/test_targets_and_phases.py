"""Targets, exceptions and structure, steps and known events; false alarms are measured."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from itsm.clocks import ReportingWeek
from itsm.figures import Direction, Series, Unit, Verdict
from itsm.states import IncidentState
from itsm.statistics import Limits, SpecialCause, special_causes, xmr_limits
from reports.measures.declared import Declared, KnownEvent, StepChange, Target, marks
from reports.measures.phases import chart
from reports.measures.scope import scope_of
from reports.measures.signal import charted
from reports.measures.target_list import judge_targets
from reports.measures.targets import (
    Breach,
    Reach,
    breach_of_clocks,
    breach_of_weeks,
    judged,
    reached,
)
from tests.measures.measure_frames import figure, figures_of, incident, measure_data

WEEKS = [week.label for week in ReportingWeek.parse("2026-W30").last(26)]
CALM = [50.0, 52, 49, 51, 50, 48, 51, 50, 52, 49, 50, 51, 50]


@pytest.mark.parametrize("n", [10, 13, 26])
def test_calm_weeks_raise_a_false_alarm_in_at_most_three_of_a_hundred(n: int) -> None:
    draws = np.random.default_rng(n)
    series = [*draws.normal(100, 10, (1500, n)), *draws.poisson(30, (1500, n)).astype(float)]
    alarms = [bool(special_causes(one, xmr_limits(one))) for one in series]
    assert np.mean(alarms) <= 0.03


def test_a_shift_of_three_sigma_is_seen_at_once_more_often_than_not() -> None:
    draws = np.random.default_rng(3)
    seen = []
    for _ in range(400):
        values = draws.normal(100, 10, 26)
        values[-2:] += 30
        seen.append(bool(special_causes(values, xmr_limits(values))))
    assert np.mean(seen) > 0.5


def test_a_declared_step_gives_new_limits_from_its_week_on() -> None:
    values = [*CALM, *(value - 30 for value in CALM)]
    _, before = charted(WEEKS, values, Unit.COUNT, Direction.DOWN)
    series, after = charted(WEEKS, values, Unit.COUNT, Direction.DOWN, step=WEEKS[13])
    assert before is not None
    assert before.verdict is Verdict.IMPROVEMENT  # the step itself, told again every week
    assert after is not None
    assert after.verdict is Verdict.NORMAL
    assert series.limits is not None
    assert series.limits.centre == pytest.approx(np.mean(values[13:]))
    assert len(series.values) == 26
    _, young = charted(WEEKS, values, Unit.COUNT, Direction.DOWN, step=WEEKS[20])
    assert young is not None
    assert young.verdict is Verdict.TOO_FEW_WEEKS


def test_a_step_holds_for_its_own_slice_and_from_its_own_week() -> None:
    step = StepChange(
        improvement="CSI1", week="2026-W10", figure_id="opened", dimensions={"service": "Pay"}
    )
    declared = Declared(steps=(step,))
    assert declared.step_of("opened", {"service": "Pay"}, "2026-W12") == "2026-W10"
    assert declared.step_of("opened", {"service": "Pay"}, "2026-W09") is None
    assert declared.step_of("opened", {}, "2026-W12") is None


def test_every_week_of_a_chart_is_judged_by_its_own_phase() -> None:
    values = [*CALM, *(value - 30 for value in CALM[:-1]), 32.0]
    whole = chart(WEEKS, values, steps={WEEKS[13]: "CSI1"}, known={WEEKS[25]: "office move"})
    assert [phase.began_with for phase in whole.phases] == [None, "CSI1"]
    assert whole.phases[0].limits == xmr_limits(np.array(values[:13]))
    assert [point.week for point in whole.signals] == [WEEKS[25]]
    assert whole.signals[0].known == "office move"
    assert SpecialCause.OUTSIDE in whole.signals[0].causes


def test_a_known_event_is_named_and_hides_nothing() -> None:
    values = [*CALM, 90.0]
    weeks = WEEKS[:14]
    told, untold = chart(weeks, values, known={weeks[13]: "freeze"}), chart(weeks, values)
    assert [p.causes for p in told.points] == [p.causes for p in untold.points]
    assert told.signals[-1].known == "freeze"


def test_events_fall_into_the_weeks_they_touch() -> None:
    weeks = ReportingWeek.parse("2026-W30").last(4)
    freeze = KnownEvent(name="freeze", starts_on=date(2026, 7, 12), ends_on=date(2026, 7, 13))
    pay = KnownEvent(
        name="move", starts_on=date(2026, 7, 20), ends_on=date(2026, 7, 21), service="Pay"
    )
    assert marks([pay, freeze], weeks) == {
        "2026-W28": ("freeze",),
        "2026-W29": ("freeze",),
        "2026-W30": ("move",),
    }
    assert "2026-W30" not in marks([pay, freeze], weeks, service="Mail")


def test_a_week_without_value_gives_no_point_to_the_rules() -> None:
    values: list[float | None] = [*CALM, None, 90.0]
    whole = chart(WEEKS[:15], values)
    assert whole.points[13].causes == ()
    assert whole.points[14].causes == (SpecialCause.OUTSIDE,)


@pytest.mark.parametrize(
    ("target", "direction", "reach"),
    [
        (0.85, Direction.UP, Reach.ALWAYS),
        (0.93, Direction.UP, Reach.SOMETIMES),
        (0.99, Direction.UP, Reach.NEVER),
        (0.99, Direction.DOWN, Reach.ALWAYS),
        (0.85, Direction.DOWN, Reach.NEVER),
    ],
)
def test_whether_a_process_can_reach_its_target(
    target: float, direction: Direction, reach: Reach
) -> None:
    found, share = reached(Limits(0.87, 0.92, 0.97), target, direction)
    assert found is reach
    sigma = 0.05 / 3
    below = stats.norm.cdf((target - 0.92) / sigma)
    expected = 1 - below if direction is Direction.UP else below
    assert share == pytest.approx(expected, abs=1e-3)


def test_the_expected_share_of_weeks_comes_true() -> None:
    draws = np.random.default_rng(5)
    told, came = [], []
    for _ in range(200):
        values = draws.normal(100, 10, 26)
        _, share = reached(xmr_limits(values), 105, Direction.DOWN)
        assert share is not None
        told.append(share)
        came.append((draws.normal(100, 10, 26) <= 105).mean())
    assert np.mean(told) == pytest.approx(np.mean(came), abs=0.03)


def test_one_breach_of_a_sound_process_is_seldom_called_structural() -> None:
    draws = np.random.default_rng(11)
    weeks, clocks = [], []
    for _ in range(6000):
        met = draws.random(13) > 0.1
        if not met[-1]:
            weeks.append(breach_of_weeks(met) is Breach.STRUCTURAL)
        ended = draws.poisson(20, 13)
        hit = draws.binomial(ended, 0.95)
        if hit[-1] < ended[-1]:
            found = breach_of_clocks(hit.tolist(), ended.tolist(), 0.95)
            clocks.append(found is Breach.STRUCTURAL)
    assert np.mean(weeks) <= 0.05
    assert np.mean(clocks) <= 0.06


def test_a_run_of_breaches_is_structural_and_one_alone_an_exception() -> None:
    assert breach_of_weeks(np.array([True] * 12 + [False])) is Breach.EXCEPTION
    assert breach_of_weeks(np.array([True, False] * 6 + [False])) is Breach.STRUCTURAL
    assert breach_of_weeks(np.array([False] * 12 + [True])) is Breach.NONE
    assert breach_of_weeks(np.array([False] * 5)) is Breach.UNKNOWN
    assert breach_of_clocks([20] * 12 + [15], [20] * 13, 0.95) is Breach.EXCEPTION
    assert breach_of_clocks([16] * 13, [20] * 13, 0.95) is Breach.STRUCTURAL
    assert breach_of_clocks([20] * 13, [20] * 13, 0.95) is Breach.NONE
    assert breach_of_clocks([20, 0], [20, 0], 0.95) is Breach.UNKNOWN


def test_weeks_in_which_nothing_old_can_be_there_are_no_base_to_judge_by() -> None:
    """Records that begin on day one know no old incidents: their backlog only seems to age."""
    week = ReportingWeek.parse("2026-W30")
    first = week.shifted(-13).start_at
    records = [
        incident(
            f"I{day:03}{slot}",
            first + timedelta(days=day, hours=slot),
            state=IncidentState.RESOLVED,
            resolved_at=first + timedelta(days=day + (1 + slot) * 3, hours=slot),
        )
        for day in range(14 * 7)
        for slot in range(8)
    ]
    data = measure_data(records)
    scope = scope_of(data, week, week.end_at, 26)
    assert scope.settled_from == "2026-W21"  # nine of ten take up to 24 days
    young = figure(figures_of(data, ReportingWeek.parse("2026-W29")), "backlog")
    assert young.signal is not None
    assert young.signal.verdict is Verdict.TOO_FEW_WEEKS
    grown = figure(figures_of(data, week), "backlog")
    assert grown.signal is not None
    assert grown.signal.verdict is Verdict.NORMAL
    assert grown.series is not None
    assert len(grown.series.values) == 14
    opened = figure(figures_of(data, ReportingWeek.parse("2026-W27")), "opened")
    assert opened.signal is not None
    assert opened.signal.verdict is Verdict.NORMAL
    nothing = scope_of(measure_data([incident("A", "07-20 09:00")]), week, week.end_at, 26)
    assert nothing.settled_from is None


def test_a_declared_improvement_gives_a_computed_figure_new_limits() -> None:
    week = ReportingWeek.parse("2026-W30")
    records = [
        incident(f"I{back:02}{i}", week.shifted(-back).start_at + timedelta(hours=i))
        for back in range(24)
        for i in range((10 if back < 12 else 30) + back % 3)
    ]
    step = StepChange(improvement="CSI7", week="2026-W19", figure_id="opened")
    plain = figure(figures_of(measure_data(records), week), "opened")
    data = measure_data(records, declared=Declared(steps=(step,)))
    told = figure(figures_of(data, week), "opened")
    assert plain.signal is not None
    assert plain.signal.verdict is Verdict.IMPROVEMENT
    assert told.signal is not None
    assert told.signal.verdict is Verdict.NORMAL
    assert told.value == plain.value


def test_a_target_is_judged_only_where_it_is_in_force_and_names_its_owner() -> None:
    values = [0.9] * 12 + [0.97] * 13 + [0.9]
    target = Target(
        figure_id="sla_compliance", value=0.95, owner="service owner Pay", from_week=WEEKS[12]
    )
    series = Series(weeks=tuple(WEEKS), values=tuple(values))
    result = judged(target, series, None, Direction.UP)
    assert (result.is_met, result.breach) == (False, Breach.EXCEPTION)
    assert (result.n_missed, result.n_weeks) == (1, 13)
    assert "an exception" in result.sentence()
    assert "service owner Pay" in result.sentence()
    nothing = judged(target, Series(weeks=("2026-W30",), values=(None,)), None, Direction.UP)
    assert nothing.is_met is None
    assert "no value" in nothing.sentence()


def test_a_target_of_one_service_is_judged_by_that_service_alone() -> None:
    week = ReportingWeek.parse("2026-W30")
    records = [
        incident(
            f"{service}{back:02}{i}",
            week.shifted(-back).start_at + timedelta(hours=i),
            service=service,
        )
        for back in range(20)
        for service, n in (("Pay", 5 + back % 2), ("Mail", 40))
        for i in range(n)
    ]
    declared = Declared(
        targets=(
            Target(figure_id="opened", value=8, owner="owner of Pay", service="Pay"),
            Target(figure_id="opened", value=8, owner="owner of Mail", service="Mail"),
            Target(figure_id="opened", value=60, owner="desk"),
            Target(figure_id="opened", value=1, owner="past", until_week="2026-W01"),
            Target(figure_id="no_such_figure", value=1, owner="nobody"),
        )
    )
    found = judge_targets(measure_data(records, declared=declared), week, week.end_at)
    assert [one.target.owner for one in found] == ["owner of Pay", "owner of Mail", "desk"]
    pay, mail, desk = found
    assert (pay.value, pay.is_met, pay.reach) == (5, True, Reach.SOMETIMES)
    assert (mail.value, mail.breach) == (40, Breach.STRUCTURAL)
    assert desk.value == 45
    assert desk.is_met


def test_a_figure_names_the_known_event_of_its_week_beside_the_signal() -> None:
    week = ReportingWeek.parse("2026-W30")
    records = [
        incident(f"I{back:02}{i}", week.shifted(-back).start_at + timedelta(hours=i))
        for back in range(14)
        for i in range(60 if back == 0 else 10 + back % 2)
    ]
    freeze = KnownEvent(name="freeze", starts_on=week.monday, ends_on=week.monday)
    data = measure_data(records, declared=Declared(events=(freeze,)))
    told = figure(figures_of(data, week), "opened")
    assert told.note == "Known in this period: freeze."
    assert told.signal is not None
    assert told.signal.verdict is Verdict.DETERIORATION
    plain = figure(figures_of(measure_data(records), week), "opened")
    assert (plain.note, plain.signal) == (None, told.signal)
