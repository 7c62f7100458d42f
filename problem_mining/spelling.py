"""Misspelt words, repaired from the texts themselves: no dictionary, any language."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_LETTERS = 4
MIN_MODEL_TEXTS = 5
"""A word in so many texts may be what a rare one was meant to be."""
MAX_RARE_TEXTS = 3
TIMES_COMMONER = 5


@dataclass(frozen=True, slots=True)
class Spelling:
    """What misspelt words were meant to be, by how often words are written.

    A slip is a letter dropped, doubled, changed or swapped with its neighbour. Terms with digits
    name things and are never touched.

    `frequency` is in how many texts each word was; `meant` has the misspelt ones among them. A word
    that was in none of these texts is compared with them when it is asked for.
    """

    frequency: Mapping[str, int]
    meant: Mapping[str, str]

    def right(self, words: Sequence[str]) -> list[str]:
        """Words as they were meant."""
        new = [word for word in words if word not in self.frequency and _may_be_misspelt(word)]
        meant = self.meant
        if new:
            meant = {**meant, **meant_words(new, dict.fromkeys(new, 1) | dict(self.frequency))}
        return [meant.get(word, word) for word in words]


NO_SPELLING = Spelling({}, {})


def spelling_of(vocabulary: Sequence[str], in_texts: NDArray[np.int64]) -> Spelling:
    """The spelling that texts tell of themselves: of each word in how many it is."""
    counts = zip(vocabulary, in_texts.tolist(), strict=True)
    frequency = {word: n for word, n in counts if n}
    return Spelling(frequency, meant_words(frequency, frequency))


def meant_words(rare: Iterable[str], frequency: Mapping[str, int]) -> dict[str, str]:
    """What each misspelt word of `rare` was meant to be: of several the commonest.

    Args:
        rare: the words in question; those that many texts have are left alone.
        frequency: in how many texts each word is.
    """
    of_form: defaultdict[str, list[str]] = defaultdict(list)
    for word, n in frequency.items():
        if n >= MIN_MODEL_TEXTS and _may_be_misspelt(word):
            for form in _one_letter_less(word):
                of_form[form].append(word)
    meant = {}
    for word in rare:
        n = frequency[word]
        if n > MAX_RARE_TEXTS or not _may_be_misspelt(word):
            continue
        near = {model for form in _one_letter_less(word) for model in of_form.get(form, ())}
        likely = [m for m in near if frequency[m] >= TIMES_COMMONER * n]
        if likely:
            meant[word] = min(likely, key=lambda model: (-frequency[model], model))
    return meant


def _may_be_misspelt(word: str) -> bool:
    return len(word) >= MIN_LETTERS and word.isalpha()


def _one_letter_less(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
