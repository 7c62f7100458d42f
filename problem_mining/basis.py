"""What is learned of a whole history, and then held: words, axes, centres, weights of terms.

A pair of incidents scores the same tonight as last night, unless what it is measured by changed
meanwhile. So that is fitted once, and held until the history has changed by a set share. Given the
same basis, a run over all of a history and a run that only adds what is new come to the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.features import Float32, rarity
from problem_mining.nearest import NO_CENTRES
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.similarity import rarity_of_counts
from problem_mining.spelling import Spelling
from problem_mining.texts import Hashes, mixed
from problem_mining.translation import Lexicon

MAX_CHANGED = 0.1
"""Share of the texts of a basis that may have come or gone before a new one is fitted."""
NEW_TERM_FREQUENCY = 2
"""A term that no text of the basis had counts as rare as one that two of them have."""
NEW_TERM_WEIGHT = 1 / 3
"""What a term weighs of which nothing was learned (see `translation.learn_lexicon`)."""
GROUPED = ("service", "team")
RARE_FIELDS = ("service", "ci")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a history was fitted to.

    Attributes:
        recipe: what it was fitted with: mining version, settings, weights.
        n: how many texts there were.
        written: words as they were written, and in how many texts: what spelling goes by.
        n_written: the same.
        meant: what the misspelt of them were meant to be.
        vocabulary: terms, sorted; `frequency` is in how many texts each was.
        axes_of: the terms that have axes, and `axes`, shape (len(axes_of), d).
        lifts: as of `Lexicon`, over the vocabulary; and `weight`.
        centres: by name of a search, and of a value of a field, the centres of its cells.
        counts: by field, and value, how often it was there.
        nodes: hashes of the texts, ascending, and their `density`.
        fall: how much all log-odds fall, see `model.doubt`.
        n_rounds: how often it is tried how steady groups are.
    """

    recipe: str
    n: int
    written: tuple[str, ...]
    n_written: IntArray
    meant: Mapping[str, str]
    vocabulary: tuple[str, ...]
    frequency: IntArray
    axes_of: IntArray
    axes: Float32
    lifts: sp.csr_array
    weight: FloatArray
    centres: Mapping[str, Mapping[str, Float32]]
    counts: Mapping[str, Mapping[str, int]]
    nodes: Hashes
    density: Float32
    fall: float
    n_rounds: int

    @property
    def name(self) -> str:
        """A name that another basis does not have."""
        told = sha256(self.recipe.encode())
        for part in (self.nodes, self.density, self.weight, self.n_written):
            told.update(part.tobytes())
        return told.hexdigest()[:12]

    @property
    def spelling(self) -> Spelling:
        """Which words are misspelt, and for what."""
        counts = dict(zip(self.written, self.n_written.tolist(), strict=True))
        return Spelling(counts, self.meant)

    def frequency_of(self, place: IntArray) -> IntArray:
        """In how many texts terms at such places were."""
        found = self.frequency[np.maximum(place, 0)] if len(self.frequency) else place
        return np.where(place >= 0, found, NEW_TERM_FREQUENCY).astype(np.int64)

    def places_of(self, vocabulary: Sequence[str]) -> IntArray:
        """The places of terms in the vocabulary of the basis, -1 for none; both are sorted."""
        own = pd.Index(np.array(self.vocabulary, dtype=object))
        return np.asarray(own.get_indexer(pd.Index(np.array(vocabulary, dtype=object))), np.int64)

    def idf_of(self, frequency: IntArray) -> FloatArray:
        """The rarity of terms that were in so many texts."""
        return rarity(frequency, self.n)

    def axes_in(self, vocabulary: Sequence[str], place: IntArray) -> Float32:
        """What takes TF-IDF of words to vectors, shape (terms, d), by terms and their places.

        A new term gets a direction of its own, as long as those of rare terms are: texts that share
        it are near each other, and no nearer to any other.
        """
        of_basis = np.zeros((len(self.vocabulary) + 1, self.axes.shape[1]), dtype=np.float32)
        of_basis[self.axes_of] = self.axes
        found = of_basis[place]
        new = np.flatnonzero(place < 0)
        if len(new):
            found[new] = self._rare_length * _directions(
                [vocabulary[term] for term in new.tolist()], self.axes.shape[1]
            )
        return found

    @property
    def _rare_length(self) -> np.float32:
        """How long the axes of the rarest terms are."""
        rare = self.frequency[self.axes_of] <= NEW_TERM_FREQUENCY
        if not rare.any():
            return np.float32(0)
        return np.float32(np.median(np.linalg.norm(self.axes[rare], axis=1)))

    def lexicon_in(self, place: IntArray) -> Lexicon:
        """What was learned of terms at such places; of new ones nothing."""
        now = np.full(len(self.vocabulary), -1, dtype=np.int64)
        now[place[place >= 0]] = np.flatnonzero(place >= 0)
        entries = sp.coo_array(self.lifts)
        row, column = (now[part] for part in entries.coords)
        kept = (row >= 0) & (column >= 0)
        shape = (len(place), len(place))
        lifts = sp.coo_array((entries.data[kept], (row[kept], column[kept])), shape=shape)
        weight = np.full(len(place), round(NEW_TERM_WEIGHT, 6))
        weight[place >= 0] = self.weight[place[place >= 0]]
        return Lexicon(sp.csr_array(lifts), weight)

    def centres_in(self, name: str, values: Sequence[str]) -> dict[int, Float32]:
        """The centres of a search by the code of the value they are of."""
        held = self.centres.get(name, {})
        return {code: held[value] for code, value in enumerate(values) if value in held}

    def rarity_in(self, field: str, values: Sequence[str]) -> FloatArray:
        """How rare each value of a field was."""
        held = self.counts[field]
        counts = np.array([held.get(value, 1) for value in values], dtype=np.int64)
        return rarity_of_counts(counts, sum(held.values()))

    def holds(self, recipe: str, nodes: Hashes) -> bool:
        """Whether texts are still measured by this basis, and not by a new one."""
        if recipe != self.recipe or not self.n:
            return False
        stayed = int(are_in(nodes, self.nodes).sum())
        return len(nodes) + self.n - 2 * stayed <= MAX_CHANGED * self.n


