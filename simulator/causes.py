"""The planted root causes: how big, what it looks like, where it strikes, and when."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from simulator.draws import Draws, Floats, Ints
from simulator.improvements import Kind, plan_improvements
from simulator.phrases import CONDITIONS, FAMILIES, OBJECTS
from simulator.reference import CATEGORIES, Reference
from simulator.settings import EstateSettings

N_PARAMETERS = 8
N_CODES = 400
N_CHECKS = 12
NOISE_SHARE = 0.6
_DAY = 86_400


class Pattern(IntEnum):
    """When a cause strikes."""

    STEADY = 0
    BURST = 1
    MONDAYS = 2
    MONTH_END = 3
    AFTER_CHANGE = 4
    IMPROVED = 5
    NOT_IMPROVED = 6
    REGRESSED = 7


IMPROVEMENTS = (Pattern.IMPROVED, Pattern.NOT_IMPROVED, Pattern.REGRESSED)


_PLANTED_AS = np.array(
    [
        {
            Kind.WORKS: Pattern.IMPROVED,
            Kind.REGRESSES: Pattern.REGRESSED,
            Kind.NONE: Pattern.STEADY,
        }.get(kind, Pattern.NOT_IMPROVED)
        for kind in Kind
    ],
    dtype=np.int64,
)


class Origin(IntEnum):
    """Who reports: people, monitoring, or both."""

    PEOPLE = 0
    MACHINE = 1
    BOTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """The root causes; every array has one value per cause."""

    size: Ints
    origin: Ints
    family: Ints
    object: Ints
    condition: Ints
    parameter: Ints
    check: Ints
    code: Ints
    service: Ints
    ci: Ints
    """Shape (n_causes, 3): the items it strikes; a cause of one item names it three times."""
    team: Ints
    category: Ints
    subcategory: Ints
    pattern: Ints
    starts_s: Ints
    goes_live_s: Ints
    returns_s: Ints
    has_problem: Ints
    vendor_share: Floats

    @property
    def n(self) -> int:
        """How many causes there are."""
        return len(self.size)


def build_causes(settings: EstateSettings, reference: Reference) -> Causes:
    """The causes of an estate."""
    planted = plan_improvements(settings) if settings.improvements else None
    size = _sizes(settings) if planted is None else planted.counts.sum(1)
    n = len(size)
    draws = Draws(settings.seed, "causes", np.arange(n))
    service = _services(draws, reference) if planted is None else planted.service
    pattern = _patterns(draws, size) if planted is None else _PLANTED_AS[planted.kind]
    starts, live, returns = _dates(settings, draws, pattern)
    if planted is not None:
        live = _week_start(settings, planted.live_week)
        returns = _week_start(settings, planted.returns_week)
    return Causes(
        size=size,
        origin=draws.choice("origin", (0.62, 0.28, 0.1)),
        family=draws.below("family", len(FAMILIES)),
        object=draws.below("object", len(OBJECTS)),
        condition=draws.below("condition", len(CONDITIONS)),
        parameter=draws.below("parameter", N_PARAMETERS),
        check=draws.below("check", N_CHECKS),
        code=draws.below("code", N_CODES),
        service=service,
        ci=_items(draws, reference, service),
        team=np.where(
            draws.chance("own team", 0.2),
            _any_team(draws, reference),
            reference.service_team[service],
        ),
        category=draws.below("category", len(CATEGORIES)),
        subcategory=draws.below("subcategory", len(CATEGORIES[0][1])),
        pattern=pattern,
        starts_s=starts,
        goes_live_s=live,
        returns_s=returns,
        has_problem=_has_problem(draws, size),
        vendor_share=np.where(
            reference.service_vendor[service] >= 0, draws.uniform("vendor") ** 2 * 0.7, 0.0
        ),
    )


def _services(draws: Draws, reference: Reference) -> Ints:
    return draws.below("service", len(reference.services))


def _items(draws: Draws, reference: Reference, service: Ints) -> Ints:
    """Shape (n, 3): the items of its service that each cause strikes."""
    first, last = reference.ci_first[service], reference.ci_first[service + 1]
    base = first + draws.below("ci", np.maximum(last - first, 1))
    n_items = 1 + draws.choice("items", (0.6, 0.25, 0.15))
    return np.stack(
        [_next_item(base, first, last, np.minimum(k, n_items - 1)) for k in range(3)], 1
    )


def _has_problem(draws: Draws, size: Ints) -> Ints:
    share = np.where(size >= 8, 0.4, np.where(size > 0, 0.12, 0.0))
    return (draws.uniform("problem") < share).astype(np.int64)


def _week_start(settings: EstateSettings, week: Ints) -> Ints:
    return np.where(week >= 0, settings.start_s + week * 7 * _DAY, -1)


def member_times(settings: EstateSettings, causes: Causes, cause: Ints, change_s: Ints) -> Ints:
    """When members of causes are opened.

    Args:
        settings: of the estate.
        causes: of the estate.
        cause: shape (n,), the cause of each member, in blocks.
        change_s: shape (n_causes,), when the change behind a cause was implemented; -1 for none.

    Returns:
        Shape (n,), seconds since 1970.
    """
    draws = Draws(settings.seed, "member times", np.arange(len(cause)))
    low, high = settings.start_s, settings.end_s
    u = draws.uniform("u")
    pattern, start = causes.pattern[cause], causes.starts_s[cause]
    live, returns = causes.goes_live_s[cause], causes.returns_s[cause]
    times = low + u * (high - low)
    times = np.where(pattern == Pattern.BURST, start + draws.lognormal("b", 1.2, 0.9) * _DAY, times)
    week = low + (times - low) // (7 * _DAY) * 7 * _DAY
    times = np.where(pattern == Pattern.MONDAYS, week + draws.uniform("d") * _DAY, times)
    month_end = _month_end(times.astype(np.int64)) + (draws.uniform("e") - 0.7) * 3 * _DAY
    times = np.where(pattern == Pattern.MONTH_END, month_end, times)
    lag = draws.lognormal("lag", 0.9, 0.9) * _DAY
    times = np.where(pattern == Pattern.AFTER_CHANGE, change_s[cause] + lag, times)
    before = low + u * (live - low)
    improved = (pattern == Pattern.IMPROVED) & ~draws.chance("still", 0.05)
    times = np.where(improved, before, times)
    gone = (pattern == Pattern.REGRESSED) & (times >= live) & (times < returns)
    again = np.where(draws.chance("side", 0.5), before, returns + u * (high - returns))
    times = np.where(gone, again, times)
    if settings.improvements:
        times = low + (plan_improvements(settings).member_weeks + u) * 7 * _DAY
    inside = np.where((times < low) | (times >= high), low + u * (high - low), times)
    after = (pattern == Pattern.AFTER_CHANGE) & (times >= high)
    inside = np.where(after, change_s[cause] + u * (high - change_s[cause]), inside)
    return inside.astype(np.int64)


def _sizes(settings: EstateSettings) -> Ints:
    """Sizes from 2 to 1 % of the incidents; P(size) falls as size ** -2.05."""
    members = round(settings.n_incidents * (1 - NOISE_SHARE))
    biggest = max(6, settings.n_incidents // 100)
    sizes = np.arange(2, biggest + 1)
    shares = sizes**-2.05
    draws = settings.generator("sizes").choice(sizes, size=members // 2, p=shares / shares.sum())
    n = int(np.searchsorted(np.cumsum(draws), members - 1))
    picked = draws[: n + 1].astype(np.int64)
    picked[-1] = max(2, members - int(picked[:-1].sum()))
    return np.sort(picked)[::-1].copy()


def _patterns(draws: Draws, size: Ints) -> Ints:
    """Patterns; the biggest cause bursts near the end, the next are given improvements by rank."""
    shares = (0.36, 0.26, 0.08, 0.1, 0.14, 0.03, 0.02, 0.01)
    pattern = draws.choice("pattern", shares)
    rank = np.arange(len(size))
    for step, planted in ((1, Pattern.IMPROVED), (4, Pattern.NOT_IMPROVED), (7, Pattern.REGRESSED)):
        pattern = np.where((rank < 60) & (rank % 10 == step), planted, pattern)
    pattern[0] = Pattern.BURST
    return np.where((size < 5) & np.isin(pattern, IMPROVEMENTS), Pattern.STEADY, pattern)


def _dates(settings: EstateSettings, draws: Draws, pattern: Ints) -> tuple[Ints, Ints, Ints]:
    low, high = settings.start_s, settings.end_s
    starts = low + draws.uniform("starts") * (high - low - 7 * _DAY)
    starts[0] = high - 17 * _DAY
    improved = np.isin(pattern, IMPROVEMENTS)
    live = low + (0.32 + 0.2 * draws.uniform("live")) * (high - low)
    live = live - live % _DAY + 18 * 3600
    returns = low + (0.7 + 0.1 * draws.uniform("returns")) * (high - low)
    regressed = pattern == Pattern.REGRESSED
    return (
        starts.astype(np.int64),
        np.where(improved, live, -1).astype(np.int64),
        np.where(regressed, returns, -1).astype(np.int64),
    )


def _month_end(times: Ints) -> Ints:
    """The end of the month each instant lies in."""
    months = times.astype("datetime64[s]").astype("datetime64[M]")
    return (months + 1).astype("datetime64[s]").astype(np.int64)


def _next_item(base: Ints, first: Ints, last: Ints, step: Ints) -> Ints:
    """The item so many places on among a service's own."""
    item: Ints = first + (base - first + step) % np.maximum(last - first, 1)
    return item


def _any_team(draws: Draws, reference: Reference) -> Ints:
    second = np.flatnonzero(reference.team_line >= 2)
    return second[draws.below("any team", len(second))]
