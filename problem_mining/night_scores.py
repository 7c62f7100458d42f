"""The scores of the pairs of a history brought up to date: only what may have changed is computed.

The first step weighs what the two texts are; it changes where a text is new or measured otherwise.
The second weighs the company of both; it changes where somebody came to, or left, the company of
either, or where one was compared for the first time with somebody the other resembles.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from problem_mining.blocks import in_parts
from problem_mining.chunks import parts_of
from problem_mining.company import MIN_PROBABILITY, TOLD, company_among
from problem_mining.corpus import Corpus
from problem_mining.features import Float32, Steps
from problem_mining.model import PairModel, Scorer, doubt, probability
from problem_mining.night_lists import Match
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.pair_scoring import (
    Asked,
    Kept,
    company_odds,
    for_pairs,
    own_and_kept,
    without_terms,
)
from problem_mining.texts import Hashes

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs (i, j), i < j, in order; the log-odds of the first step, and their probabilities.

    `told` are those features that the second step asks for again, and that are dear.
    """

    pairs: IntArray
    odds: Float32
    told: Float32
    p: FloatArray


@dataclass(frozen=True, slots=True)
class Changed:
    """What a night changed.

    Attributes:
        texts: those whose pairs with anybody may score otherwise.
        pairs: places of the pairs that were scored anew; `p_before` is NaN for new ones.
        gone: pairs of before that are none any more: their texts, -1 for those that are gone, and
            their place before; `p_gone` is what they scored.
        crossings: pairs of texts, scored or not, one of which was compared (or is no longer) with
            somebody that the other resembles.
    """

    texts: IntArray
    pairs: IntArray
    p_before: FloatArray
    gone: IntArray
    p_gone: FloatArray
    crossings: IntArray


@dataclass(frozen=True, slots=True)
class Measures:
    """What pairs are measured by: texts, their vectors and density."""

    corpus: Corpus
    dense: Steps
    meanings: Steps | None
    density: Float32
    model: PairModel
    corrects_prior: bool
    n: int

    def own(self, pairs: IntArray) -> tuple[FloatArray, Float32]:
        """The log-odds of the first step, and those features of the second that are dear."""
        nodes, local = renumbered(pairs, len(self.corpus))
        space = for_pairs(
            self.corpus.space(nodes, self.dense, self.meanings, self.density, is_lean=True)
        )
        asked = Asked(space, local, self.model, self.n, self.corrects_prior)
        odds, told = np.empty(len(pairs)), np.empty((len(pairs), len(TOLD)), dtype=np.float32)
        parts = parts_of(len(pairs))
        for part, found in zip(parts, in_parts(own_and_kept, asked, parts), strict=True):
            odds[part], told[part] = found
        return odds, told

    def scorer(self, scored: Scored, nodes: IntArray, fall: float) -> Scorer:
        """The model at work on some texts, numbered in their order."""
        space = self.corpus.space(nodes, self.dense, self.meanings, self.density)
        p = probability(scored.odds.astype(np.float64))
        company = company_among(len(self.corpus), scored.pairs, p, nodes)
        return Scorer(space, self.model, self.corrects_prior, company, fall, self.n)


