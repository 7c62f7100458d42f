"""Learning a pair model from incidents whose causes are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from itsm.errors import MiningError
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.similarity import CHUNK, NAMES, SIGNS, PairSpace, Weights, pair_features

PENALTY = 1e-4
"""Weight of the squared weights, per pair."""


@dataclass(frozen=True, slots=True)
class KnownPairs:
    """Candidate pairs of one corpus of n texts: features, shape (m, n_features), and the truth."""

    features: FloatArray
    same: FloatArray
    n: int


def known_pairs(space: PairSpace, pairs: IntArray, causes: IntArray) -> KnownPairs:
    """Candidate pairs with whether they have one cause.

    Args:
        space: from `pipeline.search`.
        pairs: from `pipeline.search`.
        causes: the cause of each node as a number, -1 where it repeats nothing.
    """
    chunks = [
        pair_features(space, pairs[start : start + CHUNK]) for start in range(0, len(pairs), CHUNK)
    ]
    left, right = causes[pairs[:, 0]], causes[pairs[:, 1]]
    same = ((left == right) & (left >= 0)).astype(np.float64)
    return KnownPairs(np.concatenate(chunks).astype(np.float64), same, len(space.nodes))


def fit(known: Sequence[KnownPairs], name: str, provenance: str) -> Weights:
    """Logistic regression whose weights keep the sign their feature is written for.

    Args:
        known: corpora of about one size; their largest becomes `n_train`.
        name: what the model is called.
        provenance: what it was trained on, in words.

    Raises:
        MiningError: there is no pair of one cause, or none of two.
    """
    x = np.concatenate([each.features for each in known])
    y = np.concatenate([each.same for each in known])
    if y.min() == y.max():
        raise MiningError("a pair model needs pairs of one cause and pairs of two")
    scale = np.maximum(x.std(axis=0), 1e-6)
    scaled = x / scale

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        odds = parameters[0] + scaled @ parameters[1:]
        p = 1 / (1 + np.exp(-np.clip(odds, -40, 40)))
        value = float(np.mean(np.logaddexp(0, odds) - y * odds))
        value += PENALTY * float(parameters[1:] @ parameters[1:])
        slope = np.concatenate([[np.mean(p - y)], scaled.T @ (p - y) / len(y)])
        slope[1:] += 2 * PENALTY * parameters[1:]
        return value, slope

    bounds = [(None, None), *((0, None) if sign > 0 else (None, 0) for sign in SIGNS)]
    found = minimize(
        loss,
        np.zeros(len(NAMES) + 1),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 500},
    )
    values = tuple(float(v) for v in np.round(found.x[1:] / scale, 4))
    n_train = max(each.n for each in known)
    return Weights(name, round(float(found.x[0]), 4), values, n_train, provenance)
