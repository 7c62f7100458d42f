"""Cleaning of incident texts: what says nothing goes, what names a thing stays."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from problem_mining.patterns import (
    BOILERPLATE,
    BOILERPLATE_HINTS,
    KEPT,
    MASKED,
    OPENINGS,
    SIGNATURE_HINTS,
    SIGNATURES,
    Pattern,
)

MAX_CHARS = 3000
"""Longer texts are cut: what names the trouble stands early."""
MAX_PASSES = 12


@dataclass(frozen=True, slots=True)
class _Rules:
    """The patterns compiled: for texts in any case, or faster for such in lower case."""

    flags: re.RegexFlag
    opening: re.Pattern[str]
    signature: re.Pattern[str]
    phrase: re.Pattern[str]


def _alternation(patterns: Iterable[Pattern]) -> str:
    return "|".join(f"(?:{pattern.regex})" for pattern in patterns)


def _rules(flags: re.RegexFlag) -> _Rules:
    kinds = (OPENINGS, SIGNATURES, BOILERPLATE)
    return _Rules(flags, *(re.compile(_alternation(kind), flags) for kind in kinds))


_ANY_CASE = _rules(re.IGNORECASE)
_LOWER_CASE = _rules(re.NOFLAG)
_SIGNS = ("digit", "@", "bracket")
_NEEDS = {"mail": "@", "placeholder": "bracket", "web": "", "guid": "", "mac_or_ip6": ""}
"""What a text must have for a mask to be looked for; those not named need a digit."""
_DIGIT = re.compile(r"\d")
_CONTROL = re.compile(r"[^\S\n]+|[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]+")
_UNEVEN = re.compile(r"  |[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]")
"""What a text must have for spaces to be put in order: most are not searched for each of them."""
_SPACES = re.compile(r"\s*\n\s*")
_ORPHANS = re.compile(r"(?<!\S)[^\w\s]+(?!\S)|[,;:.!?-]+(?=\s*(?:[,;.!?]|\Z))")
_AMOUNT = r"\d[\d.,]*\s?(?:%|[^\W\d]{1,5})?"
_VALUE = re.compile(rf"(?:\s*\({_AMOUNT}\)?|\s+is {_AMOUNT}|\s+\d[\d.,]*\s?%)\s*\Z")
_ALERT = re.compile(r"\b(?:alert|alarm)\b", re.IGNORECASE)
_MEASURED = re.compile(r"\s+\d[\d.,]*\s?(?:%|[^\W\d]{1,8})?\s*\Z")
_EDGES = " \n\t,;:.!?-–—_*#=|/\\'\"()[]{}<>"


def tidy(text: str, *, masks: bool = True) -> str:
    """A text without greetings, signatures, pleas and, with masks, what varies; case kept."""
    current = unicodedata.normalize("NFKC", text[:MAX_CHARS])
    for _ in range(MAX_PASSES):
        changed = _pass(current, _ANY_CASE, masks=masks)
        if changed == current:
            break
        current = changed
    return current


def headline(text: str) -> str:
    """A title as one tidy line: no bracket without its partner, no measured value at the end.

    "[ALERT] web-01 disk usage (93%)" gives "ALERT web-01 disk usage", and so does the same with
    "93 %" or "93 points" at its end; of what a person wrote, "over 500 MB" is kept.
    """
    text = _VALUE.sub("", text)
    if _ALERT.search(text):
        text = _MEASURED.sub("", text)
    line = re.sub(r"\s+", " ", tidy(text, masks=False))
    for opening, closing in ("()", "[]", "{}"):
        inside = re.escape(opening + closing)
        pair = rf"{re.escape(opening)}([^{inside}]*){re.escape(closing)}"
        parts = re.split(pair, line)
        loose = str.maketrans("", "", opening + closing)
        line = "".join(
            f"{opening}{part}{closing}" if at % 2 else part.translate(loose)
            for at, part in enumerate(parts)
        )
    line = re.sub(r" {2,}", " ", line).strip(_EDGES)
    return f"/{line}" if line and text.startswith(f"/{line[:3]}") else line


def clean(text: str) -> str:
    """The text that is compared: tidied, on one line, in lower case; cleaning it again is idle."""
    current = text[:MAX_CHARS]
    for _ in range(MAX_PASSES):
        plain = unicodedata.normalize("NFKC", current).casefold()
        changed = _pass(plain, _LOWER_CASE)
        # What was plain already and is not changed would not be the next time.
        is_idle = changed == current or (changed == plain and plain.isascii())
        if is_idle and "\n" not in changed:
            return changed
        # Line ends count for signatures only; once nothing else changes they go.
        current = changed.replace("\n", " ") if is_idle else changed
    return current


def _pass(text: str, rules: _Rules, *, masks: bool = True) -> str:
    text = _spaced(text).strip()
    if opening := rules.opening.match(text):
        text = text[opening.end() :]
    lower = text.casefold() if rules.flags else text
    if any(map(lower.__contains__, SIGNATURE_HINTS)):
        text = rules.signature.sub("", text, count=1) or text
    if any(map(lower.__contains__, BOILERPLATE_HINTS)):
        rest = rules.phrase.sub(" ", text)
        text = rest if rest.strip(_EDGES) else text
    if masks:
        text = _masked(text, rules.flags)
    return _spaced(_ORPHANS.sub(" ", text)).strip(_EDGES)


def _spaced(text: str) -> str:
    """A text with one space where there is room, and none beside the end of a line."""
    if _UNEVEN.search(text):
        text = _CONTROL.sub(" ", text)
    return _SPACES.sub("\n", text) if "\n" in text else text


def _masked(text: str, flags: re.RegexFlag) -> str:
    """A text without what varies; only what can be in it is looked for."""
    may_have = (_DIGIT.search(text) is not None, "@" in text, any(map(text.__contains__, "[<{")))
    if not any(may_have) and "://" not in text:
        return text
    return _keep_or_mask(may_have, flags).sub(_kept, text)


def _kept(match: re.Match[str]) -> str:
    return match["kept"] or " "


@cache
def _keep_or_mask(may_have: tuple[bool, bool, bool], flags: re.RegexFlag) -> re.Pattern[str]:
    """What is kept or dropped, at the start of words: a text may have digits, @, brackets."""
    missing = {name for name, there in zip(_SIGNS, may_have, strict=True) if not there}
    masks = [each for each in MASKED if _NEEDS.get(each.name, "digit") not in missing]
    either = f"(?P<kept>{_alternation(KEPT)})|{_alternation(masks)}"
    return re.compile(rf"(?:(?<!\w)|(?=[\[<{{]))(?:{either})", flags)
