"""Learning a pair model from incidents whose causes are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from itsm.errors import MiningError
from problem_mining.chunks import in_order, parts_of
from problem_mining.company import company_of, own_part, support_features
from problem_mining.features import Float32
from problem_mining.measured import NAMES
from problem_mining.model import (
    PairModel,
    likeliest,
    own_odds,
    prior_shift,
    probability,
)
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.quadratic import MAX_DEVIATION, Quadratic
from problem_mining.similarity import PairSpace, pair_features

LINEAR_PENALTY = 1e-4
PRODUCT_PENALTY = 1e-3
"""Weights of the squared parameters: products need more evidence than single features."""
ENOUGH = 60_000
HOPELESS = -4.6
ONE_IN = 6
"""Of many pairs that a plain model gives less than one in a hundred, one in six is looked at."""
MAX_NEWTON_STEPS = 30
MIN_STEP = 1e-3
MIN_GAIN = 1e-6

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
    chunks = in_order(lambda part: pair_features(space, pairs[part]), parts_of(len(pairs)))
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
    n_train = max(each.n for each in known)
    shift = np.concatenate([np.full(len(e.same), prior_shift(e.n, n_train)) for e in known])
    first = _quadratic(x, y, shift)
    model = PairModel(
        name=name,
        provenance=provenance,
        n_train=n_train,
        bias=first.bias,
        linear=first.linear,
        products=first.products,
        centre=first.centre,
        scale=first.scale,
    )
    support = [_support(each, model) for each in known]
    second = _quadratic(np.concatenate(support), y, np.zeros(len(y)))
    best = [
        probability(likeliest(each.n, each.pairs, second.odds(one)))
        for each, one in zip(known, support, strict=True)
    ]
    return replace(model, second=second, repeats=float(np.concatenate(best).mean()))


def fit_plain(
    known: Sequence[KnownPairs], name: str, provenance: str, *, counts_repeats: bool = False
) -> PairModel:
    """One step, no products, and weights of the sign common sense gives them.

    For few texts, whose features may lie where training had none: it cannot go astray far.

    Args:
        known: corpora of any size; the largest becomes `n_train`.
        name: what the model is called.
        provenance: what it was trained on, in words.
        counts_repeats: whether it is kept how many texts have a likely repeat, so that less is
            proposed where fewer have one.
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
    model = PairModel(
        name=name,
        provenance=provenance,
        n_train=n_train,
        bias=float(found[0]),
        linear=found[1:] / scale,
        products=np.zeros((k, k)),
        centre=np.zeros(k),
        scale=np.ones(k),
    )
    return replace(model, repeats=_repeats(known, model)) if counts_repeats else model


def _repeats(known: Sequence[KnownPairs], model: PairModel) -> float:
    """The share of texts with a likely repeat, by a model of one step."""
    best = []
    for each in known:
        features = each.features.astype(np.float32)
        odds = own_odds(features, model, each.n, corrects_prior=True)
        best.append(probability(likeliest(each.n, each.pairs, odds)))
    return float(np.concatenate(best).mean())


def _quadratic(x: FloatArray, y: FloatArray, shift: FloatArray) -> Quadratic:
    """Logistic regression on features and their products."""
    spread = x.std(axis=0)
    # What never varies in training says nothing: it is kept out by a scale that makes it 0.
    scale = np.where(spread > 1e-6, spread, 1e6)
    centre = x.mean(axis=0)
    z = np.clip((x - centre) / scale, -MAX_DEVIATION, MAX_DEVIATION)
    kept, weight = _thinned(z, y, shift)
    found = _by_newton(z[kept].astype(np.float32), y[kept], shift[kept], weight)
    k = x.shape[1]
    return Quadratic(float(found[0]), found[1 : k + 1], found[k + 1 :].reshape(k, k), centre, scale)


