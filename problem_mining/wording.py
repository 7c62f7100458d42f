"""How alike texts are worded, as a search: nothing is learned, so it holds for any company's texts.

Words without their endings and pieces of words are compared by TF-IDF, the whole text and its
title; where there is a language model, what it makes of a text counts for more the shorter the
texts are. What resembles everything a little is taken back a little, and so is what was opened
long before or after: a cause comes back while it is there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer

from problem_mining.embedding import Embed
from problem_mining.features import BACKGROUND, FIT_ON, SVD_SEED, Float32
from problem_mining.neighbours import dense_neighbours
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.row_order import by_opening
from problem_mining.text import tidy

_WORD = re.compile(r"[^\W_]+(?:[._][^\W_]+)*")
_ENDINGS = tuple("ations ation ungen ings ung ing ers ies ied ed er en es ly s e".split())
"""Common endings in English and German, the longest first; French and Spanish share the last."""
MIN_STEM = 4
MIN_WORD = 5

RARITY = 0.85
"""Power of the inverse document frequency: with 1, one odd word outweighs the rest."""
TITLE_SHARE = 1 / 3
"""Of the likeness of wording, where there is a title and more."""
LEXICAL_AT = 25.0
"""Median words at which wording and the language model count alike; in shorter texts the model
counts for more."""
CROWD = 100
"""So many of the nearest tell how much a text resembles anything."""
CROWD_SHARE = 0.3
APART_SHARE = 0.03
"""What ln(1 + days between two openings) takes from their likeness."""
TYPICAL_APART = float(np.log1p(60))
"""Stands for it where an opening is not known, as in the pair score: two months."""
KEPT = 200
EXACT_UP_TO = 30_000
NEAR_KEPT = 60
SHORT = 200
BLOCK = 512


@dataclass(frozen=True, slots=True)
class Wording:
    """What texts are compared by: `sparse` and `dense` rows, whose products are added.

    The sum is 1 for a text with itself, less where nothing in it is repeated anywhere.
    """

    sparse: sp.csr_array
    dense: Float32

    def __len__(self) -> int:
        return int(self.sparse.shape[0])

    def likeness(self, rows: slice) -> Float32:
        """How alike some rows are to all, shape (rows, n)."""
        product = sp.csr_array(self.sparse[rows] @ self.sparse.T).toarray()
        return np.asarray(product + self.dense[rows] @ self.dense.T, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Titles and descriptions in order of opening, as people wrote them, greetings left out."""

    titles: tuple[str, ...]
    descriptions: tuple[str, ...]

    def some(self, rows: IntArray) -> "Spoken":
        """Those of some rows."""
        return Spoken(
            tuple(self.titles[row] for row in rows), tuple(self.descriptions[row] for row in rows)
        )


def spoken(incidents: pd.DataFrame) -> Spoken:
    """The texts of incidents, in the order of `nodes.read_rows`."""
    order = by_opening(incidents)
    return Spoken(*(_tidied(incidents, name, order) for name in ("title", "description")))


def _tidied(incidents: pd.DataFrame, name: str, order: IntArray) -> tuple[str, ...]:
    if name not in incidents:
        return ("",) * len(incidents)
    column = incidents[name].to_numpy(dtype=object)[order]
    return tuple("" if pd.isna(value) else tidy(str(value), masks=False) for value in column)


def wording(texts: Spoken, embed: Embed | None = None) -> Wording:
    """Texts as they are compared; `embed` is the language model, if there is one."""
    titles, descriptions = texts.titles, texts.descriptions
    whole = [f"{title}\n{rest}".strip() for title, rest in zip(titles, descriptions, strict=True)]
    has_both = np.array([bool(t and d) for t, d in zip(titles, descriptions, strict=True)])
    of_title = np.where(has_both, TITLE_SHARE, 0.0)
    words = [_WORD.findall(text.lower()) for text in whole]
    parts = [_scaled(part, np.sqrt((1 - of_title) / 2)) for part in _lexical(words)]
    if has_both.any():
        heads = [
            _WORD.findall(title.lower()) if both else []
            for title, both in zip(titles, has_both.tolist(), strict=True)
        ]
        parts += [_scaled(part, np.sqrt(of_title / 2)) for part in _lexical(heads)]
    sparse = sp.csr_array(sp.hstack(parts)).astype(np.float32)
    if embed is None:
        return Wording(sparse, np.zeros((len(whole), 1), dtype=np.float32))
    # One share for all: a short text and a long one that are alike must not lose by it.
    length = float(np.median([len(text) for text in words])) if words else 0.0
    lexical = length**2 / (length**2 + LEXICAL_AT**2)
    dense = embed(whole) * np.sqrt(1 - lexical)
    return Wording(sparse * np.float32(np.sqrt(lexical)), np.asarray(dense, dtype=np.float32))


def stem(word: str) -> str:
    """A word without its ending; names and numbers stay."""
    if len(word) < MIN_WORD or not word.isalpha():
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM - (len(ending) == 1):
            return word[: -len(ending)]
    return word


