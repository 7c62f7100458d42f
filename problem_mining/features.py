"""Two representations of a text: sparse TF-IDF of words, and one dense vector."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer

from problem_mining.compiled import compiled
from problem_mining.term_rows import TermRows
from problem_mining.tokens import is_identifier

Float32 = NDArray[np.float32]
FloatArray = NDArray[np.float64]
Steps = NDArray[np.int16]
"""Vectors of length 1 in whole steps of 1 / STEPS: half as large."""

FIT_ON = 20_000
"""The dense vectors are fitted on at most this many texts, evenly spaced."""
BACKGROUND = 1_000
"""Fewer texts are weighed as if they were among so many: what is common in a small file may be
rare at large."""
MIN_COMPONENTS = 32
"""With fewer, texts that share nothing would look alike; the sparse rows themselves are used."""
SVD_SEED = 20260820
STEPS = 2048
MAX_CHAR_FEATURES = 40_000
ROWS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """What is known of n texts.

    `words`, `chars`: TF-IDF of words and of pieces of words, rows of length 1; `chars` is None
    where it was not asked for. `present`: IDF of each term in the text, and `names`
    the same for identifiers only. `document_frequency`: in how many texts each term is, and
    `usual_frequency` in how many it was when rarity was reckoned; `usual_total` is the sum over all
    terms there were then. `idf`: inverse document frequency
    per term divided by its largest possible value, so that corpora of any size compare. `dense`:
    float32, rows of length 1 in steps that make their products exact (`unit_rows`), and
    `axes` what takes TF-IDF of words there, shape (terms, d), None where nothing was reduced.
    """

    vocabulary: tuple[str, ...]
    idf: FloatArray
    document_frequency: NDArray[np.int64]
    usual_frequency: NDArray[np.int64]
    usual_total: int
    words: sp.csr_array
    chars: sp.csr_array | None
    present: sp.csr_array
    names: sp.csr_array
    dense: Float32
    axes: Float32 | None


def text_features(texts: TermRows, n_components: int, *, has_pieces: bool = False) -> TextFeatures:
    """Represents texts given as lists of terms.

    Args:
        texts: the terms of each text, possibly none.
        n_components: length of the dense vectors; less where there is less to tell apart.
        has_pieces: whether pieces of words count as well: they cost as much as all the rest.
    """
    counts = damped_counts(texts)
    frequency = np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.int64)
    idf = rarity(frequency, len(texts))
    words, present, names = weighed(counts, idf, identifiers(texts.vocabulary))
    chars = _chars(texts.vocabulary, counts) if has_pieces else None
    both = words if chars is None else sp.csr_array(sp.hstack([words, chars]))
    dense, axes = _dense(both, n_components)
    axes = None if axes is None else axes[: len(texts.vocabulary)]
    return TextFeatures(
        vocabulary=texts.vocabulary,
        idf=idf,
        document_frequency=frequency,
        usual_frequency=frequency,
        usual_total=int(frequency.sum()),
        words=words,
        chars=chars,
        present=present,
        names=names,
        dense=dense,
        axes=axes,
    )


def rarity(frequency: NDArray[np.int64], n_texts: int) -> FloatArray:
    """Inverse document frequency, divided by the largest there can be."""
    n = max(n_texts, BACKGROUND)
    found: FloatArray = (np.log((1 + n) / (1 + frequency)) + 0.1) / (np.log(1 + n) + 0.1)
    return found


def identifiers(vocabulary: Sequence[str]) -> FloatArray:
    """1 for each term that names one thing, 0 for the others."""
    return np.array([is_identifier(term) for term in vocabulary], dtype=np.float64)


def weighed(
    counts: sp.csr_array, idf: FloatArray, is_name: FloatArray
) -> tuple[sp.csr_array, sp.csr_array, sp.csr_array]:
    """TF-IDF of words, IDF of each term present, and the same for identifiers only."""
    words = unit(scaled(counts, idf))
    present = scaled(
        sp.csr_array((np.ones_like(counts.data), counts.indices, counts.indptr), counts.shape), idf
    )
    names = scaled(present, is_name)
    names.eliminate_zeros()
    return words, present, names


def damped_counts(texts: TermRows) -> sp.csr_array:
    """How often each text has each term (damped: 1 + ln); columns as in the vocabulary."""
    counts = sp.csr_array(
        (np.ones(len(texts.numbers)), texts.numbers.copy(), texts.bounds.astype(np.int32)),
        shape=(len(texts), len(texts.vocabulary)),
    )
    counts.sum_duplicates()
    counts.data = 1 + np.log(counts.data)
    return counts


def _chars(vocabulary: Sequence[str], counts: sp.csr_array) -> sp.csr_array:
    """TF-IDF of character 3- and 4-grams within words, computed once per distinct word."""
    if not vocabulary:
        return sp.csr_array((counts.shape[0], 0))
    vectorizer = CountVectorizer(analyzer="char_wb", ngram_range=(3, 4), lowercase=False)
    grams = sp.csr_array(vectorizer.fit_transform(vocabulary), dtype=np.float64)
    used = sp.csr_array(counts @ grams)
    used.sort_indices()
    frequency = np.bincount(used.indices, minlength=used.shape[1])
    # The commonest n-grams that still tell texts apart; stable order keeps the choice fixed.
    kept = np.sort(
        np.argsort(-np.where(frequency >= 2, frequency, 0), kind="stable")[:MAX_CHAR_FEATURES]
    )
    kept = kept[frequency[kept] >= 2]
    used = sp.csr_array(used[:, kept])
    used.data = np.log1p(used.data)
    n = max(counts.shape[0], BACKGROUND)
    return unit(scaled(used, np.log((1 + n) / (1 + frequency[kept])) + 0.1))


def _dense(sparse: sp.csr_array, n_components: int) -> tuple[Float32, Float32 | None]:
    """Latent semantic vectors and their axes; the rows themselves where there are few."""
    size = min(n_components, sparse.shape[0] // 2, sparse.shape[1] - 1)
    if size < MIN_COMPONENTS:
        flat = sparse.toarray() if sparse.shape[1] else np.zeros((sparse.shape[0], 1))
        return unit_rows(np.asarray(flat, dtype=np.float32)), None
    step = max(1, -(-sparse.shape[0] // FIT_ON))
    svd = TruncatedSVD(size, n_iter=3, n_oversamples=16, random_state=SVD_SEED)
    svd.fit(sparse[::step].astype(np.float32))
    dense = np.asarray(svd.transform(sparse.astype(np.float32)), dtype=np.float32)
    return unit_rows(dense), np.asarray(svd.components_.T, dtype=np.float32)


def scaled(matrix: sp.csr_array, columns: FloatArray) -> sp.csr_array:
    """Columns multiplied by a number each."""
    return sp.csr_array(
        (matrix.data * columns[matrix.indices], matrix.indices.copy(), matrix.indptr.copy()),
        shape=matrix.shape,
    )


def unit(matrix: sp.csr_array) -> sp.csr_array:
    """Rows divided by their length."""
    squares = np.asarray(matrix.power(2).sum(axis=1)).ravel()
    inverse = 1 / np.sqrt(np.where(squares > 0, squares, 1.0))
    scaled = matrix.data * np.repeat(inverse, np.diff(matrix.indptr))
    return sp.csr_array((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)


def unit_rows(dense: Float32) -> Float32:
    """Rows divided by their length, in steps of 1 / STEPS; what is 0 stays so.

    A product of two such rows is a sum of whole numbers of 1 / STEPS^2, and below 4 every one of
    them is a float32. So no sum is ever rounded, and a cosine is the same to the last bit in
    whatever order, block or thread it is added up.
    """
    found = np.empty(dense.shape, dtype=np.float32)
    for start in range(0, len(dense), ROWS_AT_ONCE):
        some = dense[start : start + ROWS_AT_ONCE]
        norms = np.linalg.norm(some, axis=1, keepdims=True)
        steps = np.round(some / np.where(norms > 1e-12, norms, 1.0) * STEPS)
        found[start : start + ROWS_AT_ONCE] = steps / STEPS
    return found


def in_steps(vectors: Float32) -> Steps:
    """Vectors from `unit_rows` in whole steps."""
    return np.asarray(np.rint(vectors * STEPS), dtype=np.int16)


def as_floats(vectors: Float32 | Steps) -> Float32:
    """Vectors as they are computed with; to be taken of as few as are needed."""
    if vectors.dtype != np.int16:
        return np.asarray(vectors, dtype=np.float32)
    found = vectors.astype(np.float32)
    found /= STEPS
    return found


def cosines(vectors: Float32 | Steps, i: NDArray[np.int64], j: NDArray[np.int64]) -> Float32:
    """The cosine of the vectors of each pair."""
    if vectors.dtype != np.int16:
        return np.asarray(np.einsum("ij,ij->i", vectors[i], vectors[j]), dtype=np.float32)
    whole = _products(vectors.astype(np.int16, copy=False), i, j)
    return np.asarray(whole / np.float32(STEPS * STEPS), dtype=np.float32)


@compiled
def _products(vectors: Steps, i: NDArray[np.int64], j: NDArray[np.int64]) -> Float32:
    """The products of vectors in steps; whole numbers that a float32 holds."""
    found = np.empty(len(i), dtype=np.float32)
    for pair in range(len(i)):
        total = np.int32(0)
        for place in range(vectors.shape[1]):
            total += np.int32(vectors[i[pair], place]) * np.int32(vectors[j[pair], place])
        found[pair] = total
    return found
