"""The company two incidents keep: what else each resembles, and what it does not.

Incidents of one cause resemble the same others, and no other resembles the one and is unlike the
other; with chance matches it is not so. This is weighed together with what the two texts leave
unsaid, so that shared company does not talk over a plain difference.
"""

from dataclasses import dataclass

import numpy as np

from problem_mining.compiled import compiled
from problem_mining.features import Float32
from problem_mining.measured import INDEX, PLAIN, plain_features
from problem_mining.nodes import FloatArray, IntArray, Nodes
from problem_mining.overlap import Places, Rows, Values

MIN_PROBABILITY = 0.02
"""Less likely pairs count as no company."""
OWN = (
    "each_leaves_unsaid",
    "said_again_least",
    "rarest_uncovered_term",
    "alert_and_person",
    "language_differs",
    "days_apart",
    "ci_same",
    "ci_differs",
)
"""Features of the pair itself that are weighed together with its company."""
SUPPORT = (
    "own_odds",
    "own_probability",
    "shared_company",
    "shared_count",
    "closest_shared",
    "least_company",
    "most_company",
    "least_contradicted",
    "most_contradicted",
    *OWN,
)
_OWN_COLUMNS = np.array([INDEX[name] for name in OWN])
TOLD = tuple(name for name in OWN if name not in PLAIN)
"""Those of them that are dear to compute."""
_TOLD_COLUMNS = np.array([INDEX[name] for name in TOLD])


@dataclass(frozen=True, slots=True)
class Company:
    """How likely texts and those they were compared with have one cause.

    `rows` has a row per text, of the probabilities of its pairs; `near` those of them that are
    likely enough: its company. `total` is the sum of these, `squares` that of their squares; a row
    is asked about with each of its pairs, and summed up once. From `company_in`.
    """

    rows: Rows
    near: Rows
    total: FloatArray
    squares: FloatArray


def company_in(rows: Rows) -> Company:
    """Company with what each text has of it."""
    n = len(rows.bounds) - 1
    bounds, total, squares = np.zeros(n + 1, dtype=np.int64), np.zeros(n), np.zeros(n)
    _add_up(rows.bounds, rows.value, bounds, total, squares)
    bounds = np.cumsum(bounds)
    column, value = np.empty(bounds[-1], dtype=np.int32), np.empty(bounds[-1], dtype=np.float32)
    _take_likely(rows.column, rows.value, column, value)
    return Company(rows, Rows(bounds, column, value), total, squares)


@compiled
def _add_up(
    bounds: Places, p: Values, n_likely: IntArray, total: FloatArray, squares: FloatArray
) -> None:
    for row in range(len(total)):
        for at in range(bounds[row], bounds[row + 1]):
            if p[at] >= MIN_PROBABILITY:
                n_likely[row + 1] += 1
                total[row] += float(p[at])
                squares[row] += float(p[at]) * float(p[at])


@compiled
def _take_likely(column: Places, p: Values, its_column: Places, its_p: Values) -> None:
    end = 0
    for at in range(len(p)):
        if p[at] >= MIN_PROBABILITY:
            its_column[end], its_p[end] = column[at], p[at]
            end += 1


def company_of(n: int, pairs: IntArray, p: FloatArray) -> Company:
    """Who of n resembles whom, and who was found unlike whom.

    Args:
        n: number of texts.
        pairs: all that were scored, shape (m, 2).
        p: their probabilities.
    """
    i, j = pairs[:, 0], pairs[:, 1]
    row, column = np.concatenate([i, j]), np.concatenate([j, i])
    order = np.lexsort((column, row))
    bounds = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n))])
    both = np.concatenate([p, p]).astype(np.float32)
    return company_in(Rows(bounds, column[order].astype(np.int32), both[order]))


def support_features(
    company: Company, pairs: IntArray, own: FloatArray, p: FloatArray, features: Float32
) -> FloatArray:
    """What the company of pairs says.

    Args:
        company: from `company_of`.
        pairs: shape (m, 2).
        own: log-odds of the pairs by their own features, shape (m,).
        p: the probabilities of these log-odds.
        features: of `own_part`.

    Returns:
        Shape (m, len(SUPPORT)): the own log-odds and probability; the cosine of the company
        of the two, where each also counts as its own company; of the shared company ln(1 + the sum)
        and the nearest; of the company of each, and of how much of it was found unlike the other,
        ln(1 + the sum), the lesser and the greater; and the features in OWN.
    """
    i, j = (np.ascontiguousarray(side, dtype=np.int64) for side in pairs.T)
    near, rows = company.near, company.rows
    places = near.bounds, near.column, near.value, rows.bounds, rows.column, rows.value
    met = np.zeros((2, 3, len(pairs)))
    _meet(i, j, *places, met[0])
    _meet(j, i, *places, met[1])
    shared, closest, against = met[0, 0], met[0, 1], met[:, 2]
    total = [company.total[each] for each in (i, j)]
    squares = [1 + company.squares[each] for each in (i, j)]
    table = np.empty((len(pairs), len(SUPPORT)))
    table[:, 0], table[:, 1] = own, p
    table[:, 2] = (2 * p + shared) / np.sqrt(squares[0] * squares[1])
    table[:, 3] = np.log1p(shared)
    table[:, 4] = closest
    table[:, 5] = np.log1p(np.minimum(*total))
    table[:, 6] = np.log1p(np.maximum(*total))
    table[:, 7] = np.log1p(np.minimum(*against))
    table[:, 8] = np.log1p(np.maximum(*against))
    table[:, 9:] = features
    return np.round(table, 5)


@compiled
def _meet(  # noqa: PLR0913, PLR0917 - plain arrays are what can be compiled
    i: IntArray,
    j: IntArray,
    bounds: Places,
    column: Places,
    p: Values,
    all_bounds: Places,
    all_column: Places,
    all_p: Values,
    met: FloatArray,
) -> None:
    """Of each pair: the sum and the most of what both resemble, and what speaks against i.

    That is what i resembles and j was found unlike.
    """
    for pair in range(len(i)):
        a, a_end = bounds[i[pair]], bounds[i[pair] + 1]
        b, b_end = all_bounds[j[pair]], all_bounds[j[pair] + 1]
        shared, closest, against = 0.0, 0.0, 0.0
        while a < a_end and b < b_end:
            if all_column[b] < column[a]:
                b += 1
            elif column[a] < all_column[b]:
                a += 1
            else:
                one, other = float(p[a]), float(all_p[b])
                against += one * (1.0 - other)
                if other >= MIN_PROBABILITY:
                    shared += one * other
                    closest = max(closest, one * other)
                a += 1
                b += 1
        met[0, pair], met[1, pair], met[2, pair] = shared, closest, against


def own_part(features: Float32) -> Float32:
    """The features in OWN."""
    return features[:, _OWN_COLUMNS]


def told_part(features: Float32) -> Float32:
    """The features in TOLD."""
    return features[:, _TOLD_COLUMNS]


def own_again(nodes: Nodes, pairs: IntArray, told: Float32) -> Float32:
    """The features in OWN of pairs of which those in TOLD are known."""
    table = np.zeros((len(pairs), len(INDEX)), dtype=np.float32)
    plain_features(nodes, pairs[:, 0], pairs[:, 1], table)
    table[:, _TOLD_COLUMNS] = told
    return own_part(table)
