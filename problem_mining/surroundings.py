"""A group of texts and what is near it: all of a run that a question about it touches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from problem_mining.company import MIN_PROBABILITY, Company, company_in
from problem_mining.features import Float32
from problem_mining.looked_for import Flags, Looks
from problem_mining.model import Scorer
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.overlap import Rows
from problem_mining.similarity import PairSpace
from problem_mining.steadiness import Linked
from problem_mining.unworded import some_of

MAX_NEAR = 200
MAX_COMPARED = 40
"""In larger groups so many members, evenly spaced, are compared with all others of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What groups of rows with text can be asked of.

    `column` is where each text of the scorer stands among those the company is told of, and all
    that were looked at. Without `looks` the pairs that were scored stay the same. `texts` are those
    of the scorer's rows, cleaned.
    """

    scorer: Scorer
    linked: Linked
    column: IntArray
    looks: Looks | None = None
    texts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Local:
    """A group and what is near: their texts, the first `n` of which are members.

    `pairs` are those with a member, by place in `nodes`; `beside` those among what is near, whose
    probabilities stay.
    """

    nodes: IntArray
    n: int
    space: PairSpace
    pairs: IntArray
    is_scored: Flags
    beside: Linked
    company: tuple[Float32, Float32]
    column: IntArray


class Surroundings:
    """Finds what is near groups of one run: all that a member was compared with."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        n = len(asked.scorer.space.nodes)
        pairs, p = asked.linked.pairs, asked.linked.p
        both = np.concatenate([pairs, pairs[:, ::-1]])
        places = (both[:, 0], both[:, 1])
        self._near = sp.csr_array(sp.coo_array((np.concatenate([p, p]), places), shape=(n, n)))

    def of(self, nodes: IntArray) -> Local:
        """A group of texts and what is near."""
        outside = self._outside(nodes)
        here, n = np.concatenate([nodes, outside]), len(nodes)
        column = self._asked.column[here]
        company, column = _dense(self._asked.scorer.company, here, column)
        pairs, scored = _pairs(company, column, n)
        return Local(
            nodes=here,
            n=n,
            space=some_of(self._asked.scorer.space, here),
            pairs=pairs,
            is_scored=scored,
            beside=self._beside(outside, n),
            company=company,
            column=column,
        )

    def _outside(self, nodes: IntArray) -> IntArray:
        """What members were compared with; of much the likeliest."""
        outside = np.setdiff1d(self._near[nodes].indices, nodes)
        if len(outside) <= MAX_NEAR:
            return outside
        most = np.asarray(self._near[outside][:, nodes].max(axis=1).todense()).ravel()
        return np.sort(outside[np.argsort(-most, kind="stable")[:MAX_NEAR]])

    def _beside(self, outside: IntArray, n: int) -> Linked:
        """The scored pairs of what is near, numbered after n members."""
        if not len(outside):
            return Linked(np.empty((0, 2), dtype=np.int64), np.empty(0))
        rest = self._near[outside][:, outside].tocoo()
        upper = rest.coords[0] < rest.coords[1]
        pairs = np.column_stack([each[upper] + n for each in rest.coords]).astype(np.int64)
        return Linked(pairs, rest.data[upper])


def _pairs(company: tuple[Float32, Float32], column: IntArray, n: int) -> tuple[IntArray, Flags]:
    """The pairs with one of n members that may matter, and which of them were scored."""
    near, unlike = company
    i, j = np.triu_indices(len(column), 1)
    i, j = i[i < n], j[i < n]
    scored = (unlike[i, column[j]] > 0) | (near[i, column[j]] > 0)
    spaced = np.zeros(len(column), dtype=bool)
    spaced[np.unique(np.linspace(0, n - 1, MAX_COMPARED).astype(np.int64))] = True
    inside = (j < n) & (spaced[i] | spaced[j])
    wanted = scored | inside | (n <= MAX_COMPARED)
    return np.column_stack([i[wanted], j[wanted]]).astype(np.int64), scored[wanted]


def _dense(
    company: Company, nodes: IntArray, column: IntArray
) -> tuple[tuple[Float32, Float32], IntArray]:
    """The company of some texts as full rows over all they were compared with.

    And the place of each of these texts in such a row.
    """
    rows = company.rows
    counts = np.diff(rows.bounds)[nodes]
    row = np.repeat(np.arange(len(nodes)), counts)
    place = np.arange(len(row)) + np.repeat(rows.bounds[nodes] - np.cumsum(counts) + counts, counts)
    others, p = rows.column[place], rows.value[place]
    known = np.unique(np.concatenate([column, others]))
    near, unlike = np.zeros((2, len(nodes), len(known)), dtype=np.float32)
    at = np.searchsorted(known, others)
    near[row, at], unlike[row, at] = np.where(p >= MIN_PROBABILITY, p, 0), 1 - p
    return (near, unlike), np.searchsorted(known, column)


def changed(local: Local, scored: Flags, p: FloatArray) -> Company:
    """The company with other probabilities of pairs; those not scored are no company."""
    near, unlike = (each.copy() for each in local.company)
    near_p = np.where(scored & (p >= MIN_PROBABILITY), p, 0.0)
    unlike_p = np.where(scored, 1 - p, 0.0)
    for one, other in (local.pairs.T, local.pairs.T[::-1]):
        near[one, local.column[other]] = near_p
        unlike[one, local.column[other]] = unlike_p
    row, column = np.nonzero((near > 0) | (unlike > 0))
    known = np.where(near > 0, near, 1 - unlike)[row, column]
    bounds = np.searchsorted(row, np.arange(len(near) + 1))
    return company_in(Rows(bounds, column, known))
