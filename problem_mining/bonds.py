"""Groups made to agree with what people said: kept apart, or brought together."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from itsm.decisions import IncidentRef
from problem_mining.grouping import numbered
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.strands import Strands

Affinity = Callable[[IntArray, IntArray], FloatArray]
"""How well each of some rows fits with some others: a mean pair probability per row."""

WHOLE_SHARE = 0.5
"""A group comes along whole if at least this share of its known incidents is of the strand."""
MIN_VOTES = 2
"""One incident alone does not stand for a strand, nor does it make a group of others follow."""


@dataclass(frozen=True, slots=True)
class Bonds:
    """Strands over the incidents of a run.

    Attributes:
        of: the strand of an incident that was decided on itself.
        grown: the strand of an incident that joined one later.
        known: incidents that were members of any candidate before; others are new.
        apart: pairs of strands that are kept apart.
        gathered: strands that are brought together.
    """

    of: Mapping[str, str] = field(default_factory=dict)
    grown: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    apart: frozenset[frozenset[str]] = frozenset()
    gathered: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nobody has said anything about what belongs together."""
        return not self.of


def bonds_of(
    strands: Strands, home_of: Mapping[IncidentRef, str], key_of: Callable[[IncidentRef], str]
) -> Bonds:
    """Strands with what joined them since they were decided on.

    Args:
        strands: from `strands.fold`.
        home_of: the candidate each incident was last a member of.
        key_of: the key of an incident in the frame that is mined.
    """
    strand_of_candidate = _strand_of_candidate(strands, home_of)
    grown = {
        key_of(ref): strand_of_candidate[home]
        for ref, home in home_of.items()
        if ref not in strands.of and home in strand_of_candidate
    }
    return Bonds(
        of={key_of(ref): strand for ref, strand in strands.of.items()},
        grown=grown,
        known=frozenset(map(key_of, home_of)),
        apart=strands.apart,
        gathered=strands.gathered,
    )


def _strand_of_candidate(strands: Strands, home_of: Mapping[IncidentRef, str]) -> dict[str, str]:
    """The strand a candidate stands for: most of its decided incidents are in it, and two are."""
    votes = Counter(
        (home_of[ref], strand)
        for ref, strand in strands.of.items()
        if ref in home_of and strand in strands.spreading
    )
    found: dict[str, str] = {}
    for (home, strand), n in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        if n >= MIN_VOTES:
            found.setdefault(home, strand)
    return found


def regroup(
    labels: IntArray, keys: Sequence[str], bonds: Bonds, affinity: Affinity
) -> tuple[IntArray, frozenset[int]]:
    """Groups that agree with the bonds.

    First a group with incidents of strands that are kept apart is parted; incidents of no strand
    go with the side they fit best. Then a strand that was brought together is joined: a group of
    which it is at least half comes along whole, from others its own incidents move over.

    Args:
        labels: a group per row, -1 for singles.
        keys: of the rows.
        bonds: from `bonds_of`.
        affinity: how well rows fit.

    Returns:
        Labels in order of first appearance, and the labels of groups that two incidents of one
        strand are in: a person has spoken for them.
    """
    held = _held(bonds, keys)
    if not (held.all >= 0).any():
        return labels, frozenset()
    of_row = labels.copy()
    for label in np.unique(labels[(labels >= 0) & (held.all >= 0)]):
        for side in _sides(np.flatnonzero(of_row == label), held, affinity)[1:]:
            of_row[side] = of_row.max() + 1
    for strand in held.gathered:
        _gather(of_row, strand, held)
    return _labelled(of_row, held)


