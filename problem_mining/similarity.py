"""What is measured of two incidents with text; `model.py` weighs it.

A feature of something missing on either side is 0: not known is neither alike nor different.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from problem_mining.bitexts import is_known
from problem_mining.features import BACKGROUND, Float32, TextFeatures, cosines
from problem_mining.meaning import Meaning, plain_meaning
from problem_mining.measured import FEATURES, INDEX, plain_features
from problem_mining.nearest import density_of
from problem_mining.nodes import FloatArray, IntArray, Nodes
from problem_mining.overlap import (
    Named,
    Shared,
    Terms,
    named_by,
    products,
    rows_of,
    shared_terms,
    terms_of,
)
from problem_mining.tokens import is_code
from problem_mining.unsaid import OfTerms, unsaid


@dataclass(frozen=True, slots=True)
class PairSpace:
    """Everything pair features are computed from; `density` is the mean cosine of the nearest.

    `meaning` is what texts say once words stand for each other, `terms` are those of
    the texts, `of_terms` what is known of each, `codes` and `names` those that name an error or a
    thing.
    """

    nodes: Nodes
    text: TextFeatures
    density: Float32
    rarity: Mapping[str, FloatArray]
    meaning: Meaning
    of_terms: OfTerms
    terms: Terms
    codes: Named
    names: Named


def pair_space(
    nodes: Nodes, text: TextFeatures, nearest_cosines: Float32, meaning: Meaning | None = None
) -> PairSpace:
    """Prepares pair features; `nearest_cosines`, shape (n, k), is -2 where there is none."""
    rarity = {field: _rarity(nodes.codes[field]) for field in ("service", "ci")}
    return space_of(nodes, text, density_of(nearest_cosines), rarity, meaning)


def space_of(
    nodes: Nodes,
    text: TextFeatures,
    density: Float32,
    rarity: Mapping[str, FloatArray],
    meaning: Meaning | None = None,
) -> PairSpace:
    """Prepares pair features of texts of which density and rarity are known."""
    meaning = meaning or plain_meaning(text)
    is_error = np.array([is_code(term) for term in text.vocabulary], dtype=bool)
    return PairSpace(
        nodes=nodes,
        text=text,
        density=density,
        rarity=rarity,
        meaning=meaning,
        of_terms=of_terms_of(text, meaning),
        terms=terms_of(text),
        codes=named_by(text, is_error),
        names=named_by(text, ~is_error),
    )


def of_terms_of(text: TextFeatures, meaning: Meaning) -> OfTerms:
    """What is known of the terms of texts; one that a single text has does not matter."""
    known = is_known(text)
    matter = np.where(known, text.idf * meaning.weight, 0.0)
    given, by = rows_of(meaning.lifts), rows_of(sp.csr_array(meaning.lifts.T))
    return OfTerms(given, by, known, matter, meaning.weight)


def _rarity(codes: IntArray) -> FloatArray:
    """How rare the value of each text is; 0 where it is not known."""
    known = codes[codes >= 0]
    counts = np.bincount(known, minlength=1)
    rarity = rarity_of_counts(counts, len(known))[np.maximum(codes, 0)]
    return np.where(codes >= 0, rarity, 0.0)


def rarity_of_counts(counts: IntArray, n_known: int) -> FloatArray:
    """-ln of the share of values among those known, divided by its largest possible value."""
    n = max(n_known, BACKGROUND)
    rarity: FloatArray = -np.log(np.maximum(counts, 1) / n) / np.log(1 + n)
    return rarity


def pair_features(space: PairSpace, pairs: IntArray) -> Float32:
    """The features of pairs.

    Args:
        space: from `pair_space`.
        pairs: node numbers, shape (m, 2).

    Returns:
        Shape (m, len(FEATURES)), columns in the order of FEATURES.
    """
    i, j = (np.ascontiguousarray(side, dtype=np.int64) for side in pairs.T)
    table = np.zeros((len(pairs), len(FEATURES)), dtype=np.float32)
    kinds = space.codes.is_one, space.names.is_one
    shared = shared_terms(space.terms, kinds, i, j)
    _wording(space, i, j, shared, table)
    _terms(space.terms, i, j, shared, table)
    _named(space, i, j, shared, table)
    _meaning(space, i, j, table)
    return _with_fields(space, pairs, table)


def with_fields_of(space: PairSpace, pairs: IntArray, features: Float32) -> Float32:
    """The features of pairs whose texts are as they were measured, and some fields are not.

    Args:
        space: the fields as they are now; the texts, and how dense it is around them, as before.
        pairs: node numbers, shape (m, 2).
        features: what `pair_features` told of them before.
    """
    return _with_fields(space, pairs, features.copy())


def _with_fields(space: PairSpace, pairs: IntArray, table: Float32) -> Float32:
    """A table with the features that fields tell in their columns."""
    i, j = pairs[:, 0], pairs[:, 1]
    plain_features(space.nodes, i, j, table)
    for field in ("service", "ci"):
        same = table[:, INDEX[f"{field}_same"]]
        table[:, INDEX[f"{field}_rarity"]] = same * space.rarity[field][i]
    overlap = table[:, INDEX["term_overlap"]]
    table[:, INDEX["alike_on_same_ci"]] = overlap * table[:, INDEX["ci_same"]]
    table[:, INDEX["alike_in_same_service"]] = overlap * table[:, INDEX["service_same"]]
    return table


def _wording(space: PairSpace, i: IntArray, j: IntArray, shared: Shared, table: Float32) -> None:
    text = space.text
    dense = cosines(text.dense, i, j)
    table[:, INDEX["dense_cosine"]] = dense
    table[:, INDEX["word_cosine"]] = shared.word
    if text.chars is not None:
        table[:, INDEX["char_cosine"]] = products(rows_of(text.chars), i, j)
    table[:, INDEX["same_text"]] = shared.word > 0.99999
    table[:, INDEX["density_lift"]] = dense - (space.density[i] + space.density[j]) / 2


def _terms(terms: Terms, i: IntArray, j: IntArray, shared: Shared, table: Float32) -> None:
    """Overlap weighted by IDF: what is shared, what is not, and the rarest of each."""
    both, mine, yours = shared.idf, terms.mass[i], terms.mass[j]
    union = mine + yours - both
    table[:, INDEX["term_overlap"]] = both / np.maximum(union, 1e-9)
    table[:, INDEX["term_containment"]] = both / np.maximum(np.minimum(mine, yours), 1e-9)
    table[:, INDEX["unshared_terms"]] = np.log1p(np.maximum(union - both, 0))
    table[:, INDEX["rarest_shared_term"]] = shared.rarest
    table[:, INDEX["rarest_unshared_term"]] = shared.rarest_apart


def _named(space: PairSpace, i: IntArray, j: IntArray, shared: Shared, table: Float32) -> None:
    """Codes and names that both have, the rarest; or that each has its own."""
    for kind, named in (("code", space.codes), ("name", space.names)):
        rarest = shared.code if kind == "code" else shared.name
        table[:, INDEX[f"{kind}_shared"]] = rarest
        table[:, INDEX[f"{kind}_differs"]] = named.has[i] & named.has[j] & (rarest == 0)


def _meaning(space: PairSpace, i: IntArray, j: IntArray, table: Float32) -> None:
    """What is said by both, and left unsaid by the other, once words may stand for others."""
    mine, yours = unsaid(space.terms.words, space.of_terms, i, j)
    a, b, mass_a, mass_b = mine.mass, yours.mass, mine.whole, yours.whole
    # Where a text has no word that another has, nothing is known of what the two share.
    both_speak = np.minimum(mass_a, mass_b) > 0
    overlap = 1 - (a + b) / np.maximum(mass_a + mass_b, 1e-9)
    table[:, INDEX["meaning_overlap"]] = both_speak * overlap
    least = np.minimum(a / np.maximum(mass_a, 1e-9), b / np.maximum(mass_b, 1e-9))
    table[:, INDEX["meaning_containment"]] = both_speak * (1 - least)
    table[:, INDEX["uncovered_terms"]] = np.log1p(a + b)
    table[:, INDEX["each_leaves_unsaid"]] = np.log1p(np.minimum(a, b))
    table[:, INDEX["rarest_uncovered_term"]] = np.where(
        both_speak, np.maximum(mine.rarest, yours.rarest), 1 - table[:, INDEX["same_text"]]
    )
    table[:, INDEX["said_again_least"]] = np.minimum(mine.again, yours.again) / 10
    table[:, INDEX["said_again_most"]] = np.maximum(mine.again, yours.again) / 10
    vectors = space.meaning.vectors
    if vectors is not None:
        table[:, INDEX["meaning_cosine"]] = cosines(vectors, i, j)