def renumbered(pairs: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """The texts of pairs, ascending, and the pairs by their places there; n is how many there are.

    Far faster than np.unique.
    """
    is_there = np.zeros(n, dtype=bool)
    is_there[pairs.ravel()] = True
    nodes = np.flatnonzero(is_there)
    place = np.empty(n, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    return nodes, place[pairs]


def distinct(numbers: IntArray) -> IntArray:
    """The distinct of some numbers from 0 on, ascending; far faster than np.unique."""
    found = np.sort(numbers)
    return found[np.diff(found, prepend=-1) > 0]


def with_company(
    measures: Measures, pairs: IntArray, odds: Float32, which: IntArray, told: Float32
) -> FloatArray:
    """The log-odds of some pairs after the second step.

    Args:
        measures: what pairs are measured by.
        pairs: all, shape (m, 2).
        odds: those of the first step, of all.
        which: the places of those asked for.
        told: those features in TOLD.
    """
    second = measures.model.second
    mine = odds[which].astype(np.float64)
    if second is None:
        return mine
    nodes, local = renumbered(pairs[which], len(measures.corpus))
    p = probability(odds.astype(np.float64))
    company = company_among(len(measures.corpus), pairs, p, nodes)
    texts = without_terms(measures.corpus.nodes.some(nodes))
    given = Kept(second, company, texts, local, mine, told)
    parts = parts_of(len(which))
    return np.concatenate([np.empty(0), *in_parts(company_odds, given, parts)])


def score_all(measures: Measures, pairs: IntArray, fall: float | None) -> tuple[Scored, float]:
    """The scores of all pairs, and how much all log-odds fall, which is found out if not given."""
    found, told = measures.own(pairs)
    odds = found.astype(np.float32)
    both = with_company(measures, pairs, odds, np.arange(len(pairs)), told)
    if fall is None:
        repeats = measures.model.repeats if measures.corrects_prior else 0.0
        fall = doubt(len(measures.corpus), pairs, both, repeats)
    return Scored(pairs, odds, told, probability(both - fall)), fall


def score_changed(
    measures: Measures,
    pairs: IntArray,
    before: Scored,
    match: Match,
    measured: tuple[Hashes, Hashes],
    fall: float,
) -> tuple[Scored, Changed]:
    """The scores of all pairs, of which only what may have changed is computed.

    Args:
        measures: what pairs are measured by.
        pairs: all that are to be scored now.
        before: the scores of the history.
        match: which of its texts are there again.
        measured: by what all texts were measured before, and are now.
        fall: how much all log-odds fall.
    """
    same_text = np.zeros(len(match.old), dtype=bool)
    stayed = match.stayed
    same_text[stayed] = measured[0][match.old[stayed]] == measured[1][stayed]
    old_at, gone = _found_again(pairs, before.pairs, match)
    kept = (old_at >= 0) & same_text[pairs].all(axis=1)
    odds = np.empty(len(pairs), dtype=np.float32)
    told = np.empty((len(pairs), len(TOLD)), dtype=np.float32)
    odds[kept], told[kept] = before.odds[old_at[kept]], before.told[old_at[kept]]
    todo = np.flatnonzero(~kept)
    if len(todo):
        found, told[todo] = measures.own(pairs[todo])
        odds[todo] = found.astype(np.float32)
    stale, low = _stale_company(pairs, odds, before, old_at, gone, match)
    again, crossings = _scored_again(pairs, odds, stale, low, todo)
    p = np.empty(len(pairs))
    rest = np.setdiff1d(np.arange(len(pairs)), again, assume_unique=True)
    p[rest] = before.p[old_at[rest]]
    if len(again):
        p[again] = probability(with_company(measures, pairs, odds, again, told[again]) - fall)
    texts = np.flatnonzero(stale | ~same_text)
    p_before = np.full(len(again), np.nan)
    was_there = old_at[again] >= 0
    p_before[was_there] = before.p[old_at[again[was_there]]]
    p_gone = before.p[gone[:, 2]]
    return Scored(pairs, odds, told, p), Changed(texts, again, p_before, gone, p_gone, crossings)


def _codes(pairs: IntArray, n: int) -> IntArray:
    codes: IntArray = pairs[:, 0].astype(np.int64) * n + pairs[:, 1]
    return codes


def _found_again(pairs: IntArray, before: IntArray, match: Match) -> tuple[IntArray, IntArray]:
    """The place of each pair among those before, -1 for none; and the pairs that are gone.

    Of these the texts in today's numbers, -1 for those that are gone, and the place before.
    """
    n = len(match.old)
    moved = match.now[before]
    there = np.flatnonzero((moved >= 0).all(axis=1))
    codes, old = _codes(pairs, n), _codes(moved[there], n)
    place = np.minimum(np.searchsorted(codes, old), max(len(codes) - 1, 0))
    again = codes[place] == old if len(codes) else np.zeros(len(old), dtype=bool)
    old_at = np.full(len(pairs), -1, dtype=np.int64)
    old_at[place[again]] = there[again]
    is_gone = np.ones(len(before), dtype=bool)
    is_gone[there[again]] = False
    lost = np.flatnonzero(is_gone)
    return old_at, np.column_stack([moved[lost], lost])


def _stale_company(
    pairs: IntArray,
    odds: Float32,
    before: Scored,
    old_at: IntArray,
    gone: IntArray,
    match: Match,
) -> tuple[Flags, IntArray]:
    """Texts whose company changed, and pairs of old texts that came, went or changed unlikely."""
    stale = np.zeros(len(match.old), dtype=bool)
    is_old = old_at >= 0
    was = np.full(len(pairs), np.nan, dtype=np.float32)
    was[is_old] = before.odds[old_at[is_old]]
    changed = np.flatnonzero(~is_old | (was != odds))
    p = probability(odds[changed].astype(np.float64))
    p_was = np.where(is_old[changed], probability(np.nan_to_num(was[changed]).astype(float)), 0.0)
    likely = np.maximum(p, p_was) >= MIN_PROBABILITY
    stale[pairs[changed[likely]].ravel()] = True
    lost_p = probability(before.odds[gone[:, 2]].astype(np.float64))
    lost = gone[lost_p >= MIN_PROBABILITY, :2].ravel()
    stale[lost[lost >= 0]] = True
    low_lost = gone[(lost_p < MIN_PROBABILITY) & (gone[:, :2] >= 0).all(axis=1), :2]
    low = pairs[changed[~likely]]
    low = low[(match.old[low] >= 0).all(axis=1)]
    return stale, np.concatenate([low, low_lost]).astype(np.int64)


def _scored_again(
    pairs: IntArray, odds: Float32, stale: Flags, low: IntArray, todo: IntArray
) -> tuple[IntArray, IntArray]:
    """The places of pairs whose second step is to be done again, ascending.

    And pairs of texts, scored or not, one of which was compared (or is no longer) with somebody
    that the other resembles.
    """
    n = len(stale)
    crossings = _crossings(pairs, odds, low, n)
    codes = _codes(pairs, n)
    again = np.asarray(stale[pairs].any(axis=1), dtype=bool)
    again[todo] = True
    wanted = _codes(np.sort(crossings, axis=1), n)
    place = np.minimum(np.searchsorted(codes, wanted), max(len(codes) - 1, 0))
    if len(codes):
        again[place[codes[place] == wanted]] = True
    return np.flatnonzero(again), crossings


def _crossings(pairs: IntArray, odds: Float32, low: IntArray, n: int) -> IntArray:
    """Of pairs (a, b): a with everybody b resembles, and b with everybody a resembles."""
    if not len(low):
        return np.empty((0, 2), dtype=np.int64)
    nodes, local = renumbered(low, n)
    p = probability(odds.astype(np.float64))
    near = company_among(n, pairs, p, nodes).near
    found = []
    for one, row in ((low[:, 0], local[:, 1]), (low[:, 1], local[:, 0])):
        start, many = near.indptr[row], np.diff(near.indptr)[row]
        place = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        resembled = near.indices[np.repeat(start, many) + place]
        found.append(np.column_stack([np.repeat(one, many), resembled]))
    both = np.concatenate(found).astype(np.int64)
    both = both[both[:, 0] != both[:, 1]]
    codes = distinct(both[:, 0] * n + both[:, 1])
    return np.column_stack([codes // n, codes % n])
