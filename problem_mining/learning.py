"""Learning a company: how much more or less each feature counts here than in the shipped weights.

What is learned is a correction by feature, so that it can be read, kept as plain numbers, and put
on any shipped model that has these features. It is held back twice: small corrections cost less
than large ones, and on pairs nobody labelled the score should stay what it was. With few labels
little changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from sklearn.metrics import average_precision_score

from itsm.errors import MiningError
from problem_mining.correction import Correction
from problem_mining.labelled_pairs import FOLDS, LabelledPairs, labelled_pairs
from problem_mining.labels import Labels
from problem_mining.measured import NAMES
from problem_mining.nodes import FloatArray
from problem_mining.settings import DEFAULT, MiningSettings

MIN_PAIRS = 20
"""With fewer labelled pairs of either kind nothing is learned."""
RIDGE = 3.0
"""Cost of a correction of one, per standard deviation of the feature, in labelled pairs."""
ANCHOR = 1.0
"""Weight of all unlabelled pairs together, against all labelled ones."""
MIN_GAIN = 0.002
"""Log loss by which a model must be better than the shipped one to be taken."""
TOLERANCE = 1.01
"""A model whose log loss is more than 1 % above the last one's is worse."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well labelled pairs are told, by a model that has not seen them.

    `bins` has for each fifth of the probabilities its mean, the share that truly has one cause, and
    how many pairs it has: in a calibrated model the first two agree.
    """

    log_loss: float
    average_precision: float
    bins: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of learning: the correction, what it is built on, and whether it was taken."""

    correction: Correction | None
    n_labels: int
    n_same: int
    n_different: int
    evidence: Mapping[str, int]
    shipped: Quality | None
    learned: Quality | None
    last: Quality | None
    is_adopted: bool
    reason: str
    effects: Mapping[str, float] = field(default_factory=dict)
    """The correction per standard deviation of a feature: what changed most, comparable."""


def learn(
    incidents: pd.DataFrame,
    labels: Labels,
    settings: MiningSettings = DEFAULT,
    last: Correction | None = None,
) -> Lesson:
    """Learns from labels, and says whether what was learned is to be used.

    Args:
        incidents: as for `mine`.
        labels: from `labels_of`.
        settings: how pairs are searched.
        last: the correction in use, which a new one must not be worse than.
    """
    try:
        found = labelled_pairs(incidents, labels, settings)
    except MiningError as error:
        return _nothing(labels, 0, 0, str(error))
    n_same = int(found.same.sum())
    n_different = len(found.same) - n_same
    if min(n_same, n_different) < MIN_PAIRS:
        reason = f"{n_same} pairs of one cause and {n_different} of two; {MIN_PAIRS} are needed"
        return _nothing(labels, n_same, n_different, reason)
    fitted = _fit(found, np.ones(len(found.same), dtype=bool))
    delta = fitted[1:]
    shipped, learned = _quality(found, _offset(found, found.base)), _quality(found, _unseen(found))
    before = None if last is None else _quality(found, _offset(found, _with_last(found, last)))
    is_adopted, reason = judged(shipped, learned, before)
    return Lesson(
        correction=Correction(
            found.model.name,
            round(float(delta[0] - delta[1:] @ (found.centre / found.spread)), 5),
            {
                n: round(float(d / s), 5)
                for n, d, s in zip(NAMES, delta[1:], found.spread, strict=True)
            },
        ),
        n_labels=len(labels),
        n_same=n_same,
        n_different=n_different,
        evidence=labels.counts,
        shipped=shipped,
        learned=learned,
        last=before,
        is_adopted=is_adopted,
        reason=reason,
        effects={n: round(float(d), 4) for n, d in zip(NAMES, delta[1:], strict=True)},
    )


def _unseen(found: LabelledPairs) -> FloatArray:
    """Log-odds of the labelled pairs by models that have not seen their cause."""
    unseen = np.empty(len(found.same))
    for fold in range(FOLDS):
        test = found.fold == fold
        unseen[test] = _odds(found, _fit(found, ~test))[test]
    return unseen


