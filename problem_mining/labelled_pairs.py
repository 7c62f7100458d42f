"""The pairs that labels say something of, and a sample of the others, with their features."""

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from itsm.errors import MiningError
from problem_mining.chunks import in_order, parts_of
from problem_mining.labels import Labels
from problem_mining.model import PairModel, own_odds
from problem_mining.nodes import FloatArray, IntArray, collapse, read_rows, subset
from problem_mining.pair_scoring import taught
from problem_mining.row_order import by_opening
from problem_mining.search import search, widened
from problem_mining.settings import MiningSettings
from problem_mining.similarity import PairSpace, pair_features
from problem_mining.weights import shipped_model, teacher_of

FOLDS = 5
MAX_ROWS = 20_000
MAX_LABELLED = 20_000
"""Of more labelled incidents those of some causes are taken, drawn by name: whole causes."""
MAX_UNLABELLED = 10_000


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """Labelled pairs and a sample of the others; z in standard deviations of all of them."""

    model: PairModel
    z: FloatArray
    base: FloatArray
    same: FloatArray
    weight: FloatArray
    fold: IntArray
    z_other: FloatArray
    base_other: FloatArray
    centre: FloatArray
    spread: FloatArray


def labelled_pairs(
    incidents: pd.DataFrame, labels: Labels, settings: MiningSettings
) -> LabelledPairs:
    """The labelled among the pairs that mining would score.

    Args:
        incidents: as for `mine`.
        labels: from `labels_of`.
        settings: how pairs are searched.

    Raises:
        MiningError: there is nothing to learn from; says why.
    """
    if not labels.cause_of:
        raise MiningError("nobody has said of any incident what caused it")
    rows = read_rows(_sampled(incidents, labels))
    worded = np.flatnonzero(rows.has_word)
    if len(worded) < 2:
        raise MiningError("there are no texts to learn from")
    model = shipped_model(rows.codes, worded)
    nodes = collapse(subset(rows, worded))
    space, pairs = search(nodes, settings, lambda _, __: None)
    if teacher := teacher_of(model):
        space = taught(space, pairs, teacher)
        pairs = widened(space, pairs, settings)
    keys = [rows.keys[worded[row]] for row in nodes.first]
    causes = [labels.cause_of.get(key) for key in keys]
    told = np.array([_told(causes[i], causes[j], labels) for i, j in pairs.tolist()])
    labelled = np.flatnonzero(told >= 0)
    if not len(labelled):
        raise MiningError("no labelled incidents are alike enough to be compared")
    features = _features(space, pairs[labelled])
    others = _spread(np.flatnonzero(told < 0))
    rest = _features(space, pairs[others]) if len(others) else features[:0]
    centre, spread = _scale(np.concatenate([features, rest]))
    n = len(nodes)
    names = [_pair_name(causes[i], causes[j]) for i, j in pairs[labelled].tolist()]
    _, inverse, counts = np.unique(names, return_inverse=True, return_counts=True)
    return LabelledPairs(
        model=model,
        z=(features - centre) / spread,
        base=own_odds(features.astype(np.float32), model, n, corrects_prior=True),
        same=told[labelled].astype(np.float64),
        weight=1 / np.sqrt(counts[inverse]),
        fold=np.array([zlib.crc32(name.encode()) % FOLDS for name in names]),
        z_other=(rest - centre) / spread,
        base_other=own_odds(rest.astype(np.float32), model, n, corrects_prior=True),
        centre=centre,
        spread=spread,
    )


def _spread(others: IntArray) -> IntArray:
    """So many of some pairs that are not labelled, evenly spaced."""
    return others[:: max(1, len(others) // MAX_UNLABELLED)]


def _scale(features: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of each feature."""
    return features.mean(axis=0), np.maximum(features.std(axis=0), 1e-3)


def _sampled(incidents: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """All labelled incidents, and others up to MAX_ROWS, evenly spaced as they were opened."""
    if len(incidents) <= MAX_ROWS:
        return incidents
    ordered = incidents.iloc[by_opening(incidents)]
    is_labelled = ordered["key"].isin(set(labels.cause_of))
    rest = ordered[~is_labelled]
    is_labelled &= ordered["key"].isin(_drawn(labels))
    step = max(1, -(-len(rest) // max(1, MAX_ROWS - int(is_labelled.sum()))))
    return pd.concat([ordered[is_labelled], rest.iloc[::step]])


def _drawn(labels: Labels) -> set[str]:
    """The labelled incidents of so many causes that they are MAX_LABELLED or few more."""
    if len(labels.cause_of) <= MAX_LABELLED:
        return set(labels.cause_of)
    of_cause: dict[str, list[str]] = {}
    for key, cause in labels.cause_of.items():
        of_cause.setdefault(cause, []).append(key)
    found: set[str] = set()
    for cause in sorted(of_cause, key=lambda name: (zlib.crc32(name.encode()), name)):
        found.update(of_cause[cause])
        if len(found) >= MAX_LABELLED:
            break
    return found


def _features(space: PairSpace, pairs: IntArray) -> FloatArray:
    parts = in_order(lambda part: pair_features(space, pairs[part]), parts_of(len(pairs)))
    return np.concatenate(parts).astype(np.float64)


def _told(one: str | None, other: str | None, labels: Labels) -> int:
    """1 for one cause, 0 for two, -1 where nobody knows."""
    if one is None or other is None:
        return -1
    if one == other:
        return 1
    return 0 if labels.are_apart(one, other) else -1


def _pair_name(one: str | None, other: str | None) -> str:
    return "|".join(sorted({str(one), str(other)}))
