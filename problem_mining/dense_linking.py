"""Average linkage of texts that nearly all were compared: in full tables, row by row.

It joins what `grouping.link` joins, in the same order. A table takes room for every pair, scored or
not; where most are, looking through a row of it is far faster than keeping a heap.
"""

from dataclasses import dataclass

import numpy as np

from problem_mining.nodes import FloatArray, IntArray

MAX_TEXTS = 2_500
"""The tables of so many texts take 150 MB."""


@dataclass(slots=True)
class _Tables:
    """Groups that are left of some texts, each under the number of one of them.

    `total` and `scored` are the sum and the number of the pairs scored between two groups, `mean`
    what they are joined by, and -1 where there is no group. `best` is the highest mean of each
    group, and `at` the first that it has it with.
    """

    total: FloatArray
    scored: FloatArray
    size: FloatArray
    mean: FloatArray
    best: FloatArray
    at: IntArray

    def join(self, kept: int, gone: int, link_cap: int) -> None:
        """Join two groups under the number of the first."""
        size, is_left = self.size, self.size > 0
        is_left[[kept, gone]] = False
        for table in (self.total, self.scored):
            table[kept] += table[gone]
            table[:, kept] = table[kept]
        size[kept] += size[gone]
        size[gone] = 0
        capped = np.minimum(size * size[kept], link_cap * np.minimum(size, size[kept]))
        now = np.full(len(size), -1.0)
        np.divide(self.total[kept], np.maximum(self.scored[kept], capped), out=now, where=is_left)
        self.mean[kept] = self.mean[:, kept] = now
        self.mean[gone] = self.mean[:, gone] = -1.0
        self.best[gone] = -1.0
        nearer = is_left & ((now > self.best) | ((now == self.best) & (kept < self.at)))
        self.best[nearer], self.at[nearer] = now[nearer], kept
        parted = (self.at == gone) | ((self.at == kept) & (self.best > now))
        again = np.append(np.flatnonzero(parted & is_left), kept)
        self.at[again] = self.mean[again].argmax(axis=1)
        self.best[again] = self.mean[again, self.at[again]]


def linked_densely(
    n: int, pairs: IntArray, p: FloatArray, *, threshold: float, link_cap: int
) -> IntArray:
    """For each of n texts one that stands for its group, as `grouping.link` would join them.

    Args:
        n: how many texts there are, MAX_TEXTS at most.
        pairs: distinct (i, j), i < j, shape (m, 2): all that were scored.
        p: probability of each pair, shape (m,).
        threshold: smallest mean at which groups are joined, above 0.
        link_cap: pairs counted per text at least, where so many are possible.
    """
    total, scored = np.zeros((n, n)), np.zeros((n, n))
    total[pairs[:, 0], pairs[:, 1]] = total[pairs[:, 1], pairs[:, 0]] = p
    scored[pairs[:, 0], pairs[:, 1]] = scored[pairs[:, 1], pairs[:, 0]] = 1.0
    mean = total.copy()
    np.fill_diagonal(mean, -1.0)
    at = mean.argmax(axis=1)
    tables = _Tables(total, scored, np.ones(n), mean, mean[np.arange(n), at], at)
    root = np.arange(n)
    while True:
        a = int(tables.best.argmax())
        b = int(tables.at[a])
        if not tables.best[a] >= threshold:
            return root
        size = tables.size
        kept, gone = (a, b) if size[a] >= size[b] else (b, a)
        tables.join(kept, gone, link_cap)
        root[root == gone] = kept
