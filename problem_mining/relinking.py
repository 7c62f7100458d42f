"""Groups linked again where something changed: only groups that a change can reach are looked at.

Two groups that linking kept apart stay apart, and each stays whole, as long as nothing within them
or between them changes. For what is joined within one group does not hang on other groups, and
which of two groups goes on first is told by their own pairs alone. So it is enough to link what
has changed together with the groups beside it, where a pair likely enough to join stands between
them. Where one of those comes out otherwise than it was, it counts as changed as well, and so on
until none does: then linking everything would give the same.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from problem_mining.basis import are_in
from problem_mining.grouping import linked_whole, numbered
from problem_mining.mapped_arrays import Array
from problem_mining.night_lists import Match
from problem_mining.night_scores import Changed, Scored
from problem_mining.nodes import IntArray
from problem_mining.pair_rows import Pairs, distinct
from problem_mining.settings import MiningSettings

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Beside:
    """Groups of before, and which of them stand beside each other.

    `of` is the group of each text, those that stand alone having one each; `first` and `second` are
    groups with a pair between them that is likely enough to join.
    """

    of: IntArray
    first: IntArray
    second: IntArray

    @property
    def n(self) -> int:
        """How many numbers of groups there are."""
        return int(self.of.max(initial=-1)) + 1

    def next_to(self, groups: Flags) -> Flags:
        """The groups beside some, and these."""
        found = groups.copy()
        found[self.second[groups[self.first]]] = True
        found[self.first[groups[self.second]]] = True
        return found

    def around(self, groups: Flags, inside: Flags) -> Flags:
        """The groups that some can be reached from by steps within others, and these."""
        there = inside[self.first] & inside[self.second]
        steps = (np.ones(int(there.sum())), (self.first[there], self.second[there]))
        near = sp.coo_array(steps, shape=(self.n, self.n))
        _, part = connected_components(near, directed=False)
        found: Flags = inside & np.isin(part, part[groups])
        return found

    def are(self, pairs: Pairs) -> Flags:
        """Which pairs of texts are of one group, or of two that stand beside each other."""
        low, high = np.sort(self.of[pairs], axis=1).T
        first, second = np.minimum(self.first, self.second), np.maximum(self.first, self.second)
        known = distinct(first * self.n + second)
        found: Flags = (low == high) | are_in(low * self.n + high, known)
        return found


def beside_of(of: IntArray, pairs: Pairs, p: Array, threshold: float) -> Beside:
    """Groups with what stands beside them, by the pairs of now."""
    likely = np.flatnonzero(p >= np.float64(threshold))
    first, second = of[pairs[likely, 0]], of[pairs[likely, 1]]
    apart = first != second
    return Beside(of, first[apart], second[apart])


def groups_before(label: IntArray, match: Match) -> IntArray:
    """The group of before of each text of now: what stood alone or is new has one of its own."""
    found = int(label.max(initial=-1)) + 1 + np.arange(len(match.old))
    stayed = match.stayed
    was = label[match.old[stayed]]
    found[stayed] = np.where(was >= 0, was, found[stayed])
    return found


def changed_groups(
    beside: Beside, label: IntArray, match: Match, changed: Changed, scored: Scored
) -> Flags:
    """The groups that have a new text, lost one, or in or beside which a pair scores otherwise.

    Args:
        beside: the groups of before, and what stands beside them now.
        label: the group of each text of before, -1 for those that stood alone.
        match: which of these are there again.
        changed: what has changed since.
        scored: all pairs of now.
    """
    found = np.zeros(max(beside.n, int(label.max(initial=-1)) + 1), dtype=bool)
    found[beside.of[match.new]] = True
    lost = label[np.flatnonzero(match.now < 0)]
    found[lost[lost >= 0]] = True
    is_other = scored.p[changed.pairs] != changed.p_before
    both = changed.gone[(changed.gone[:, :2] >= 0).all(axis=1), :2]
    concerned = np.concatenate([scored.pairs[changed.pairs[is_other]], both])
    found[beside.of[concerned[beside.are(concerned)]].ravel()] = True
    return found[: beside.n]


def relinked(
    beside: Beside, changed: Flags, pairs: Pairs, p: Array, settings: MiningSettings
) -> IntArray:
    """The label of each text, -1 for those that stand alone; what no change reaches is as it was.

    Args:
        beside: the groups of before, and what stands beside them now.
        changed: the groups in which, or beside which, something has changed.
        pairs: all pairs (i, j), i < j, in order.
        p: their probabilities.
        settings: how groups are linked.
    """
    anew, of, n_names = changed, beside.of.copy(), beside.n
    before = np.zeros(beside.n, dtype=bool)
    while True:
        asked = beside.next_to(anew)
        again = beside.around(asked & ~before, asked)
        nodes = np.flatnonzero(again[beside.of])
        if not len(nodes):
            return numbered(of)
        found = _linked(nodes, pairs, p, len(beside.of), settings)
        of[nodes] = n_names + found
        n_names += int(found.max()) + 1
        anew = anew | _come_out_otherwise(beside.of[nodes], found, again & ~anew)
        before = asked


def _linked(nodes: IntArray, pairs: Pairs, p: Array, n: int, settings: MiningSettings) -> IntArray:
    """A group for each of some texts, which are linked by themselves."""
    place = np.full(n, -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    inside = pairs_within(nodes, place >= 0, pairs)
    found = linked_whole(len(nodes), place[pairs[inside]], p[inside], settings)
    alone = found < 0
    found[alone] = int(found.max(initial=-1)) + 1 + np.arange(int(alone.sum()))
    return found


def pairs_within(nodes: IntArray, is_there: Flags, pairs: Pairs) -> IntArray:
    """The places of the pairs of which both are among some texts, without a look at all pairs.

    Args:
        nodes: the texts, ascending.
        is_there: the same as flags.
        pairs: in order.
    """
    first = pairs[:, 0]
    start = np.searchsorted(first, nodes, side="left")
    many = np.searchsorted(first, nodes, side="right") - start
    ends = np.cumsum(many)
    total = int(ends[-1]) if len(ends) else 0
    place = np.arange(total) + np.repeat(start - (ends - many), many)
    found: IntArray = place[is_there[pairs[place, 1]]]
    return found


def _come_out_otherwise(before: IntArray, now: IntArray, asked: Flags) -> Flags:
    """Which of the groups asked for are not just what they were."""
    size = np.bincount(before, minlength=len(asked))
    size_now = np.bincount(now)
    is_other = size_now[now] != size[before]
    order = np.argsort(before, kind="stable")
    parted = (np.diff(before[order]) == 0) & (np.diff(now[order]) != 0)
    is_other[order[1:][parted]] = True
    found = np.zeros(len(asked), dtype=bool)
    found[before[is_other]] = True
    return found & asked
