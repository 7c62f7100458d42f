"""Vectors of texts by the language model, where it is installed; each text is computed once."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from problem_mining.minilm import WIDTH
from problem_mining.wordpiece import WordPiece

Float32 = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Float32]
"""Gives each text a vector of length 1, shape (n, d)."""

Batch = list[tuple[bytes, list[int]]]
"""Texts of one length: key and pieces of each."""

MAX_PIECES = 96
"""What is said later in a text is not read by the model."""
BATCH_PIECES = 1024
"""Texts of one length are computed together, up to so many pieces: they stay in the cache."""


class VectorCache(Protocol):
    """Remembers vectors by the hash of model and text."""

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """What is known of some keys."""

    def put(self, found: Mapping[bytes, bytes]) -> None:
        """Remembers vectors."""


class NoCache:
    """Remembers nothing."""

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Nothing."""
        return {}

    def put(self, found: Mapping[bytes, bytes]) -> None:
        """Lets them go."""


class Embedder:
    """The language model at work.

    Vectors are kept as half floats, so that one from the cache is the same as one computed now.
    """

    def __init__(
        self,
        network: bytes,
        vocabulary: Sequence[str],
        cache: VectorCache | None = None,
        n_threads: int = 2,
    ) -> None:
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = InferenceSession(network, options, providers=["CPUExecutionProvider"])
        self._pieces = WordPiece(vocabulary)
        self._cache = cache or NoCache()
        self._n_threads = n_threads
        self._model = hashlib.sha256(network).digest() + str(MAX_PIECES).encode()

    def __call__(self, texts: Sequence[str]) -> Float32:
        """A vector of length 1 for each text, shape (n, 384), float32."""
        keys = [hashlib.sha256(self._model + text.encode()).digest() for text in texts]
        known = dict(self._cache.get(sorted(set(keys))))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        fresh = self._computed(missing)
        self._cache.put(fresh)
        known |= fresh
        if not keys:
            return np.empty((0, WIDTH), dtype=np.float32)
        halves = np.frombuffer(b"".join(known[key] for key in keys), dtype="<f2")
        vectors = halves.reshape(len(keys), WIDTH).astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)

    def _computed(self, texts: Mapping[bytes, str]) -> dict[bytes, bytes]:
        """Vectors as half floats, the texts of one length together."""
        by_length: dict[int, list[tuple[bytes, list[int]]]] = {}
        for key, text in texts.items():
            pieces = self._pieces(text, MAX_PIECES)
            by_length.setdefault(len(pieces), []).append((key, pieces))
        found: dict[bytes, bytes] = {}
        with ThreadPoolExecutor(self._n_threads) as pool:
            for batch, vectors in pool.map(self._run, _batches(by_length)):
                for (key, _), vector in zip(batch, vectors, strict=True):
                    found[key] = vector.astype("<f2").tobytes()
        return found

    def _run(self, batch: Batch) -> tuple[Batch, Float32]:
        given = {
            "ids": np.array([pieces for _, pieces in batch], dtype=np.int64),
            "positions": np.arange(len(batch[0][1]), dtype=np.int64),
        }
        (vectors,) = self._session.run(["vectors"], given)
        return batch, np.asarray(vectors, dtype=np.float32)


def _batches(by_length: Mapping[int, Batch]) -> Iterator[Batch]:
    """Texts of one length, so many that they stay near the processor."""
    for length, group in sorted(by_length.items()):
        size = max(1, BATCH_PIECES // length)
        for start in range(0, len(group), size):
            yield group[start : start + size]
