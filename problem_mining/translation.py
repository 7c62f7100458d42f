"""Which words say the same, learned from the run itself: synonyms and translations.

Two texts about one matter are translations of each other, into another language or into other
words of the same: the title and the description of a report, the texts of two likely repeats.
Over many such pairs each word of one text is explained by a word of the other, and what explains
one word well leaves the others to explain the rest.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.bitexts import Bitexts, bitexts_of, known_terms
from problem_mining.counterparts import counterparts
from problem_mining.features import TextFeatures
from problem_mining.nodes import FloatArray, IntArray, Nodes
from problem_mining.tokens import LANGUAGES, is_identifier

LINKED_AT_ONCE = 100_000
"""Words of so many texts are linked in one go: all links at once would take much memory."""
ROUNDS = 6
OTHER_AT_FIRST = 0.05
KNOWN_AT_FIRST = 0.5
KNOWN_COUNT = 0.5
KNOWN_LIFT = 40.0
"""Of words known to stand for each other: how likely at first, as if so often seen, the lift."""
NOTHING = 3.0
"""How readily a word is explained by nothing in the other text."""
SELF_COUNT = 1.0
ROW_DAMPING = 0.3
LIFT_DAMPING = 0.03
MIN_COUNT = 0.3
MIN_LIFT = 4.0
MAX_MEANINGS = 16
OF_ONE_LANGUAGE = 0.8
DOUBT = 2.0
MIN_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class _Links:
    """Every word of a target with every word of its source, as numbers of distinct word pairs."""

    of_entry: NDArray[np.int32]
    at_target: NDArray[np.int32]
    row: IntArray
    column: IntArray


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What was learned of terms.

    `lifts[a, b]`: how much more often b is said where a is said of the same matter, at least
    MIN_LIFT; few entries. `weight[b]`: the share of its uses that the other text of the matter
    explains, 0 to 1. Pleasantries, and what happens to be told as well, weigh little.
    """

    lifts: sp.csr_array
    weight: FloatArray


def no_lexicon(text: TextFeatures) -> Lexicon:
    """Every term stands for itself only, and all weigh the same."""
    n = len(text.vocabulary)
    return Lexicon(sp.csr_array((n, n)), np.ones(n))


def learn_lexicon(text: TextFeatures, nodes: Nodes, pairs: IntArray, p: FloatArray) -> Lexicon:
    """Learns what stands for what, and what matters.

    Machine alerts are left out: their wording is that of tools, and says nothing about words.

    Args:
        text: of the texts.
        nodes: the texts.
        pairs: scored pairs, shape (m, 2); none are needed.
        p: their probabilities.

    Source: Brown et al. 1993, model 1; one table per language of the explained word.
    """
    bitexts = bitexts_of(text, nodes, pairs, p)
    language = _language_of_terms(text, nodes)
    n_known = int(nodes.language.max(initial=-1)) + 1
    names = [LANGUAGES[code] if code < n_known else "" for code in language.tolist()]
    known = counterparts(text.vocabulary, names)
    if not bitexts.source.nnz or not bitexts.target.nnz:
        return Lexicon(sp.csr_array(known * KNOWN_LIFT), np.ones(len(text.vocabulary)))
    counts, explained = _aligned(bitexts, text, language, known)
    share = (explained + 0.5 * DOUBT) / (_mass(bitexts) + DOUBT)
    # What comes together by chance alone is explained to this share.
    chance = 1 / (1 + NOTHING)
    weight = np.maximum((share - chance) / (1 - chance), MIN_WEIGHT)
    lifts = _lifts(bitexts, counts, language).maximum(known * KNOWN_LIFT)
    return Lexicon(sp.csr_array(lifts), np.round(weight, 6).astype(np.float64))


def _language_of_terms(text: TextFeatures, nodes: Nodes) -> IntArray:
    """The language most texts with a term are in, one more where none stands out."""
    n = int(nodes.language.max(initial=-1)) + 1
    known = np.flatnonzero(nodes.language >= 0)
    if not len(known):
        return np.zeros(len(text.vocabulary), dtype=np.int64)
    of_text = sp.csr_array(
        (np.ones(len(known)), (nodes.language[known], known)), shape=(n, len(nodes))
    )
    texts = np.bincount(nodes.language[known], minlength=n)
    share = (of_text @ known_terms(text)).toarray() / np.maximum(texts, 1)[:, None]
    total = share.sum(axis=0)
    stands_out = (total > 0) & (share.max(axis=0) >= OF_ONE_LANGUAGE * total)
    return np.where(stands_out, share.argmax(axis=0), n)


