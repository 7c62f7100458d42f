"""Whether a rate that had fallen has come back, and how soon that would be seen."""

import math

import numpy as np
import pytest

from reports.measures.proof_return import LIKELIER, Watch, likelier, watch_text, week_of_return
from reports.measures.rate_ratio import Weekly


def _weeks(members: list[int], compared: int = 60) -> Weekly:
    return Weekly(np.array([members], float), np.full((1, len(members)), float(compared)))


BEFORE = _weeks([8, 9, 7, 8, 10, 6, 8, 8, 9, 7, 8, 8])


def test_the_week_it_came_back_in_is_found() -> None:
    after = _weeks([2, 1, 2, 2, 1, 2, 2, 2, 1, 8, 9, 8])
    assert week_of_return(BEFORE, after, 4) == 9


def test_what_holds_has_not_come_back() -> None:
    assert week_of_return(BEFORE, _weeks([2, 1, 2, 2, 1, 2, 2, 2, 3, 2, 4, 1]), 4) is None


def test_what_never_fell_cannot_come_back() -> None:
    after = _weeks([8, 9, 8, 8, 9, 8, 8, 9, 8, 12, 13, 12])
    assert likelier(BEFORE, after, 9) == 0.0
    assert week_of_return(BEFORE, after, 4) is None


def test_a_busy_service_is_no_return() -> None:
    """Four times as many members, and four times as many of everything else."""
    members = [2, 1, 2, 2, 1, 2, 2, 2, 1, 8, 8, 8]
    compared = np.array([[60.0] * 9 + [240.0] * 3])
    after = Weekly(np.array([members], float), compared)
    assert week_of_return(BEFORE, after, 4) is None


def test_it_is_told_by_the_likelihood_of_the_two_stories() -> None:
    """One stratum: against the binomials written out, at the rates that were estimated."""
    after = _weeks([2, 1, 2, 2, 1, 2, 2, 2, 1, 8, 9, 8])
    held = 96 / 720
    ratio = (15 + 0.5) / (540 * held + 0.5)
    n = 25 + 180

    def story(odds: float) -> float:
        share = odds / (1 + odds)
        return 25 * math.log(share) + (n - 25) * math.log(1 - share)

    assert likelier(BEFORE, after, 9) == pytest.approx(story(held) - story(held * ratio))


def test_weeks_that_scatter_tell_less() -> None:
    calm = likelier(BEFORE, _weeks([2] * 9 + [8, 8, 8]), 9)
    wild = _weeks([2, 20, 1, 9, 16, 0, 8, 18, 0, 1, 2, 9])
    assert likelier(wild, _weeks([0, 6, 0, 2, 5, 0, 2, 0, 3, 16, 0, 8]), 9) < calm / 3


def test_a_service_that_has_nothing_to_compare_with_is_left_out() -> None:
    after = _weeks([2] * 9 + [8, 8, 8])
    both, later = (
        Weekly(np.vstack([one.members] * 2), np.vstack([one.compared, 0 * one.compared]))
        for one in (BEFORE, after)
    )
    assert likelier(both, later, 9) == pytest.approx(likelier(BEFORE, after, 9))


@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("weekly", [3.0, 8.0])
def test_what_is_told_of_how_soon_is_kept_four_times_in_five(weekly: float, ratio: float) -> None:
    watch = Watch(weekly=weekly, ratio=ratio, dispersion=1.0, n_before=40, n_since=12)
    n_weeks = watch.weeks_to_see()
    if n_weeks is None:
        assert ratio == 0.5
        return
    rng = np.random.default_rng(7)
    rates = np.r_[np.full(12, weekly * ratio), np.full(n_weeks, weekly)]
    seen = 0
    for _ in range(120):
        before, after = (_drawn(rng, of) for of in (np.full(40, weekly), rates))
        seen += week_of_return(before, after, 12) is not None
    assert seen / 120 >= 0.74, "four times in five, less what 120 draws may miss by"


def _drawn(rng: np.random.Generator, rates: np.ndarray) -> Weekly:
    """Weeks with members at these rates, beside 60 comparable incidents each."""
    members, compared = rng.poisson(rates), rng.poisson(60, len(rates))
    return Weekly(members[None].astype(np.float64), compared[None].astype(np.float64))


def test_more_incidents_and_a_greater_benefit_are_missed_sooner() -> None:
    few = Watch(weekly=2.0, ratio=0.3, dispersion=1.0, n_before=40, n_since=12)
    many = Watch(weekly=8.0, ratio=0.3, dispersion=1.0, n_before=40, n_since=12)
    strong = Watch(weekly=2.0, ratio=0.1, dispersion=1.0, n_before=40, n_since=12)
    soon, sooner, strongest = (one.weeks_to_see() for one in (few, many, strong))
    assert soon is not None and sooner is not None and strongest is not None
    assert sooner < soon and strongest < soon
    half = many.weeks_to_see(0.5)
    assert half is None or half > sooner


def test_it_is_said_in_plain_words() -> None:
    many = Watch(weekly=9.0, ratio=0.2, dispersion=1.0, n_before=40, n_since=12)
    assert watch_text(many).startswith("Should all of it come back, that is seen after ")
    none = Watch(weekly=0.2, ratio=0.6, dispersion=1.0, n_before=40, n_since=4)
    assert "not be seen within half a year" in watch_text(none)
    assert LIKELIER > 20