def _thinned(z: FloatArray, y: FloatArray, shift: FloatArray) -> tuple[IntArray, FloatArray]:
    """Which pairs are looked at, and how much each counts: of the hopeless ones one in ONE_IN."""
    if len(y) < ENOUGH:
        return np.arange(len(y)), np.full(len(y), 1 / len(y))
    k = z.shape[1]

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        value, rest = _log_loss(parameters[0] - shift + z @ parameters[1:], y)
        value += LINEAR_PENALTY * float(parameters[1:] @ parameters[1:])
        slope = z.T @ rest + 2 * LINEAR_PENALTY * parameters[1:]
        return value, np.concatenate([[rest.sum()], slope])

    found = _minimum(loss, 1 + k)
    odds = found[0] - shift + z @ found[1:]
    is_hopeless = (y == 0) & (odds < HOPELESS)
    is_picked = is_hopeless & (np.arange(len(y)) % ONE_IN == 0)
    kept = np.flatnonzero(~is_hopeless | is_picked)
    return kept, np.where(is_picked[kept], float(ONE_IN), 1.0) / len(y)


def _by_newton(x: Float32, y: FloatArray, shift: FloatArray, weight: FloatArray) -> FloatArray:
    """Bias, linear weights and products, flat; products as a symmetric matrix."""
    k = x.shape[1]
    i, j = np.triu_indices(k)
    ones = np.ones((len(x), 1), dtype=np.float32)
    terms = np.concatenate([ones, x, x[:, i] * x[:, j]], axis=1)
    # Off the diagonal a term stands for two equal products, each of half its weight.
    of_product = np.where(i == j, PRODUCT_PENALTY, PRODUCT_PENALTY / 2)
    penalty = np.concatenate([[0.0], np.full(k, LINEAR_PENALTY), of_product])
    found = _descended(terms, y, shift, weight, penalty)
    products = np.zeros((k, k))
    products[i, j] = found[k + 1 :]
    return np.concatenate([found[: k + 1], ((products + products.T) / 2).ravel()])


def _descended(
    terms: Float32, y: FloatArray, shift: FloatArray, weight: FloatArray, penalty: FloatArray
) -> FloatArray:
    """Newton's method on the penalised logistic loss, with steps halved until they help."""

    def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
        odds = np.clip(terms @ parameters.astype(np.float32) - shift, -40, 40)
        value = float(weight @ (np.logaddexp(0, odds) - y * odds))
        return value + float(penalty @ parameters**2), odds

    found = np.zeros(terms.shape[1])
    value, odds = loss(found)
    for _ in range(MAX_NEWTON_STEPS):
        before, length, start = value, 1.0, found
        step = _newton_step(terms, y, odds, weight, penalty, start)
        while length > MIN_STEP:
            found = start - length * step
            value, odds = loss(found)
            if value <= before:
                break
            length /= 2
        if before - value < MIN_GAIN:
            break
    return found


def _newton_step(
    terms: Float32,
    y: FloatArray,
    odds: FloatArray,
    weight: FloatArray,
    penalty: FloatArray,
    at: FloatArray,
) -> FloatArray:
    p = 1 / (1 + np.exp(-odds))
    slope = terms.T @ (weight * (p - y)).astype(np.float32) + 2 * penalty * at
    scaled = terms * np.sqrt(weight * p * (1 - p)).astype(np.float32)[:, None]
    curve = (scaled.T @ scaled).astype(np.float64) + np.diag(2 * penalty + 1e-9)
    return np.asarray(np.linalg.solve(curve, slope), dtype=np.float64)


def _support(known: KnownPairs, model: PairModel) -> FloatArray:
    features = known.features.astype(np.float32)
    odds = own_odds(features, model, known.n, corrects_prior=False)
    odds = odds - prior_shift(known.n, model.n_train)
    p = probability(odds)
    return support_features(
        company_of(known.n, known.pairs, p), known.pairs, odds, p, own_part(features)
    )


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
