"""Learning a pair model from incidents whose causes are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from itsm.errors import MiningError
from problem_mining.model import (
    MAX_DEVIATION,
    SUPPORT,
    PairModel,
    company,
    own_odds,
    prior_shift,
    probability,
    support_features,
)
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.similarity import CHUNK, NAMES, PairSpace, pair_features

LINEAR_PENALTY = 1e-4
PRODUCT_PENALTY = 1e-3
"""Weights of the squared parameters: products need more evidence than single features."""
SUPPORT_PENALTY = 1e-6

AGAINST = (
    "unshared_terms",
    "rarest_unshared_term",
    "uncovered_terms",
    "rarest_uncovered_term",
    "days_apart",
    "alert_and_person",
)
"""Features that speak against one cause, beside those that tell a difference."""

Bounds = Sequence[tuple[float | None, float | None]]
Loss = Callable[[FloatArray], tuple[float, FloatArray]]


@dataclass(frozen=True, slots=True)
class KnownPairs:
    """Candidate pairs of one corpus of n texts: numbers, features, and whether the cause is one."""

    pairs: IntArray
    features: FloatArray
    same: FloatArray
    n: int


def known_pairs(space: PairSpace, pairs: IntArray, causes: IntArray) -> KnownPairs:
    """Candidate pairs with whether they have one cause.

    Args:
        space: from `search`.
        pairs: from `search`.
        causes: the cause of each node as a number, -1 where it repeats nothing.
    """
    chunks = [
        pair_features(space, pairs[start : start + CHUNK]) for start in range(0, len(pairs), CHUNK)
    ]
    left, right = causes[pairs[:, 0]], causes[pairs[:, 1]]
    same = ((left == right) & (left >= 0)).astype(np.float64)
    features = np.concatenate(chunks).astype(np.float64)
    return KnownPairs(pairs, features, same, len(space.nodes))


def fit(known: Sequence[KnownPairs], name: str, provenance: str) -> PairModel:
    """Logistic regression in two steps: the pair's own features, then the company it keeps.

    Args:
        known: corpora of any size; the largest becomes `n_train`.
        name: what the model is called.
        provenance: what it was trained on, in words.

    Raises:
        MiningError: there is no pair of one cause, or none of two.
    """
    x = np.concatenate([each.features for each in known])
    y = np.concatenate([each.same for each in known])
    if not len(y) or y.min() == y.max():
        raise MiningError("a pair model needs pairs of one cause and pairs of two")
    spread = x.std(axis=0)
    # What never varies in training says nothing: it is kept out by a scale that makes it 0.
    scale = np.where(spread > 1e-6, spread, 1e6)
    centre = x.mean(axis=0)
    n_train = max(each.n for each in known)
    shift = np.concatenate([np.full(len(e.same), prior_shift(e.n, n_train)) for e in known])
    z = np.clip((x - centre) / scale, -MAX_DEVIATION, MAX_DEVIATION)
    first = _first_step(z, y, shift)
    k = len(NAMES)
    model = PairModel(
        name=name,
        provenance=provenance,
        n_train=n_train,
        bias=float(first[0]),
        linear=first[1 : k + 1],
        products=first[k + 1 :].reshape(k, k),
        centre=centre,
        scale=scale,
        support=np.zeros(1 + len(SUPPORT)),
    )
    return replace(model, support=_second_step(known, model, y))


def fit_plain(known: Sequence[KnownPairs], name: str, provenance: str) -> PairModel:
    """One step, no products, and weights of the sign common sense gives them.

    For few texts, whose features may lie where training had none: it cannot go astray far.

    Args:
        known: corpora of any size; the largest becomes `n_train`.
        name: what the model is called.
        provenance: what it was trained on, in words.
    """
    x = np.concatenate([each.features for each in known])
    y = np.concatenate([each.same for each in known])
    n_train = max(each.n for each in known)
    shift = np.concatenate([np.full(len(e.same), prior_shift(e.n, n_train)) for e in known])
    scale = np.maximum(x.std(axis=0), 1e-6)
    z = x / scale

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        value, rest = _log_loss(parameters[0] - shift + z @ parameters[1:], y)
        value += LINEAR_PENALTY * float(parameters[1:] @ parameters[1:])
        slope = z.T @ rest + 2 * LINEAR_PENALTY * parameters[1:]
        return value, np.concatenate([[rest.sum()], slope])

    against = [name in AGAINST or name.endswith("_differs") for name in NAMES]
    bounds = [(None, None), *((None, 0.0) if minus else (0.0, None) for minus in against)]
    found = _minimum(loss, 1 + len(NAMES), bounds)
    k = len(NAMES)
    return PairModel(
        name=name,
        provenance=provenance,
        n_train=n_train,
        bias=float(found[0]),
        linear=found[1:] / scale,
        products=np.zeros((k, k)),
        centre=np.zeros(k),
        scale=np.ones(k),
        support=np.array([0.0, 1.0, 0.0, 0.0, 0.0]),
    )


def _first_step(z: FloatArray, y: FloatArray, shift: FloatArray) -> FloatArray:
    """Bias, linear weights and products."""
    k = z.shape[1]

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        linear, products = parameters[1 : k + 1], parameters[k + 1 :].reshape(k, k)
        odds = parameters[0] - shift + z @ linear + np.einsum("ij,ij->i", z @ products, z)
        value, rest = _log_loss(odds, y)
        value += LINEAR_PENALTY * float(linear @ linear)
        value += PRODUCT_PENALTY * float((products**2).sum())
        slope_linear = z.T @ rest + 2 * LINEAR_PENALTY * linear
        slope_products = (z * rest[:, None]).T @ z + 2 * PRODUCT_PENALTY * products
        return value, np.concatenate([[rest.sum()], slope_linear, slope_products.ravel()])

    return _minimum(loss, 1 + k + k * k)


def _second_step(known: Sequence[KnownPairs], model: PairModel, y: FloatArray) -> FloatArray:
    """Bias and weights of the company a pair keeps."""
    support = np.concatenate([_support(each, model) for each in known])
    spread = np.maximum(support.std(axis=0), 1e-6)
    scaled = support / spread

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        value, rest = _log_loss(parameters[0] + scaled @ parameters[1:], y)
        value += SUPPORT_PENALTY * float(parameters[1:] @ parameters[1:])
        slope = scaled.T @ rest + 2 * SUPPORT_PENALTY * parameters[1:]
        return value, np.concatenate([[rest.sum()], slope])

    found = _minimum(loss, 1 + len(SUPPORT))
    return np.concatenate([found[:1], found[1:] / spread])


def _support(known: KnownPairs, model: PairModel) -> FloatArray:
    odds = own_odds(known.features.astype(np.float32), model, known.n, corrects_prior=True)
    near = company(known.n, known.pairs, probability(odds))
    return support_features(near, known.pairs, odds)


def _log_loss(odds: FloatArray, y: FloatArray) -> tuple[float, FloatArray]:
    """Mean logistic loss, and its slope by the log-odds of each pair."""
    p = 1 / (1 + np.exp(-np.clip(odds, -40, 40)))
    slope: FloatArray = (p - y) / len(y)
    return float(np.mean(np.logaddexp(0, odds) - y * odds)), slope


def _minimum(loss: Loss, n_parameters: int, bounds: Bounds | None = None) -> FloatArray:
    start = np.zeros(n_parameters)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 400}
    )
    return np.asarray(found.x, dtype=np.float64)
