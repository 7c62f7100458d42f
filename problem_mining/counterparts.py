"""Words known to stand for each other before anything was learned: everyday service-desk talk.

`service_desk_words.toml` has them, in four languages. They are general knowledge, of no company: a
run learns its own words beside them (`translation.py`), and a file in another language, or with
words of its own, loses nothing by them.
"""

import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import scipy.sparse as sp

ORDER = ("en", "de", "fr", "es")
"""The languages in the order the file has them."""
_ENDINGS = tuple("ungen ung ing ern ed es en er em os as e s n o a".split())
MIN_WORD = 5
MIN_STEM = 4
MIN_PART = 4
COMPOUND_SHARE = 0.5
"""How far a word of two parts stands for the words of one of them."""


@dataclass(frozen=True, slots=True)
class Known:
    """The numbers of the things a stem may mean, in each language and in any."""

    in_language: Mapping[str, Mapping[str, frozenset[int]]]
    in_any: Mapping[str, frozenset[int]]
    n_things: int


def stem(word: str) -> str:
    """A word without accents and one ending, so that forms of one word agree."""
    plain = unicodedata.normalize("NFKD", word.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if len(plain) >= MIN_WORD:
        for ending in _ENDINGS:
            if plain.endswith(ending) and len(plain) - len(ending) >= MIN_STEM:
                return plain[: -len(ending)]
    return plain


@cache
def known_words() -> Mapping[str, Mapping[int, tuple[str, ...]]]:
    """By language the words of each thing, things numbered in order."""
    text = files("problem_mining").joinpath("service_desk_words.toml").read_text(encoding="utf-8")
    lines = [line for group in tomllib.loads(text).values() for line in group.values()]
    found: dict[str, dict[int, tuple[str, ...]]] = {language: {} for language in ORDER}
    for thing, line in enumerate(lines):
        for language, words in zip(ORDER, line.split("|"), strict=True):
            found[language][thing] = tuple(words.split())
    return found


@cache
def _known() -> Known:
    in_language: dict[str, dict[str, frozenset[int]]] = {}
    in_any: defaultdict[str, set[int]] = defaultdict(set)
    for language, things in known_words().items():
        of_stem: defaultdict[str, set[int]] = defaultdict(set)
        for thing, words in things.items():
            for word in words:
                of_stem[stem(word)].add(thing)
                in_any[stem(word)].add(thing)
        in_language[language] = {name: frozenset(some) for name, some in of_stem.items()}
    n_things = len(known_words()[ORDER[0]])
    return Known(in_language, {name: frozenset(some) for name, some in in_any.items()}, n_things)


def counterparts(vocabulary: Sequence[str], languages: Sequence[str]) -> sp.csr_array:
    """How far terms stand for each other, 0 to 1, by their forms and what they are known to mean.

    Args:
        vocabulary: the terms.
        languages: the language each is told in, "" where none stands out.

    Returns:
        Shape (terms, terms), symmetric, empty on the diagonal.
    """
    things = _known().n_things
    number: dict[str, int] = {}
    rows, columns, values = [], [], []
    for row, (term, language) in enumerate(zip(vocabulary, languages, strict=True)):
        if not term.isalpha():
            continue
        form = stem(term)
        meant = [(number.setdefault(form, things + len(number)), 1.0)]
        meant += _meant(form, term, language)
        rows += [row] * len(meant)
        columns += [column for column, _ in meant]
        values += [value for _, value in meant]
    of_term = sp.csr_array(
        sp.coo_array(
            (np.array(values, dtype=np.float64), (rows, columns)),
            shape=(len(vocabulary), things + len(number)),
        )
    )
    found = sp.coo_array(of_term @ of_term.T)
    left, right = found.coords
    kept = left != right
    both = (np.minimum(found.data[kept], 1.0), (left[kept], right[kept]))
    return sp.csr_array(sp.coo_array(both, shape=found.shape))


def _meant(form: str, term: str, language: str) -> list[tuple[int, float]]:
    """What a term is known to mean, and how far: whole, or by the two parts it is made of."""
    known = _known()
    words = known.in_language.get(language, known.in_any)
    if form in words:
        return [(thing, 1.0) for thing in sorted(words[form])]
    if language not in ("de", ""):
        return []
    words = known.in_language["de"]
    for cut in range(len(term) - MIN_PART, MIN_PART - 1, -1):
        head, tail = stem(term[:cut].removesuffix("s")), stem(term[cut:])
        if head in words and tail in words:
            return [(thing, COMPOUND_SHARE) for thing in sorted(words[head] | words[tail])]
    return []
