"""How much of a group stays together when some of the incidents are left out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problem_mining.grouping import linked_whole
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.settings import MiningSettings
from problem_mining.texts import Hashes, mixed

Flags = NDArray[np.bool_]

KEPT_SHARE = 0.8
MAX_ROUNDS = 10
ROUND_PAIRS = 1_500_000
"""Pairs that all rounds may link together; larger runs get fewer rounds."""


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking went by: pairs of nodes and their probabilities.

    Left out is what can neither join nor part anything, nor make a near miss.
    """

    pairs: IntArray
    p: FloatArray


NOTHING_LINKED = Linked(np.empty((0, 2), dtype=np.int64), np.empty(0))


def rounds_of(n_pairs: int) -> int:
    """How many rounds are made where so many pairs are linked."""
    return min(MAX_ROUNDS, ROUND_PAIRS // max(n_pairs, 1))


def turns_of(names: Hashes, rounds: int) -> list[Flags]:
    """The texts that are kept in each round, drawn by their hashes: whichever others there are."""
    most = np.uint64(KEPT_SHARE * 2**64)
    return [mixed(names + np.uint64(turn)) < most for turn in range(rounds)]


def stability(
    names: Hashes,
    linked: Linked,
    groups: Sequence[IntArray],
    settings: MiningSettings,
    rounds: int,
) -> FloatArray:
    """How much of each group stays together when a fifth of the texts is left out.

    Args:
        names: a hash of each text, by which it is drawn.
        linked: what linking went by.
        groups: the texts of each group.
        settings: how groups are linked.
        rounds: how often a fifth is left out.

    Each round leaves out another fifth, links the rest anew and compares each group with the group
    that most of it is in now: the Jaccard index of the two among the texts that were kept.

    Returns:
        The mean per group, NaN where never two of it were kept.

    Source: Hennig, "Cluster-wise assessment of cluster stability", 2007.
    """
    turns = turns_of(names, rounds)
    return held_together([_linked_again(linked, kept, settings) for kept in turns], turns, groups)


def held_together(
    labels: Sequence[NDArray[Any]], turns: Sequence[Flags], groups: Sequence[IntArray]
) -> FloatArray:
    """The same, where it is known how the rest was linked in each round."""
    if not turns:
        return np.full(len(groups), np.nan)
    total, counted = np.zeros(len(groups)), np.zeros(len(groups))
    of_node = spread(groups, len(turns[0]))
    for label, kept in zip(labels, turns, strict=True):
        value, has_two = _overlaps(of_node, label, kept, len(groups))
        total[has_two] += value[has_two]
        counted += has_two
    with np.errstate(invalid="ignore"):
        found: FloatArray = total / counted
        return found


def spread(rows: Sequence[IntArray], n: int) -> IntArray:
    """The group of each of n rows, -1 for those of none."""
    found = np.full(n, -1, dtype=np.int64)
    for group, some in enumerate(rows):
        found[some] = group
    return found


def _linked_again(linked: Linked, kept: Flags, settings: MiningSettings) -> IntArray:
    there = kept[linked.pairs[:, 0]] & kept[linked.pairs[:, 1]]
    return linked_whole(len(kept), linked.pairs[there], linked.p[there], settings)


def _overlaps(
    of_node: IntArray,
    labels: NDArray[Any],
    kept: Flags,
    n_groups: int,
) -> tuple[FloatArray, Flags]:
    """Per group the Jaccard index with the group most of it is in now, and whether two are left."""
    inside = kept & (of_node >= 0)
    left = np.bincount(of_node[inside], minlength=n_groups)
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    joined = inside & (labels >= 0)
    width = len(sizes)
    key, n_both = np.unique(of_node[joined] * width + labels[joined], return_counts=True)
    group, label = key // width, key % width
    value = np.zeros(n_groups)
    np.maximum.at(value, group, n_both / (left[group] + sizes[label] - n_both))
    return value, left >= 2


def steadiness(value: float, n_nodes: int) -> float | None:
    """Texts that are the same always stay together."""
    if n_nodes == 1:
        return 1.0
    return None if math.isnan(value) else round(value, 3)
