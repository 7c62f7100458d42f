"""Texts measured by a basis: what is computed of some of them is the same as of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from problem_mining.basis import RARE_FIELDS, Basis
from problem_mining.chunks import in_order, parts_of
from problem_mining.features import (
    Float32,
    Steps,
    TextFeatures,
    as_floats,
    damped_counts,
    identifiers,
    scaled,
    unit,
    unit_rows,
    weighed,
)
from problem_mining.meaning import meaning_of, spread_vectors
from problem_mining.neighbours import rare_terms
from problem_mining.nodes import FloatArray, IntArray, Nodes
from problem_mining.similarity import PairSpace, space_of
from problem_mining.term_rows import in_texts
from problem_mining.texts import Hashes, mixed
from problem_mining.translation import Lexicon

VECTORS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts, and what is known of their terms.

    `hashes` tell texts from each other by all that pairs are measured by, but for the company of
    terms; `values` are those of the codes. `in_now` is in how many texts each term is, `usual` in
    how many it was in the basis.
    """

    nodes: Nodes
    values: Mapping[str, tuple[str, ...]]
    hashes: Hashes
    basis: Basis
    idf: FloatArray
    usual: IntArray
    in_now: IntArray
    is_name: FloatArray
    axes: Float32
    lexicon: Lexicon
    rarity: Mapping[str, FloatArray]

    def __len__(self) -> int:
        return len(self.nodes)

    def text(self, which: IntArray, dense: Float32 | None = None) -> TextFeatures:
        """Some texts represented; their vectors may be known already."""
        counts = damped_counts(self.nodes.terms.some(which))
        words, present, names = weighed(counts, self.idf, self.is_name)
        if dense is None:
            dense = unit_rows(np.asarray(words.astype(np.float32) @ self.axes))
        return TextFeatures(
            vocabulary=self.nodes.terms.vocabulary,
            idf=self.idf,
            document_frequency=self.in_now,
            usual_frequency=self.usual,
            usual_total=int(self.basis.frequency.sum()),
            words=words,
            chars=None,
            present=present,
            names=names,
            dense=dense,
            axes=self.axes,
        )

    def vectors(self, which: IntArray, *, by_meaning: bool) -> Float32:
        """The vectors of some texts: by their words, or once words stand for each other."""

        def of(part: slice) -> Float32:
            text = self.text(which[part])
            return spread_vectors(text, self.lexicon) if by_meaning else text.dense

        none = np.empty((0, self.axes.shape[1]), dtype=np.float32)
        return np.concatenate([none, *in_order(of, parts_of(len(which), VECTORS_AT_ONCE))])

    def rare_words(self) -> sp.csr_array:
        """TF-IDF of the rare terms of all texts."""
        rare = rare_terms(self.usual, self.basis.n) & (self.in_now >= 2)
        place = np.cumsum(rare, dtype=np.int32) - 1

        def of(part: slice) -> tuple[FloatArray, NDArray[np.int32], IntArray]:
            terms = self.nodes.terms.some(np.arange(part.start, part.stop))
            words = unit(scaled(damped_counts(terms), self.idf))
            kept = rare[words.indices]
            ends = np.concatenate([[0], np.cumsum(kept)])
            counts = np.diff(ends[words.indptr])
            return words.data[kept], place[words.indices[kept]], counts

        found = in_order(of, parts_of(len(self), VECTORS_AT_ONCE))
        data, columns, counts = (np.concatenate(parts) for parts in zip(*found, strict=True))
        bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        return sp.csr_array((data, columns, bounds), shape=(len(self), int(rare.sum())))

    def space(
        self,
        which: IntArray,
        dense: Steps,
        meanings: Steps | None,
        density: Float32,
        *,
        is_lean: bool = False,
    ) -> PairSpace:
        """What features of pairs of some texts are computed from; vectors are those of all texts.

        Before words stand for each other there are no vectors by meaning. A lean one is for
        `pair_features` alone: its vectors stay in steps, which for all texts need no copy.
        """

        def vectors(of_all: Steps) -> Float32:
            # Nothing but `pair_features` is given steps, and it takes either.
            found = _at(of_all, which)
            return cast(Float32, found) if is_lean else as_floats(found)

        text = self.text(which, vectors(dense))
        nodes = self.nodes.some(which)
        rarity = {}
        for field in RARE_FIELDS:
            codes = nodes.codes[field]
            held = np.append(self.rarity[field], 0.0)
            rarity[field] = np.where(codes >= 0, held[codes], 0.0)
        meaning = meaning_of(text, self.lexicon)
        if meanings is not None:
            meaning = replace(meaning, vectors=vectors(meanings))
        return space_of(nodes, text, density[which], rarity, meaning)

    def measured(self, density: Float32) -> Hashes:
        """A hash of all that pairs of a text are measured by, the company of its terms included."""
        known = self.in_now >= 2
        told = _sums(self.nodes, _hashed(self.nodes.terms.vocabulary) * known.astype(np.uint64))
        return mixed(self.hashes ^ mixed(told) ^ mixed(density.view(np.uint32)))


