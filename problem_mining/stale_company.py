"""Which texts keep other company than the night before, and which pairs that concerns."""

import numpy as np
from numpy.typing import NDArray

from problem_mining.company import MIN_PROBABILITY
from problem_mining.company_rows import near_among
from problem_mining.features import Float32
from problem_mining.model import probability
from problem_mining.night_lists import Match
from problem_mining.nodes import IntArray
from problem_mining.pair_rows import PairRows, Pairs, distinct, renumbered, with_one_of

Flags = NDArray[np.bool_]


def stale_company(
    rows: PairRows,
    odds: Float32,
    before: Float32,
    old_at: Pairs,
    changed: tuple[IntArray, IntArray],
    match: Match,
) -> tuple[Flags, IntArray]:
    """Texts whose company changed, and pairs of old texts that came, went or changed unlikely.

    Args:
        rows: all pairs.
        odds: their log-odds by the first step.
        before: those of the pairs before.
        old_at: the place of each pair among those before, -1 for none.
        changed: the places of pairs whose log-odds are new, and the pairs that are gone.
        match: which texts are there again.
    """
    (todo, gone), stale = changed, np.zeros(len(match.old), dtype=bool)
    is_old = old_at[todo] >= 0
    was = np.full(len(todo), np.nan, dtype=np.float32)
    was[is_old] = before[old_at[todo[is_old]]]
    is_other = ~is_old | (was != odds[todo])
    todo, is_old, was = todo[is_other], is_old[is_other], was[is_other]
    pairs = rows.pairs[todo]
    p = probability(odds[todo].astype(np.float64))
    p_was = np.where(is_old, probability(np.nan_to_num(was).astype(float)), 0.0)
    likely = np.maximum(p, p_was) >= MIN_PROBABILITY
    stale[pairs[likely].ravel()] = True
    lost_p = probability(before[gone[:, 2]].astype(np.float64))
    lost = gone[lost_p >= MIN_PROBABILITY, :2].ravel()
    stale[lost[lost >= 0]] = True
    low_lost = gone[(lost_p < MIN_PROBABILITY) & (gone[:, :2] >= 0).all(axis=1), :2]
    low = pairs[~likely]
    low = low[(match.old[low] >= 0).all(axis=1)]
    return stale, np.concatenate([low, low_lost]).astype(np.int64)


def scored_again(
    rows: PairRows, odds: Float32, stale: Flags, low: IntArray, todo: IntArray
) -> tuple[IntArray, IntArray]:
    """The places of pairs whose second step is to be done again, ascending.

    And pairs of texts, scored or not, one of which was compared (or is no longer) with somebody
    that the other resembles.
    """
    crossings = _crossings(rows.pairs, odds, low, rows.n)
    again = with_one_of(rows.pairs, stale)
    again[todo] = True
    place = rows.places(np.sort(crossings, axis=1))
    again[place[place >= 0]] = True
    return np.flatnonzero(again), crossings


def _crossings(pairs: Pairs, odds: Float32, low: IntArray, n: int) -> IntArray:
    """Of pairs (a, b): a with everybody b resembles, and b with everybody a resembles."""
    if not len(low):
        return np.empty((0, 2), dtype=np.int64)
    nodes, local = renumbered(low, n)
    near = near_among(n, pairs, odds, nodes)
    found = []
    for one, row in ((low[:, 0], local[:, 1]), (low[:, 1], local[:, 0])):
        start, many = near.bounds[row], np.diff(near.bounds)[row]
        place = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        resembled = near.column[np.repeat(start, many) + place]
        found.append(np.column_stack([np.repeat(one, many), resembled]))
    both = np.concatenate(found).astype(np.int64)
    both = both[both[:, 0] != both[:, 1]]
    codes = distinct(both[:, 0] * n + both[:, 1])
    return np.column_stack([codes // n, codes % n])
