"""An estate for a story of half a year: a few strong causes, each with an end of its own.

A year of records, of which the last 26 weeks are the story. Two improvements work, one of them
early; one promises and does nothing; two work and come back after six weeks, the second so late
that only the last week shows it; one works a little; one goes live late. What nothing is done about
is there for the other decisions of a reviewer.
"""

from dataclasses import dataclass

import numpy as np

from simulator.draws import Floats, Ints
from simulator.improvements import N_SERVICES, Improvements, Kind
from simulator.settings import EstateSettings

STORY_WEEKS = 26
N_WEEKS = 52
"""A story needs its weeks, and as many before them for baselines."""
N_INCIDENTS = 2_800


@dataclass(frozen=True, slots=True)
class Planted:
    """A cause of the story: how often it strikes a week, and what becomes of it in which week.

    Weeks are counted from the first week of the story; `returns` is when it stops to hold.
    """

    kind: Kind
    level: float
    ratio: float = 1.0
    raised: int = -1
    live: int = -1
    returns: int = -1


PLANTED = (
    Planted(Kind.WORKS, 5.0, 0.1, 1, 4),
    Planted(Kind.REGRESSES, 6.0, 0.05, 1, 4, 10),
    Planted(Kind.NULL, 4.5, 1.0, 2, 6),
    Planted(Kind.WORKS, 4.0, 0.2, 3, 7),
    Planted(Kind.WORKS, 2.0, 0.6, 4, 9),
    Planted(Kind.WORKS, 3.5, 0.25, 8, 15),
    *(Planted(Kind.NONE, level) for level in (3.0, 2.5, 2.0, 1.6, 1.2, 1.0, 0.8)),
    *(Planted(Kind.NONE, 0.5) for _ in range(9)),
    Planted(Kind.REGRESSES, 5.0, 0.05, 10, 13, 19),
)
LATE = len(PLANTED) - 1
"""The place of the cause that is back in the last week."""
WAITS = 6
"""The place of the cause whose improvement is approved, and waits for money."""
UNKNOWN = (*range(WAITS + 1), LATE)
"""The places of the causes that no problem was opened for: the story is to open them."""


def plan_story(settings: EstateSettings) -> Improvements:
    """What is planted in the estate of a story; the same settings give the same."""
    rng = settings.generator("story")
    kind = np.array([int(one.kind) for one in PLANTED], dtype=np.int64)
    level = np.array([one.level for one in PLANTED])
    ratio = np.array([one.ratio for one in PLANTED])
    live, returns, raised = (
        _from_start(settings, [getattr(one, name) for one in PLANTED])
        for name in ("live", "returns", "raised")
    )
    week = np.arange(settings.n_weeks)
    holds = (live[:, None] >= 0) & (week >= live[:, None])
    holds &= (returns[:, None] < 0) | (week < returns[:, None])
    service = np.arange(len(PLANTED)) % N_SERVICES
    usual = level[:, None] * _busy(rng, settings.n_weeks)[service]
    counts = rng.poisson(usual * np.where(holds, ratio[:, None], 1.0))
    n_noise = max(settings.n_incidents - int(counts.sum()), 0)
    weight = np.ones(N_SERVICES * settings.n_weeks) / (N_SERVICES * settings.n_weeks)
    return Improvements(
        kind=kind,
        service=service,
        ratio=ratio,
        raised_week=raised,
        live_week=live,
        returns_week=returns,
        counts=counts,
        noise=rng.multinomial(n_noise, weight).reshape(N_SERVICES, settings.n_weeks),
        usual=usual,
    )


def _from_start(settings: EstateSettings, weeks: list[int]) -> Ints:
    """Weeks of the story as weeks of the estate."""
    told = np.array(weeks, dtype=np.int64)
    return np.where(told < 0, -1, told + settings.n_weeks - STORY_WEEKS)


def _busy(rng: np.random.Generator, n_weeks: int) -> Floats:
    """How busy each service is in each week, about 1: a slow fall, and luck that it shares."""
    fall = np.exp(-0.15 * np.arange(n_weeks) / 52)[None, :]
    luck = np.exp(rng.normal(0.0, 0.06, (N_SERVICES, n_weeks)))
    busy = fall * luck
    return np.asarray(busy / busy.mean(), dtype=np.float64)