def _directions(words: Sequence[str], size: int) -> Float32:
    """A direction for each word, made of its hash: signs, shape (n, size), of length 1."""
    hashes = pd.util.hash_array(np.array(words, dtype=object), categorize=False)
    places = np.arange(-(-size // 64), dtype=np.uint64)
    bits = mixed(hashes[:, None] + places[None, :]).view(np.uint8)
    signs = np.unpackbits(bits, axis=1)[:, :size].astype(np.float32) * 2 - 1
    return np.asarray(signs / np.sqrt(size), dtype=np.float32)


def are_in(wanted: NDArray[Any], ascending: NDArray[Any]) -> NDArray[np.bool_]:
    """Which numbers or hashes are among some that ascend."""
    if not len(ascending):
        return np.zeros(len(wanted), dtype=bool)
    place = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    found: NDArray[np.bool_] = ascending[place] == wanted
    return found


def named_centres(values: Sequence[str], centres: Mapping[int, Float32]) -> dict[str, Float32]:
    """Centres by the value they are of."""
    return {values[code]: each for code, each in sorted(centres.items()) if each is not NO_CENTRES}


def counted(values: Sequence[str], codes: IntArray) -> dict[str, int]:
    """How often each value is there."""
    counts = np.bincount(codes[codes >= 0], minlength=len(values)).tolist()
    return {value: n for value, n in zip(values, counts, strict=True) if n}


def with_density(basis: Basis, nodes: Hashes, density: Float32) -> Basis:
    """A basis that knows the texts it was fitted to."""
    order = np.argsort(nodes, kind="stable")
    return replace(basis, nodes=nodes[order], density=density[order])
