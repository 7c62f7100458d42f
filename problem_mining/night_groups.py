"""Groups of a night: linked and told anew where something in them has changed, else as before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from problem_mining.basis import are_in
from problem_mining.doubts import LEAST_NEAR, GroupDoubts
from problem_mining.grouping import linked_whole
from problem_mining.night import Night
from problem_mining.night_lists import Match
from problem_mining.night_scores import Changed, Scored
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.pair_rows import distinct, with_one_of
from problem_mining.relinking import (
    beside_of,
    changed_groups,
    groups_before,
    relinked,
)
from problem_mining.settings import MiningSettings
from problem_mining.steadiness import held_together, steadiness

Flags = NDArray[np.bool_]
Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Linkage:
    """How texts are linked.

    `label` is the group of each, -1 for those that stand alone; `rounds` has a row for each time
    that a fifth of them is left out and the rest is linked (`steadiness.py`).
    """

    label: IntArray
    rounds: Labels


@dataclass(frozen=True, slots=True)
class Steadied:
    """Tells how steady groups of texts are; `turns` are from `turns_of`."""

    linkage: Linkage
    turns: Sequence[Flags]

    def __call__(self, groups: Sequence[IntArray]) -> tuple[FloatArray, int]:
        """How steady each group is, and in how many rounds that was tried."""
        return held_together(list(self.linkage.rounds), self.turns, groups), len(self.turns)

    def told(
        self, known: Sequence[GroupDoubts], groups: Sequence[IntArray]
    ) -> Iterator[GroupDoubts]:
        """What speaks against groups that are as they were, and how steady these are now."""
        values, n_rounds = self(groups)
        for each, value, nodes in zip(known, values.tolist(), groups, strict=True):
            steady = steadiness(value, len(nodes)) if n_rounds else None
            yield replace(each, stability=steady)


def linked_now(
    scored: Scored,
    settings: MiningSettings,
    before: Linkage | None,
    match: Match,
    changed: Changed | None,
    turns: Sequence[Flags],
) -> Linkage:
    """The groups of texts; what no change reaches is linked as it was.

    Args:
        scored: all pairs.
        settings: how groups are linked.
        before: how the texts of the run before were linked.
        match: which of these are there again.
        changed: what has changed since; None for everything.
        turns: the texts that are not left out, for each time some are.
    """
    history = _Grown(scored, match, changed, settings)
    label = history.linked(None if before is None else before.label)
    rounds = [
        history.linked(None if before is None else before.rounds[turn], kept)
        for turn, kept in enumerate(turns)
    ]
    return Linkage(label, np.array(rounds, dtype=np.int32).reshape(len(turns), len(label)))


@dataclass(frozen=True, slots=True)
class _Grown:
    """A history, and what has changed in it."""

    scored: Scored
    match: Match
    changed: Changed | None
    settings: MiningSettings

    def linked(self, label: IntArray | None, kept: Flags | None = None) -> IntArray:
        """The groups of all texts, or of those that are kept; `label` are those of before."""
        every, p, match = self.scored.pairs, self.scored.p, self.match
        pairs = every
        if kept is not None:
            there = kept[every[:, 0]] & kept[every[:, 1]]
            pairs, p = every[there], p[there]
        if label is None or self.changed is None:
            return linked_whole(len(match.old), pairs, p, self.settings)
        beside = beside_of(groups_before(label, match), pairs, p, self.settings.threshold)
        anew = changed_groups(beside, label, match, self.changed, self.scored)
        return relinked(beside, anew, pairs, p, self.settings)


def touched(linkage: Linkage, scored: Scored, match: Match, changed: Changed) -> Flags:
    """The texts whose groups have to be told anew.

    Beside those of groups that are not what they were these are texts that are measured otherwise
    or keep other company; texts with a pair that makes a near miss and may score otherwise; and the
    two of a pair that nobody looked for, but that groups or near misses may ask about.
    """
    n = len(match.old)
    found = np.zeros(n, dtype=bool)
    found[changed.texts] = True
    found[match.new] = True
    pairs, p = scored.pairs[changed.pairs], scored.p[changed.pairs]
    found[pairs[np.fmax(p, changed.p_before) >= LEAST_NEAR].ravel()] = True
    lost = changed.gone[changed.p_gone >= LEAST_NEAR, :2].ravel()
    found[lost[lost >= 0]] = True
    crossings = changed.crossings
    if len(crossings):
        label = linkage.label
        is_crossed = np.zeros(n, dtype=bool)
        is_crossed[crossings.ravel()] = True
        near = scored.pairs[(scored.p >= LEAST_NEAR) & with_one_of(scored.pairs, is_crossed)]
        own = np.column_stack([np.flatnonzero(is_crossed)] * 2)
        both = np.concatenate([near, near[:, ::-1], own])
        both = both[is_crossed[both[:, 0]] & (label[both[:, 1]] >= 0)]
        width = int(label.max(initial=0)) + 1
        known = distinct(both[:, 0] * width + label[both[:, 1]])
        for one, other in (crossings.T, crossings.T[::-1]):
            asked = np.where(label[other] >= 0, one * width + label[other], -1)
            found[other[are_in(asked, known)]] = True
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


def compact(labels: IntArray) -> IntArray:
    """Labels without gaps, in the same order."""
    found = labels.copy()
    found[labels >= 0] = np.unique(labels[labels >= 0], return_inverse=True)[1]
    return found


def still_there(
    labels: IntArray,
    before: tuple[IntArray, IntArray],
    tonight: Night,
    linkage: Linkage,
    by_people: Flags,
) -> dict[int, int]:
    """The group of before that each group still is, nothing having touched it.

    Args:
        labels: of the rows now, -1 for singles.
        before: those of the rows of before, and the place there of each row of now, -1 for new.
        tonight: the pairs, and what of them is new.
        linkage: how texts are linked.
        by_people: the rows whose groups people had a say in.
    """
    if tonight.changed is None:
        return {}
    is_touched = touched(linkage, tonight.history.scored, tonight.match, tonight.changed)
    return unchanged_groups(labels, *before, is_touched[tonight.nodes.of_row] | by_people)
