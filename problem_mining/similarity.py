"""What is measured of two incidents with text; `model.py` weighs it.

A feature of something missing on either side is 0: not known is neither alike nor different.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from problem_mining.bitexts import is_known
from problem_mining.features import BACKGROUND, Float32, TextFeatures, cosines, scaled
from problem_mining.meaning import UNSAID, Meaning, covered, plain_meaning
from problem_mining.measured import FEATURES, INDEX, plain_features
from problem_mining.nearest import density_of
from problem_mining.nodes import FloatArray, IntArray, Nodes
from problem_mining.overlap import Named, Shared, Terms, named_by, shared_terms, terms_of
from problem_mining.sparse_rows import only_columns, row_largest, row_sums, without
from problem_mining.tokens import is_code


@dataclass(frozen=True, slots=True)
class PairSpace:
    """Everything pair features are computed from; `density` is the mean cosine of the nearest.

    `meaning` is what texts say once words stand for each other, `known` is the IDF of terms that
    more than one text has, `matter` the same weighed by how much they matter, `terms` all of them,
    `codes` and `names` those that name an error or a thing.
    """

    nodes: Nodes
    text: TextFeatures
    density: Float32
    rarity: Mapping[str, FloatArray]
    meaning: Meaning
    idf: FloatArray
    known: sp.csr_array
    matter: sp.csr_array
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
    repeated = is_known(text)
    meaning = meaning or plain_meaning(text)
    known = only_columns(text.present, repeated)
    is_error = np.array([is_code(term) for term in text.vocabulary], dtype=bool)
    return PairSpace(
        nodes=nodes,
        text=text,
        density=density,
        rarity=rarity,
        meaning=meaning,
        idf=text.idf,
        known=known,
        matter=scaled(known, meaning.weight),
        terms=terms_of(text),
        codes=named_by(text, is_error),
        names=named_by(text, ~is_error),
    )


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
    i, j = pairs[:, 0], pairs[:, 1]
    table = np.zeros((len(pairs), len(FEATURES)), dtype=np.float32)
    shared = shared_terms(space.terms, i, j)
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
    text, terms = space.text, space.terms
    dense = cosines(text.dense, i, j)
    word = shared.total(terms.word[shared.left] * terms.word[shared.right])
    table[:, INDEX["dense_cosine"]] = dense
    table[:, INDEX["word_cosine"]] = word
    if text.chars is not None:
        table[:, INDEX["char_cosine"]] = row_sums(
            sp.csr_array(text.chars[i].multiply(text.chars[j]))
        )
    table[:, INDEX["same_text"]] = word > 0.99999
    table[:, INDEX["density_lift"]] = dense - (space.density[i] + space.density[j]) / 2


def _terms(terms: Terms, i: IntArray, j: IntArray, shared: Shared, table: Float32) -> None:
    """Overlap weighted by IDF: what is shared, what is not, and the rarest of each."""
    idf, mine, yours = terms.idf[shared.left], terms.mass[i], terms.mass[j]
    both = shared.total(idf)
    union = mine + yours - both
    table[:, INDEX["term_overlap"]] = both / np.maximum(union, 1e-9)
    table[:, INDEX["term_containment"]] = both / np.maximum(np.minimum(mine, yours), 1e-9)
    table[:, INDEX["unshared_terms"]] = np.log1p(np.maximum(union - both, 0))
    table[:, INDEX["rarest_shared_term"]] = shared.largest(idf)
    table[:, INDEX["rarest_unshared_term"]] = np.maximum(
        terms.rarest_but(i, shared.total(terms.bit[shared.left])),
        terms.rarest_but(j, shared.total(terms.bit[shared.right])),
    )


def _named(space: PairSpace, i: IntArray, j: IntArray, shared: Shared, table: Float32) -> None:
    """Codes and names that both have, the rarest; or that each has its own."""
    column, idf = space.terms.column[shared.left], space.terms.idf[shared.left]
    for kind, named in (("code", space.codes), ("name", space.names)):
        rarest = shared.largest(idf * named.is_one[column])
        table[:, INDEX[f"{kind}_shared"]] = rarest
        table[:, INDEX[f"{kind}_differs"]] = named.has[i] & named.has[j] & (rarest == 0)


def _meaning(space: PairSpace, i: IntArray, j: IntArray, table: Float32) -> None:
    """What is said by both, and left unsaid by the other, once words may stand for others."""
    mine, yours = _unsaid(space, i, j), _unsaid(space, j, i)
    (a, rare_a, again_a, mass_a), (b, rare_b, again_b, mass_b) = mine, yours
    # Where a text has no word that another has, nothing is known of what the two share.
    both_speak = np.minimum(mass_a, mass_b) > 0
    overlap = 1 - (a + b) / np.maximum(mass_a + mass_b, 1e-9)
    table[:, INDEX["meaning_overlap"]] = both_speak * overlap
    least = np.minimum(a / np.maximum(mass_a, 1e-9), b / np.maximum(mass_b, 1e-9))
    table[:, INDEX["meaning_containment"]] = both_speak * (1 - least)
    table[:, INDEX["uncovered_terms"]] = np.log1p(a + b)
    table[:, INDEX["each_leaves_unsaid"]] = np.log1p(np.minimum(a, b))
    table[:, INDEX["rarest_uncovered_term"]] = np.where(
        both_speak, np.maximum(rare_a, rare_b), 1 - table[:, INDEX["same_text"]]
    )
    table[:, INDEX["said_again_least"]] = np.minimum(again_a, again_b) / 10
    table[:, INDEX["said_again_most"]] = np.maximum(again_a, again_b) / 10
    vectors = space.meaning.vectors
    if vectors is not None:
        table[:, INDEX["meaning_cosine"]] = cosines(vectors, i, j)


def _unsaid(
    space: PairSpace, i: IntArray, j: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Of the terms of i: the IDF j leaves unsaid, the rarest such, the evidence of the rest.

    And the IDF of all of them.
    """
    terms = space.matter[i]
    said = sp.csr_array(space.meaning.has[i].multiply(space.meaning.said[j]))
    told = sp.csr_array(
        (
            covered(said.data) * (space.idf * space.meaning.weight)[said.indices],
            said.indices,
            said.indptr,
        ),
        said.shape,
    )
    rest = without(terms, told)
    said.data = space.meaning.weight[said.indices] * np.log1p(UNSAID * said.data)
    return row_sums(rest), row_largest(rest), row_sums(said), row_sums(terms)
