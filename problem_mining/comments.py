"""Short texts that say the same, such as comments of customers: by wording alone.

Comments have no fields to go by, and there are few of them: what a pair model has learned of
incidents does not hold, and company needs many texts. How alike they are worded does: on made-up
comments those of one theme are alike from .54 up, others up to .3.
"""

from collections.abc import Sequence

import numpy as np

from problem_mining.embedding import Embed
from problem_mining.grouping import link
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.wording import Spoken, nearest, wording

ALIKE = 0.4
"""Mean likeness of wording at which two groups are joined."""
NEAREST = 30
LINK_CAP = 2


def alike(texts: Sequence[str], embed: Embed | None = None) -> IntArray:
    """Which texts say the same.

    Args:
        texts: in an order that depends on their content alone, personal data out.
        embed: the language model, where it is installed.

    Returns:
        A label per text, numbered in order of first appearance; -1 for what nothing resembles.

    Source: average linkage (Sokal & Michener 1958), as in `grouping.link`.
    """
    plain = [" ".join(text.casefold().split()) for text in texts]
    kinds = sorted(set(plain))
    of_kind = {text: n for n, text in enumerate(kinds)}
    row_of = np.array([of_kind[text] for text in plain], dtype=np.int64)
    labels = _linked(kinds, embed)
    count = np.bincount(row_of, minlength=len(kinds))
    alone = np.flatnonzero((labels < 0) & (count > 1))  # one text that several wrote
    labels[alone] = labels.max(initial=-1) + 1 + np.arange(len(alone))
    found = labels[row_of]
    _, first = np.unique(found[found >= 0], return_index=True)
    order = {int(found[found >= 0][at]): n for n, at in enumerate(sorted(first.tolist()))}
    return np.array([order.get(label, -1) for label in found.tolist()], dtype=np.int64)


def _linked(kinds: Sequence[str], embed: Embed | None) -> IntArray:
    if len(kinds) < 2:
        return np.full(len(kinds), -1, dtype=np.int64)
    texts = wording(Spoken(tuple(kinds), ("",) * len(kinds)), embed)
    ids, scores = nearest(texts, NEAREST, crowd_share=0.0)
    left = np.repeat(np.arange(len(kinds)), ids.shape[1])
    both = np.column_stack([left, ids.ravel()])
    there = ids.ravel() >= 0
    pairs = np.sort(both[there], axis=1)
    pairs, at = np.unique(pairs, axis=0, return_index=True)
    likeness: FloatArray = np.clip(scores.ravel()[there][at], 0.0, 1.0).round(6)
    return link(len(kinds), pairs, likeness, threshold=ALIKE, link_cap=LINK_CAP)
