"""The terms of texts as numbers, row after row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from problem_mining.compiled import compiled
from problem_mining.texts import IntArray, cut


@dataclass(frozen=True, slots=True)
class TermRows:
    """The terms of texts, in their order, as places in a sorted vocabulary.

    Those of text t are `numbers[bounds[t]:bounds[t + 1]]`.
    """

    vocabulary: tuple[str, ...]
    bounds: IntArray
    numbers: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def some(self, which: IntArray) -> "TermRows":
        """Those of some texts."""
        return TermRows(self.vocabulary, *cut(self.bounds, self.numbers, which))

    def beside(self, others: Sequence[str]) -> "TermRows":
        """The same in a vocabulary that has some other terms, too."""
        own = set(self.vocabulary)
        if own.issuperset(others):
            return self
        vocabulary = tuple(sorted(own.union(others)))
        number = {term: place for place, term in enumerate(vocabulary)}
        moved = np.array([number[term] for term in self.vocabulary], dtype=np.int32)
        return TermRows(vocabulary, self.bounds, moved[self.numbers])


def term_rows(texts: Sequence[Sequence[str]]) -> TermRows:
    """The terms of texts that are given as lists of them."""
    vocabulary = tuple(sorted({term for text in texts for term in text}))
    number = {term: place for place, term in enumerate(vocabulary)}
    bounds = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    numbers = np.array([number[term] for text in texts for term in text], dtype=np.int32)
    return TermRows(vocabulary, bounds, numbers)


NO_TERMS = TermRows((), np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32))


def in_texts(terms: TermRows) -> IntArray:
    """In how many texts each term is."""
    found = np.zeros(len(terms.vocabulary), dtype=np.int64)
    _count(terms.bounds, terms.numbers, found)
    return found


@compiled
def _count(bounds: IntArray, numbers: NDArray[np.int32], found: IntArray) -> None:
    last = np.full(len(found), -1, dtype=np.int32)
    for text in range(len(bounds) - 1):
        for at in range(bounds[text], bounds[text + 1]):
            term = numbers[at]
            if last[term] != text:
                last[term] = text
                found[term] += 1
