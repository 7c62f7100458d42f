"""The estate of the story: what is planted is in its records, in the weeks it is told of."""

import numpy as np
import pytest

from itsm.errors import ConfigError
from simulator.ground_truth import build_entries
from simulator.improvements import Kind, plan_improvements
from simulator.plan import build_plan
from simulator.settings import EstateSettings
from simulator.story import N_INCIDENTS, N_WEEKS, PLANTED, STORY_WEEKS, UNKNOWN

SETTINGS = EstateSettings(
    n_incidents=N_INCIDENTS, n_weeks=N_WEEKS, seed=1, improvements=True, story=True
)
WEEK_S = 7 * 86_400


def test_every_incident_is_one_that_was_planted() -> None:
    plan, planted = build_plan(SETTINGS), plan_improvements(SETTINGS)
    week = (plan.opened_s - SETTINGS.start_s) // WEEK_S
    is_member = plan.cause >= 0
    counts = np.zeros_like(planted.counts)
    np.add.at(counts, (plan.cause[is_member], week[is_member]), 1)
    assert (counts == planted.counts).all()
    assert len(plan.cause) == SETTINGS.n_incidents


def test_improvements_go_live_within_the_story_and_change_what_they_say() -> None:
    planted = plan_improvements(SETTINGS)
    start = N_WEEKS - STORY_WEEKS
    for place, one in enumerate(PLANTED):
        if one.kind not in {Kind.WORKS, Kind.REGRESSES}:
            continue
        live = start + one.live
        until = start + one.returns if one.returns >= 0 else N_WEEKS
        for weeks, ratio in (
            (slice(0, live), 1.0),
            (slice(live, until), one.ratio),
            (slice(until, N_WEEKS), 1.0),
        ):
            expected = planted.usual[place, weeks].sum() * ratio
            found = planted.counts[place, weeks].sum()
            assert abs(found - expected) <= 4 * np.sqrt(expected) + 1, (one, weeks)


def test_every_kind_of_ending_is_there() -> None:
    kinds = {entry.kind for entry in build_entries(build_plan(SETTINGS))}
    assert kinds == {"works", "null", "regresses"}


def test_another_seed_is_another_estate_and_the_same_seed_the_same() -> None:
    other = EstateSettings(
        n_incidents=N_INCIDENTS, n_weeks=N_WEEKS, seed=2, improvements=True, story=True
    )
    counts = [plan_improvements(one).counts for one in (SETTINGS, other, SETTINGS)]
    assert (counts[0] == counts[2]).all()
    assert not (counts[0] == counts[1]).all()


def test_a_story_that_is_too_short_is_refused() -> None:
    with pytest.raises(ConfigError, match="52"):
        EstateSettings(n_incidents=N_INCIDENTS, n_weeks=20, improvements=True, story=True)
    with pytest.raises(ConfigError, match="improvements"):
        EstateSettings(n_incidents=N_INCIDENTS, n_weeks=52, story=True)


def test_no_problem_is_there_before_the_story_opens_one() -> None:
    plan = build_plan(SETTINGS)
    assert (plan.problem_index[[*UNKNOWN]] == -1).all()
    assert (plan.problem_index >= 0).any(), "others are known already"
