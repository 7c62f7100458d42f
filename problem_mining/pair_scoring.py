"""Scoring the pairs of a corpus by a pair model, part by part, wherever parts are computed."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from problem_mining.blocks import in_parts
from problem_mining.chunks import CHUNK, parts_of
from problem_mining.company import TOLD, Company, company_of, own_again, support_features, told_part
from problem_mining.features import Float32
from problem_mining.meaning import meaning_of
from problem_mining.model import PairModel, Scorer, doubt, own_odds, probability
from problem_mining.nodes import FloatArray, IntArray, Nodes
from problem_mining.pair_rows import Pairs
from problem_mining.quadratic import Quadratic
from problem_mining.similarity import PairSpace, of_terms_of, pair_features
from problem_mining.spelling import NO_SPELLING
from problem_mining.term_rows import NO_TERMS
from problem_mining.translation import learn_lexicon


def taught(space: PairSpace, pairs: IntArray, teacher: PairModel) -> PairSpace:
    """A space with the words that stand for each other, as a first model's likely pairs teach."""
    p = probability(_all_odds(space, pairs, teacher, corrects_prior=True))
    lexicon = learn_lexicon(space.text, space.nodes, pairs, p)
    meaning = meaning_of(space.text, lexicon, has_vectors=True)
    return replace(space, meaning=meaning, of_terms=of_terms_of(space.text, meaning))


def _all_odds(
    space: PairSpace, pairs: IntArray, model: PairModel, *, corrects_prior: bool
) -> FloatArray:
    asked = Asked(for_pairs(space), pairs, model, len(space.nodes), corrects_prior)
    found = in_parts(own_of, asked, parts_of(len(pairs), CHUNK))
    return np.concatenate([np.empty(0), *found])


@dataclass(frozen=True, slots=True)
class Asked:
    """Pairs of a corpus of n texts, to be weighed by the first step of a model."""

    space: PairSpace
    pairs: Pairs
    model: PairModel
    n: int
    corrects_prior: bool


def own_of(asked: Asked, part: slice) -> FloatArray:
    """The log-odds of the pairs of a part by their own features."""
    features = pair_features(asked.space, asked.pairs[part])
    return own_odds(features, asked.model, asked.n, corrects_prior=asked.corrects_prior)


def own_and_kept(asked: Asked, part: slice) -> tuple[FloatArray, Float32]:
    """The same, and the dear ones of the features that are weighed together with the company."""
    features = pair_features(asked.space, asked.pairs[part])
    odds = own_odds(features, asked.model, asked.n, corrects_prior=asked.corrects_prior)
    return odds, told_part(features)


@dataclass(frozen=True, slots=True)
class Kept:
    """Pairs with their log-odds and features from the first step, and the company they keep.

    `told` are their features in TOLD.
    """

    second: Quadratic
    company: Company
    nodes: Nodes
    pairs: Pairs
    own: FloatArray | Float32
    told: Float32


def company_odds(asked: Kept, part: slice) -> FloatArray:
    """The log-odds of the pairs of a part after the second step."""
    own, pairs = asked.own[part].astype(np.float64), asked.pairs[part]
    features = own_again(asked.nodes, pairs, asked.told[part])
    table = support_features(asked.company, pairs, own, probability(own), features)
    return asked.second.odds(table)


def score_pairs(
    space: PairSpace, pairs: IntArray, model: PairModel, *, corrects_prior: bool
) -> tuple[Scorer, FloatArray]:
    """Scores the candidate pairs of a corpus.

    Returns:
        A scorer for any other pair of the corpus, and the probabilities of the given ones.
    """
    n, parts = len(space.nodes), parts_of(len(pairs), CHUNK)
    odds, told = np.empty(len(pairs)), np.empty((len(pairs), len(TOLD)), dtype=np.float32)
    asked = Asked(for_pairs(space), pairs, model, n, corrects_prior)
    for part, found in zip(parts, in_parts(own_and_kept, asked, parts), strict=True):
        odds[part], told[part] = found
    company = company_of(n, pairs, probability(odds))
    scorer, both = Scorer(space, model, corrects_prior, company), odds
    if model.second is not None:
        both = np.empty(len(pairs))
        given = Kept(model.second, company, asked.space.nodes, pairs, odds, told)
        for part, more in zip(parts, in_parts(company_odds, given, parts), strict=True):
            both[part] = more
    fall = doubt(n, pairs, both, model.repeats if corrects_prior else 0.0)
    return replace(scorer, fall=fall), probability(both - fall)


def for_pairs(space: PairSpace) -> PairSpace:
    """A space with only what `pair_features` reads: what is sent to where pairs are compared."""
    none = sp.csr_array((0, 0))
    text = replace(
        space.text,
        vocabulary=(),
        words=none,
        present=none,
        names=none,
        axes=None,
        idf=np.empty(0),
        document_frequency=np.empty(0, dtype=np.int64),
    )
    return replace(
        space,
        text=text,
        meaning=replace(space.meaning, lifts=none, lexicon=None),
        nodes=without_terms(space.nodes),
    )


def without_terms(nodes: Nodes) -> Nodes:
    """Texts with only what is read of them beside their terms."""
    return replace(nodes, terms=NO_TERMS, spelling=NO_SPELLING)
