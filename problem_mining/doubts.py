"""What speaks against groups: incidents nearly in them, where they would part, how steady they are.

Numbers only; `doubts_told.py` puts them into words. Deterministic: nothing is drawn that does not
depend on the number of a text alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.cluster.hierarchy import average, fcluster

from problem_mining.chunks import in_order, parts_of
from problem_mining.model import Scorer, probability
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.similarity import pair_features
from problem_mining.steadiness import Linked, steadiness
from problem_mining.topics import TOPICS, by_topic

MAX_NEAR = 5
LEAST_NEAR = 0.1
"""Pairs less likely do not make a near miss."""
_LOOKED_AT = 8
_ANCHORS = 12
MAX_PARTED = 40
"""Of larger groups so many texts, evenly spaced, say where they would part."""
MIN_PARTED = 3


@dataclass(frozen=True, slots=True)
class Near:
    """A text nearly in a group: its node or row, and its mean probability with the members.

    `lacks` is what each of TOPICS adds to its pairs with the group, less what it adds within.
    """

    at: int
    score: float
    lacks: FloatArray


@dataclass(frozen=True, slots=True)
class Parting:
    """Where a group would part: the nodes or rows of both parts, the smaller first.

    `score` is the mean probability across; `lacks` is what each of TOPICS adds to pairs across,
    less what it adds within the parts.
    """

    parts: tuple[IntArray, IntArray]
    score: float
    lacks: FloatArray


@dataclass(frozen=True, slots=True)
class GroupDoubts:
    """What speaks against one group; `at` and `parts` are rows of the grouping."""

    near: tuple[Near, ...] = ()
    parting: Parting | None = None
    stability: float | None = None
    n_rounds: int = 0

    def told(self) -> bytes:
        """All of it but for which rows are meant, as bytes that are the same where it is."""
        parted = [self.parting] if self.parting else []
        scores = [[one.score for one in self.near], [one.score for one in parted]]
        plain = (scores, self.stability, self.n_rounds)
        arrays = [one.lacks for one in self.near] + [one.lacks for one in parted]
        return b"".join([repr(plain).encode(), *(each.tobytes() for each in arrays)])

    def at_rows(self, rows: IntArray) -> "GroupDoubts":
        """The same where rows are numbered otherwise: number n is `rows[n]`."""
        near = tuple(replace(one, at=int(rows[one.at])) for one in self.near)
        parting = self.parting and _moved(self.parting, rows)
        return replace(self, near=near, parting=parting)


def _moved(parting: Parting, rows: IntArray) -> Parting:
    left, right = parting.parts
    return replace(parting, parts=(rows[left], rows[right]))


Steady = Callable[[Sequence[IntArray]], tuple[FloatArray, int]]
"""How steady groups of texts are, and in how many rounds that was tried."""


def group_doubts(
    scorer: Scorer,
    linked: Linked,
    groups: Sequence[IntArray],
    is_linked: Sequence[bool],
    steady: Steady,
) -> list[GroupDoubts]:
    """What speaks against groups of rows with text.

    Args:
        scorer: the pair model at work.
        linked: what linking went by.
        groups: the rows of each group, among the scorer's.
        is_linked: whether each group is as linking made it, or a person had a say.
        steady: tells how steady groups of texts are.
    """
    if not groups:
        return []
    of_row = scorer.space.nodes.of_row
    first = np.full(len(scorer.space.nodes), -1, dtype=np.int64)
    there = np.flatnonzero(of_row >= 0)[::-1]
    first[of_row[there]] = there
    nodes = [np.unique(of_row[rows]) for rows in groups]
    near = near_nodes(scorer, linked, nodes, within_groups(scorer, nodes))
    values, n_rounds = steady(nodes)
    return [
        GroupDoubts(
            tuple(Near(int(first[one.at]), one.score, one.lacks) for one in near[g]),
            None if parted is None else _moved(parted, first),
            steadiness(float(values[g]), len(nodes[g])) if is_linked[g] and n_rounds else None,
            n_rounds,
        )
        for g, parted in enumerate(partings(scorer, nodes))
    ]


def of_topics(scorer: Scorer, pairs: IntArray) -> tuple[FloatArray, FloatArray]:
    """Probabilities of pairs, and what each of TOPICS adds to their log-odds; (m,), (m, t)."""

    def of(part: slice) -> tuple[FloatArray, FloatArray]:
        features = pair_features(scorer.space, pairs[part])
        odds, support, added = scorer.explained(pairs[part], features)
        return probability(odds), by_topic(added, support)

    found = in_order(of, parts_of(len(pairs)))
    return (
        np.concatenate([np.empty(0), *(p for p, _ in found)]),
        np.concatenate([np.empty((0, len(TOPICS))), *(added for _, added in found)]),
    )


def near_nodes(
    scorer: Scorer, linked: Linked, groups: Sequence[IntArray], within: Sequence[FloatArray]
) -> list[list[Near]]:
    """The texts nearest to each group that are not in it.

    Args:
        scorer: the pair model at work.
        linked: what linking went by.
        groups: the nodes of each group.
        within: per group what each of TOPICS adds between its members.
    """
    chosen = _crossing(linked, groups, len(scorer.space.nodes))
    anchors = [_spaced(nodes, _ANCHORS) for nodes in groups]
    pairs = [np.column_stack([np.full(len(anchors[g]), node), anchors[g]]) for g, node in chosen]
    p, added = of_topics(scorer, np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs]))
    found: list[list[Near]] = [[] for _ in groups]
    start = 0
    for g, node in chosen:
        part = slice(start, start + len(anchors[g]))
        start = part.stop
        lacks = added[part].mean(axis=0) - within[g]
        found[g].append(Near(node, float(p[part].mean()), lacks))
    return [
        [one for one in sorted(each, key=lambda n: (-n.score, n.at)) if one.score >= LEAST_NEAR][
            :MAX_NEAR
        ]
        for each in found
    ]


def _crossing(linked: Linked, groups: Sequence[IntArray], n: int) -> list[tuple[int, int]]:
    """Per group the nodes outside whose scored pairs with it add up to most."""
    of_node = np.full(n, -1, dtype=np.int64)
    for g, nodes in enumerate(groups):
        of_node[nodes] = g
    likely = linked.p >= LEAST_NEAR
    pairs, p = linked.pairs[likely], linked.p[likely]
    both = np.concatenate([pairs, pairs[:, ::-1]])
    weight = np.concatenate([p, p])
    group = of_node[both[:, 0]]
    leads = (group >= 0) & (group != of_node[both[:, 1]])
    key, inverse = np.unique(group[leads] * n + both[leads, 1], return_inverse=True)
    total = np.bincount(inverse, weights=weight[leads], minlength=len(key))
    order = np.lexsort((key % n, -np.round(total, 6), key // n))
    g_of = (key // n)[order]
    place = np.arange(len(order)) - np.searchsorted(g_of, g_of)
    kept = order[place < _LOOKED_AT]
    return [(int(k // n), int(k % n)) for k in key[kept].tolist()]


def within_groups(scorer: Scorer, groups: Sequence[IntArray]) -> list[FloatArray]:
    """What each of TOPICS adds between some members of each group; shape (t,)."""
    pairs = [_all_pairs(_spaced(nodes, _ANCHORS)) for nodes in groups]
    _, added = of_topics(scorer, np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs]))
    ends = np.cumsum([len(each) for each in pairs]).tolist()
    starts = [0, *ends[:-1]]
    return [
        added[start:end].mean(axis=0) if end > start else np.zeros(len(TOPICS))
        for start, end in zip(starts, ends, strict=True)
    ]


def partings(scorer: Scorer, groups: Sequence[IntArray]) -> list[Parting | None]:
    """Where each group would part first, by average linkage of its own texts."""
    sampled = [_spaced(nodes, MAX_PARTED) for nodes in groups]
    pairs = [
        _all_pairs(nodes) if len(nodes) >= MIN_PARTED else np.empty((0, 2), dtype=np.int64)
        for nodes in sampled
    ]
    p, added = of_topics(scorer, np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs]))
    found: list[Parting | None] = []
    start = 0
    for nodes, each in zip(sampled, pairs, strict=True):
        part = slice(start, start + len(each))
        start = part.stop
        found.append(_parting(nodes, p[part], added[part]) if len(each) else None)
    return found


def _parting(nodes: IntArray, p: FloatArray, added: FloatArray) -> Parting:
    sides = fcluster(average(1 - p), 2, criterion="maxclust")
    left, right = np.triu_indices(len(nodes), 1)
    is_across = sides[left] != sides[right]
    if not is_across.any():  # every pair is as likely as every other: the last one goes
        sides = np.append(np.ones(len(nodes) - 1, dtype=np.int64), 2)
        is_across = sides[left] != sides[right]
    parts = [nodes[sides == side] for side in (1, 2)]
    parts.sort(key=lambda part: (len(part), int(part[0])))
    inside = added[~is_across]
    lacks = added[is_across].mean(axis=0) - (inside.mean(axis=0) if len(inside) else 0.0)
    return Parting((parts[0], parts[1]), float(p[is_across].mean()), lacks)


def _all_pairs(nodes: IntArray) -> IntArray:
    left, right = np.triu_indices(len(nodes), 1)
    return np.column_stack([nodes[left], nodes[right]])


def _spaced(nodes: IntArray, most: int) -> IntArray:
    """So many nodes at most, evenly spaced."""
    return nodes[np.unique(np.linspace(0, len(nodes) - 1, most).astype(np.int64))]
