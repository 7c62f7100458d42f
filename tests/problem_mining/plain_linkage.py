"""Capped average linkage as its definition says, with no heap: slow, and easy to believe."""

from collections import Counter

import numpy as np

from problem_mining.grouping import numbered
from problem_mining.nodes import FloatArray, IntArray


def plain_link(n: int, pairs: IntArray, p: FloatArray, *, threshold: float, cap: int) -> IntArray:
    """As `problem_mining.grouping.link`, looking at every two groups in every step."""
    group = list(range(n))
    known = {(int(i), int(j)): float(v) for (i, j), v in zip(pairs, p, strict=True)}
    while True:
        sums: dict[tuple[int, int], float] = {}
        scored: Counter[tuple[int, int]] = Counter()
        for (i, j), value in known.items():
            a, b = sorted((group[i], group[j]))
            if a != b:
                sums[a, b] = sums.get((a, b), 0.0) + value
                scored[a, b] += 1
        size = {g: group.count(g) for g in set(group)}
        means = []
        for (a, b), total in sums.items():
            small = min(size[a], size[b])
            mean = total / max(scored[a, b], min(size[a] * size[b], cap * small))
            if mean >= threshold:
                means.append((-mean, a, b))
        if not means:
            return numbered(np.array(group, dtype=np.int64))
        _, a, b = min(means)
        kept, gone = (a, b) if size[a] >= size[b] else (b, a)
        group = [kept if g == gone else g for g in group]
