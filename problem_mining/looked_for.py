"""Which pairs of a few texts would be looked at, if these texts read or were filed otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from problem_mining.features import Float32, Steps, as_floats
from problem_mining.nodes import FloatArray, IntArray

Flags = NDArray[np.bool_]
MAX_COMPARED_TEXTS = 150_000
"""Of more texts it is not asked anew which are the nearest."""


@dataclass(frozen=True, slots=True)
class Looks:
    """How the search of a run looked at its texts.

    Attributes:
        dense: vectors of all texts by their words, and `meanings` once words stand for each other.
        codes: of all texts: service, team and CI.
        days: when they were opened.
        least: by list, the score of the last in the list of each text, -2 where there is room.
        sizes: by list, how long it is.
        n_next: how many of the next on a CI are looked at.
    """

    dense: Float32 | Steps
    meanings: Float32 | Steps
    codes: Mapping[str, IntArray]
    days: FloatArray
    least: Mapping[str, Float32]
    sizes: Mapping[str, int]
    n_next: int


@dataclass(frozen=True, slots=True)
class Few:
    """A few texts as they would be, the first `n` of them otherwise than they are.

    Attributes:
        at: their places among all texts.
        n: how many are otherwise.
        dense: their vectors by words, `meanings` once words stand for each other.
        rare: how much of their rare terms pairs of them share, shape (len(at), len(at)).
        codes: as they would be: service, team and CI.
        is_reworded: whether the vectors of the first n are others than they were.
    """

    at: IntArray
    n: int
    dense: Float32
    meanings: Float32
    rare: FloatArray
    codes: Mapping[str, IntArray]
    is_reworded: bool


def looked_at(looks: Looks, few: Few) -> tuple[Flags, Float32 | None]:
    """Which pairs of a few texts would be scored; and how dense it would be around the first n.

    Returns:
        Shape (k, k), of which the first n rows and columns hold; densities where texts would read
        otherwise, shape (n,), None where they would not.
    """
    by_words = np.asarray(few.dense @ few.dense.T)
    by_meaning = np.asarray(few.meanings @ few.meanings.T)
    density = None
    nearest = few.is_reworded and len(looks.dense) <= MAX_COMPARED_TEXTS
    words, meaning = (
        _compared(all_of, own, inside, few) if nearest else None
        for all_of, own, inside in (
            (looks.dense, few.dense, by_words),
            (looks.meanings, few.meanings, by_meaning),
        )
    )
    least = {name: looks.least[name][few.at].copy() for name in looks.least}
    if words is not None and meaning is not None:
        size = looks.sizes["words"]
        best = _best(words, size)
        least["words"][: few.n] = best[:, -1]
        there = best > -1
        density = np.where(there, best, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        least["meaning"][: few.n] = _best(meaning, looks.sizes["meaning"])[:, -1]
        for field in ("service", "team"):
            of_all = looks.codes[field].copy()
            of_all[few.at] = few.codes[field]
            mine = few.codes[field][: few.n]
            inside = np.where(of_all[None, :] == mine[:, None], meaning, -2)
            least[field][: few.n] = _best(inside, looks.sizes[field])[:, -1]
    found = _in_lists(few, by_words, by_meaning, least) | _next_on_ci(looks, few)
    return found, density


def _compared(all_of: Float32 | Steps, own: Float32, inside: Float32, few: Few) -> Float32:
    """How alike the first n are to all texts, the few as they would be."""
    found = np.asarray(own[: few.n] @ as_floats(all_of).T)
    found[:, few.at] = inside[: few.n]
    found[np.arange(few.n), few.at[: few.n]] = -2
    return found


def _best(found: Float32, k: int) -> Float32:
    """The k largest of each row, the largest first."""
    kept = min(k, found.shape[1])
    best = -np.partition(-found, kept - 1, axis=1)[:, :kept]
    best = -np.sort(-best, axis=1)
    return np.asarray(np.pad(best, ((0, 0), (0, k - kept)), constant_values=-2))


def _in_lists(
    few: Few, by_words: Float32, by_meaning: Float32, least: Mapping[str, Float32]
) -> Flags:
    found = np.zeros(by_words.shape, dtype=bool)
    for name, alike in (("words", by_words), ("meaning", by_meaning), ("rare_terms", few.rare)):
        found |= _reached(alike, least[name])
    for field in ("service", "team"):
        codes = few.codes[field]
        same = (codes[:, None] == codes[None, :]) & (codes >= 0)[:, None]
        found |= same & _reached(by_meaning, least[field])
    return found


def _reached(alike: NDArray[np.floating], least: Float32) -> Flags:
    """Pairs one of which has the other in its list."""
    least = np.minimum(least[:, None], least[None, :])
    return np.asarray((alike >= least - 1e-6) & (alike > 0), dtype=bool)


def _next_on_ci(looks: Looks, few: Few) -> Flags:
    """Pairs that are among the next of each other on one CI."""
    of_all = looks.codes["ci"].copy()
    of_all[few.at] = few.codes["ci"]
    found = np.zeros((len(few.at), len(few.at)), dtype=bool)
    for ci in np.unique(few.codes["ci"][few.codes["ci"] >= 0]).tolist():
        there = np.flatnonzero(of_all == ci)
        order = there[np.lexsort((there, looks.days[there]))]
        inside = np.flatnonzero(few.codes["ci"] == ci)
        rank = np.empty(len(of_all), dtype=np.int64)
        rank[order] = np.arange(len(order))
        mine = rank[few.at[inside]]
        near = np.abs(mine[:, None] - mine[None, :]) <= looks.n_next
        found[np.ix_(inside, inside)] |= near
    return found
