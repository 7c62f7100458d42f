"""The scores of the pairs of a history brought up to date: only what may have changed is computed.

The first step weighs what the two texts are; it changes where a text is new or measured otherwise.
The second weighs the company of both; it changes where somebody came to, or left, the company of
either, or where one was compared for the first time with somebody the other resembles.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from problem_mining.blocks import in_parts
from problem_mining.chunks import in_order, parts_of
from problem_mining.company import TOLD
from problem_mining.company_rows import company_among
from problem_mining.corpus import Corpus
from problem_mining.features import Float32, Steps
from problem_mining.mapped_arrays import Array, let_go
from problem_mining.model import PairModel, Scorer, doubt, probability
from problem_mining.night_lists import Match
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.pair_rows import AT_ONCE, PairRows, Pairs, of_both, pair_rows, renumbered
from problem_mining.pair_scoring import (
    Asked,
    Kept,
    company_odds,
    for_pairs,
    own_and_kept,
    without_terms,
)
from problem_mining.stale_company import scored_again, stale_company
from problem_mining.texts import Hashes

Flags = NDArray[np.bool_]
SOUGHT_AT_ONCE = 1 << 21
"""Pairs of a run before that are looked for in one go."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs (i, j), i < j, in order; the log-odds of the first step, and their probabilities.

    `told` are those features that the second step asks for again, and that are dear. All of it is
    as narrow as it can be without a loss.
    """

    pairs: Pairs
    odds: Float32
    told: Float32
    p: Array


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

    def own(self, pairs: Pairs) -> tuple[Float32, Float32]:
        """The log-odds of the first step, and those features of the second that are dear."""
        nodes, local = renumbered(pairs, len(self.corpus))
        space = for_pairs(
            self.corpus.space(nodes, self.dense, self.meanings, self.density, is_lean=True)
        )
        asked = Asked(space, local, self.model, self.n, self.corrects_prior)
        odds = np.empty(len(pairs), dtype=np.float32)
        told = np.empty((len(pairs), len(TOLD)), dtype=np.float32)
        parts = parts_of(len(pairs))
        for part, found in zip(parts, in_parts(own_and_kept, asked, parts), strict=True):
            odds[part], told[part] = found
        return odds, told

    def scorer(
        self, scored: Scored, nodes: IntArray, fall: float, *, is_lean: bool = False
    ) -> Scorer:
        """The model at work on some texts, numbered in their order.

        A lean one is for features of pairs alone, and takes half the room.
        """
        space = self.corpus.space(nodes, self.dense, self.meanings, self.density, is_lean=is_lean)
        company = company_among(len(self.corpus), scored.pairs, scored.odds, nodes)
        return Scorer(space, self.model, self.corrects_prior, company, fall, self.n)


def with_company(
    measures: Measures, pairs: Pairs, odds: Float32, which: IntArray | slice, told: Float32
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
    if second is None:
        return odds[which].astype(np.float64)
    nodes, local = renumbered(pairs[which], len(measures.corpus))
    company = company_among(len(measures.corpus), pairs, odds, nodes)
    texts = without_terms(measures.corpus.nodes.some(nodes))
    given = Kept(second, company, texts, local, odds[which], told)
    found, parts = np.empty(len(local)), parts_of(len(local))
    for part, more in zip(parts, in_parts(company_odds, given, parts), strict=True):
        found[part] = more
    return found


def score_all(measures: Measures, pairs: Pairs, fall: float | None) -> tuple[Scored, float]:
    """The scores of all pairs, and how much all log-odds fall, which is found out if not given."""
    odds, told = measures.own(pairs)
    both = with_company(measures, pairs, odds, slice(None), told)
    if fall is None:
        repeats = measures.model.repeats if measures.corrects_prior else 0.0
        fall = doubt(len(measures.corpus), pairs, both, repeats)
    p = np.empty(len(pairs), dtype=np.float32)
    for part in parts_of(len(pairs), AT_ONCE):
        p[part] = probability(both[part] - fall)
    return Scored(pairs, odds, told, p), fall


def score_changed(
    measures: Measures,
    pairs: Pairs,
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
    rows = pair_rows(pairs, len(match.old))
    old_at, gone = _found_again(rows, before.pairs, match)
    odds, told, kept = _as_before(rows, before, old_at, same_text)
    todo = np.flatnonzero(~kept)
    if len(todo):
        odds[todo], told[todo] = measures.own(pairs[todo])
    stale, low = stale_company(rows, odds, before.odds, old_at, (todo, gone), match)
    again, crossings = scored_again(rows, odds, stale, low, todo)
    p = np.empty(len(pairs), dtype=np.float32)
    is_rest = np.ones(len(pairs), dtype=bool)
    is_rest[again] = False
    for part in parts_of(len(pairs), AT_ONCE):
        rest = part.start + np.flatnonzero(is_rest[part])
        p[rest] = before.p[old_at[rest]]
    if len(again):
        p[again] = probability(with_company(measures, pairs, odds, again, told[again]) - fall)
    texts = np.flatnonzero(stale | ~same_text)
    p_before = np.full(len(again), np.nan)
    was_there = old_at[again] >= 0
    p_before[was_there] = before.p[old_at[again[was_there]]]
    p_gone = before.p[gone[:, 2]].astype(np.float64)
    let_go(before.odds, before.p)
    return Scored(pairs, odds, told, p), Changed(texts, again, p_before, gone, p_gone, crossings)


def _found_again(rows: PairRows, before: Pairs, match: Match) -> tuple[Pairs, IntArray]:
    """The place of each pair among those before, -1 for none; and the pairs that are gone.

    Of these the texts in today's numbers, -1 for those that are gone, and the place before.
    """
    old_at = np.full(len(rows.pairs), -1, dtype=np.int32)
    is_gone = np.zeros(len(before), dtype=bool)

    def find(part: slice) -> None:
        rows.find(before[part], match.now, part.start, old_at, is_gone[part])

    in_order(find, parts_of(len(before), SOUGHT_AT_ONCE))
    gone = np.flatnonzero(is_gone)
    moved = match.now[before[gone]]
    let_go(before)
    return old_at, np.column_stack([moved, gone]).astype(np.int64)


def _as_before(
    rows: PairRows, before: Scored, old_at: Pairs, same_text: Flags
) -> tuple[Float32, Float32, Flags]:
    """Log-odds and told features of pairs as they were, and which pairs have them still."""
    n = len(rows.pairs)
    odds, told = np.empty(n, dtype=np.float32), np.empty((n, len(TOLD)), dtype=np.float32)
    kept = of_both(rows.pairs, same_text)
    kept &= old_at >= 0

    def take(part: slice) -> None:
        there = part.start + np.flatnonzero(kept[part])
        odds[there], told[there] = before.odds[old_at[there]], before.told[old_at[there]]

    in_order(take, parts_of(n, AT_ONCE))
    let_go(before.told)
    return odds, told, kept