@dataclass(frozen=True, slots=True)
class _Held:
    """Strands as numbers: per row by itself and with what grew, -1 for none."""

    own: IntArray
    all: IntArray
    known: NDArray[np.bool_]
    apart: frozenset[tuple[int, int]]
    gathered: tuple[int, ...]

    def are_apart(self, some: Collection[int], others: Collection[int]) -> bool:
        """Whether any two strands of two sets are kept apart."""
        return any((a, b) in self.apart for a in some for b in others)

    def strands(self, rows: IntArray) -> list[int]:
        """The strands of some rows, those with most rows first."""
        found, n = np.unique(self.all[rows], return_counts=True)
        order = sorted(zip(n.tolist(), found.tolist(), strict=True), key=lambda x: (-x[0], x[1]))
        return [strand for _, strand in order if strand >= 0]


def _held(bonds: Bonds, keys: Sequence[str]) -> _Held:
    names = sorted({*bonds.of.values(), *bonds.grown.values()})
    number = {name: k for k, name in enumerate(names)}
    own = np.array([number.get(bonds.of.get(key, ""), -1) for key in keys], dtype=np.int64)
    grown = np.array([number.get(bonds.grown.get(key, ""), -1) for key in keys], dtype=np.int64)
    pairs = [sorted(number[name] for name in pair if name in number) for pair in bonds.apart]
    both = {(p[0], p[1]) for p in pairs if len(p) == 2}
    return _Held(
        own=own,
        all=np.where(own >= 0, own, grown),
        known=np.array([key in bonds.known for key in keys], dtype=bool) | (own >= 0),
        apart=frozenset(both | {(b, a) for a, b in both}),
        gathered=tuple(number[name] for name in sorted(bonds.gathered) if name in number),
    )


def _sides(rows: IntArray, held: _Held, affinity: Affinity) -> list[IntArray]:
    """A group parted so that no side has two strands that are kept apart."""
    present = held.strands(rows)
    if not held.are_apart(present, present):
        return [rows]
    sides: list[tuple[list[int], IntArray]] = []
    for strand in present:
        mine = rows[held.all[rows] == strand]
        fits = [
            (float(affinity(mine, side).mean()), -k)
            for k, (names, side) in enumerate(sides)
            if not held.are_apart(names, [strand])
        ]
        if fits:
            k = -max(fits)[1]
            sides[k] = ([*sides[k][0], strand], np.union1d(sides[k][1], mine))
        else:
            sides.append(([strand], mine))
    cores = [side for _, side in sides]
    free = rows[held.all[rows] < 0]
    if not len(free):
        return cores
    best = np.argmax(np.column_stack([affinity(free, core) for core in cores]), axis=1)
    return [np.union1d(core, free[best == k]) for k, core in enumerate(cores)]


def _gather(of_row: IntArray, strand: int, held: _Held) -> None:
    """Brings the incidents of a strand into one group; changes `of_row`."""
    own = np.flatnonzero(held.own == strand)
    touched = of_row[(held.all == strand) & (of_row >= 0)]
    names, n_in = np.unique(touched, return_counts=True)
    if not len(own) and len(names) < 2:
        return
    order = np.lexsort((names, -n_in))
    home = int(names[order[0]]) if len(names) else int(of_row.max(initial=-1)) + 1
    for place in order[1:]:
        rows = np.flatnonzero(of_row == names[place])
        n_known = len(rows) if n_in[place] < MIN_VOTES else int(held.known[rows].sum())
        inside = held.strands(np.flatnonzero(of_row == home))
        if n_in[place] >= WHOLE_SHARE * n_known and not held.are_apart(held.strands(rows), inside):
            of_row[rows] = home
    of_row[own] = home


def _labelled(of_row: IntArray, held: _Held) -> tuple[IntArray, frozenset[int]]:
    """Labels in order of first appearance, and the groups with two incidents of a strand."""
    alone = np.flatnonzero(of_row < 0)
    roots = of_row.copy()
    roots[alone] = of_row.max(initial=-1) + 1 + np.arange(len(alone))
    labels = numbered(roots)
    bound = np.flatnonzero((labels >= 0) & (held.own >= 0))
    pairs = np.column_stack([labels[bound], held.own[bound]])
    found, n = np.unique(pairs, axis=0, return_counts=True)
    return labels, frozenset(found[n >= 2, 0].tolist())
