"""How well each member fits its group, and which terms of the pair score hold a group together."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from problem_mining.chunks import CHUNK
from problem_mining.model import Scorer, contributions, probability
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.similarity import pair_features
from problem_mining.topics import by_topic

MAX_ANCHORS = 24
"""In larger groups a member is compared with so many others, evenly spaced."""


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """What holds one group together.

    `scores`: mean pair probability of each member with the others. For groups by text,
    `contributions` are the log-odds per pair feature, `support` what the company of the pairs adds
    to them, and `features` their values, means over the pairs; for groups by codes these are None,
    `code_fields` are the codes shared, and `is_burst` tells a burst in time from a place where one
    subject keeps coming back. `by_member` is what each topic adds for each member, shape (n, t).
    """

    scores: FloatArray
    contributions: FloatArray | None = None
    features: FloatArray | None = None
    support: float = 0.0
    code_fields: tuple[str, ...] = ()
    is_burst: bool = False
    by_member: FloatArray | None = None


def score_groups(scorer: Scorer, labels: IntArray) -> Iterator[tuple[IntArray, GroupTerms]]:
    """For each group its rows and terms, groups in order of label.

    Args:
        scorer: the pair model at work.
        labels: a label per row, -1 for singles.
    """
    space = scorer.space
    groups = by_label(labels)
    planned = [_plan(space.nodes.of_row[rows]) for rows in groups]
    start = 0
    while start < len(groups):
        end, total = start, 0
        while end < len(groups) and (end == start or total + len(planned[end][1]) <= CHUNK):
            total += len(planned[end][1])
            end += 1
        pairs = np.concatenate([planned[g][1] for g in range(start, end)])
        features = pair_features(space, pairs)
        odds, support = scorer.odds(pairs, features)
        added = contributions(features, scorer.model)
        p, offset = probability(odds), 0
        for g in range(start, end):
            (nodes, pairs_of), size = planned[g], len(planned[g][1])
            part = slice(offset, offset + size)
            offset += size
            scores = _means(space.nodes.of_row[groups[g]], nodes, pairs_of, p[part])
            values = features[part].astype(np.float64).mean(axis=0)
            company = float(support[part].mean())
            topics = _each(nodes, pairs_of, by_topic(added[part], support[part]))
            yield (
                groups[g],
                GroupTerms(
                    scores,
                    added[part].mean(axis=0),
                    values,
                    company,
                    by_member=topics[np.searchsorted(nodes, space.nodes.of_row[groups[g]])],
                ),
            )
        start = end


def by_label(labels: IntArray) -> list[IntArray]:
    """The rows of each label from 0 on, in order."""
    rows = np.flatnonzero(labels >= 0)
    rows = rows[np.argsort(labels[rows], kind="stable")]
    bounds = np.searchsorted(labels[rows], np.arange(labels.max(initial=-1) + 2))
    return [rows[start:end] for start, end in pairwise(bounds)]


def _plan(of_row: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct nodes of a group and the pairs to compare: each with up to MAX_ANCHORS."""
    nodes, counts = np.unique(of_row, return_counts=True)
    anchors = nodes[np.unique(np.linspace(0, len(nodes) - 1, MAX_ANCHORS).astype(np.int64))]
    left, right = np.meshgrid(nodes, anchors, indexing="ij")
    pairs = np.column_stack([left.ravel(), right.ravel()])
    repeated = nodes[counts > 1]
    keep = (pairs[:, 0] != pairs[:, 1]) | np.isin(pairs[:, 0], repeated)
    return nodes, pairs[keep]


def _each(nodes: IntArray, pairs: IntArray, values: FloatArray) -> FloatArray:
    """The mean of values over the pairs of each node, which come in the order of the nodes."""
    starts = np.searchsorted(pairs[:, 0], nodes)
    n = np.diff([*starts.tolist(), len(pairs)])
    means: FloatArray = np.add.reduceat(values, starts, axis=0) / n[:, None]
    return means


def _means(of_row: IntArray, nodes: IntArray, pairs: IntArray, p: FloatArray) -> FloatArray:
    """Each row's mean probability with the other rows, nodes counted as often as they have rows."""
    _, counts = np.unique(of_row, return_counts=True)
    where = np.searchsorted(nodes, pairs)
    weight = counts[where[:, 1]] - (where[:, 0] == where[:, 1])
    total = np.bincount(where[:, 0], weights=p * weight, minlength=len(nodes))
    n = np.bincount(where[:, 0], weights=weight, minlength=len(nodes))
    means: FloatArray = total / np.maximum(n, 1)
    return means[np.searchsorted(nodes, of_row)]
