"""The pair model: log-odds that two incidents have one cause, and what each feature adds.

Two steps. First the features of the pair itself: `bias + u.z + z.Q.z`, with z the features in
standard deviations from their mean; Q lets, say, the same CI count for more where the wording
is alike as well. Then the company the two keep: incidents of one cause resemble the same others,
chance matches do not.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from itsm.errors import MiningError
from problem_mining.counterparts import learn_counterparts, spread
from problem_mining.features import Float32
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.similarity import CHUNK, NAMES, PairSpace, pair_features

SUPPORT = ("own_odds", "own_probability", "shared_company", "shared_count")
"""Features of the second step; see `support_features`."""
MAX_DEVIATION = 6.0
"""Standard deviations; what lies farther out than in training is not trusted to mean more."""
MIN_PRIOR_TEXTS = 1_000
MIN_PROBABILITY = 0.02
"""Less likely pairs count as no company."""


@dataclass(frozen=True, slots=True)
class PairModel:
    """A pair model.

    Attributes:
        name: what it is called.
        provenance: what it was trained on, in words.
        n_train: number of texts among which its training pairs were found.
        bias, linear, products: first step, over standardised features; shapes (), (f,), (f, f).
        centre, scale: mean and standard deviation of the features in training, shape (f,).
        support: bias and weights of the second step, shape (1 + len(SUPPORT),).
    """

    name: str
    provenance: str
    n_train: int
    bias: float
    linear: FloatArray
    products: FloatArray
    centre: FloatArray
    scale: FloatArray
    support: FloatArray


def contributions(features: Float32, model: PairModel) -> FloatArray:
    """What each feature adds to the log-odds of the first step, against an average pair.

    A product of two features is shared equally by both. Shape as `features`.
    """
    z = np.clip((features - model.centre) / model.scale, -MAX_DEVIATION, MAX_DEVIATION)
    each: FloatArray = z * (model.linear + z @ model.products)
    return each


def prior_shift(n: int, n_train: int) -> float:
    """How much the log-odds fall where a pair is one of n texts instead of n_train.

    Chance matches grow as n², true ones as n. Below MIN_PRIOR_TEXTS nothing more is gained: so few
    texts say little about what is common.
    """
    return math.log(max(n, MIN_PRIOR_TEXTS) / n_train)


def own_odds(features: Float32, model: PairModel, n: int, *, corrects_prior: bool) -> FloatArray:
    """Log-odds of pairs by their own features.

    Args:
        features: shape (m, f).
        model: a pair model.
        n: number of texts among which the pairs were found.
        corrects_prior: whether the log-odds fall by `prior_shift`.
    """
    shift = prior_shift(n, model.n_train) if corrects_prior else 0.0
    odds: FloatArray = model.bias + contributions(features, model).sum(axis=1) - shift
    return odds


def probability(odds: FloatArray) -> FloatArray:
    """Probabilities of log-odds in steps of 2^-20, so that sums do not depend on their order."""
    p = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return np.asarray(np.round(p * 2**20) / 2**20, dtype=np.float64)


def company(n: int, pairs: IntArray, p: FloatArray) -> sp.csr_array:
    """Who resembles whom, and by how much: symmetric, shape (n, n)."""
    kept = p >= MIN_PROBABILITY
    i, j, values = pairs[kept, 0], pairs[kept, 1], p[kept]
    both = (np.concatenate([values, values]), (np.concatenate([i, j]), np.concatenate([j, i])))
    return sp.csr_array(sp.coo_array(both, shape=(n, n)))


def support_features(near: sp.csr_array, pairs: IntArray, odds: FloatArray) -> FloatArray:
    """Features of the second step.

    Args:
        near: from `company`.
        pairs: shape (m, 2).
        odds: log-odds of the first step, shape (m,).

    Returns:
        Shape (m, len(SUPPORT)): the own log-odds and probability, the cosine of the two rows of
        `near` where each also counts as its own company, and ln(1 + sum of shared company).
    """
    i, j = pairs[:, 0], pairs[:, 1]
    own = probability(odds)
    squares = 1 + np.asarray(near.power(2).sum(axis=1)).ravel()
    shared = np.asarray(near[i].multiply(near[j]).sum(axis=1)).ravel()
    cosine = (2 * own + shared) / np.sqrt(squares[i] * squares[j])
    return np.column_stack([odds, own, cosine, np.log1p(shared)])


@dataclass(frozen=True, slots=True)
class Scorer:
    """A pair model at work on one corpus: gives log-odds to any of its pairs."""

    space: PairSpace
    model: PairModel
    corrects_prior: bool
    near: sp.csr_array

    def odds(self, pairs: IntArray, features: Float32) -> tuple[FloatArray, FloatArray]:
        """Log-odds of pairs after both steps, and what the second step added."""
        n = len(self.space.nodes)
        own = own_odds(features, self.model, n, corrects_prior=self.corrects_prior)
        support = support_features(self.near, pairs, own)
        both = self.model.support[0] + support @ self.model.support[1:]
        return both, both - own


def taught(space: PairSpace, pairs: IntArray, teacher: PairModel) -> PairSpace:
    """A space with the counterparts of words that the likely pairs of a first model teach."""
    p = probability(_all_odds(space, pairs, teacher, corrects_prior=True))
    strength = learn_counterparts(space.text, space.nodes, pairs, p)
    return replace(space, meaning=spread(space.text, strength))


def _all_odds(
    space: PairSpace, pairs: IntArray, model: PairModel, *, corrects_prior: bool
) -> FloatArray:
    own = [np.empty(0)]
    for start in range(0, len(pairs), CHUNK):
        features = pair_features(space, pairs[start : start + CHUNK])
        own.append(own_odds(features, model, len(space.nodes), corrects_prior=corrects_prior))
    return np.concatenate(own)


def score_pairs(
    space: PairSpace, pairs: IntArray, model: PairModel, *, corrects_prior: bool
) -> tuple[Scorer, FloatArray]:
    """Scores the candidate pairs of a corpus.

    Returns:
        A scorer for any other pair of the corpus, and the probabilities of the given ones.
    """
    n = len(space.nodes)
    odds = _all_odds(space, pairs, model, corrects_prior=corrects_prior)
    near = company(n, pairs, probability(odds))
    final = [np.empty(0)]
    for start in range(0, len(pairs), CHUNK):
        part = slice(start, start + CHUNK)
        support = support_features(near, pairs[part], odds[part])
        final.append(model.support[0] + support @ model.support[1:])
    return Scorer(space, model, corrects_prior, near), probability(np.concatenate(final))


def as_plain(model: PairModel) -> dict[str, object]:
    """A model as plain values for JSON, numbers with 5 decimals; products as their upper half."""
    upper = np.triu_indices(len(NAMES))
    return {
        "name": model.name,
        "provenance": model.provenance,
        "n_train": model.n_train,
        "features": list(NAMES),
        "bias": round(model.bias, 5),
        "linear": _rounded(model.linear),
        "products": _rounded(model.products[upper]),
        "centre": _rounded(model.centre),
        "scale": _rounded(model.scale),
        "support": _rounded(model.support),
    }


def from_plain(plain: Mapping[str, object]) -> PairModel:
    """A model from what `as_plain` gave.

    Raises:
        MiningError: it weighs other features than this version computes.
    """
    if plain["features"] != list(NAMES):
        raise MiningError(f"pair model {plain['name']!r} weighs other features; train it again")
    products = np.zeros((len(NAMES), len(NAMES)))
    products[np.triu_indices(len(NAMES))] = np.array(plain["products"], dtype=np.float64)
    return PairModel(
        name=str(plain["name"]),
        provenance=str(plain["provenance"]),
        n_train=int(str(plain["n_train"])),
        bias=float(str(plain["bias"])),
        linear=np.array(plain["linear"], dtype=np.float64),
        products=np.triu(products) + np.triu(products, 1).T,
        centre=np.array(plain["centre"], dtype=np.float64),
        scale=np.array(plain["scale"], dtype=np.float64),
        support=np.array(plain["support"], dtype=np.float64),
    )


def _rounded(values: FloatArray) -> list[float]:
    return [float(value) for value in np.round(values, 5)]
