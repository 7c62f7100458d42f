"""The pair model: log-odds that two incidents have one cause, and what each feature adds.

Two steps. First the features of the pair itself: `bias + u.z + z.Q.z`, with z the features in
standard deviations from their mean; Q lets, say, the same CI count for more where the wording
is alike as well. Then the company the two keep: incidents of one cause resemble the same others,
chance matches do not.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from itsm.errors import MiningError
from problem_mining.company import (
    SUPPORT,
    Company,
    own_part,
    support_features,
)
from problem_mining.features import Float32
from problem_mining.measured import NAMES
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.quadratic import Quadratic
from problem_mining.similarity import PairSpace

MIN_PRIOR_TEXTS = 1_000
PRIOR_SHARE = 0.3
"""Of ln(n / n_train), what the log-odds fall by: each text is compared with its nearest only."""
ODDS_STEPS = 2.0**14
MAX_DOUBT_ROUNDS = 60
MIN_DOUBTED_TEXTS = 100
"""Fewer texts do not tell how much repeats."""


@dataclass(frozen=True, slots=True)
class PairModel:
    """A pair model.

    Attributes:
        name: what it is called.
        provenance: what it was trained on, in words.
        n_train: number of texts among which its training pairs were found.
        bias, linear, products: first step, over standardised features; shapes (), (f,), (f, f).
        centre, scale: mean and standard deviation of the features in training, shape (f,).
        second: second step, over SUPPORT; None where the first is all.
        repeats: share of the training texts with a likely repeat; 0 where it is not known.
    """

    name: str
    provenance: str
    n_train: int
    bias: float
    linear: FloatArray
    products: FloatArray
    centre: FloatArray
    scale: FloatArray
    second: Quadratic | None = None
    repeats: float = 0.0


def contributions(features: Float32, model: PairModel) -> FloatArray:
    """What each feature adds to the log-odds of the first step, against an average pair.

    A product of two features is shared equally by both. Shape as `features`.
    """
    first = Quadratic(model.bias, model.linear, model.products, model.centre, model.scale)
    return first.each(features)


def prior_shift(n: int, n_train: int) -> float:
    """How much the log-odds fall where a pair is one of n texts instead of n_train.

    Chance matches grow with n. Below MIN_PRIOR_TEXTS nothing more is gained: so few texts say
    little about what is common.
    """
    return PRIOR_SHARE * math.log(max(n, MIN_PRIOR_TEXTS) / n_train)


def own_odds(features: Float32, model: PairModel, n: int, *, corrects_prior: bool) -> FloatArray:
    """Log-odds of pairs by their own features.

    Args:
        features: shape (m, f).
        model: a pair model.
        n: number of texts among which the pairs were found.
        corrects_prior: whether the log-odds fall by `prior_shift`.
    """
    return _added_up(contributions(features, model), model, n, corrects_prior=corrects_prior)


def _added_up(added: FloatArray, model: PairModel, n: int, *, corrects_prior: bool) -> FloatArray:
    """The same from what each feature adds."""
    shift = prior_shift(n, model.n_train) if corrects_prior else 0.0
    if model.second is None and shift < 0:
        # A plain model, made for few texts: fewer of them give fewer chance matches in full.
        shift /= PRIOR_SHARE
    odds: FloatArray = model.bias + added.sum(axis=1) - shift
    # In steps far above what the order of a sum can change, and which a float32 can hold.
    return np.asarray(np.rint(odds * ODDS_STEPS) / ODDS_STEPS, dtype=np.float64)


def probability(odds: FloatArray) -> FloatArray:
    """Probabilities of log-odds in steps of 2^-20, so that sums do not depend on their order."""
    p = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return np.asarray(np.round(p * 2**20) / 2**20, dtype=np.float64)


def doubt(n: int, pairs: IntArray, odds: FloatArray, repeats: float) -> float:
    """How much the log-odds fall where fewer texts than in training have a likely repeat.

    The share of texts with a repeat is taken from the run itself by expectation maximisation, and
    never to be more than in training; from fewer than MIN_DOUBTED_TEXTS texts nothing is taken.

    Args:
        n: number of texts.
        pairs: shape (m, 2).
        odds: their log-odds.
        repeats: the share in training; nothing falls where it is 0.

    Source: Saerens, Latinne & Decaestecker 2002, on the likeliest pair of each text.
    """
    if not repeats or n < MIN_DOUBTED_TEXTS:
        return 0.0
    best = likeliest(n, pairs, odds)
    usual, fall = math.log(repeats / (1 - repeats)), 0.0
    for _ in range(MAX_DOUBT_ROUNDS):
        share = float(probability(best - fall).mean())
        share = min(max(share, 1e-4), 1 - 1e-4)
        now = max(0.0, usual - math.log(share / (1 - share)))
        if abs(now - fall) < 1e-4:
            break
        fall = now
    return round(fall, 4)


def likeliest(n: int, pairs: IntArray, odds: FloatArray) -> FloatArray:
    """The log-odds of the likeliest pair of each text, -30 without any."""
    best = np.full(n, -30.0)
    for side in (0, 1):
        np.maximum.at(best, pairs[:, side], odds)
    return best


@dataclass(frozen=True, slots=True)
class Scorer:
    """A pair model at work on one corpus: gives log-odds to any of its pairs.

    `n` is the number of texts that chance is reckoned by, where it is not that of the space.
    """

    space: PairSpace
    model: PairModel
    corrects_prior: bool
    company: Company
    fall: float = 0.0
    n: int | None = None

    def odds(self, pairs: IntArray, features: Float32) -> tuple[FloatArray, FloatArray]:
        """Log-odds of pairs after both steps, and what the second step added."""
        odds, support, _ = self.explained(pairs, features)
        return odds, support

    def explained(
        self, pairs: IntArray, features: Float32
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The same, and what each feature adds to the first step."""
        n = len(self.space.nodes) if self.n is None else self.n
        added = contributions(features, self.model)
        own = _added_up(added, self.model, n, corrects_prior=self.corrects_prior)
        both = self.with_company(pairs, own, own_part(features))
        return both, both - own, added

    def with_company(self, pairs: IntArray, own: FloatArray, features: Float32) -> FloatArray:
        """Log-odds after the second step, from those of the first and the features in OWN."""
        if self.model.second is None:
            return own - self.fall
        p = probability(own)
        return (
            self.model.second.odds(support_features(self.company, pairs, own, p, features))
            - self.fall
        )


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
        "repeats": round(model.repeats, 5),
        "second": _second_as_plain(model.second),
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
        second=_second_from_plain(plain["second"]),
        repeats=float(str(plain["repeats"])),
    )


def _second_as_plain(second: Quadratic | None) -> dict[str, object] | None:
    if second is None:
        return None
    upper = np.triu_indices(len(SUPPORT))
    return {
        "features": list(SUPPORT),
        "bias": round(second.bias, 5),
        "linear": _rounded(second.linear),
        "products": _rounded(second.products[upper]),
        "centre": _rounded(second.centre),
        "scale": _rounded(second.scale),
    }


def _second_from_plain(plain: object) -> Quadratic | None:
    if not isinstance(plain, dict):
        return None
    if plain["features"] != list(SUPPORT):
        raise MiningError("the second step weighs other features; train it again")
    upper = np.zeros((len(SUPPORT), len(SUPPORT)))
    upper[np.triu_indices(len(SUPPORT))] = np.array(plain["products"], dtype=np.float64)
    linear, centre, scale = (
        np.array(plain[name], dtype=np.float64) for name in ("linear", "centre", "scale")
    )
    bias = float(plain["bias"])
    return Quadratic(bias, linear, np.triu(upper) + np.triu(upper, 1).T, centre, scale)


def _rounded(values: FloatArray) -> list[float]:
    return [float(value) for value in np.round(values, 5)]
