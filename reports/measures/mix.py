"""Like for like: first-contact resolution and resolution time at an unchanged mix of categories.

When the desk is sent more password resets, first-contact resolution rises and nobody works
otherwise. Each category's figure of this week is therefore weighed as the category weighed in the
weeks before. What is left of the difference is the work's own; the rest is the mix.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from itsm.figures import Direction, Exactness, FigureResult, Unit
from itsm.states import RecordKind
from reports.measures.build import Extras, not_available, standing
from reports.measures.contact import first_contacts
from reports.measures.contract import Contract
from reports.measures.data import Flags, Numbers, Positions, Texts, hours_between
from reports.measures.scope import Scope
from reports.measures.spikes import BASE_WEEKS, MIN_BASE_WEEKS
from reports.measures.timeline import EventKind, Timeline

LEAST = 2
"""A category is compared when it has so many resolutions on each side."""

_FORMULA = (
    f"each category's {{what}} of the week, weighed by the category's share of the resolutions in "
    f"the {BASE_WEEKS} weeks before (direct standardisation); beside it the week as it was, the "
    "weeks before, and how much of the difference is the mix"
)
FCR_MIX = Contract(
    figure_id="fcr_like_for_like",
    title="First-contact resolution at an unchanged mix",
    family="handling",
    formula=_FORMULA.format(what="first-contact resolution"),
    unit=Unit.SHARE,
    direction=Direction.UP,
    denominator="resolutions in the week, of categories that both sides have",
    exclusions=f"resolutions without a category; categories with fewer than {LEAST} on a side",
    kind=RecordKind.INCIDENT,
    needs=("incident.category", "what first-contact resolution needs"),
    owner="service desk lead",
    decision="whether a change of the figure is one of the work",
    partner="reopen_rate",
    is_in_pack=False,
)
TIME_MIX = Contract(
    figure_id="resolution_time_like_for_like",
    title="Resolution time at an unchanged mix",
    family="handling",
    formula=_FORMULA.format(what="geometric mean of resolution times"),
    unit=Unit.HOURS,
    direction=Direction.DOWN,
    denominator="resolutions in the week, of categories that both sides have",
    exclusions=f"resolutions without a category; categories with fewer than {LEAST} on a side",
    kind=RecordKind.INCIDENT,
    needs=("incident.category", "incident.opened_at", "incident.resolved_at or state history"),
    owner="service desk lead",
    decision="whether a change of the figure is one of the work",
    partner="reopen_rate",
    is_in_pack=False,
)
CONTRACTS = (FCR_MIX, TIME_MIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeForLike:
    """Two periods at the mix of the earlier one.

    `difference` = adjusted - before, and crude - before = difference + mix, exactly. `interval` is
    that of the difference, at 95 %; `categories` are the codes compared.
    """

    crude: float
    before: float
    adjusted: float
    difference: float
    mix: float
    interval: tuple[float, float]
    n: int
    n_before: int
    n_left_out: int
    categories: Positions


def like_for_like(
    value: Numbers, category: Positions, is_now: Flags, is_before: Flags
) -> LikeForLike | None:
    """The means of two periods at the earlier one's mix of categories.

    Args:
        value: shape (n,), 0 or 1 for a share.
        category: shape (n,), a code per observation, -1 for none.
        is_now: shape (n,), which observations are of the period.
        is_before: shape (n,), which are of the period to compare with.

    Returns:
        None where no category has enough on both sides.

    Source:
        Direct standardisation: Kitagawa 1955, Components of a Difference Between Two Rates.
    """
    n_codes = int(category.max(initial=-1)) + 1
    sums = [_sums(value, category, chosen, n_codes) for chosen in (is_now, is_before)]
    both = (sums[0][0] >= LEAST) & (sums[1][0] >= LEAST)
    if not both.any():
        return None
    (n1, mean1, var1), (n0, mean0, var0) = ([part[both] for part in some] for some in sums)
    weight, weight_now = n0 / n0.sum(), n1 / n1.sum()
    adjusted, base = float(weight @ mean1), float(weight @ mean0)
    crude = float(weight_now @ mean1)
    error = float(np.sqrt(np.sum(weight**2 * (var1 / n1 + var0 / n0))))
    z = float(stats.norm.ppf(0.975))
    difference = adjusted - base
    return LikeForLike(
        crude=crude,
        before=base,
        adjusted=adjusted,
        difference=difference,
        mix=crude - adjusted,
        interval=(difference - z * error, difference + z * error),
        n=int(n1.sum()),
        n_before=int(n0.sum()),
        n_left_out=int(is_now.sum() - n1.sum()),
        categories=np.flatnonzero(both),
    )


def _sums(
    value: Numbers, category: Positions, chosen: Flags, n_codes: int
) -> tuple[Numbers, Numbers, Numbers]:
    """Count, mean and variance of each category."""
    inside = chosen & (category >= 0)
    codes, values = category[inside], value[inside]
    n = np.bincount(codes, minlength=n_codes).astype(np.float64)
    mean = np.bincount(codes, values, n_codes) / np.maximum(n, 1)
    squares = np.bincount(codes, (values - mean[codes]) ** 2, n_codes)
    return n, mean, squares / np.maximum(n - 1, 1)


def figures(scope: Scope) -> Iterator[FigureResult]:
    """Both comparisons."""
    timeline = scope.incidents
    lacking = "no source provides incidents" if timeline is None else None
    if timeline is not None and not timeline.columns.is_known("category").any():
        lacking = "needs the category of incidents, and none is given"
    if timeline is None or lacking is not None:
        reason = str(lacking)
        yield from (not_available(scope, contract, reason) for contract in CONTRACTS)
        return
    yield _fcr(scope, timeline)
    events = timeline.events.of(EventKind.RESOLVED)
    took_h = hours_between(timeline.opened_at[events.record], events.at)
    logs = np.log(np.maximum(took_h, 1 / 60))
    week = events.week_in(scope.grid)
    yield _compared(scope, TIME_MIX, (logs, week, timeline, events.record))


def _fcr(scope: Scope, timeline: Timeline) -> FigureResult:
    found = first_contacts(scope, timeline)
    if found is None:
        return not_available(scope, FCR_MIX, "first-contact resolution is not available")
    week = np.where(found.known, found.resolutions.week_in(scope.grid), -1)
    values = found.hit.astype(np.float64)
    return _compared(scope, FCR_MIX, (values, week, timeline, found.resolutions.record))


def _compared(
    scope: Scope,
    contract: Contract,
    observed: tuple[Numbers, Positions, Timeline, Positions],
) -> FigureResult:
    value, week, timeline, record = observed
    newest = scope.grid.last
    start = max(scope.first_week(contract.kind), newest - BASE_WEEKS)
    if newest - start < MIN_BASE_WEEKS:
        reason = f"needs {MIN_BASE_WEEKS} weeks before this one to compare with"
        return not_available(scope, contract, reason)
    category = timeline.columns.coded("category").codes[record]
    now, before = week == newest, (week >= start) & (week < newest)
    found = like_for_like(value, category, now, before)
    if found is None:
        reason = f"no category has {LEAST} resolutions in the week and before it"
        return not_available(scope, contract, reason)
    compared = now & np.isin(category, found.categories)
    numbers: Texts = timeline.number[record[compared]]
    return standing(scope, contract, *_shown(contract, found, numbers))


def _shown(contract: Contract, found: LikeForLike, number: Texts) -> tuple[float, Texts, Extras]:
    """Value, rows and what stands beside; times are told in hours and as a ratio."""
    is_time = contract is TIME_MIX
    back = np.exp if is_time else np.asarray
    low, high = (float(one) for one in back(np.array(found.interval)))
    change = "ratio to the weeks before" if is_time else "difference to the weeks before"
    companions = {
        "as it was": float(back(found.crude)),
        "weeks before": float(back(found.before)),
        change: float(back(found.difference)),
        f"{change}, low": low,
        f"{change}, high": high,
        "of it the mix": float(back(found.mix)),
    }
    extras = Extras(
        companions=companions,
        excluded={"no category, or too few of it to compare": found.n_left_out},
        exactness=Exactness.COMPUTED,
        note=_verdict(contract, found),
    )
    return float(back(found.adjusted)), number, extras


def _verdict(contract: Contract, found: LikeForLike) -> str:
    low, high = found.interval
    if low <= 0 <= high:
        return "Like for like, no difference to the weeks before is shown."
    is_better = (low > 0) == (contract.direction is Direction.UP)
    return f"Like for like, {'better' if is_better else 'worse'} than the weeks before."
