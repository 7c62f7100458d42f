"""Numbers of a column set with their decimal marks below each other."""

import re
from collections.abc import Sequence

from reports.language import spoken

_WIDTHS = {"%": 1.75, "m": 1.7, "\u00a0": 0.45, ".": 0.55, ",": 0.55, "i": 0.55}
"""How wide signs are, in widths of a digit; every other sign is taken as wide as one."""
_GAP = 0.1
_UNIT = r"[\u00a0 ]?[^\W\d_]{0,9}%?"
_EMPTY = {"", "–"}


def tails(cells: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], float]:
    """Each number parted before its decimal mark or unit, and the room the second parts need.

    The room is in widths of a digit. It is 0 where nothing has to be aligned: all second parts
    are equally long, or some cell is no number.
    """
    found = [_shape().fullmatch(cell) for cell in cells]
    if any(one is None and cell not in _EMPTY for one, cell in zip(found, cells, strict=True)):
        return (), 0.0
    kept = tuple(
        (one[1], one[2]) if one else (cell, "") for one, cell in zip(found, cells, strict=True)
    )
    lengths = {len(tail) for one, (_head, tail) in zip(found, kept, strict=True) if one}
    if len(lengths) < 2:
        return (), 0.0
    return kept, round(max(_width(tail) for _head, tail in kept) + _GAP, 1)


def _shape() -> re.Pattern[str]:
    """A number as the language spoken writes it: up to the decimal mark, and from there on."""
    signs = spoken().locale.number_symbols["latn"]
    group, mark = re.escape(str(signs["group"])), re.escape(str(signs["decimal"]))
    return re.compile(rf"([−-]?\d[\d{group}]*)((?:{mark}\d+)?{_UNIT})")


def _width(text: str) -> float:
    return sum(_WIDTHS.get(sign, 1.0) for sign in text)
