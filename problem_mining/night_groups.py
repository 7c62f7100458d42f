"""Groups of a night: linked and told anew where something in them has changed, else as before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from problem_mining.doubts import LEAST_NEAR
from problem_mining.grouping import link, numbered
from problem_mining.night_lists import Match
from problem_mining.night_scores import Changed, Scored, distinct
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.settings import MiningSettings

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Linkage:
    """How texts are linked.

    `part` is the component of each, by pairs that may join at all, and `label` its group, -1 for
    those that stand alone. `is_new` tells whose part was linked anew.
    """

    part: IntArray
    label: IntArray
    is_new: Flags


def linked_now(
    scored: Scored,
    settings: MiningSettings,
    before: IntArray | None,
    match: Match,
    changed: Changed | None,
) -> Linkage:
    """The groups of texts; what no change reaches is linked as it was.

    Groups are joined within parts: what no path of pairs likely enough joins never meets.

    Args:
        scored: all pairs.
        settings: how groups are linked.
        before: the groups of the texts of the run before.
        match: which of these are there again.
        changed: what has changed since; None for everything.
    """
    n, pairs, p = len(match.old), scored.pairs, scored.p
    part = _parts(n, pairs, p, settings.threshold)
    is_new = np.ones(n, dtype=bool)
    if before is not None and changed is not None:
        is_new = np.isin(part, part[_marked(part, scored, settings.threshold, match, changed)])
    inside = np.flatnonzero(is_new[pairs[:, 0]] & (part[pairs[:, 0]] == part[pairs[:, 1]]))
    nodes = np.flatnonzero(is_new)
    place = np.full(n, -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    found = link(
        len(nodes),
        place[pairs[inside]],
        p[inside],
        threshold=settings.threshold,
        link_cap=settings.link_cap,
    )
    roots = -2 - np.arange(n)
    if before is not None:
        stayed = np.flatnonzero(~is_new)
        old = before[match.old[stayed]]
        roots[stayed] = np.where(old >= 0, old, roots[stayed])
    first = int(roots.max(initial=-1)) + 1
    roots[nodes] = np.where(found >= 0, first + found, roots[nodes])
    return Linkage(part, numbered(roots), is_new)


def _parts(n: int, pairs: IntArray, p: FloatArray, least: float) -> IntArray:
    likely = p >= least
    i, j = pairs[likely, 0], pairs[likely, 1]
    near = sp.coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(n, n))
    _, part = connected_components(near, directed=False)
    return part.astype(np.int64)


def _marked(
    part: IntArray, scored: Scored, least: float, match: Match, changed: Changed
) -> IntArray:
    """The texts at which something changed that linking goes by."""
    pairs, p = scored.pairs[changed.pairs], scored.p[changed.pairs]
    other = p != changed.p_before
    matters = np.fmax(p, changed.p_before) >= least
    matters |= part[pairs[:, 0]] == part[pairs[:, 1]]
    lost = changed.gone[:, :2]
    both = (lost >= 0).all(axis=1)
    lost_matters = changed.p_gone >= least
    lost_matters |= both & (part[lost[:, 0]] == part[lost[:, 1]])
    ends = lost[lost_matters].ravel()
    return np.concatenate([pairs[other & matters].ravel(), ends[ends >= 0], match.new])


def touched(linkage: Linkage, scored: Scored, match: Match, changed: Changed) -> Flags:
    """The texts whose groups have to be told anew.

    These are texts of parts that were linked anew; texts that are measured otherwise or keep other
    company; texts with a pair that makes a near miss and may score otherwise; and the two of a pair
    that nobody looked for, but that groups or near misses may ask about.
    """
    n = len(match.old)
    found = linkage.is_new.copy()
    found[changed.texts] = True
    found[match.new] = True
    pairs, p = scored.pairs[changed.pairs], scored.p[changed.pairs]
    found[pairs[np.fmax(p, changed.p_before) >= LEAST_NEAR].ravel()] = True
    lost = changed.gone[changed.p_gone >= LEAST_NEAR, :2].ravel()
    found[lost[lost >= 0]] = True
    crossings = changed.crossings
    if len(crossings):
        label = linkage.label
        near = scored.pairs[scored.p >= LEAST_NEAR]
        both = np.concatenate([near, near[:, ::-1], np.column_stack([np.arange(n)] * 2)])
        both = both[label[both[:, 1]] >= 0]
        width = int(label.max(initial=0)) + 1
        known = distinct(both[:, 0] * width + label[both[:, 1]])
        for one, other in (crossings.T, crossings.T[::-1]):
            asked = np.where(label[other] >= 0, one * width + label[other], -1)
            found[other[np.isin(asked, known)]] = True
    return found


def unchanged_groups(
    labels: IntArray, before: IntArray, rows_before: IntArray, is_touched: Flags
) -> dict[int, int]:
    """The group of before that each group still is, by its number now.

    Args:
        labels: of the rows now, -1 for singles.
        before: of the rows of before.
        rows_before: the place of each row before, -1 for new ones.
        is_touched: the rows whose groups have to be told anew.
    """
    if not len(before):
        return {}
    rows = np.flatnonzero(labels >= 0)
    was = np.where(rows_before[rows] >= 0, before[np.maximum(rows_before[rows], 0)], -1)
    good = (was >= 0) & ~is_touched[rows]
    n = int(labels.max(initial=-1)) + 1
    size, size_before = np.bincount(labels[rows], minlength=n), np.bincount(before[before >= 0])
    low, high = np.full(n, np.iinfo(np.int64).max), np.full(n, -1, dtype=np.int64)
    np.minimum.at(low, labels[rows], np.where(good, was, -1))
    np.maximum.at(high, labels[rows], was)
    return {
        group: int(high[group])
        for group in np.flatnonzero((low == high) & (high >= 0)).tolist()
        if size[group] == size_before[high[group]]
    }


def spread(rows: Sequence[IntArray], n: int) -> IntArray:
    """The group of each of n rows, -1 for those of none."""
    found = np.full(n, -1, dtype=np.int64)
    for group, some in enumerate(rows):
        found[some] = group
    return found
