"""How well each member fits its group, and which terms of the pair score hold a group together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from problem_mining.chunks import CHUNK, in_order
from problem_mining.model import Scorer, probability
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

    def told(self) -> bytes:
        """All of it as bytes, which are the same where it is."""
        arrays = (self.scores, self.contributions, self.features, self.by_member)
        plain = (
            self.support,
            self.code_fields,
            self.is_burst,
            [None if a is None else a.shape for a in arrays],
        )
        return b"".join([repr(plain).encode(), *(a.tobytes() for a in arrays if a is not None)])


def score_groups(scorer: Scorer, labels: IntArray) -> Iterator[tuple[IntArray, GroupTerms]]:
    """For each group its rows and terms, groups in order of label.

    Args:
        scorer: the pair model at work.
        labels: a label per row, -1 for singles.
    """
    groups = by_label(labels)
    planned = [_plan(scorer.space.nodes.of_row[rows]) for rows in groups]

    def told(some: slice) -> list[GroupTerms]:
        return _terms_of(scorer, groups[some], planned[some])

    parts = _parts([len(pairs) for _, pairs in planned])
    found = in_order(told, parts)
    yield from zip(groups, chain.from_iterable(found), strict=True)


def _parts(sizes: Sequence[int]) -> list[slice]:
    """Neighbouring groups whose pairs are CHUNK at most, or one group alone."""
    parts, start, total = [], 0, 0
    for at, size in enumerate(sizes):
        if at > start and total + size > CHUNK:
            parts.append(slice(start, at))
            start, total = at, 0
        total += size
    return [*parts, slice(start, len(sizes))] if sizes else []


def _terms_of(
    scorer: Scorer, groups: Sequence[IntArray], planned: Sequence[tuple[IntArray, IntArray]]
) -> list[GroupTerms]:
    """What holds some groups together, by the nodes and pairs that are planned for each."""
    of_row = scorer.space.nodes.of_row
    pairs = np.concatenate([pairs_of for _, pairs_of in planned])
    features = pair_features(scorer.space, pairs)
    odds, support, added = scorer.explained(pairs, features)
    p, found, end = probability(odds), [], 0
    for rows, (nodes, pairs_of) in zip(groups, planned, strict=True):
        part = slice(end, end + len(pairs_of))
        end = part.stop
        topics = _each(nodes, pairs_of, by_topic(added[part], support[part]))
        found.append(
            GroupTerms(
                _means(of_row[rows], nodes, pairs_of, p[part]),
                added[part].mean(axis=0),
                features[part].astype(np.float64).mean(axis=0),
                float(support[part].mean()),
                by_member=topics[np.searchsorted(nodes, of_row[rows])],
            )
        )
    return found


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
