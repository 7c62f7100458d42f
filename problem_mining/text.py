"""Cleaning of incident texts: what says nothing goes, what names a thing stays."""

import re
import unicodedata

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


def _alternation(patterns: tuple[Pattern, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern.regex})" for pattern in patterns), re.IGNORECASE)


_OPENING = _alternation(OPENINGS)
_SIGNATURE = _alternation(SIGNATURES)
_PHRASE = _alternation(BOILERPLATE)
_KEEP_OR_MASK = re.compile(
    f"(?P<kept>{_alternation(KEPT).pattern})|{_alternation(MASKED).pattern}", re.IGNORECASE
)
_MAY_VARY = re.compile(r"[\d@<\[{]|://")
_CONTROL = re.compile(r"[^\S\n]+|[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]+")
_SPACES = re.compile(r"\s*\n\s*")
_ORPHANS = re.compile(r"(?<!\S)[^\w\s]+(?!\S)|[,;:.!?-]+(?=\s*(?:[,;.!?]|\Z))")
_AMOUNT = r"\d[\d.,]*\s?(?:%|[^\W\d]{1,5})?"
_VALUE = re.compile(rf"(?:\s*\({_AMOUNT}\)?|\s+is {_AMOUNT}|\s+\d[\d.,]*\s?%)\s*\Z")
_EDGES = " \n\t,;:.!?-–—_*#=|/\\'\"()[]{}<>"


def tidy(text: str, *, masks: bool = True) -> str:
    """A text without greetings, signatures, pleas and, with masks, what varies; case kept."""
    current = unicodedata.normalize("NFKC", text[:MAX_CHARS])
    for _ in range(MAX_PASSES):
        changed = _pass(current, masks)
        if changed == current:
            break
        current = changed
    return current


def headline(text: str) -> str:
    """A title as one tidy line: no bracket without its partner, no measured value at the end.

    "[ALERT] web-01 disk usage (93%)" gives "ALERT web-01 disk usage".
    """
    line = re.sub(r"\s+", " ", tidy(_VALUE.sub("", text), masks=False))
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
        changed = _pass(unicodedata.normalize("NFKC", current).casefold())
        if changed == current and "\n" not in changed:
            break
        # Line ends count for signatures only; once nothing else changes they go.
        current = changed.replace("\n", " ") if changed == current else changed
    return current


def _pass(text: str, masks: bool = True) -> str:
    text = _SPACES.sub("\n", _CONTROL.sub(" ", text)).strip()
    if opening := _OPENING.match(text):
        text = text[opening.end() :]
    lower = text.casefold()
    if any(hint in lower for hint in SIGNATURE_HINTS):
        text = _SIGNATURE.sub("", text, count=1) or text
    if any(hint in lower for hint in BOILERPLATE_HINTS):
        rest = _PHRASE.sub(" ", text)
        text = rest if rest.strip(_EDGES) else text
    if masks and _MAY_VARY.search(text):
        text = _KEEP_OR_MASK.sub(lambda match: match["kept"] or " ", text)
    text = _CONTROL.sub(" ", _ORPHANS.sub(" ", text))
    return _SPACES.sub("\n", text).strip(_EDGES)
