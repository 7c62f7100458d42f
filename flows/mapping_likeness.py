"""How alike two names are: by their words, whatever their order, case and accents."""

import re
import unicodedata
from difflib import SequenceMatcher

_SHORT, _LONG, _SPELT_WORD = 3, 5, 0.84
_WORD = re.compile(r"[^\W_]+")
_PLAIN = {"and", "the", "of", "for", "team", "service", "services", "group", "ag", "gmbh", "ltd",
          "inc", "sa", "llc"}  # fmt: skip


def words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it apart, folded, in order."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    found = _WORD.findall(plain)
    return tuple(sorted(one for one in found if one not in _PLAIN)) or tuple(sorted(found))


def likeness(one: str, other: str) -> float:
    """How alike two names are, up to 1: how many of their words are the same, or nearly.

    Numbers and words of one or two letters tell things apart: Printer 7 and Printer 8 are two.
    """
    first, second = words(one), words(other)
    if [w for w in first if _tells_apart(w)] != [w for w in second if _tells_apart(w)]:
        return 0.0
    left = list(second)
    total = 0.0
    for word in first:
        near = max(left, key=lambda held: (_near(word, held), held), default=None)
        if near is not None and _near(word, near):
            total += _near(word, near)
            left.remove(near)
    return total / max(len(first), len(second), 1)


def _tells_apart(word: str) -> bool:
    return len(word) < _SHORT or any(letter.isdigit() for letter in word)


def _near(one: str, other: str) -> float:
    """How near two words are: the same, one short for the other, or spelt alike."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) >= _SHORT and long.startswith(short):
        return 0.9
    if len(short) < _LONG:
        return 0.0
    n_same = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), 0)
    if n_same >= max(_LONG, 0.75 * len(short)):
        return 0.85
    alike = SequenceMatcher(None, short, long, autojunk=False).ratio()
    return alike if alike >= _SPELT_WORD else 0.0
