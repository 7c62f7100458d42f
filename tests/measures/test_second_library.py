"""Our intervals and tests against statsmodels, which shares no code with them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson, test_poisson_2indep
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from itsm.statistics import poisson_rate_interval, wilson_interval
from reports.measures.attribution import PRIOR, rate_test
from reports.measures.mix import like_for_like


@given(st.integers(0, 300), st.integers(1, 300))
def test_shares_have_the_same_wilson_interval(hits: int, misses: int) -> None:
    low, high = proportion_confint(hits, hits + misses, method="wilson")
    assert wilson_interval(hits, hits + misses) == pytest.approx((low, high), abs=1e-12)


@given(st.integers(1, 300), st.floats(0.1, 1000))
def test_rates_have_the_same_exact_interval(events: int, exposure: float) -> None:
    low, high = confint_poisson(events, exposure, method="exact-c")
    assert poisson_rate_interval(events, exposure) == pytest.approx((low, high), rel=1e-9)


@pytest.mark.parametrize(("n", "total", "share"), [(4, 12, 0.02), (9, 30, 0.05), (1, 40, 0.03)])
def test_the_rate_test_is_the_conditional_one_with_mid_p(n: int, total: int, share: float) -> None:
    everywhere = round(share * 100_000) + n
    _, tests = rate_test(
        np.array([float(n)]), np.array([float(total)]), np.array([float(everywhere)]),
        100_000 + total, share,
    )  # fmt: skip
    weight = (everywhere - n + PRIOR * share) / (100_000 + PRIOR)
    other = test_poisson_2indep(
        n, weight, total - n, 1 - weight, method="cond-midp", alternative="larger"
    )
    assert tests.p[0] == pytest.approx(other.pvalue, rel=1e-6)


def test_like_for_like_of_one_category_is_a_comparison_of_two_means() -> None:
    draws = np.random.default_rng(9)
    value, now = draws.normal(5, 2, 400), np.arange(400) < 150
    found = like_for_like(value, np.zeros(400, dtype=np.intp), now, ~now)
    assert found is not None
    means = CompareMeans(DescrStatsW(value[now]), DescrStatsW(value[~now]))
    low, high = means.zconfint_diff(usevar="unequal")
    assert found.interval == pytest.approx((low, high), rel=1e-9)
    assert found.mix == pytest.approx(0, abs=1e-12)


test_poisson_2indep.__test__ = False  # a function of statsmodels, and no test of ours
