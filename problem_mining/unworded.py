"""Texts as they would read without some of their terms, measured as before."""

import re
from collections.abc import Collection
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from problem_mining.features import damped_counts, unit_rows, weighed
from problem_mining.meaning import Meaning, standing_in, vectors_of
from problem_mining.neighbours import rare_terms
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.overlap import Named, terms_of
from problem_mining.similarity import PairSpace
from problem_mining.sparse_rows import only_columns
from problem_mining.spelling import Spelling
from problem_mining.term_rows import TermRows
from problem_mining.tokens import terms as terms_in

SHARED_SHARE = 0.5
"""A phrase is the terms that at least this share of texts, and two of them, have."""

_CHUNK = re.compile(r"\S+")


def cut_out(text: str, gone: Collection[str], spelling: Spelling) -> str:
    """A text without the words that say one of some terms, rightly spelt or not."""

    def kept(found: re.Match[str]) -> str:
        said = spelling.right(terms_in(found[0].casefold()))
        return "" if any(term in gone for term in said) else found[0]

    return _CHUNK.sub(kept, text)


def some_of(space: PairSpace, which: IntArray) -> PairSpace:
    """The space of some texts; what is learned of all of them stays."""
    text = replace(
        space.text,
        words=space.text.words[which],
        chars=None if space.text.chars is None else space.text.chars[which],
        present=space.text.present[which],
        names=space.text.names[which],
        dense=space.text.dense[which],
    )
    meaning = space.meaning
    vectors = meaning.vectors
    return replace(
        space,
        nodes=space.nodes.some(which),
        text=text,
        density=space.density[which],
        rarity={field: values[which] for field, values in space.rarity.items()},
        meaning=replace(meaning, vectors=None if vectors is None else vectors[which]),
        terms=terms_of(text),
        codes=Named(space.codes.is_one, space.codes.has[which]),
        names=Named(space.names.is_one, space.names.has[which]),
    )


class Unworded:
    """Takes terms out of texts of one space."""

    def __init__(self, space: PairSpace, is_name: FloatArray, n_texts: int) -> None:
        self._space = space
        self._is_name = is_name
        lexicon = space.meaning.lexicon
        self.can_tell = lexicon is not None and space.text.chars is None
        self._known = space.text.document_frequency >= 2
        self._rare = rare_terms(space.text.usual_frequency, n_texts)
        self._rare &= self._known
        if lexicon is not None:
            self._others = standing_in(lexicon)

    def rare_shared(self, words: sp.csr_array) -> FloatArray:
        """How much of their rare terms some texts share, each with each."""
        rare = only_columns(words, self._rare)
        found: FloatArray = np.asarray((rare @ rare.T).todense())
        return found

    def phrase(self, nodes: IntArray) -> IntArray:
        """The terms that at least half of some texts share, ascending."""
        terms = self._space.nodes.terms.some(nodes)
        text = np.repeat(np.arange(len(nodes)), np.diff(terms.bounds))
        width = max(len(terms.vocabulary), 1)
        term, counts = np.unique(
            np.unique(text * width + terms.numbers) % width, return_counts=True
        )
        return np.asarray(term[counts >= max(2, SHARED_SHARE * len(nodes))], dtype=np.int64)

    def without(self, local: PairSpace, nodes: IntArray, n: int, gone: IntArray) -> PairSpace:
        """The space of some texts, the first n of which have lost some terms.

        Args:
            local: as they are, from `some_of`.
            nodes: which they are.
            n: how many have lost terms.
            gone: these terms.
        """
        terms = self._space.nodes.terms.some(nodes)
        text_of = np.repeat(np.arange(len(nodes)), np.diff(terms.bounds))
        kept = (text_of >= n) | ~np.isin(terms.numbers, gone)
        sizes = np.bincount(text_of[kept], minlength=len(nodes))
        bounds = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        terms = TermRows(terms.vocabulary, bounds, terms.numbers[kept])
        counts = damped_counts(terms)
        words, present, names = weighed(counts, self._space.text.idf, self._is_name)
        text = replace(local.text, words=words, present=present, names=names)
        axes = self._space.text.axes
        small = words.astype(np.float32)
        flat = small.toarray() if axes is None else small @ axes
        dense = local.text.dense.copy()
        dense[:n] = unit_rows(np.asarray(flat, dtype=np.float32)[:n])
        text = replace(text, dense=dense)
        return replace(
            local,
            nodes=replace(local.nodes, terms=terms),
            text=text,
            meaning=self._meaning(local.meaning, words, n),
            terms=terms_of(text),
            codes=_named(local.codes, names),
            names=_named(local.names, names),
        )

    def _meaning(self, before: Meaning, words: sp.csr_array, n: int) -> Meaning:
        vectors = before.vectors
        if vectors is not None:
            vectors = vectors.copy()
            axes = self._space.text.axes
            vectors[:n] = vectors_of(words, before.weight, self._others, axes)[:n]
        return replace(before, vectors=vectors)


def _named(before: Named, names: sp.csr_array) -> Named:
    row = np.repeat(np.arange(names.shape[0]), np.diff(names.indptr))
    n_each = np.bincount(row, weights=before.is_one[names.indices], minlength=names.shape[0])
    return Named(before.is_one, n_each > 0)
