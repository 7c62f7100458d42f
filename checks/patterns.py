"""What a pattern of something personal or secret is, and how its finds are judged once more.

Every pattern is linear in the length of the text: runs are possessive or bounded, and begin where
the run begins. What a regular expression finds is judged by check digits or shape.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from checks.checksums import digits_of, is_code, is_date_or_address, looks_secret

Span = tuple[int, int]
Judge = Callable[[re.Match[str]], Span | None]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Something personal or secret that texts carry.

    `kind` names its placeholder; `example` is a text in which `hidden` has to vanish; `needs` is a
    sign without which a text cannot hold it; `secret` says which part of a match is it, if any.
    """

    kind: str
    name: str
    regex: re.Pattern[str]
    example: str
    hidden: str
    needs: str = ""
    secret: Judge = re.Match.span


VALUE = r"""(?:"(?P<double>[^"\n]{1,200})"|'(?P<single>[^'\n]{1,200})'|(?P<bare>\S++))"""
"""A value in quotation marks, or up to the next blank."""

_STOP_WORDS = """
    a abgelaufen aendern as at before but caducada can can't cannot change changed changes does
    doesn't error expirado expire expired expires expiry expiré failed failing failure falsch
    for forgot forgotten gesperrt has i if in incorrect incorrecta invalid is issue it lautet
    link lock locked lost missing mot n/a na ne needs neu new nicht no none not null olvidada on
    or oublié pas please policy problem prompt rejected required reset se the to unable unknown
    unlock user vergessen was when wrong yes zurücksetzen ändern
"""
_SENTENCE_GOES_ON = frozenset(_STOP_WORDS.split())


def group(match: re.Match[str]) -> Span | None:
    """The group that took part."""
    place = match.lastindex
    return None if place is None else match.span(place)


def _value(match: re.Match[str]) -> tuple[Span, str]:
    """A value without the punctuation that ends its sentence."""
    start, end = match.span(match.lastindex or 0)
    text = match.string[start:end]
    if match.lastgroup == "bare":
        text = text.rstrip(".,;:)]}\"'")
    return (start, start + len(text)), text


def told(match: re.Match[str]) -> Span | None:
    """The value after "password:", unless a sentence goes on there."""
    span, text = _value(match)
    if text.casefold() in _SENTENCE_GOES_ON or is_code(text) or not text.strip("*•.-_ "):
        return None
    return span


def shown(match: re.Match[str]) -> Span | None:
    """The value after a keyword, where it looks like a secret."""
    span, text = _value(match)
    return span if looks_secret(text) else None


def number(least: int) -> Judge:
    """A telephone or account number of at least so many digits, and no date or address."""

    def judge(match: re.Match[str]) -> Span | None:
        span = group(match) or match.span()
        text = match.string[slice(*span)]
        return span if len(digits_of(text)) >= least and not is_date_or_address(text) else None

    return judge


def regex(pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """A compiled expression, without case unless told otherwise."""
    return re.compile(pattern, flags)