def _at(values: Steps, which: IntArray) -> Steps:
    """The rows at some ascending places; all of them need no copy."""
    return values if len(which) == len(values) else values[which]


def corpus_of(
    nodes: Nodes, values: Mapping[str, tuple[str, ...]], keys: Sequence[str], basis: Basis
) -> Corpus:
    """Texts measured by a basis.

    Args:
        nodes: the texts; their misspellings are repaired by the basis.
        values: of their codes.
        keys: of the rows of the nodes.
        basis: what they are measured by.
    """
    # Terms that no text has any more may still stand for others, and vectors go by that.
    nodes = replace(nodes, terms=nodes.terms.beside(basis.vocabulary))
    vocabulary = nodes.terms.vocabulary
    place = basis.places_of(vocabulary)
    usual = basis.frequency_of(place)
    return Corpus(
        nodes=nodes,
        values=values,
        hashes=content_hashes(nodes, values, keys),
        basis=basis,
        idf=basis.idf_of(usual),
        usual=usual,
        in_now=in_texts(nodes.terms),
        is_name=identifiers(vocabulary),
        axes=basis.axes_in(vocabulary, place),
        lexicon=basis.lexicon_in(place),
        rarity={field: basis.rarity_in(field, values[field]) for field in RARE_FIELDS},
    )


def content_hashes(
    nodes: Nodes, values: Mapping[str, tuple[str, ...]], keys: Sequence[str]
) -> Hashes:
    """A hash of each text: its key, terms, codes, time, language and kind."""
    found = _hashed([keys[row] for row in nodes.first.tolist()])
    found = mixed(found ^ mixed(_sums(nodes, _hashed(nodes.terms.vocabulary))))
    for field, codes in sorted(nodes.codes.items()):
        found = mixed(found ^ _coded(codes, values[field]))
    found = mixed(found ^ _coded(nodes.named_ci, values["ci"]))
    kind = (nodes.language + 1) * 2 + nodes.is_machine_made
    found = mixed(found ^ kind.astype(np.uint64))
    days = np.where(np.isnan(nodes.days), -1.0, nodes.days)
    return mixed(found ^ days.view(np.uint64))


def _hashed(words: Sequence[str]) -> Hashes:
    """64 bits for each word."""
    if not len(words):
        return np.empty(0, dtype=np.uint64)
    return pd.util.hash_array(np.array(words, dtype=object), categorize=False)


def _coded(codes: IntArray, values: Sequence[str]) -> Hashes:
    held = np.append(_hashed(values), np.uint64(0))
    return held[codes]


def _sums(nodes: Nodes, of_term: Hashes) -> Hashes:
    """The sum over the terms of each node, whatever their order."""
    terms = nodes.terms
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(of_term[terms.numbers])])
    found: Hashes = sums[terms.bounds[1:]] - sums[terms.bounds[:-1]]
    return found
