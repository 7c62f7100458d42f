"""What of one text another leaves unsaid, once words may stand for each other."""

from dataclasses import dataclass
from math import log1p

import numpy as np

from problem_mining.compiled import compiled
from problem_mining.meaning import FULL_LIFT, UNSAID
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.overlap import Places, Rows

LEAST = 1e-9
"""What matters less is said."""


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


def unsaid(
    words: Rows, said: Rows, of_term: tuple[FloatArray, FloatArray], i: IntArray, j: IntArray
) -> Unsaid:
    """What texts j leave unsaid of texts i.

    Args:
        words: the terms of each text.
        said: how much likelier each term is given what each text says.
        of_term: how much each term matters, 0 for one that no other text has; and how much it
            counts as evidence.
        i: texts.
        j: texts, as many.
    """
    found = np.zeros((4, len(i)))
    rows = words.bounds, words.column, said.bounds, said.column, said.value
    _leave(i, j, *rows, *of_term, found)
    return Unsaid(*found)


@compiled
def _leave(  # noqa: PLR0913, PLR0917 - plain arrays are what can be compiled
    i: IntArray,
    j: IntArray,
    bounds: Places,
    column: Places,
    said_bounds: Places,
    said_column: Places,
    lift: FloatArray,
    matter: FloatArray,
    weight: FloatArray,
    found: FloatArray,
) -> None:
    for pair in range(len(i)):
        at, end = said_bounds[j[pair]], said_bounds[j[pair] + 1]
        for place in range(bounds[i[pair]], bounds[i[pair] + 1]):
            term = column[place]
            if matter[term] == 0.0:
                continue
            while at < end and said_column[at] < term:
                at += 1
            said = lift[at] if at < end and said_column[at] == term else 0.0
            rest = matter[term] - matter[term] * min(said / FULL_LIFT, 1.0)
            if rest >= LEAST:
                found[0, pair] += rest
                found[1, pair] = max(found[1, pair], rest)
            if said > 0.0:
                found[2, pair] += weight[term] * log1p(UNSAID * said)
            found[3, pair] += matter[term]
