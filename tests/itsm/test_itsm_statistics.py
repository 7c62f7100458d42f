"""Intervals against closed forms and tables; every control rule with a row that trips it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.errors import MeasureError
from itsm.statistics import (
    Limits,
    SpecialCause,
    poisson_rate_interval,
    special_causes,
    wilson_interval,
    xmr_limits,
)

LIMITS = Limits(lower=-3.0, centre=0.0, upper=3.0)
CALM = [0.5, -0.5, 0.4, -0.4, 0.5, -0.5, 0.4, -0.4]


@given(st.integers(1, 5000), st.data())
def test_wilson_equals_its_closed_form(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    z, share = 1.959963984540054, successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = wilson_interval(successes, n)
    assert low == pytest.approx(max(centre - half, 0.0), abs=1e-9)
    assert high == pytest.approx(min(centre + half, 1.0), abs=1e-9)
    assert 0.0 <= low <= share <= high <= 1.0


def test_wilson_of_a_published_example() -> None:
    # Newcombe 1998, table I: 81 of 263 and 15 of 148.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_a_share_of_nothing_has_no_interval() -> None:
    with pytest.raises(MeasureError):
        wilson_interval(0, 0)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    # Exact 95 % limits of a Poisson count, as tabulated since Garwood 1936.
    [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (2, 0.2422, 7.2247), (5, 1.6235, 11.6683),
     (10, 4.7954, 18.3904), (20, 12.2165, 30.8884), (50, 37.1110, 65.9188)],
)  # fmt: skip
def test_poisson_limits_equal_the_table(events: int, low: float, high: float) -> None:
    assert poisson_rate_interval(events, 1.0) == pytest.approx((low, high), abs=1e-4)
    assert poisson_rate_interval(events, 4.0) == pytest.approx((low / 4, high / 4), abs=1e-4)


@pytest.mark.parametrize("exposure", [0.0, -1.0])
def test_a_rate_needs_an_exposure(exposure: float) -> None:
    with pytest.raises(MeasureError):
        poisson_rate_interval(3, exposure)


def test_limits_by_hand() -> None:
    values = np.array([10, 12, 11, 13, 12, 10, 11, 12, 13, 11], dtype=float)
    # Moving ranges 2 1 2 1 2 1 1 1 2, mean 13/9; mean 11.5.
    limits = xmr_limits(values)
    assert limits.centre == 11.5
    assert limits.upper == pytest.approx(11.5 + 2.66 * 13 / 9)
    assert limits.lower == pytest.approx(11.5 - 2.66 * 13 / 9)


def test_nine_weeks_are_too_few() -> None:
    with pytest.raises(MeasureError, match="9 of at least 10"):
        xmr_limits(np.arange(9.0))
    xmr_limits(np.arange(10.0))


@pytest.mark.parametrize(
    ("cause", "trips", "passes"),
    [
        (SpecialCause.OUTSIDE, [*CALM, 3.1], [*CALM, 3.0]),
        (SpecialCause.OUTSIDE, [*CALM, -3.1], [*CALM, -3.0]),
        (
            SpecialCause.RUN,
            [-0.5, 0.5, 0.4, 0.6, 0.3, 0.5, 0.4, 0.3],
            [0.5, -0.5, 0.4, 0.6, 0.3, 0.5, 0.4, 0.3],
        ),
        (
            SpecialCause.RUN,
            [0.5, -0.5, -0.4, -0.6, -0.3, -0.5, -0.4, -0.3],
            [0.5, -0.5, -0.4, -0.6, 0.0, -0.5, -0.4, -0.3],
        ),
        (
            SpecialCause.TREND,
            [0.9, -0.9, -0.6, -0.3, 0.1, 0.4, 0.7],
            [0.9, -0.9, -0.6, -0.6, 0.1, 0.4, 0.7],
        ),
        (
            SpecialCause.TREND,
            [-0.9, 0.9, 0.6, 0.3, -0.1, -0.4, -0.7],
            [-0.9, 0.5, 0.6, 0.3, -0.1, -0.4, -0.7],
        ),
        (SpecialCause.OUTER_THIRD, [*CALM, 2.1, 0.0, 2.1], [*CALM, 2.1, 0.0, 2.0]),
        (SpecialCause.OUTER_THIRD, [*CALM, -2.1, -2.1], [*CALM, -2.1, 2.1]),
    ],
    ids=lambda value: value.name if isinstance(value, SpecialCause) else "",
)
def test_each_rule_is_tripped_by_its_row_alone(
    cause: SpecialCause, trips: list[float], passes: list[float]
) -> None:
    assert special_causes(np.array(trips), LIMITS) == (cause,)
    assert special_causes(np.array(passes), LIMITS) == ()


def test_only_the_newest_week_is_judged() -> None:
    assert special_causes(np.array([9.0, *CALM]), LIMITS) == ()
    assert special_causes(np.array([*CALM, 2.1, 2.1, 0.1]), LIMITS) == ()


def test_several_rules_may_be_tripped_at_once() -> None:
    rising = np.array([0.1, 0.5, 0.9, 1.3, 1.7, 2.5, 3.5])
    assert special_causes(rising, LIMITS) == tuple(SpecialCause)


def test_a_series_that_never_varies_gives_no_signal() -> None:
    flat = np.full(12, 4.0)
    assert special_causes(flat, xmr_limits(flat)) == ()


@pytest.mark.parametrize(
    ("before", "is_signal"),
    [
        ([0, 0, 1, 0, 2, 0, 0, 1], False),
        ([0, 0, 2, 0, 0, 0], False),
        ([3, 0, 4, 0, 5, 0, 3], True),
        ([3, 4, 5, 4, 3], True),
    ],
)
def test_a_run_of_zeros_is_a_signal_only_where_zeros_were_rare(
    before: list[int], is_signal: bool
) -> None:
    series = np.array([*before, *[0] * 7], dtype=np.float64)
    assert (SpecialCause.RUN in special_causes(series, xmr_limits(series))) == is_signal


@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=26), st.floats(0.5, 100.0))
def test_a_change_of_unit_changes_no_signal(values: list[float], factor: float) -> None:
    # Small integers times a power of two: the arithmetic is exact, so ties stay ties.
    series = np.round(np.array(values) / 1e4)
    scaled = series * 2.0 ** round(math.log2(factor))
    assert special_causes(series, xmr_limits(series)) == special_causes(scaled, xmr_limits(scaled))
