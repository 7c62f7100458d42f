"""By which forms of a name a person is looked for, in texts and by the database."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from itsm.codec import dump

_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def forms_of(names: Sequence[str]) -> tuple[str, ...]:
    """The names, in both orders of first and last name, and as JSON and HTML write them."""
    found = {form for name in names for form in _orders(name.strip())}
    return tuple(sorted({kind for form in found for kind in _written(form)}))


def pattern_of(names: Sequence[str]) -> re.Pattern[str]:
    """Finds a person as whole words.

    A name of several words, with digits or signs is found in upper and lower case; a single plain
    word only as it is written, because it may be a word of the language.
    """
    parts = [
        rf"(?<!\w){re.escape(form) if _PLAIN_WORD.fullmatch(form) else _any_case(form)}(?!\w)"
        for form in sorted(forms_of(names), key=lambda form: (-len(form), form))
    ]
    return re.compile("|".join(parts) or r"(?!)")


def may_hold(column: sa.ColumnElement[str], names: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a text may hold a name: yes wherever `pattern_of` finds one, and seldom elsewhere."""
    return sa.or_(*(column.ilike(f"%{_wild(form)}%", escape="\\") for form in forms_of(names)))


def _any_case(form: str) -> str:
    return rf"(?i:{re.escape(form)})"


def _orders(name: str) -> Iterator[str]:
    if not name:
        return
    yield name
    if "@" in name or any(char.isdigit() for char in name):
        return
    last, comma, first = (part.strip() for part in name.partition(","))
    if comma and first and last:
        yield f"{first} {last}"
        yield f"{last} {first}"
    words = name.split()
    if not comma and len(words) > 1:
        yield f"{words[-1]}, {' '.join(words[:-1])}"
        yield f"{words[-1]} {' '.join(words[:-1])}"


def _written(form: str) -> Iterable[str]:
    return {form, dump(form).decode()[1:-1], html.escape(form), html.escape(form, quote=False)}


def _wild(form: str) -> str:
    """A pattern for LIKE; letters that databases fold in different ways stand for any letter."""
    return "".join(char if char.isascii() and char.isalnum() else "_" for char in form)