def _links(bitexts: Bitexts, is_name: NDArray[np.bool_]) -> _Links:
    """Words of both texts of a matter; a name or a code is linked with nothing but itself."""
    bounds, n_texts = bitexts.source.indptr, bitexts.source.shape[0]
    steps = np.searchsorted(bounds, np.arange(0, bounds[-1], LINKED_AT_ONCE))
    found = [
        _links_of(bitexts, is_name, start, end)
        for start, end in pairwise(np.unique([0, *steps, n_texts]).tolist())
    ]
    words = np.concatenate([np.empty(0, dtype=np.int64), *(part for part, _ in found)])
    at_target = np.concatenate([np.empty(0, dtype=np.int32), *(part for _, part in found)])
    del found
    order = np.argsort(words)
    ordered = words[order]
    is_first = np.diff(ordered, prepend=-1) > 0
    of_entry = np.empty(len(words), dtype=np.int32)
    of_entry[order] = np.cumsum(is_first) - 1
    entries = ordered[is_first]
    width = len(is_name)
    return _Links(of_entry, at_target, entries // width, entries % width)


def _links_of(
    bitexts: Bitexts, is_name: NDArray[np.bool_], start: int, end: int
) -> tuple[IntArray, NDArray[np.int32]]:
    """The links of some texts: the two words as one number, and the place in the target."""
    source, target = bitexts.source, bitexts.target
    n_target = np.diff(target.indptr)[start:end]
    n_links = np.diff(source.indptr)[start:end] * n_target
    text = np.repeat(np.arange(start, end), n_links)
    place = np.arange(len(text)) - np.repeat(np.cumsum(n_links) - n_links, n_links)
    n_target = np.diff(target.indptr)[text]
    at_target = target.indptr[text] + place % n_target
    row = source.indices[source.indptr[text] + place // n_target].astype(np.int64)
    column = target.indices[at_target]
    kept = (row == column) | ~(is_name[row] | is_name[column])
    return (row * len(is_name) + column)[kept], at_target[kept].astype(np.int32)


def _aligned(
    bitexts: Bitexts, text: TextFeatures, language: IntArray, known: sp.csr_array
) -> tuple[sp.coo_array, FloatArray]:
    """How often the column term is explained by the row term, and by any, by EM.

    `known` are the words known beforehand to stand for each other.
    """
    is_name = np.array([is_identifier(term) for term in text.vocabulary], dtype=bool)
    links, target = _links(bitexts, is_name), bitexts.target
    n_target, width = np.diff(target.indptr), target.shape[1]
    weight = np.repeat(bitexts.weight, n_target)[links.at_target]
    by_nothing = NOTHING * _share_in_language(_mass(bitexts), language)[target.indices]
    by_nothing *= np.repeat(np.diff(bitexts.source.indptr), n_target)
    is_self = links.row == links.column
    table = links.row * (int(language.max()) + 1) + language[links.column]
    told = _at(known, links.row, links.column)
    chance = np.where(is_self, 1.0, np.maximum(OTHER_AT_FIRST, KNOWN_AT_FIRST * told))
    count = share = chance
    for _ in range(ROUNDS):
        each = chance[links.of_entry]
        total = np.bincount(links.at_target, weights=each, minlength=len(by_nothing)) + by_nothing
        share = weight * each / total[links.at_target]
        count = np.bincount(links.of_entry, weights=share, minlength=len(chance))
        count = count + SELF_COUNT * is_self + KNOWN_COUNT * told
        chance = count / (np.bincount(table, weights=count)[table] + ROW_DAMPING)
    explained = np.bincount(target.indices[links.at_target], weights=share, minlength=width).astype(
        np.float64
    )
    return sp.coo_array((count, (links.row, links.column)), shape=(width, width)), explained


def _at(matrix: sp.csr_array, row: IntArray, column: IntArray) -> FloatArray:
    """The entries of a matrix at some places."""
    entries = sp.coo_array(matrix)
    width = matrix.shape[1]
    places = entries.coords[0].astype(np.int64) * width + entries.coords[1]
    if not len(places):
        return np.zeros(len(row))
    order = np.argsort(places)
    places, values = places[order], entries.data[order]
    wanted = row * width + column
    at = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
    return np.where(places[at] == wanted, values[at], 0.0)


def _mass(bitexts: Bitexts) -> FloatArray:
    """How often each term is there to be explained."""
    weight = np.repeat(bitexts.weight, np.diff(bitexts.target.indptr))
    n_terms = bitexts.target.shape[1]
    mass = np.bincount(bitexts.target.indices, weights=weight, minlength=n_terms)
    return np.asarray(mass, dtype=np.float64)


def _share_in_language(mass: FloatArray, language: IntArray) -> FloatArray:
    return np.asarray(mass / np.maximum(np.bincount(language, weights=mass), 1e-9)[language])


def _lifts(bitexts: Bitexts, counts: sp.coo_array, language: IntArray) -> sp.csr_array:
    """Counts against those that the frequency of the explained term in its language gives."""
    row, column = (np.asarray(part, dtype=np.int64) for part in counts.coords)
    table = row * (int(language.max()) + 1) + language[column]
    chance = _share_in_language(_mass(bitexts), language)[column]
    expected = np.bincount(table, weights=counts.data)[table] * chance
    lift = np.round(counts.data / (expected + LIFT_DAMPING), 4)
    kept = (counts.data >= MIN_COUNT) & (lift >= MIN_LIFT)
    row, column, lift = row[kept], column[kept], lift[kept]
    order = np.lexsort((column, -lift, row))
    row, column, lift = row[order], column[order], lift[order]
    first = np.arange(len(row)) - np.searchsorted(row, row) < MAX_MEANINGS
    shape = (len(language), len(language))
    return sp.csr_array(sp.coo_array((lift[first], (row[first], column[first])), shape=shape))
