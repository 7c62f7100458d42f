"""Text from elsewhere made safe to print: no control characters, no hidden direction changes."""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufff9-\uffff]")
_INVISIBLE = re.compile(
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\U000e0000-\U000e0fff]"
)
_BESIDE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.html")
_BLANKS = re.compile(r"\s+")
_MARKS = r"[\u0300-\u036f\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_MARK_RUN = re.compile(f"({_MARKS}{{2}}){_MARKS}+")


def printable(text: str) -> str:
    """A text without control characters, direction overrides, invisible marks and mark towers."""
    kept = _INVISIBLE.sub("", _CONTROL.sub(" ", text))
    return _MARK_RUN.sub(r"\1", kept)


def clean(text: str | None, limit: int = 300) -> str:
    """One line of printable text, cut at a word where it is longer than `limit` characters."""
    if not text:
        return ""
    if len(text) <= limit and text.isascii() and text.isalnum():
        return text
    line = _BLANKS.sub(" ", printable(unicodedata.normalize("NFC", text))).strip()
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    head, blank, _ = cut.rpartition(" ")
    return (head if blank and len(head) > limit // 2 else cut).rstrip(" ,;:") + "…"


def is_web(address: str) -> bool:
    """Whether an address may stand behind a link in a mail: web pages only, never a script."""
    return address.startswith(("https://", "http://"))


def is_beside(address: str) -> bool:
    """Whether an address is a page in the same folder, and nothing but its name."""
    return bool(_BESIDE.fullmatch(address))
