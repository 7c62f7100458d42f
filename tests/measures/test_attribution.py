"""Changes and the incidents after them: the test, its false discoveries, what a reader is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from itsm.clocks import ReportingWeek
from itsm.figures import Figure, NotAvailable
from itsm.records import Change, CiRelation, ConfigurationItem, Incident
from itsm.states import ChangeOutcome, ChangeState, ChangeType
from reports.measures.attribution import attributed, rate_test
from reports.measures.discoveries import Asked, discovery_rates, grouped_rates
from reports.measures.risk import History, calibration
from reports.measures.windows import EventsByUnit
from tests.eval.attribution_eval import scored
from tests.measures.measure_frames import SOURCE, at, figures_of, incident, measure_data, pick

WEEK = ReportingWeek.parse("2026-W20")
DAY_S = 86_400


def _times(seconds: list[int]) -> np.ndarray:
    return np.datetime64("2026-01-05", "us") + np.array(seconds, dtype="timedelta64[s]")


@given(
    st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 50)), max_size=40),
    st.integers(0, 3),
    st.integers(0, 50),
    st.integers(0, 20),
)
def test_windows_hold_what_a_plain_count_finds(
    events: list[tuple[int, int]], unit: int, start: int, length: int
) -> None:
    units = np.array([one for one, _ in events], dtype=np.intp)
    when = _times([second for _, second in events])
    low, high = _times([start]), _times([start + length])
    counted = EventsByUnit.of(units, when)
    plain = sum(one == unit and start <= second < start + length for one, second in events)
    everywhere = sum(start <= second < start + length for _, second in events)
    assert counted.count(np.array([unit]), low, high).tolist() == [plain]
    assert counted.count_all(low, high).tolist() == [everywhere]
    assert counted.totals(np.array([unit, -1])).tolist() == [int((units == unit).sum()), 0]
    first, last = counted.bounds(np.array([unit]), low, high)
    assert all(units[one] == unit for one in counted.order[first[0] : last[0]])


def test_the_rate_test_is_that_of_scipy() -> None:
    n, total, everywhere = np.array([4.0, 0, 1]), np.array([10.0, 3, 1]), np.array([20.0, 15, 9])
    expected, tests = rate_test(n, total, everywhere, 500, 0.02)
    for place in range(3):
        weight = (everywhere[place] - n[place] + 50 * 0.02) / (500 - total[place] + 50)
        tail = stats.binomtest(int(n[place]), int(total[place]), weight, alternative="greater")
        half = stats.binom.pmf(n[place], total[place], weight) / 2
        wanted = 1.0 if n[place] == 0 else tail.pvalue - half
        assert tests.p[place] == pytest.approx(wanted)
        none = stats.binom.pmf(0, total[place], weight)
        assert tests.p_empty[place] == pytest.approx(none)
        rest = total[place] - n[place]
        assert expected[place] == pytest.approx(rest * weight / (1 - weight))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_discovery_rates_are_those_of_statsmodels_and_scipy(p: list[float]) -> None:
    rates = discovery_rates(np.array(p))
    np.testing.assert_allclose(rates, multipletests(p, method="fdr_bh")[1], atol=1e-12)
    np.testing.assert_allclose(rates, stats.false_discovery_control(p), atol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_group_with_all_windows_empty_is_as_strict_as_the_plain_control(p: list[float]) -> None:
    tests = Asked(np.array(p), np.ones(len(p), dtype=bool), np.full(len(p), 0.9))
    rates = grouped_rates(tests, np.full(len(p), "one", dtype=object))
    np.testing.assert_allclose(rates, discovery_rates(np.array(p)), atol=1e-12)


def test_a_group_with_few_empty_windows_bears_a_higher_p_and_the_other_a_lower() -> None:
    p = np.array([0.03, 0.03, 0.04, 1.0, 0.03, *[1.0] * 19])
    group = np.array(["otherwise"] * 4 + ["successful"] * 20, dtype=object)
    rates = grouped_rates(Asked(p, p == 1.0, np.full(24, 0.9)), group)
    # Of all 24, 20 + 1 empty windows where 21.6 are likely. Of the 4, 1 + 1 where 3.6 are: 5 in 9
    # have nothing to find.
    assert rates[:3] == pytest.approx([0.04 * 4 / 3 * (5 / 9) / (21 / 21.6)] * 3)
    # Of the 20, 19 + 1 where 18 are likely: none has anything to find.
    assert rates[4] == pytest.approx(0.03 * 20 / (21 / 21.6))


def test_how_changes_ended_shifts_what_is_found_only_where_it_tells_something() -> None:
    told = [scored(3_000, 26, seed) for seed in (2001, 2002, 2003, 2004)]
    dealt = [scored(3_000, 26, seed, is_shuffled=True) for seed in (2001, 2002, 2003, 2004)]
    assert sum(one.n_faint_found for one in told) > 2 * sum(one.n_faint_found for one in dealt)
    shares = np.array([one.false_share for one in dealt])
    assert shares.mean() <= 0.10 + 2 * shares.std(ddof=1) / np.sqrt(len(shares)) + 0.02


def test_where_no_change_does_anything_almost_none_is_found() -> None:
    found = []
    for seed in range(60):
        draws = np.random.default_rng(seed)
        opened = np.sort(draws.integers(0, 180 * DAY_S, 3000))
        items = pd.DataFrame({"ci": draws.integers(0, 100, 3000).astype(str), "service": None})
        changes = pd.DataFrame({"ci": draws.integers(0, 100, 200).astype(str), "service": None})
        done = _times(draws.integers(DAY_S, 170 * DAY_S, 200).tolist())
        result = attributed(items, _times(opened.tolist()), changes, done, _times([180 * DAY_S])[0])
        assert len(result) == 200
        found.append(result.is_found.any())
    assert np.mean(found) <= 0.10 + 2 * np.sqrt(0.1 * 0.9 / 60)


def test_breaking_changes_planted_in_estates_are_found_and_few_others() -> None:
    scores = [scored(3_000, 26, seed) for seed in (2001, 2002, 2003, 2004)]
    shares = np.array([one.false_share for one in scores])
    assert shares.mean() <= 0.10 + 2 * shares.std(ddof=1) / np.sqrt(len(shares)) + 0.02
    n_found = sum(one.n_effects_found + one.n_faint_found for one in scores)
    assert n_found >= 0.6 * sum(one.n_effects + one.n_faint for one in scores)


def _change(number: str, implemented: str | None, **fields: object) -> Change:
    done = None if implemented is None else at(implemented)
    values: dict[str, object] = {
        "ci": "sql-1",
        "state": ChangeState.CLOSED if done else ChangeState.SCHEDULED,
        "outcome": ChangeOutcome.SUCCESSFUL if done else None,
        "implemented_at": done,
        "closed_at": done,
        **fields,
    }
    return Change(
        source=SOURCE,
        number=number,
        opened_at=at("01-01 00:00"),
        state_code="x",
        type=ChangeType.NORMAL,
        type_code="Normal",
        **values,  # type: ignore[arg-type]  # a test names the fields it needs
    )


def _incidents() -> list[Incident]:
    """Background everywhere, and five incidents on sql-1 in the hours after 05-12 18:00."""
    calm = [
        incident(f"B{day:03}{slot}", at("03-02 09:00") + pd.Timedelta(days=day, hours=slot),
                 ci=f"app-{(day + slot) % 9}", service="Mail")
        for day in range(77)
        for slot in range(3)
    ]  # fmt: skip
    burst = [
        incident(f"X{hour}", f"05-13 0{hour}:00", ci="sql-1", service="Mail")
        for hour in range(1, 6)
    ]
    return [*calm, *burst]


def test_a_reader_is_told_which_change_how_many_and_how_soon() -> None:
    relation = CiRelation(source=SOURCE, number="R1", parent="app-1", child="sql-1")
    item = ConfigurationItem(source=SOURCE, number="I1", name="sql-1", service="Mail")
    records = [*_incidents(), _change("C1", "05-12 18:00"), relation, item]
    records += [_change("C2", "04-01 18:00", ci="app-2"), _change("C3", None)]
    results = figures_of(measure_data(records), WEEK)
    found = pick(results, "change_incidents_inferred")
    assert isinstance(found, Figure)
    assert found.rows == ("C1",)
    assert found.companions["changes tested over all weeks"] == 2
    assert found.note is not None
    assert found.note.startswith("C1 on sql-1: 5 incidents in 72 hours where 0.0 are usual")
    assert "half of them within 9 hours" in found.note
    assert "2 on items that need it and 9 elsewhere on Mail" in found.note


def test_two_changes_before_one_burst_are_not_charged_twice() -> None:
    records = [*_incidents(), _change("C1", "05-12 18:00"), _change("C2", "05-12 08:00")]
    found = pick(figures_of(measure_data(records), WEEK), "change_incidents_inferred")
    assert isinstance(found, Figure)
    assert found.value == 1
    assert found.note is not None
    assert "1 other change lies within 72 hours of it" in found.note


def test_what_records_state_stands_apart_from_what_is_inferred() -> None:
    stated = incident("S1", "05-13 10:00", caused_by_change="C1")
    results = figures_of(measure_data([*_incidents(), stated, _change("C1", "05-12 18:00")]), WEEK)
    one = pick(results, "change_incidents_stated")
    assert isinstance(one, Figure)
    assert one.rows == ("S1",)
    nothing = figures_of(measure_data([*_incidents(), _change("C1", "05-12 18:00")]), WEEK)
    assert isinstance(pick(nothing, "change_incidents_stated"), NotAvailable)


def test_risk_of_next_week_follows_the_past_of_type_and_service() -> None:
    past = [
        _change(f"P{i:03}", f"0{1 + i // 28}-{1 + i % 28:02} 12:00", ci=None,
                service="Pay" if i % 2 else "Mail",
                outcome=ChangeOutcome.BACKED_OUT if i % 2 and i % 4 == 1 else
                ChangeOutcome.SUCCESSFUL)
        for i in range(112)
    ]  # fmt: skip
    planned = [
        _change(f"N{name}", None, ci=None, service=name, planned_start_at=at("05-19 20:00"))
        for name in ("Pay", "Mail")
    ]
    found = pick(figures_of(measure_data([*_incidents(), *past, *planned]), WEEK), "change_risk")
    assert isinstance(found, Figure)
    assert found.rows == ("NMail", "NPay")
    pay, mail = found.companions["risk of NPay"], found.companions["risk of NMail"]
    assert mail < 28 / 112 < pay
    assert found.value == pytest.approx(pay + mail)
    assert found.companions["Brier score"] < found.companions["of the base rate"]
    assert found.note is not None
    assert "better than the share of all changes alone" in found.note


def test_a_risk_knows_nothing_of_what_ends_later() -> None:
    changes = pd.DataFrame({"type": ["normal"] * 80, "service": ["Pay"] * 80})
    known_at = _times([day * DAY_S for day in range(80)])
    calm = History.of(changes, known_at, np.zeros(80, dtype=bool))
    wild = History.of(changes, known_at, np.arange(80) >= 40)
    before = _times([day * DAY_S - 3600 for day in range(80)])
    assert calm.risk(np.array([39]), before[39:40]) == wild.risk(np.array([39]), before[39:40])
    assert calibration(calm, before) is not None
    assert calibration(History.of(changes[:20], known_at[:20], np.zeros(20, bool)),
                       known_at[:20]) is None  # fmt: skip
