"""Titles as a person would read them aloud: slips of the pen repaired, shouting lowered.

Both from the titles themselves, so it holds for any language. Only what is shown is touched; what
incidents say is compared as they say it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from problem_mining.side_by_side import LEAST, mapped
from problem_mining.spelling import meant_words

_WORD = re.compile(r"(?<![\w./\\@-])[^\W\d_]+(?:-[^\W\d_]+)*(?![\w/\\@-]|[.]\w)")
"""A word by itself; not a part of a host, a path or a code."""
MIN_REPAIRED = 6
"""Letters of a word that is repaired for reading: shorter words are too often words themselves."""
MIN_LOWERED = 4
"""Letters of a word in capitals that is lowered where not all of the title is in capitals."""


Written = tuple[dict[str, int], dict[str, int]]
"""In how many titles each word is, and in how many of them in small letters."""


def plain_titles(titles: Sequence[str], written: Written) -> tuple[str, ...]:
    """Titles in plain spelling.

    A word in capitals is lowered where others write it in small letters; a rare word one slip away
    from a common one with the same first letter becomes that.

    Args:
        titles: the titles to be shown.
        written: how words are written, from `written_in` the titles of all incidents.
    """
    frequency, small = written
    shown = {word.casefold() for title in titles for word in _WORD.findall(title)}
    long = sorted(word for word in shown & frequency.keys() if len(word) >= MIN_REPAIRED)
    meant = {
        word: right for word, right in meant_words(long, frequency).items() if right[0] == word[0]
    }
    return tuple(_plain(title, meant, small) for title in titles)


class _Folded(dict[str, str]):
    """Words without regard to capitals, each worked out once."""

    def __missing__(self, word: str) -> str:
        self[word] = word.casefold()
        return self[word]


class _Lowered(dict[str, str]):
    """As `_Folded`; nothing for a word in capitals."""

    def __missing__(self, word: str) -> str:
        self[word] = "" if word.isupper() else word.casefold()
        return self[word]


def written_in(titles: Sequence[str]) -> Written:
    """How words are written; of many titles a second process reads half."""
    counted = list(Counter(titles).items())
    if len(counted) < LEAST:
        return _read(counted)
    half = len(counted) // 2
    (frequency, small), *others = mapped(_read, [counted[:half], counted[half:]], least=2)
    for each, of_others in others:
        for told, more in ((frequency, each), (small, of_others)):
            for word, n in more.items():
                told[word] = told.get(word, 0) + n
    return frequency, small


def _read(titles: Sequence[tuple[str, int]]) -> Written:
    """The same of some titles, each with how often it is there."""
    folded, lowered = _Folded(), _Lowered()
    frequency: defaultdict[str, int] = defaultdict(int)
    small: defaultdict[str, int] = defaultdict(int)
    for title, n in titles:
        words = set(_WORD.findall(title))
        for word in set(map(folded.__getitem__, words)):
            frequency[word] += n
        for word in set(map(lowered.__getitem__, words)):
            small[word] += n
    small.pop("", None)
    return dict(frequency), dict(small)


def _plain(title: str, meant: Mapping[str, str], small: Mapping[str, int]) -> str:
    least = 1 if title.isupper() else MIN_LOWERED

    def plain(found: re.Match[str]) -> str:
        word = found[0]
        own = word.casefold()
        right = meant.get(own, own)
        if word.isupper():
            return right if len(word) >= least and small.get(right) else word
        if right == own:
            return word
        return right.capitalize() if word[0].isupper() else right

    return _begun(_WORD.sub(plain, title), title)


def _begun(title: str, before: str) -> str:
    """A title that begins as it began: with a capital, or with a name in small letters."""
    return title[:1].upper() + title[1:] if before[:1].isupper() else title
