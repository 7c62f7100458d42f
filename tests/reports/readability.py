"""How hard a text is: Flesch-Kincaid for English, Amstad and the Vienna formula for German."""

import re
from dataclasses import dataclass
from functools import cache

import pyphen

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_CODE = re.compile(r"\b\w*\d\w*\b|\b[A-Z]{2,}\b")
LONG = 6
"""A word of more letters is long in the Vienna formula."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the formulas are made of."""

    sentences: int
    words: int
    syllables: int
    long_words: int
    many_syllables: int
    one_syllable: int


@cache
def _hyphens(language: str) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang={"en": "en_GB", "de": "de_DE"}[language], left=1, right=2)


def syllables(word: str, language: str) -> int:
    """Syllables of a word: the places it may be broken at, and one; never fewer than vowel groups
    where the dictionary knows no break."""
    broken = len(_hyphens(language).positions(word)) + 1
    vowels = len(re.findall(r"[aeiouyäöü]+", word.lower()))
    silent = language == "en" and word.lower().endswith(("e", "ed", "es")) and vowels > 1
    apart = len(re.findall(r"(?<![cgst])i[ao]", word.lower())) if language == "en" else 0
    return max(broken, vowels + apart - int(silent), 1)


def counts(texts: list[str], language: str) -> Counts:
    """The counts over texts: a sentence ends with a full stop, a question or exclamation mark."""
    plain = [_CODE.sub(" ", text) for text in texts]
    sentences = [part for text in plain for part in _SENTENCE.split(text) if _WORD.search(part)]
    words = [word for sentence in sentences for word in _WORD.findall(sentence)]
    per_word = [syllables(word, language) for word in words]
    return Counts(
        sentences=len(sentences),
        words=len(words),
        syllables=sum(per_word),
        long_words=sum(len(word) > LONG for word in words),
        many_syllables=sum(n >= 3 for n in per_word),
        one_syllable=sum(n == 1 for n in per_word),
    )


def flesch_kincaid(found: Counts) -> float:
    """The American school grade that a text asks for."""
    return 0.39 * found.words / found.sentences + 11.8 * found.syllables / found.words - 15.59


def amstad(found: Counts) -> float:
    """Reading ease of German, 0 to 100, after Amstad: 30 to 50 is hard, 60 and more is easy."""
    return 180 - found.words / found.sentences - 58.5 * found.syllables / found.words


def vienna(found: Counts) -> float:
    """The first Vienna formula for factual texts: the Austrian school grade a text asks for."""
    words = found.words
    return (
        0.1935 * 100 * found.many_syllables / words
        + 0.1672 * words / found.sentences
        + 0.1297 * 100 * found.long_words / words
        - 0.0327 * 100 * found.one_syllable / words
        - 0.875
    )
