"""Themes: groups of texts by the company they keep, where texts are all there is.

Requests, comments and complaints have neither service nor time, and most of them belong to
something. Two texts of one theme have the same nearest texts, however far apart their own words
are. Among incidents most resemble nothing, and company would join what is only near: so themes are
looked for only where the nearest of the nearest are the nearest again.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from problem_mining.binding import Found
from problem_mining.company import MIN_PROBABILITY
from problem_mining.grouping import link
from problem_mining.nodes import FloatArray, IntArray, Rows
from problem_mining.scoring import GroupTerms
from problem_mining.wording import Wording, nearest

NEAREST = 15
MIN_TEXTS = 200
MIN_CLOSED = 0.45
"""Share of the nearest of the nearest that are nearest again, from which there are themes."""
MIN_COMPANY = 0.12
"""Mean company at which two themes are joined."""
MANY = 1_000_000
MAX_KNOWN_SHARE = 0.2
"""Rows of which more have a time or a field are incidents, not bare texts."""


@dataclass(frozen=True, slots=True)
class Themes:
    """A label per text, -1 for none, and its mean company with the others of its theme."""

    labels: IntArray
    scores: FloatArray

    def told(self, rows: IntArray, terms: GroupTerms) -> Found:
        """The theme of some rows, scored by company instead of by pairs."""
        return Found(rows, replace(terms, scores=self.scores[rows]))


def are_bare(rows: Rows) -> bool:
    """Whether rows have texts and nothing else to speak of."""
    if len(rows.keys) < MIN_TEXTS:
        return False
    known = [float(np.mean(codes >= 0)) for codes in rows.codes.values()]
    return max(*known, float(np.mean(~np.isnan(rows.days)))) < MAX_KNOWN_SHARE


def themes(texts: Wording) -> Themes | None:
    """The themes of texts; None where most texts belong to none."""
    ids, scores = nearest(texts, NEAREST, crowd_share=0.0)
    if closedness(ids) < MIN_CLOSED:
        return None
    pairs, company = companies(ids, scores)
    labels = link(len(ids), pairs, company, threshold=MIN_COMPANY, link_cap=MANY)
    return Themes(labels, _mean_company(labels, pairs, company))


def closedness(ids: IntArray) -> float:
    """The share of the nearest of the nearest that are nearest again, 0 to 1."""
    n, k = ids.shape
    near = sp.csr_array((np.ones(n * k), (np.repeat(np.arange(n), k), ids.ravel())), shape=(n, n))
    closed: float = sp.csr_array(near @ near).multiply(near).sum() / (n * k * k)
    return closed


def companies(ids: IntArray, scores: FloatArray) -> tuple[IntArray, FloatArray]:
    """Pairs that share nearest texts, and how much: the cosine of their rows of scores.

    Each text is its own company too.
    """
    n, k = ids.shape
    row = np.concatenate([np.repeat(np.arange(n), k), np.arange(n)])
    column = np.concatenate([ids.ravel(), np.arange(n)])
    value = np.concatenate([np.maximum(scores, 0).ravel(), np.ones(n)])
    squares = np.bincount(row, weights=value**2, minlength=n)
    near = sp.csr_array((value / np.sqrt(squares[row]), (row, column)), shape=(n, n))
    found = sp.coo_array(sp.triu(near @ near.T, k=1))
    i, j = (np.asarray(part, dtype=np.int64) for part in found.coords)
    kept = found.data >= MIN_PROBABILITY
    # In steps of 2^-20 sums do not depend on their order.
    return np.column_stack([i[kept], j[kept]]), np.round(found.data[kept] * 2**20) / 2**20


def _mean_company(labels: IntArray, pairs: IntArray, company: FloatArray) -> FloatArray:
    i, j = pairs.T
    inside = (labels[i] == labels[j]) & (labels[i] >= 0)
    n = len(labels)
    total = np.bincount(i[inside], weights=company[inside], minlength=n)
    total += np.bincount(j[inside], weights=company[inside], minlength=n)
    size = np.bincount(labels[labels >= 0], minlength=labels.max(initial=-1) + 1)
    others = np.where(labels >= 0, size[labels] - 1 if len(size) else 1, 1)
    means: FloatArray = total / np.maximum(others, 1)
    return means