def _lexical(texts: Sequence[list[str]]) -> tuple[sp.csr_array, sp.csr_array]:
    """TF-IDF of stems and of character 3- to 5-grams within words, rows of length 1 or 0."""
    stems = CountVectorizer(analyzer=_stems)
    grams = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False)
    return (
        _weighed(stems, texts, RARITY, 1),
        _weighed(grams, [" ".join(text) for text in texts], 1.0, 2),
    )


def _stems(words: list[str]) -> list[str]:
    return [stem(word) for word in words]


def _weighed(
    vectorizer: CountVectorizer, texts: Sequence[object], power: float, least: int
) -> sp.csr_array:
    try:
        counts = sp.csr_array(vectorizer.fit_transform(texts), dtype=np.float64)
    except ValueError:  # not one word in all texts
        return sp.csr_array((len(texts), 1))
    counts.sort_indices()
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.log((1 + max(counts.shape[0], BACKGROUND)) / (1 + frequency)) ** power
    rarity = np.where(frequency >= least, rarity, 0.0)
    data = (1 + np.log(counts.data)) * rarity[counts.indices]
    found = sp.csr_array((data, counts.indices, counts.indptr), shape=counts.shape)
    found.eliminate_zeros()
    squares = np.asarray(found.multiply(found).sum(axis=1)).ravel()
    return _scaled(found, 1 / np.sqrt(np.where(squares > 0, squares, 1.0)))


def _scaled(matrix: sp.csr_array, rows: FloatArray) -> sp.csr_array:
    data = matrix.data * np.repeat(rows, np.diff(matrix.indptr))
    return sp.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def nearest(
    texts: Wording,
    k: int,
    *,
    crowd_share: float = CROWD_SHARE,
    days: FloatArray | None = None,
) -> tuple[IntArray, FloatArray]:
    """The k texts most alike to each, itself left out, the most alike first.

    Up to EXACT_UP_TO texts every pair is compared; with more, those near in a shorter space.

    Args:
        texts: from `wording`.
        k: how many; fewer where there are fewer texts.
        crowd_share: of how much a text resembles anything, what is taken back.
        days: when each was opened, NaN where it is not known; None where time says nothing.

    Returns:
        Row numbers and scores, shape (n, k), row -1 where there is none; fewer columns where there
        are fewer texts.
    """
    kept = min(max(KEPT, k), len(texts) - 1)
    if kept <= 0:
        return np.empty((len(texts), 0), dtype=np.int64), np.empty((len(texts), 0))
    if len(texts) <= EXACT_UP_TO:
        ids, scores = _all_compared(texts, kept)
    else:
        ids, scores = _near_compared(texts, max(k, NEAR_KEPT))
    crowd = np.sort(scores, axis=1)[:, -CROWD:].mean(axis=1)
    scores = scores - crowd_share * np.where(ids >= 0, crowd[ids], 0.0)
    if days is not None:
        scores = scores - APART_SHARE * _apart(days, ids)
    scores = np.round(scores, 6)
    order = np.lexsort((ids, -scores), axis=1)[:, :k]
    return np.take_along_axis(ids, order, axis=1), np.take_along_axis(scores, order, axis=1)


def _apart(days: FloatArray, ids: IntArray) -> FloatArray:
    """ln(1 + days) between the opening of each text and of those found for it."""
    gap = np.log1p(np.abs(days[:, None] - days[ids]))
    return np.where(np.isfinite(gap), gap, TYPICAL_APART)


def _all_compared(texts: Wording, kept: int) -> tuple[IntArray, FloatArray]:
    ids = np.empty((len(texts), kept), dtype=np.int64)
    scores = np.empty((len(texts), kept), dtype=np.float64)
    for start in range(0, len(texts), BLOCK):
        rows = slice(start, min(start + BLOCK, len(texts)))
        likeness = texts.likeness(rows)
        likeness[np.arange(len(likeness)), np.arange(rows.start, rows.stop)] = -2
        found = np.argpartition(-likeness, kept - 1, axis=1)[:, :kept]
        ids[rows], scores[rows] = found, np.take_along_axis(likeness, found, axis=1)
    return ids, scores


def _near_compared(texts: Wording, kept: int) -> tuple[IntArray, FloatArray]:
    """The nearest in a shorter space, compared in full."""
    found, _ = dense_neighbours(_shortened(texts), kept, exact_up_to=0)
    near = found.astype(np.int64)
    scores = np.full(near.shape, -2.0)
    for start in range(0, len(texts), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(texts)))
        left, right = np.repeat(rows, near.shape[1]), near[rows].ravel()
        product = np.asarray(texts.sparse[left].multiply(texts.sparse[right]).sum(axis=1)).ravel()
        product = product + np.einsum("ij,ij->i", texts.dense[left], texts.dense[right])
        scores[rows] = np.where(right >= 0, product, -2.0).reshape(len(rows), -1)
    return near, scores


def _shortened(texts: Wording) -> Float32:
    """Wording as short vectors, beside those of the language model."""
    svd = TruncatedSVD(SHORT, n_iter=3, random_state=SVD_SEED)
    step = max(1, -(-len(texts) // FIT_ON))
    svd.fit(texts.sparse[::step])
    both = np.hstack([svd.transform(texts.sparse), texts.dense])
    norms = np.linalg.norm(both, axis=1, keepdims=True)
    return np.asarray(both / np.maximum(norms, 1e-9), dtype=np.float32)
