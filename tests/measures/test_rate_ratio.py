"""The ratio of two rates against a comparison: by hand, against a second library, and by chance."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.measures.rate_ratio import MOST, THREE_LOOKS, Weekly, rate_ratio, scatter_of


def _weekly(members: list[list[int]], compared: list[list[int]]) -> Weekly:
    return Weekly(np.array(members, dtype=float), np.array(compared, dtype=float))


def test_a_fall_that_the_comparison_falls_with_is_no_effect() -> None:
    before = _weekly([[10] * 6], [[100] * 6])
    after = _weekly([[5] * 6], [[50] * 6])
    found = rate_ratio(before, after)
    assert found is not None
    assert found.ratio == pytest.approx(1.0, abs=1e-6)
    assert found.expected == pytest.approx(30.0, abs=1e-4)


def test_ratio_and_interval_by_hand() -> None:
    """60 of 600 before, 20 of 400 after: (20 / 400) / (60 / 600) = 0.5.

    The score at a ratio r solves the shares p0 and p1 = r p0 / (1 - p0 + r p0) that keep 80 members
    in all, and divides the members after beyond theirs by its standard error; at both ends of the
    interval that is 1.96 x 1.08 = 2.1168.
    """
    before, after = _weekly([[10] * 6], [[100] * 6]), _weekly([[5] * 4], [[100] * 4])
    found = rate_ratio(before, after)
    assert found is not None
    assert found.ratio == pytest.approx(0.5, abs=1e-6)
    for end, side in ((found.low, 1), (found.high, -1)):
        n0, n1 = 660.0, 420.0
        odds = np.roots([end * (n0 + n1 - 80), n0 + n1 * end - 80 * (1 + end), -80.0]).max()
        p0, p1 = odds / (1 + odds), end * odds / (1 + end * odds)
        v0, v1 = n0 * p0 * (1 - p0), n1 * p1 * (1 - p1)
        height = (20 - n1 * p1) / np.sqrt(v0 * v1 / (v0 + v1))
        assert height == pytest.approx(side * 2.1168, abs=1e-3)


def _regression(before: Weekly, after: Weekly) -> tuple[float, float]:
    """The same effect and its chi-square by statsmodels: a term for each week and stratum."""
    counts, columns = [], []
    n_strata = before.members.shape[0]
    for stratum in range(n_strata):
        weeks = [
            (part.members[stratum, week], part.compared[stratum, week], is_after, (stratum, week))
            for is_after, part in enumerate((before, after))
            for week in range(part.members.shape[1])
        ]
        for own, other, is_after, (_, week) in weeks:
            counts += [own, other]
            name = (stratum, is_after, week)
            columns += [(name, stratum, 1, is_after), (name, stratum, 0, 0)]
    cells = sorted({one[0] for one in columns})
    design = np.zeros((len(counts), len(cells) + n_strata + 1))
    for row, (name, stratum, is_own, is_after) in enumerate(columns):
        design[row, cells.index(name)] = 1
        design[row, len(cells) + stratum] = is_own
        design[row, -1] = is_own * is_after
    fit = sm.GLM(np.array(counts), design, family=sm.families.Poisson()).fit(tol=1e-12, maxiter=200)
    return float(np.exp(fit.params[-1])), float(fit.bse[-1])


@pytest.mark.parametrize("seed", range(6))
def test_the_ratio_is_that_of_a_poisson_regression_with_a_term_for_every_week(seed: int) -> None:
    rng = np.random.default_rng(seed)
    level = rng.uniform(2, 9, (2, 1))
    busy = rng.uniform(20, 60, (2, 14))
    members = rng.poisson(level * busy / 40).astype(float)
    compared = rng.poisson(busy).astype(float)
    before = Weekly(members[:, :9], compared[:, :9])
    after = Weekly(members[:, 9:], compared[:, 9:])
    found = rate_ratio(before, after)
    ratio, error = _regression(before, after)
    assert found is not None
    assert found.ratio == pytest.approx(ratio, rel=0.02 if found.scatter else 1e-5)
    if found.scatter == 0:
        wald = np.exp(2 * 1.96 * THREE_LOOKS * error)
        assert found.high / found.low == pytest.approx(wald, rel=0.15)


def test_the_dispersion_is_pearsons_of_the_regression() -> None:
    rng = np.random.default_rng(3)
    members = rng.poisson(6 * rng.gamma(4, 0.25, (1, 20))).astype(float)
    part = Weekly(members, rng.poisson(80, (1, 20)).astype(float))
    pairs = np.column_stack([part.members[0], part.compared[0]])
    fit = sm.GLM(pairs, np.ones((20, 1)), family=sm.families.Binomial()).fit()
    scatter, dispersion, p_poisson, freedom = scatter_of(part)
    assert dispersion == pytest.approx(fit.pearson_chi2 / 19, rel=1e-6)
    assert p_poisson == pytest.approx(stats.chi2.sf(fit.pearson_chi2, 19), rel=1e-6)
    assert freedom == 19
    assert scatter > 0


def test_weeks_that_scatter_make_the_interval_wider() -> None:
    calm = _weekly([[6] * 12], [[100] * 12])
    wild = _weekly([[0, 12] * 6], [[100] * 12])
    after = _weekly([[3] * 6], [[100] * 6])
    narrow, wide = rate_ratio(calm, after), rate_ratio(wild, after)
    assert narrow is not None
    assert wide is not None
    assert wide.ratio == pytest.approx(narrow.ratio, rel=1e-6)
    assert wide.low < narrow.low
    assert wide.high > 1.5 * narrow.high
    assert wide.p_poisson < 0.001 < narrow.p_poisson


def test_none_after_has_an_upper_end_and_none_before_has_no_bound() -> None:
    some, none = _weekly([[4] * 8], [[50] * 8]), _weekly([[0] * 8], [[50] * 8])
    gone, came = rate_ratio(some, none), rate_ratio(none, some)
    assert gone is not None
    assert came is not None
    assert (gone.ratio, gone.low) == (0.0, 0.0)
    assert 0 < gone.high < 0.3
    assert (came.ratio, came.high) == (MOST, MOST)
    assert came.low > 3


def test_nothing_to_compare_with_is_no_ratio() -> None:
    assert rate_ratio(_weekly([[4, 4]], [[0, 0]]), _weekly([[1, 1]], [[5, 5]])) is None
    assert rate_ratio(_weekly([[0, 0]], [[5, 5]]), _weekly([[0, 0]], [[5, 5]])) is None


_counts = st.lists(st.integers(0, 30), min_size=3, max_size=3)


@given(_counts, _counts, st.integers(1, 4))
def test_the_interval_holds_the_ratio_and_turns_with_it(
    old: list[int], new: list[int], times: int
) -> None:
    before, after = _weekly([old], [[40 * times] * 3]), _weekly([new], [[40] * 3])
    there, back = rate_ratio(before, after), rate_ratio(after, before)
    if there is None or back is None:
        assert sum(old) + sum(new) == 0
        return
    assert there.low <= there.ratio <= there.high
    if sum(old) and sum(new):
        assert there.ratio * back.ratio == pytest.approx(1.0, rel=1e-4)
        assert there.low * back.high == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(("mean", "scatter"), [(3.0, 0.0), (3.0, 0.2), (0.8, 0.0), (12.0, 0.1)])
def test_intervals_of_nothing_hold_1_as_often_as_they_say(mean: float, scatter: float) -> None:
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(300):
        luck = rng.gamma(1 / scatter, scatter, 32) if scatter else np.ones(32)
        members = rng.poisson(mean * luck)[None, :].astype(float)
        compared = rng.poisson(60, (1, 32)).astype(float)
        part = Weekly(members, compared)
        found = rate_ratio(
            Weekly(part.members[:, :20], part.compared[:, :20]),
            Weekly(part.members[:, 20:], part.compared[:, 20:]),
        )
        hits += found is not None and found.low <= 1 <= found.high
    assert 0.92 <= hits / 300 <= 0.995


@pytest.mark.parametrize(("memory", "least"), [(0.3, 0.9), (0.6, 0.8)])
def test_weeks_that_hang_together_cost_some_of_the_coverage(memory: float, least: float) -> None:
    """Log rates with a standard deviation of 0.4 that remember a part of the week before."""
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(300):
        luck = np.zeros(42)
        for week in range(42):
            before = luck[week - 1] if week else rng.normal()
            luck[week] = memory * before + np.sqrt(1 - memory**2) * rng.normal()
        members = rng.poisson(5 * np.exp(0.4 * luck - 0.08))[None, :].astype(float)
        compared = rng.poisson(80, (1, 42)).astype(float)
        found = rate_ratio(
            Weekly(members[:, :30], compared[:, :30]), Weekly(members[:, 30:], compared[:, 30:])
        )
        hits += found is not None and found.low <= 1 <= found.high
    assert least <= hits / 300 <= 0.99
