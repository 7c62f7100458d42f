"""Misspelt words, repaired from the texts themselves: no dictionary, any language."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

MIN_LETTERS = 4
MIN_MODEL_TEXTS = 5
"""A word in so many texts may be what a rare one was meant to be."""
MAX_RARE_TEXTS = 3
TIMES_COMMONER = 5


def repaired(texts: Sequence[list[str]]) -> tuple[list[str], ...]:
    """Texts as lists of terms, in which rare words one slip away from a common one become that.

    A slip is a letter dropped, doubled, changed or swapped with its neighbour. Terms with digits
    name things and are never touched.
    """
    frequency = Counter(word for words in texts for word in set(words))
    meant = meant_words(frequency, frequency)
    return tuple(
        [meant.get(word, word) for word in words] if not meant.keys().isdisjoint(words) else words
        for words in texts
    )


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
