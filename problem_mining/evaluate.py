"""How good a grouping is, measured against known causes."""

import math
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

PURE_AT = 0.8
FOUND_AT = 0.5


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Measures of a grouping; shares 0-1, NaN where there is nothing to divide by.

    `member_precision`: of the items put in a group, the share that truly have a cause with another
    item. `member_recall`: of the items that have one, the share put in a group. `pure`: predicted
    groups with at least 80 % of one cause. `found`: causes of two or more that a group matches
    with a Jaccard overlap of at least 0.5. Items without cause or group count as groups of one in
    B-cubed and AMI.
    """

    n_items: int
    n_causes: int
    n_groups: int
    pair_precision: float
    pair_recall: float
    pair_f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    member_precision: float
    member_recall: float
    pure: float
    found: float
    ami: float


def evaluate(
    truth: Mapping[str, Hashable | None], predicted: Mapping[str, Hashable | None]
) -> Evaluation:
    """Measures predicted groups against true causes.

    Args:
        truth: the cause of every item, None where it repeats nothing.
        predicted: the group of an item, None or missing where it stands alone.

    Source:
        Bagga & Baldwin 1998 (B-cubed); Vinh, Epps & Bailey 2010 (adjusted mutual information).
    """
    items = sorted(truth)
    causes = _numbered([truth[item] for item in items])
    groups = _numbered([predicted.get(item) for item in items])
    both = Counter(zip(causes, groups, strict=True))
    n_cause, n_group = Counter(causes), Counter(groups)
    pairs = sum(map(_pairs, both.values()))
    precision = _share(pairs, sum(map(_pairs, n_group.values())))
    recall = _share(pairs, sum(map(_pairs, n_cause.values())))
    n = len(items)
    cubed_p = _share(sum(k * k / n_group[g] for (_, g), k in both.items()), n)
    cubed_r = _share(sum(k * k / n_cause[c] for (c, _), k in both.items()), n)
    in_cause = [n_cause[c] >= 2 for c in causes]
    in_group = [n_group[g] >= 2 for g in groups]
    hits = sum(c and g for c, g in zip(in_cause, in_group, strict=True))
    pure, found = _matches(both, n_cause, n_group)
    return Evaluation(
        n_items=n,
        n_causes=sum(k >= 2 for k in n_cause.values()),
        n_groups=sum(k >= 2 for k in n_group.values()),
        pair_precision=precision,
        pair_recall=recall,
        pair_f1=_f1(precision, recall),
        bcubed_precision=cubed_p,
        bcubed_recall=cubed_r,
        bcubed_f1=_f1(cubed_p, cubed_r),
        member_precision=_share(hits, sum(in_group)),
        member_recall=_share(hits, sum(in_cause)),
        pure=pure,
        found=found,
        ami=_adjusted_mutual_information(both, n_cause, n_group) if n else float("nan"),
    )


def _adjusted_mutual_information(
    both: Counter[tuple[int, int]], n_cause: Counter[int], n_group: Counter[int]
) -> float:
    """As scikit-learn's, by sizes instead of by pairs of groups: most are alone, sizes are few."""
    n = n_cause.total()
    shared = sum(
        k / n * math.log(n * k / (n_cause[cause] * n_group[group]))
        for (cause, group), k in both.items()
    )
    entropies = [
        -sum(k / n * math.log(k / n) for k in sizes.values()) for sizes in (n_cause, n_group)
    ]
    if max(entropies) == 0 or len(n_cause) == len(n_group) == n:
        return 1.0
    chance = sum(
        many_a * many_b * _shared_by_chance(a, b, n)
        for a, many_a in Counter(n_cause.values()).items()
        for b, many_b in Counter(n_group.values()).items()
    )
    room = sum(entropies) / 2 - chance
    return (shared - chance) / (math.copysign(max(abs(room), 1e-15), room))


def _shared_by_chance(a: int, b: int, n: int) -> float:
    """What a group of a and one of b of n items are expected to share of mutual information."""
    k = np.arange(max(1, a + b - n), min(a, b) + 1)
    fixed = gammaln(a + 1) + gammaln(b + 1) + gammaln(n - a + 1) + gammaln(n - b + 1)
    rest = gammaln(k + 1) + gammaln(a - k + 1) + gammaln(b - k + 1) + gammaln(n - a - b + k + 1)
    chance = np.exp(fixed - gammaln(n + 1) - rest)
    return float((k / n * np.log(n * k / (a * b)) * chance).sum())


def _numbered(values: list[Hashable | None]) -> list[int]:
    """Each value as a number; every None gets one of its own."""
    number: dict[Hashable, int] = {}
    result = []
    for place, value in enumerate(values):
        key = ("alone", place) if value is None else ("group", value)
        result.append(number.setdefault(key, len(number)))
    return result


def _matches(
    both: Counter[tuple[int, int]], n_cause: Counter[int], n_group: Counter[int]
) -> tuple[float, float]:
    """The share of groups that are pure, and of causes that are found."""
    best: dict[int, int] = {}
    matched = set()
    for (cause, group), k in both.items():
        best[group] = max(best.get(group, 0), k)
        if (
            k / (n_cause[cause] + n_group[group] - k) >= FOUND_AT
            and min(n_cause[cause], n_group[group]) >= 2
        ):
            matched.add(cause)
    groups = [group for group, k in n_group.items() if k >= 2]
    pure = _share(sum(best[group] / n_group[group] >= PURE_AT for group in groups), len(groups))
    return pure, _share(len(matched), sum(k >= 2 for k in n_cause.values()))


def _pairs(k: int) -> int:
    return k * (k - 1) // 2


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _f1(precision: float, recall: float) -> float:
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0
