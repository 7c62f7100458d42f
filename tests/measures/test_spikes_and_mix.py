"""What drives a spike, and comparisons at an unchanged mix of categories."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from itsm.clocks import ReportingWeek
from itsm.figures import Figure, NotAvailable
from itsm.states import IncidentState
from reports.measures.mix import like_for_like
from reports.measures.spikes import drivers
from tests.eval.attribution_eval import spikes_scored
from tests.measures.measure_frames import at, figures_of, incident, measure_data, pick

WEEK = ReportingWeek.parse("2026-W20")


def _weeks(counts: dict[str, list[int]]) -> tuple[pd.Series, np.ndarray]:
    """A value per incident and its week, from counts of each value by week."""
    rows = [
        (name, week) for name, some in counts.items() for week, n in enumerate(some)
        for _ in range(n)
    ]  # fmt: skip
    return pd.Series([name for name, _ in rows]), np.array([week for _, week in rows])


def test_the_service_behind_a_spike_is_named_with_its_share() -> None:
    values, week = _weeks({"Pay": [4] * 13 + [24], "Mail": [10] * 13 + [15]})
    (found,) = drivers({"service": values}, week, 13)
    assert (found.value, found.n, found.usual, found.excess) == ("Pay", 24, 4, 20)
    assert found.share == pytest.approx(20 / 25)
    assert (values.iloc[found.rows] == "Pay").all()
    n, total, weight = 24, 24 + 52, 1 / 14
    tail = stats.binomtest(n, total, weight, alternative="greater").pvalue
    mid = tail - stats.binom.pmf(n, total, weight) / 2
    assert found.q == pytest.approx(2 * mid)  # the smaller of two tests


def test_the_narrower_of_two_explanations_comes_first() -> None:
    item, week = _weeks({"sql-1": [0] * 13 + [20], "app-1": [5] * 14})
    service = pd.Series(["Pay"] * len(item))
    found = drivers({"service": service, "ci": item}, week, 13)
    assert [(one.dimension, one.value) for one in found] == [("ci", "sql-1"), ("service", "Pay")]


def test_calm_weeks_name_a_driver_seldom() -> None:
    draws = np.random.default_rng(2)
    named = []
    for _ in range(300):
        counts = {f"S{i}": draws.poisson(6, 14).tolist() for i in range(30)}
        values, week = _weeks(counts)
        named.append(bool(drivers({"service": values}, week, 13)))
    assert np.mean(named) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)


def test_too_few_weeks_before_name_nothing() -> None:
    values, week = _weeks({"Pay": [1, 1, 1, 30]})
    assert drivers({"service": values}, week, 3) == ()


def test_planted_spikes_are_named_with_the_right_driver() -> None:
    scores = [spikes_scored(3_000, 26, seed) for seed in (2001, 2002, 2003)]
    assert sum(s.n_named for s in scores) >= 0.8 * sum(s.n_spikes for s in scores)
    assert sum(s.n_headlines for s in scores) >= 0.8 * sum(s.n_weeks for s in scores)


def test_the_figure_tells_the_excess_and_its_driver() -> None:
    calm = [
        incident(f"B{w}{i}", WEEK.shifted(-w).start_at + timedelta(hours=i + 1), service="Mail")
        for w in range(1, 14)
        for i in range(8)
    ]
    now = [incident(f"N{i}", WEEK.start_at + timedelta(hours=i), service="Mail") for i in range(8)]
    burst = [incident(f"P{i}", WEEK.start_at + timedelta(hours=i), service="Pay") for i in range(9)]
    results = figures_of(measure_data([*calm, *now, *burst]), WEEK)
    whole = pick(results, "volume_excess")
    assert isinstance(whole, Figure)
    assert whole.value == 9
    assert whole.note == "service Pay brought 9 where 0.0 are usual, 100% of the excess."
    part = pick(results, "volume_excess", driver="service", value="Pay")
    assert isinstance(part, Figure)
    assert part.rows == tuple(f"P{i}" for i in range(9))
    few = figures_of(measure_data(now), WEEK)
    assert isinstance(pick(few, "volume_excess"), NotAvailable)


@given(
    st.lists(
        st.tuples(st.integers(-1, 2), st.booleans(), st.floats(0, 100)), min_size=1, max_size=60
    )
)
def test_difference_and_mix_add_up_to_what_is_seen(rows: list[tuple[int, bool, float]]) -> None:
    category = np.array([one for one, _, _ in rows], dtype=np.intp)
    now = np.array([one for _, one, _ in rows])
    value = np.array([one for _, _, one in rows])
    found = like_for_like(value, category, now, ~now)
    if found is None:
        return
    assert found.crude - found.before == pytest.approx(found.difference + found.mix, abs=1e-9)
    compared = np.isin(category, found.categories)
    weights = np.array([
        (category[~now] == one).sum() / (category[now] == one).sum() for one in category
    ] if compared.all() else [0.0])  # fmt: skip
    assert found.crude == pytest.approx(value[now & compared].mean())
    assert found.before == pytest.approx(value[~now & compared].mean())
    if compared.all():
        weighed = DescrStatsW(value[now], weights=weights[now])
        assert found.adjusted == pytest.approx(weighed.mean, abs=1e-9)


def test_more_of_an_easy_category_is_mix_and_no_better_work() -> None:
    category = np.repeat([0, 1, 0, 1], [50, 50, 180, 20])
    value = np.concatenate([_share(50, 0.9), _share(50, 0.3), _share(180, 0.9), _share(20, 0.3)])
    now = np.arange(300) >= 100
    found = like_for_like(value, category, now, ~now)
    assert found is not None
    assert found.crude == pytest.approx(0.84)
    assert found.before == pytest.approx(0.6)
    assert found.difference == pytest.approx(0, abs=1e-12)
    assert found.mix == pytest.approx(0.24)
    assert found.interval[0] < 0 < found.interval[1]


def _share(n: int, share: float) -> np.ndarray:
    return (np.arange(n) < round(n * share)).astype(float)


def test_the_interval_covers_no_difference_as_often_as_it_says() -> None:
    draws = np.random.default_rng(4)
    covered = []
    for _ in range(400):
        category = draws.integers(0, 3, 400)
        value = (draws.random(400) < np.array([0.2, 0.5, 0.8])[category]).astype(float)
        now = np.arange(400) < 120
        found = like_for_like(value, category, now, ~now)
        assert found is not None
        covered.append(found.interval[0] <= 0 <= found.interval[1])
    assert np.mean(covered) >= 0.92


def test_time_and_first_contact_are_compared_like_for_like() -> None:
    records = [
        incident(
            f"{name}{w}{i}",
            WEEK.shifted(-w).start_at + timedelta(hours=i),
            resolved_at=WEEK.shifted(-w).start_at + timedelta(hours=i + hours),
            state=IncidentState.RESOLVED,
            category=name,
            is_first_contact=name == "Access",
        )
        for w in range(10)
        for name, n, hours in (("Access", 12 if w == 0 else 4, 1), ("Software", 4, 9))
        for i in range(n)
    ]
    results = figures_of(measure_data(records), WEEK, lag_days=20)
    time = pick(results, "resolution_time_like_for_like")
    assert isinstance(time, Figure)
    assert time.value == pytest.approx(3)  # geometric mean of 1 and 9 at equal weights
    assert time.companions["as it was"] == pytest.approx(9 ** (4 / 16))
    assert time.companions["of it the mix"] == pytest.approx(9 ** (4 / 16) / 3)
    assert time.n == 16
    fcr = pick(results, "fcr_like_for_like")
    assert isinstance(fcr, Figure)
    assert fcr.value == pytest.approx(0.5)
    assert fcr.companions["as it was"] == pytest.approx(12 / 16)
    assert fcr.note == "Like for like, no difference to the weeks before is shown."
    bare = figures_of(measure_data([incident("A", at("05-12 10:00"))]), WEEK)
    assert isinstance(pick(bare, "fcr_like_for_like"), NotAvailable)
