"""What of one text another leaves unsaid, once words may stand for each other."""

from dataclasses import dataclass
from math import log1p
from typing import NamedTuple

import numpy as np

from problem_mining.compiled import compiled
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.overlap import Flags, Places, Rows, Values

LENGTH_CAP = 16
"""Longer texts are not taken to say each of their words less firmly."""
FULL_LIFT = 2.0
"""A term so many times likelier given a text counts as said by it."""
UNSAID = 1.5
"""Weighs evidence that a term is said against the chance that it is there for another reason."""
LEAST = 1e-9
"""What matters less is said."""
STEPS = 1e6


@dataclass(frozen=True, slots=True)
class OfTerms:
    """What is known of terms.

    `given` tells in rows how much likelier each other term, or itself, is given each; `by` how much
    likelier each is given others. `is_known`: whether more than one text has it. `matter`: how much
    it matters that it is said, 0 where it is not known; `weight`: how much it counts as evidence.
    """

    given: Rows
    by: Rows
    is_known: Flags
    matter: FloatArray
    weight: FloatArray


class _Lifts(NamedTuple):
    """Rows, as what is compiled takes them."""

    bounds: Places
    column: Places
    value: Values


class _Worth(NamedTuple):
    """What each term counts for, likewise."""

    is_known: Flags
    matter: FloatArray
    weight: FloatArray


@dataclass(frozen=True, slots=True)
class Unsaid:
    """Of the terms of one text of each pair.

    Attributes:
        mass: how much those matter that the other leaves unsaid.
        rarest: the most that one of them does, 0 where there is none.
        again: the evidence that the other says the rest.
        whole: how much all of them matter.
    """

    mass: FloatArray
    rarest: FloatArray
    again: FloatArray
    whole: FloatArray


def unsaid(words: Rows, terms: OfTerms, i: IntArray, j: IntArray) -> tuple[Unsaid, Unsaid]:
    """What texts j leave unsaid of texts i, and texts i of texts j.

    Fastest where pairs of one text i stand together.

    Args:
        words: the terms of each text.
        terms: what is known of all terms.
        i: texts.
        j: texts, as many.
    """
    found = np.zeros((2, 4, len(i)))
    given, by = (_Lifts(rows.bounds, rows.column, rows.value) for rows in (terms.given, terms.by))
    worth = _Worth(terms.is_known, terms.matter, terms.weight)
    _leave(i, j, words.bounds, words.column, (given, by), worth, found)
    mine, yours = (Unsaid(*side) for side in found)
    return mine, yours


@compiled
def _leave(
    i: IntArray,
    j: IntArray,
    bounds: Places,
    column: Places,
    lifts: tuple[_Lifts, _Lifts],
    worth: _Worth,
    found: FloatArray,
) -> None:
    n, longest = len(worth.matter), 0
    for pair in range(len(i)):
        for one in (i[pair], j[pair]):
            longest = max(longest, bounds[one + 1] - bounds[one])
    said, mine, yours = np.zeros(n), np.empty(longest), np.empty(longest)
    met, place = np.empty(n, dtype=np.int32), np.full(n, -1, dtype=np.int32)
    shares, n_met = np.empty((64, longest)), 0
    is_known, matter, weight = worth.is_known, worth.matter, worth.weight
    for pair in range(len(i)):
        start, end = bounds[i[pair]], bounds[i[pair] + 1]
        if pair == 0 or i[pair] != i[pair - 1]:
            said[met[:n_met]] = 0.0
            n_met = _say(column[start:end], lifts[0], worth, said, met)
            before = column[bounds[i[pair - 1]] : bounds[i[pair - 1] + 1]]
            shares = _share_out(before, column[start:end], lifts[1], place, shares)
        its_start, its_end = bounds[j[pair]], bounds[j[pair] + 1]
        n_known = 0
        mine[: end - start] = 0.0
        for at in range(its_start, its_end):
            yours[at - its_start] = said[column[at]]
            if is_known[column[at]]:
                n_known += 1
                _add_share(mine, end - start, shares, place[column[at]])
        _divide(mine, end - start, max(min(n_known, LENGTH_CAP), 1))
        _add_up(column, start, end, mine, matter, weight, found[0, :, pair])
        _add_up(column, its_start, its_end, yours, matter, weight, found[1, :, pair])


@compiled
def _add_share(said: FloatArray, n: int, shares: FloatArray, row: int) -> None:
    """How much likelier terms are given one more, if that has a row in the table."""
    if row >= 0:
        for at in range(n):
            said[at] += shares[row, at]


@compiled
def _divide(said: FloatArray, n: int, length: int) -> None:
    for at in range(n):
        if said[at] > 0.0:
            said[at] = np.rint(said[at] / length * STEPS) / STEPS


@compiled
def _add_up(
    column: Places,
    start: int,
    end: int,
    said: FloatArray,
    matter: FloatArray,
    weight: FloatArray,
    found: FloatArray,
) -> None:
    """What the other text leaves unsaid of one, by how much likelier each term is given it."""
    mass, rarest, again, whole = 0.0, 0.0, 0.0, 0.0
    for at in range(start, end):
        term = column[at]
        rest, told = _weighed(matter[term], weight[term], said[at - start])
        mass, rarest = mass + rest, max(rarest, rest)
        again, whole = again + told, whole + matter[term]
    found[0], found[1], found[2], found[3] = mass, rarest, again, whole


@compiled
def _weighed(matter: float, weight: float, said: float) -> tuple[float, float]:
    """How much of a term is left unsaid, and the evidence that it is said."""
    if said <= 0.0 or matter == 0.0:
        return matter, 0.0
    rest = matter - matter * min(said / FULL_LIFT, 1.0)
    return (rest if rest >= LEAST else 0.0), weight * log1p(UNSAID * said)


@compiled
def _say(words: Places, lifts: _Lifts, worth: _Worth, said: FloatArray, met: Places) -> int:
    """How much likelier each term is given some; those that are, and how many."""
    n_met, n_known = 0, 0
    for term in words:
        if worth.is_known[term]:
            n_known += 1
            for at in range(lifts.bounds[term], lifts.bounds[term + 1]):
                other = lifts.column[at]
                if said[other] == 0.0:
                    met[n_met] = other
                    n_met += 1
                said[other] += lifts.value[at]
    length = max(min(n_known, LENGTH_CAP), 1)
    for other in met[:n_met]:
        said[other] = np.rint(said[other] / length * STEPS) / STEPS
    return n_met


@compiled
def _share_out(
    before: Places, words: Places, lifts: _Lifts, place: Places, shares: FloatArray
) -> FloatArray:
    """How much likelier each of some terms is given others, which get a place in a table.

    Args:
        before: those asked before, whose others lose their place.
        words: those asked now.
        lifts: of each the others it is likelier by.
        place: that of each term, -1 for none.
        shares: the table, which grows where there are more of them.
    """
    for term in before:
        place[lifts.column[lifts.bounds[term] : lifts.bounds[term + 1]]] = -1
    n = 0
    for at in range(len(words)):
        for entry in range(lifts.bounds[words[at]], lifts.bounds[words[at] + 1]):
            other = lifts.column[entry]
            if place[other] < 0:
                if n == len(shares):
                    shares = np.concatenate((shares, np.empty_like(shares)))
                place[other] = n
                shares[n, : len(words)] = 0.0
                n += 1
            shares[place[other], at] = lifts.value[entry]
    return shares
