"""Texts as the word pieces of a BERT vocabulary: lower case, accents off, longest piece first.

Source: Devlin et al. 2019, the tokenizer of `bert-base-uncased`.
"""

import unicodedata
from collections.abc import Sequence

UNKNOWN, BEGIN, END = "[UNK]", "[CLS]", "[SEP]"
MAX_WORD = 100
"""Longer words are unknown."""
MAX_KEPT = 200_000
"""So many words are remembered with their pieces."""


class WordPiece:
    """Cuts texts into pieces of a vocabulary."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._number = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown, self._begin, self._end = (
            self._number[name] for name in (UNKNOWN, BEGIN, END)
        )
        self._known: dict[str, list[int]] = {}

    def __call__(self, text: str, most: int) -> list[int]:
        """The numbers of a text's pieces between begin and end, `most` of them at most."""
        found = [self._begin]
        for word in words_of(text):
            found += self._pieces(word)
            if len(found) >= most - 1:
                break
        return [*found[: most - 1], self._end]

    def _pieces(self, word: str) -> list[int]:
        known = self._known.get(word)
        if known is None:
            known = self._cut(word)
            if len(self._known) < MAX_KEPT:
                self._known[word] = known
        return known

    def _cut(self, word: str) -> list[int]:
        if len(word) > MAX_WORD:
            return [self._unknown]
        found: list[int] = []
        start, prefix = 0, ""
        while start < len(word):
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in self._number), None)
            if end is None:
                return [self._unknown]
            found.append(self._number[prefix + word[start:end]])
            start, prefix = end, "##"
        return found


def words_of(text: str) -> list[str]:
    """Words in lower case without accents; every punctuation mark and CJK character by itself."""
    letters: list[str] = []
    for letter in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(letter)
        if letter.isspace() or kind == "Zs":
            letters.append(" ")
        elif kind == "Mn" or kind[0] == "C":
            continue
        elif _stands_alone(letter, kind):
            letters.append(f" {letter} ")
        else:
            letters.append(letter)
    return "".join(letters).split()


def _stands_alone(letter: str, kind: str) -> bool:
    is_sign = letter.isascii() and not letter.isalnum()
    return is_sign or kind[0] == "P" or "\u4e00" <= letter <= "\u9fff"
