"""Improvements planted on repeat incidents, in a world that falls and has seasons by itself.

An estate that asks for them holds 70 entries with a known effect or none, and 200 causes that
nothing was done about, of which the 30 that had just peaked were chosen for an entry as well.
Rates follow the trend and the season of the service, weeks have good and bad luck that all
incidents of a service share, and causes scatter by themselves. Weeks are seven days from the start
of the estate, and what goes live or returns does so at the start of one.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np

from simulator.draws import Floats, Ints
from simulator.settings import EstateSettings

MEMBER_SHARE = 0.6
N_SERVICES = 12
"""All incidents are on so few services, so that each has something to compare with."""
SELECTION_WEEKS = 4
"""So many weeks up to the raising of an entry made somebody choose what had just peaked."""
MIN_WEEKS = 65
"""Weeks that hold a baseline, the raising, and 180 days after going live."""
_N_STABLE = 200
_WEEKS_PER_YEAR = 52.18
_RETURNING = 6.0
"""Causes that come back strike at least so often a week before: what hardly comes is not missed."""


class Kind(IntEnum):
    """What is true about an improvement."""

    WORKS = 0
    NULL = 1
    REGRESSES = 2
    PEAKED = 3
    NONE = 4


_PLANTED = {Kind.WORKS: 30, Kind.NULL: 30, Kind.REGRESSES: 10}
N_PEAKED = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvements:
    """What is planted; every array but `noise` has one row per cause.

    Attributes:
        kind: of `Kind`; `Kind.NONE` is no entry.
        service: index of the service it strikes.
        ratio: the true ratio while the improvement holds; 1 where it does nothing.
        raised_week: when the entry was raised; -1 for none.
        live_week: when it went live.
        returns_week: when it stopped to hold; -1 for never.
        counts: shape (n_causes, n_weeks), members by week.
        noise: shape (n_services, n_weeks), incidents without a cause.
    """

    kind: Ints
    service: Ints
    ratio: Floats
    raised_week: Ints
    live_week: Ints
    returns_week: Ints
    counts: Ints
    noise: Ints
    usual: Floats
    """Shape as `counts`: members to be expected where nothing is done."""

    @property
    def entries(self) -> Ints:
        """The causes that have an entry."""
        return np.flatnonzero(self.kind != Kind.NONE)

    @property
    def member_weeks(self) -> Ints:
        """The week of each member, cause by cause."""
        return _week_of_each(self.counts)

    @property
    def noise_weeks(self) -> tuple[Ints, Ints]:
        """The service and the week of each incident without a cause."""
        return np.repeat(np.arange(N_SERVICES), self.noise.sum(1)), _week_of_each(self.noise)


@lru_cache(maxsize=4)
def plan_improvements(settings: EstateSettings) -> Improvements:
    """What is planted in an estate; the same settings give the same."""
    if settings.story:
        from simulator.story import plan_story  # it is made of what is here

        return plan_story(settings)
    rng = settings.generator("improvements")
    kind = np.repeat([*_PLANTED, Kind.NONE], [*_PLANTED.values(), _N_STABLE]).astype(np.int64)
    n, n_weeks = len(kind), settings.n_weeks
    service = rng.integers(0, N_SERVICES, n)
    world = _world(rng, N_SERVICES, n_weeks)
    level = rng.lognormal(0.0, 0.8, n)
    level *= MEMBER_SHARE * settings.n_incidents / n_weeks / level.sum()
    level = np.where(kind == Kind.REGRESSES, np.maximum(level, _RETURNING), level)
    raised = rng.integers(22, 31, n)
    live = raised + rng.integers(2, 9, n)
    returns = np.where(kind == Kind.REGRESSES, live + rng.integers(5, 22, n), -1)
    ratio = np.ones(n)
    ratio[kind == Kind.WORKS] = 1 - rng.permutation(np.linspace(0.2, 0.9, _PLANTED[Kind.WORKS]))
    ratio[kind == Kind.REGRESSES] = 1 - rng.uniform(0.5, 0.9, _PLANTED[Kind.REGRESSES])
    week = np.arange(n_weeks)
    holds = (week >= live[:, None]) & ((returns < 0)[:, None] | (week < returns[:, None]))
    mean = level[:, None] * world[service] * np.where(holds, ratio[:, None], 1.0)
    spread = np.where(rng.random(n) < 0.4, 0.0, rng.uniform(0.02, 0.3, n))
    counts = rng.poisson(mean * _luck(rng, spread, n_weeks))
    n_noise = max(settings.n_incidents - int(counts.sum()), 0)
    weight = (world * rng.lognormal(0.0, 0.3, N_SERVICES)[:, None]).ravel()
    noise = rng.multinomial(n_noise, weight / weight.sum()).reshape(N_SERVICES, n_weeks)
    kind[_peaked(kind, counts, level[:, None] * world[service], raised)] = Kind.PEAKED
    has_entry = kind != Kind.NONE
    return Improvements(
        kind=kind,
        service=service,
        ratio=ratio,
        raised_week=np.where(has_entry, raised, -1),
        live_week=np.where(has_entry, live, -1),
        returns_week=returns,
        counts=counts,
        noise=noise,
        usual=level[:, None] * world[service],
    )


def _week_of_each(counts: Ints) -> Ints:
    n, n_weeks = counts.shape
    return np.repeat(np.tile(np.arange(n_weeks), n), counts.ravel())


def _world(rng: np.random.Generator, n_services: int, n_weeks: int) -> Floats:
    """How busy each service is in each week, about 1: a falling trend, a season, common luck."""
    week = np.arange(n_weeks)[None, :]
    slope = rng.normal(-0.3, 0.1, n_services)[:, None] / _WEEKS_PER_YEAR
    height = rng.uniform(0.1, 0.4, n_services)[:, None]
    phase = rng.uniform(0.0, 2 * np.pi, n_services)[:, None]
    season = height * np.sin(2 * np.pi * week / _WEEKS_PER_YEAR + phase)
    luck = rng.normal(0.0, 0.08, (n_services, n_weeks))
    busy = np.exp(slope * (week - n_weeks / 2) + season + luck)
    return np.asarray(busy / busy.mean(), dtype=np.float64)


def _luck(rng: np.random.Generator, spread: Floats, n_weeks: int) -> Floats:
    """What the weeks of a cause scatter by beyond chance: gamma with mean 1 and this variance."""
    shape = 1.0 / np.maximum(spread, 1e-6)[:, None]
    drawn = rng.gamma(shape, 1.0 / shape, (len(spread), n_weeks))
    return np.where(spread[:, None] > 0, drawn, 1.0)


def _peaked(kind: Ints, counts: Ints, mean: Floats, raised: Ints) -> Ints:
    """Of the causes that nothing was done about, those that stood out most when raised."""
    week = np.arange(counts.shape[1])
    seen = (week < raised[:, None]) & (week >= (raised - SELECTION_WEEKS)[:, None])
    n, expected = (np.where(seen, one, 0).sum(1) for one in (counts, mean))
    height = np.where(kind == Kind.NONE, (n - expected) / np.sqrt(expected), -np.inf)
    return np.argsort(-height, kind="stable")[:N_PEAKED]
