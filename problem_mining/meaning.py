"""What texts say once words may stand for each other."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from problem_mining.features import Float32, TextFeatures, scaled, unit, unit_rows
from problem_mining.nodes import FloatArray
from problem_mining.translation import Lexicon, no_lexicon

STRONG_LIFT = 40.0


@dataclass(frozen=True, slots=True)
class Meaning:
    """What texts say.

    `lifts`: how much likelier each term is given another, or itself, shape (terms, terms).
    `weight`: how much it matters whether a term is said. `vectors`: rows of length 1 (or 0) in
    which words stand for each other, None before such words are known. `lexicon` is what was
    learned of terms, where it is still asked for.
    """

    lifts: sp.csr_array
    weight: FloatArray
    vectors: Float32 | None
    lexicon: Lexicon | None = None


def plain_meaning(text: TextFeatures) -> Meaning:
    """Texts as they are: every word stands for itself only."""
    return meaning_of(text, no_lexicon(text))


def meaning_of(text: TextFeatures, lexicon: Lexicon, *, has_vectors: bool = False) -> Meaning:
    """What texts say by what was learned of their terms.

    Args:
        text: the texts.
        lexicon: from `translation.learn_lexicon`.
        has_vectors: whether vectors are wanted as well.
    """
    vectors = spread_vectors(text, lexicon) if has_vectors else None
    return Meaning(said_lifts(text, lexicon), lexicon.weight, vectors, lexicon)


def said_lifts(text: TextFeatures, lexicon: Lexicon) -> sp.csr_array:
    """How much likelier each term is given another, or itself."""
    return sp.csr_array(lexicon.lifts.maximum(_own_lift(text)))


def _own_lift(text: TextFeatures) -> sp.csr_array:
    """The lift of a term by itself, as if seen once more than by chance."""
    n = max(len(text.vocabulary), 1)
    total = max(float(text.usual_total), 1.0)
    lift = total / (text.usual_frequency + total / 200)
    place = np.arange(len(text.vocabulary))
    return sp.csr_array(sp.coo_array((lift, (place, place)), shape=(n, n)))


def spread_vectors(text: TextFeatures, lexicon: Lexicon) -> Float32:
    """Vectors of length 1 (or 0) in which words stand for each other."""
    return vectors_of(text.words, lexicon.weight, standing_in(lexicon), text.axes)


def standing_in(lexicon: Lexicon) -> sp.csr_array:
    """How far each term stands for each other one, 0 to 1."""
    strength = sp.coo_array(lexicon.lifts)
    row, column = strength.coords
    value = np.where(row == column, 0.0, np.minimum(strength.data / STRONG_LIFT, 1.0))
    return sp.csr_array(sp.coo_array((value, (row, column)), shape=strength.shape))


def vectors_of(
    words: sp.csr_array, weight: FloatArray, others: sp.csr_array, axes: Float32 | None
) -> Float32:
    """Rows of length 1 (or 0) of TF-IDF rows, once some terms stand for others."""
    mine = scaled(words, weight)
    spread = unit(sp.csr_array(mine + mine @ others)).astype(np.float32)
    flat = spread.toarray() if axes is None else spread @ axes
    return unit_rows(np.asarray(flat, dtype=np.float32))
