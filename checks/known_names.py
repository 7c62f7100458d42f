"""Finds names of people that are known from the records' own fields."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_TITLE_WORDS = "mr mrs ms miss dr herr frau hr fr madame mme monsieur señor señora sr sra"
_TITLES = frozenset(_TITLE_WORDS.split())
MIN_SURNAME = 3
"""A shorter word after a title is not taken for a surname."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names by their first word, as folded words, and the words that are somebody's last name.

    Only names of two or more words are looked for by themselves; a single word is too often a word
    of the language. A last name counts after a title ("Mr Smith").
    """

    by_first: Mapping[str, Sequence[tuple[str, ...]]]
    last_names: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[object]) -> Self:
        """From the values of assignee, caller and owner fields; what is not a text is left out.

        "Jane Doe" and "Doe, Jane" are found in both orders. Values with digits are user names or
        numbers, not names of people, and are left out.
        """
        return cls.by_words(
            {words for name in names if isinstance(name, str) for words in _orders(name)}
        )

    @classmethod
    def by_words(cls, found: Iterable[tuple[str, ...]]) -> Self:
        """From names as folded words, each in the orders it is looked for in."""
        by_first: dict[str, list[tuple[str, ...]]] = {}
        last: set[str] = set()
        for words in sorted(found, key=lambda words: (-len(words), words)):
            by_first.setdefault(words[0], []).append(words)
            last.update(word for word in words if len(word) >= MIN_SURNAME)
        return cls(by_first, frozenset(last))

    def redact(self, text: str) -> tuple[str, int]:
        """The text with `<person>` for each name, and how many there were."""
        if not self.by_first:
            return text, 0
        words = [(match[0].casefold(), *match.span()) for match in _WORD.finditer(text)]
        parts, done, place, n = [], 0, 0, 0
        while place < len(words):
            length = self._length_at(words, place, text)
            if length == 0:
                place += 1
                continue
            parts += [text[done : words[place][1]], "<person>"]
            done = words[place + length - 1][2]
            place += length
            n += 1
        return "".join([*parts, text[done:]]), n

    def _length_at(self, words: Sequence[tuple[str, int, int]], place: int, text: str) -> int:
        """How many words from here on are a name; 0 for none."""
        first, start, _ = words[place]
        for name in self.by_first.get(first, ()):
            here = words[place : place + len(name)]
            if tuple(word for word, _, _ in here) == name and _are_close(here, text):
                return len(name)
        titled = place > 0 and words[place - 1][0] in _TITLES
        near = titled and 0 < start - words[place - 1][2] <= 2
        return 1 if near and first in self.last_names else 0


def _are_close(words: Sequence[tuple[str, int, int]], text: str) -> bool:
    """Whether only a blank, a comma or a dot lies between words."""
    between = [text[a[2] : b[1]] for a, b in pairwise(words)]
    return all(len(gap) <= 2 and not gap.strip(" ,.\t") for gap in between)


def _orders(name: str) -> Iterable[tuple[str, ...]]:
    """The word orders a name may be written in."""
    words = tuple(word.casefold() for word in _WORD.findall(name))
    if not 2 <= len(words) <= 5 or any(char.isdigit() for char in name):
        return ()
    return {words, words[1:] + words[:1], words[-1:] + words[:-1]}


NOBODY = KnownNames({}, frozenset())
"""No names are known."""
