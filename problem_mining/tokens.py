"""Words of a cleaned text: terms, identifiers, and a guess of the language."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

_TOKEN = re.compile(r"[^\W_]+(?:[._:/\\@-]+[^\W_]+)*", re.UNICODE)
MAX_TERM = 60
"""Longer tokens are paths or encoded data: they name nothing a person would."""
MAX_KNOWN_TOKENS = 1 << 17
_JOINTS = re.compile(r"[._:/\\@-]+")
_HAS_DIGIT = re.compile(r"\d")
_CODE = re.compile(r"0x[0-9a-f]+|[a-z]{1,8}[-_]?\d{3,6}[a-z]?|\d+")
_AFTER_HOST = re.compile(r"[.:]")

_STOP_WORDS = {
    "en": """
        the a an is are was were be been to of in on at for with and or but from by this that it its
        i we he she they my our his her their has have had do does did as there will would can could
        should""",
    "de": """
        der die das den dem des ein eine einen einem einer ist sind war waren zu von im in am an auf
        für mit und oder aber aus bei dieser diese dieses es ich wir er sie mein unser hat haben
        hatte wird werden kann können sich auch noch""",
    "fr": """
        le la les l un une des du de est sont était à au aux dans sur pour avec et ou mais par ce
        cette ces il elle je nous vous ils mon notre sa son ses a ont peut se en que qui""",
    "es": """
        el la los las un una unos del de es son era a al en para con y o pero por este esta estos lo
        yo nosotros ellos mi nuestro su ha han puede se que""",
}
_FIELD = re.compile(r"(?<!\S)[a-z][a-z_ ]{1,20}[:=]\s?\S")
MIN_ALERT_FIELDS = 3
_ALARMS = frozenset(
    """
    alert alarm critical exceeded nagios severity threshold zabbix prometheus unreachable
    """.split()
)
STOP_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {language: frozenset(words.split()) for language, words in _STOP_WORDS.items()}
)
"""Words that carry no content. Words of condition (after, when, since) and negation are kept."""

LANGUAGES = tuple(sorted(STOP_WORDS))
"""The languages that are told apart, as they are numbered from 0."""

_ALL_STOP_WORDS = frozenset[str]().union(*STOP_WORDS.values())
_LANGUAGES_OF: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        word: tuple(at for at, name in enumerate(LANGUAGES) if word in STOP_WORDS[name])
        for word in _ALL_STOP_WORDS
    }
)


def terms(text: str) -> list[str]:
    """The terms of a cleaned text, stop words left out.

    A token with a digit or an underscore (host, interface, job, error code) stays whole; others are
    split at their joints, so that "outlook/teams" gives two terms.
    """
    found: list[str] = []
    for token in _TOKEN.findall(text):
        found.extend(_terms_in(token))
    return found


@lru_cache(maxsize=MAX_KNOWN_TOKENS)
def _terms_in(token: str) -> tuple[str, ...]:
    """The terms of a token; most tokens come again and again."""
    whole = _HAS_DIGIT.search(token) or "_" in token
    found = [token] if whole else _JOINTS.split(token)
    return tuple(term for term in found if term not in _ALL_STOP_WORDS and len(term) <= MAX_TERM)


def is_identifier(term: str) -> bool:
    """Whether a term names one thing: a host, an interface, a job, an error code."""
    return _HAS_DIGIT.search(term) is not None or "_" in term


def is_code(term: str) -> bool:
    """Whether an identifier is a code of an error or event rather than the name of a thing."""
    return _CODE.fullmatch(term) is not None


def head_of(term: str) -> str:
    """A name without port or domain: "web-01" of "web-01:9100" and of "web-01.corp.example"."""
    return _AFTER_HOST.split(term, maxsplit=1)[0]


def is_machine_made(text: str, words: list[str]) -> bool:
    """Whether a cleaned text reads like an alert: fields with values, or an alarm on an object."""
    if len(_FIELD.findall(text)) >= MIN_ALERT_FIELDS:
        return True
    return not _ALARMS.isdisjoint(words) and any(map(is_identifier, words))


def language_of(text: str) -> str:
    """The language with the most stop words in a cleaned text, or "" when none stands out."""
    counts = [0] * len(LANGUAGES)
    for word in text.split():
        for language in _LANGUAGES_OF.get(word, ()):
            counts[language] += 1
    most = max(counts)
    return LANGUAGES[counts.index(most)] if counts.count(most) == 1 else ""