def judged(shipped: Quality, learned: Quality, last: Quality | None) -> tuple[bool, str]:
    """Whether a model is to be used, and why: better than shipped, not worse than the last."""
    figures = f"log loss {learned.log_loss:.3f} on labels not seen, shipped {shipped.log_loss:.3f}"
    if learned.log_loss > shipped.log_loss - MIN_GAIN:
        return False, f"no better than the shipped weights: {figures}"
    if last is not None and learned.log_loss > TOLERANCE * last.log_loss:
        return False, f"worse than the last model ({last.log_loss:.3f}): {figures}"
    return True, figures


def _nothing(labels: Labels, n_same: int, n_different: int, reason: str) -> Lesson:
    return Lesson(
        None, len(labels), n_same, n_different, labels.counts, None, None, None, False, reason
    )


def _odds(found: LabelledPairs, fitted: FloatArray) -> FloatArray:
    odds: FloatArray = found.base + fitted[0] + fitted[1] + found.z @ fitted[2:]
    return odds


def _offset(found: LabelledPairs, odds: FloatArray) -> FloatArray:
    """Log-odds moved to fit how often labelled pairs are one: people label what repeats."""
    ones = np.ones((len(odds), 1))

    def loss(offset: FloatArray) -> tuple[float, FloatArray]:
        return _log_loss(odds + offset[0], found.same, found.weight, ones)

    moved = minimize(loss, np.zeros(1), jac=True, method="L-BFGS-B")
    shifted: FloatArray = odds + float(moved.x[0])
    return shifted


def _with_last(found: LabelledPairs, last: Correction) -> FloatArray:
    if last.base != found.model.name:
        return found.base
    extra = np.array([last.weights.get(name, 0.0) for name in NAMES])
    raw = found.z * found.spread + found.centre
    odds: FloatArray = found.base + last.bias + raw @ extra
    return odds


def _fit(found: LabelledPairs, used: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FloatArray:
    """Bias and correction per standard deviation, from some of the labelled pairs."""
    z, base, y, w = found.z[used], found.base[used], found.same[used], found.weight[used]
    target = 1 / (1 + np.exp(-np.clip(found.base_other, -30, 30)))
    anchor = ANCHOR * w.sum() / max(len(target), 1)

    ones, ones_other = np.ones((len(y), 1)), np.ones((len(target), 1))
    own = np.hstack([ones, z])
    rest = np.hstack([ones_other, found.z_other])
    ridge = np.concatenate([[0.0], np.full(z.shape[1], RIDGE)])

    def loss(both: FloatArray) -> tuple[float, FloatArray]:
        offset, delta = both[0], both[1:]
        value, slope = _log_loss(base + offset + own @ delta, y, w, own)
        held, held_slope = _log_loss(
            found.base_other + rest @ delta, target, np.full(len(target), anchor), rest
        )
        cost = float(ridge @ delta**2)
        slopes = np.concatenate([slope[:1], slope + held_slope + 2 * ridge * delta])
        return value + held + cost, slopes

    start = np.zeros(2 + z.shape[1])
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 80})
    return np.asarray(result.x, dtype=np.float64)


def _log_loss(
    odds: FloatArray, y: FloatArray, w: FloatArray, z: FloatArray
) -> tuple[float, FloatArray]:
    """Weighted logistic loss and its slope by bias and weights."""
    rest = w * (1 / (1 + np.exp(-np.clip(odds, -30, 30))) - y)
    value = float(w @ (np.logaddexp(0, odds) - y * odds))
    return value, z.T @ rest


def _quality(found: LabelledPairs, odds: FloatArray) -> Quality:
    w, y = found.weight, found.same
    p = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    loss = float(w @ (np.logaddexp(0, odds) - y * odds) / w.sum())
    order = np.argsort(p, kind="stable")
    bins = tuple(
        (round(float(p[part].mean()), 3), round(float(y[part].mean()), 3), len(part))
        for part in np.array_split(order, 5)
        if len(part)
    )
    precision = float(average_precision_score(y, p, sample_weight=w))
    return Quality(round(loss, 4), round(precision, 4), bins)
