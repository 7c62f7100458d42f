"""How hard an estate is: the best pair F1 that text alone and standard clustering reach.

The best setting is chosen on the labels, so that the figure is an upper bound of what these methods
would give somebody who does not know them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from simulator.plan import Plan
from simulator.subjects import shows_parameter

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
N_NEIGHBOURS = 15


@dataclass(frozen=True, slots=True)
class Hardness:
    """One method at one setting: pair precision, recall and F1."""

    method: str
    setting: str
    precision: float
    recall: float
    f1: float


def hardness(texts: Sequence[str], causes: Sequence[str | None]) -> tuple[Hardness, ...]:
    """Every method and setting, best first.

    Args:
        texts: one per incident.
        causes: the planted cause of each, None for those that repeat nothing.
    """
    truth = _codes(causes)
    results = [
        Hardness(method, setting, *pair_scores(truth, labels))
        for vectors in (_vectors(texts),)
        for method, setting, labels in (*_components(vectors), *_hdbscan(vectors))
    ]
    return tuple(sorted(results, key=lambda result: -result.f1))


def pair_scores(truth: Labels, labels: Labels) -> tuple[float, float, float]:
    """Pair precision, recall and F1; -1 means in no group."""
    together = _pairs(labels[labels >= 0])
    wanted = _pairs(truth[truth >= 0])
    both = (labels >= 0) & (truth >= 0)
    joint = labels[both] * (int(truth.max()) + 1) + truth[both]
    hits = _pairs(joint)
    precision, recall = hits / max(together, 1), hits / max(wanted, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def reader_labels(plan: Plan) -> Labels:
    """The groups of a reader who understands every sentence and looks at nothing else.

    What this misses is what texts cannot tell: two causes that are put in the same words.
    """
    subject, machine = plan.subject, plan.is_machine
    told = (
        machine,
        np.where(machine, -1, subject["family"]),
        subject["object"],
        np.where(machine, subject["check"], subject["condition"]),
        np.where(shows_parameter(subject, machine), subject["parameter"], -1),
        np.where(machine, subject["ci"], -1),
    )
    _, labels, counts = np.unique(
        np.column_stack(told), axis=0, return_inverse=True, return_counts=True
    )
    return np.where(counts[labels] > 1, labels, -1)


def _pairs(labels: Labels) -> int:
    _, counts = np.unique(labels, return_counts=True)
    return int((counts * (counts - 1) // 2).sum())


def _codes(causes: Sequence[str | None]) -> Labels:
    names = {name: code for code, name in enumerate(sorted({c for c in causes if c is not None}))}
    return np.array([-1 if cause is None else names[cause] for cause in causes])


def _vectors(texts: Sequence[str]) -> Floats:
    """Word and character TF-IDF, reduced to 256 dimensions, of length 1."""
    words = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True, min_df=2)
    joined = csr_matrix(hstack([words, letters.fit_transform(texts)]))
    size = min(256, joined.shape[1] - 1, joined.shape[0] - 1)
    reduced = TruncatedSVD(size, random_state=0).fit_transform(joined)
    return np.asarray(normalize(reduced), dtype=np.float64)


def _components(vectors: Floats) -> Iterator[tuple[str, str, Labels]]:
    n = len(vectors)
    distances, indices = (
        NearestNeighbors(n_neighbors=N_NEIGHBOURS, metric="cosine").fit(vectors).kneighbors()
    )
    rows = np.repeat(np.arange(n), N_NEIGHBOURS)
    for threshold in np.arange(0.4, 1.0, 0.02):
        kept = 1 - distances.ravel() >= threshold
        graph = csr_matrix((np.ones(int(kept.sum())), (rows[kept], indices.ravel()[kept])), (n, n))
        _, labels = connected_components(graph, directed=False)
        yield "connected components", f"cosine >= {threshold:.2f}", labels.astype(np.int64)


def _hdbscan(vectors: Floats) -> Iterator[tuple[str, str, Labels]]:
    for size in (2, 3, 5):
        for samples in (1, 2):
            for method in ("leaf", "eom"):
                model = HDBSCAN(
                    min_cluster_size=size, min_samples=samples, cluster_selection_method=method,
                    copy=True,
                )  # fmt: skip
                labels = model.fit_predict(vectors)
                setting = f"min_cluster_size={size}, min_samples={samples}, {method}"
                yield "HDBSCAN", setting, np.asarray(labels, dtype=np.int64)
