"""The company two incidents keep: what else each resembles, and what it does not.

Incidents of one cause resemble the same others, and no other resembles the one and is unlike the
other; with chance matches it is not so. This is weighed together with what the two texts leave
unsaid, so that shared company does not talk over a plain difference.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from problem_mining.features import Float32
from problem_mining.measured import INDEX, PLAIN, plain_features
from problem_mining.nodes import FloatArray, IntArray, Nodes
from problem_mining.overlap import products, rows_of
from problem_mining.sparse_rows import row_sums

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
    """Probabilities of the likely pairs, and of being different of all pairs; symmetric.

    `total` is the sum of each row of `near`, `squares` that of its squares: a row is asked about
    with each of its pairs, and summed up once. From `company_in`.
    """

    near: sp.csr_array
    unlike: sp.csr_array
    total: FloatArray
    squares: FloatArray


def company_in(near: sp.csr_array, unlike: sp.csr_array) -> Company:
    """Company with what each text has of it."""
    return Company(near, unlike, row_sums(near), row_sums(sp.csr_array(near.power(2))))


def company_of(n: int, pairs: IntArray, p: FloatArray) -> Company:
    """Who of n resembles whom, and who was found unlike whom.

    Args:
        n: number of texts.
        pairs: all that were scored, shape (m, 2).
        p: their probabilities.
    """
    likely = p >= MIN_PROBABILITY
    near = _symmetric(n, pairs[likely], p[likely])
    return company_in(near, _symmetric(n, pairs, 1 - p))


def _symmetric(n: int, pairs: IntArray, values: FloatArray) -> sp.csr_array:
    i, j = pairs[:, 0], pairs[:, 1]
    both = np.concatenate([values, values]).astype(np.float32)
    places = (np.concatenate([i, j]), np.concatenate([j, i]))
    return sp.csr_array(sp.coo_array((both, places), shape=(n, n)))


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
        Shape (m, len(SUPPORT)): the own log-odds and probability; the cosine of the two rows of
        `near`, where each also counts as its own company; of the shared company ln(1 + the sum)
        and the nearest; of the company of each, and of how much of it was found unlike the other,
        ln(1 + the sum), the lesser and the greater; and the features in OWN.
    """
    i, j = (np.ascontiguousarray(side, dtype=np.int64) for side in pairs.T)
    near, unlike = rows_of(company.near), rows_of(company.unlike)
    shared, closest = products(near, near, i, j)
    against = [products(near, unlike, *both)[0] for both in ((i, j), (j, i))]
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
