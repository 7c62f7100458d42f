"""Which words say the same, learned from the run itself: synonyms and translations.

Two texts about one matter are translations of each other, into another language or into other
words of the same: the title and the description of a report, the texts of two likely repeats.
Over many such pairs each word of one text is explained by a word of the other, and what explains
one word well leaves the others to explain the rest.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.counterparts import counterparts
from problem_mining.features import TextFeatures
from problem_mining.nodes import FloatArray, IntArray, Nodes
from problem_mining.tokens import LANGUAGES, is_identifier

LIKELY = 0.5
POSSIBLE = 0.05
SAME_CI = 0.3
"""Across languages less is asked of a pair: to share a CI counts as much as this probability."""
MAX_BITEXTS = 30_000
"""Of each kind so many pairs are read, evenly spaced: a dictionary gains little from more."""
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
class Bitexts:
    """Pairs of texts: which words each side has, shape (m, terms), and how much a pair counts."""

    source: sp.csr_array
    target: sp.csr_array
    weight: FloatArray


@dataclass(frozen=True, slots=True)
class _Links:
    """Every word of a target with every word of its source, as numbers of distinct word pairs."""

    of_entry: IntArray
    at_target: IntArray
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
    bitexts = _joined(_own_texts(text, nodes), _likely_texts(text, nodes, pairs, p))
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


def is_known(text: TextFeatures) -> NDArray[np.bool_]:
    """Which terms are known: those of more than one text."""
    known: NDArray[np.bool_] = text.document_frequency >= 2
    return known


def known_terms(text: TextFeatures) -> sp.csr_array:
    """1 where a text has a known term."""
    ones = is_known(text)[text.present.indices].astype(np.float64)
    known = sp.csr_array(
        (ones, text.present.indices.copy(), text.present.indptr.copy()), text.present.shape
    )
    known.eliminate_zeros()
    return known


def _own_texts(text: TextFeatures, nodes: Nodes) -> Bitexts:
    """The title and the description of one report, both ways."""
    has_both = (nodes.n_title > 0) & (nodes.n_title < [len(words) for words in nodes.words])
    chosen = _evenly(np.flatnonzero(has_both & (nodes.is_machine_made == 0)))
    texts = [(nodes.words[node], int(nodes.n_title[node])) for node in chosen]
    number = {term: column for column, term in enumerate(text.vocabulary)}
    known = is_known(text)
    sides = [
        _indicator([[number[w] for w in words if known[number[w]]] for words in side], len(known))
        for side in ([w[:n] for w, n in texts], [w[n:] for w, n in texts])
    ]
    return _both_ways(sides[0], sides[1], np.ones(len(texts)))


def _likely_texts(text: TextFeatures, nodes: Nodes, pairs: IntArray, p: FloatArray) -> Bitexts:
    """Texts of likely repeats by people, both ways."""
    i, j = pairs[:, 0], pairs[:, 1]
    tongue, ci = nodes.language, nodes.codes["ci"]
    crosses = (tongue[i] >= 0) & (tongue[j] >= 0) & (tongue[i] != tongue[j])
    shares_ci = (ci[i] >= 0) & (ci[i] == ci[j])
    across = np.maximum(np.where(p >= POSSIBLE, p, 0), SAME_CI * shares_ci)
    weight = np.where(crosses, across, np.where(p >= LIKELY, p, 0))
    weight = weight * ~nodes.is_machine_made.astype(bool)[pairs].any(axis=1)
    chosen = _evenly(np.flatnonzero(weight))
    i, j, weight = i[chosen], j[chosen], weight[chosen]
    degree = np.bincount(
        np.concatenate([i, j]), weights=np.concatenate([weight, weight]), minlength=len(nodes)
    )
    # A pair counts for less where both have many: one large group shall not teach alone.
    weight = weight / np.sqrt(np.maximum(degree[i], 1) * np.maximum(degree[j], 1))
    known = known_terms(text)
    return _both_ways(known[i], known[j], np.round(weight, 9))


def _evenly(numbers: IntArray) -> IntArray:
    return numbers[:: max(1, -(-len(numbers) // MAX_BITEXTS))]


def _indicator(texts: list[list[int]], width: int) -> sp.csr_array:
    rows = [sorted(set(text)) for text in texts]
    bounds = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    columns = np.array([column for row in rows for column in row], dtype=np.int64)
    return sp.csr_array((np.ones(len(columns)), columns, bounds), shape=(len(rows), width))


def _both_ways(left: sp.csr_array, right: sp.csr_array, weight: FloatArray) -> Bitexts:
    return Bitexts(_stacked(left, right), _stacked(right, left), np.concatenate([weight, weight]))


def _joined(a: Bitexts, b: Bitexts) -> Bitexts:
    weight = np.concatenate([a.weight, b.weight])
    return Bitexts(_stacked(a.source, b.source), _stacked(a.target, b.target), weight)


def _stacked(above: sp.csr_array, below: sp.csr_array) -> sp.csr_array:
    return sp.csr_array(sp.vstack([above, below]))


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


def _links(bitexts: Bitexts) -> _Links:
    source, target = bitexts.source, bitexts.target
    n_target = np.diff(target.indptr)
    n_links = np.diff(source.indptr) * n_target
    text = np.repeat(np.arange(len(n_links)), n_links)
    place = np.arange(len(text)) - np.repeat(np.cumsum(n_links) - n_links, n_links)
    at_source = source.indptr[text] + place // n_target[text]
    at_target = target.indptr[text] + place % n_target[text]
    width = source.shape[1]
    words = source.indices[at_source].astype(np.int64) * width + target.indices[at_target]
    entries, of_entry = np.unique(words, return_inverse=True)
    return _Links(of_entry, np.asarray(at_target), entries // width, entries % width)


def _aligned(
    bitexts: Bitexts, text: TextFeatures, language: IntArray, known: sp.csr_array
) -> tuple[sp.coo_array, FloatArray]:
    """How often the column term is explained by the row term, and by any, by EM.

    `known` are the words known beforehand to stand for each other.
    """
    links, target = _links(bitexts), bitexts.target
    n_target, width = np.diff(target.indptr), target.shape[1]
    weight = np.repeat(bitexts.weight, n_target)[links.at_target]
    by_nothing = NOTHING * _share_in_language(_mass(bitexts), language)[target.indices]
    by_nothing *= np.repeat(np.diff(bitexts.source.indptr), n_target)
    is_name = np.array([is_identifier(term) for term in text.vocabulary], dtype=bool)
    is_self = links.row == links.column
    # A name or a code says nothing but itself.
    may_be = is_self | ~(is_name[links.row] | is_name[links.column])
    table = links.row * (int(language.max()) + 1) + language[links.column]
    told = _at(known, links.row, links.column)
    chance = np.where(is_self, 1.0, np.maximum(OTHER_AT_FIRST * may_be, KNOWN_AT_FIRST * told))
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
