"""Bars of parts as inline SVG, told apart by pattern, so that they read in black and white."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.numbers import number
from reports.svg import INK, coordinate, text_at
from reports.text import clean

WIDTH = 720.0
_STEP, _BAR, _TOP = 44.0, 16.0, 34.0
_LEFT, _RIGHT = 2.0, 640.0
_MAX_LABEL = 90
_FONT = "Source Sans Pro, DejaVu Sans, sans-serif"

_FILLS = ("url(#slanted)", INK, "url(#dotted)", "#ffffff", "url(#crossed)", "#8794a0")
"""Fills of the parts, in their order: no two look alike without colour."""
_PATTERNS = Markup(
    '<defs><pattern id="slanted" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#fff"/><path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" '
    'stroke="{ink}" stroke-width="1.4"/></pattern>'
    '<pattern id="dotted" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<rect width="5" height="5" fill="#fff"/><circle cx="2.5" cy="2.5" r="1.1" fill="{ink}"/>'
    '</pattern><pattern id="crossed" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#fff"/><path d="M0 0L6 6M6 0L0 6" stroke="{ink}" '
    'stroke-width="1"/></pattern></defs>'
).format(ink=INK)


@dataclass(frozen=True, slots=True)
class PartBar:
    """One bar: what it is about, and its parts in the chart's order."""

    label: str
    parts: tuple[float, ...]


def part_bars_svg(title: str, names: Sequence[str], bars: Sequence[PartBar], unit: str) -> Markup:
    """Bars one below the other on one scale, each with its label above and its sum behind it.

    Args:
        title: what is shown, for those who do not see it.
        names: of the parts, in order.
        bars: each with as many parts as there are names.
        unit: put behind the sums.
    """
    longest = max((sum(bar.parts) for bar in bars), default=0.0) or 1.0
    drawn = [_bar(bar, place, longest, unit) for place, bar in enumerate(bars)]
    told = "; ".join(f"{clean(bar.label)}: {_parts_told(names, bar, unit)}" for bar in bars)
    height = _TOP + _STEP * len(bars)
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {} {}" font-family="{}" font-size="13">'
        "<title>{}</title><desc>{}</desc>{}{}{}</svg>"
    ).format(
        coordinate(WIDTH), coordinate(height), _FONT, clean(title), told, _PATTERNS, _key(names),
        Markup("").join(drawn),
    )  # fmt: skip


def _key(names: Sequence[str]) -> Markup:
    parts, x = [], _LEFT
    for place, name in enumerate(names):
        parts += [_box(x, 2, 14, place, 12), text_at(x + 20, 13, clean(name), "start")]
        x += 34 + 6.6 * len(name)
    return Markup("").join(parts)


def _bar(bar: PartBar, place: int, longest: float, unit: str) -> Markup:
    top = _TOP + _STEP * place
    parts = [text_at(_LEFT, top + 10, clean(bar.label, _MAX_LABEL), "start", strong=True)]
    x, scale = _LEFT, (_RIGHT - _LEFT) / longest
    for index, value in enumerate(bar.parts):
        if value > 0:
            parts.append(_box(x, top + 16, value * scale, index))
            x += value * scale
    whole = float(sum(bar.parts))
    told = number(whole, 0 if whole >= 10 or whole.is_integer() else 1)
    parts.append(text_at(x + 7, top + 29, f"{told} {unit}", "start"))
    return Markup("").join(parts)


def _box(x: float, y: float, width: float, place: int, height: float = _BAR) -> Markup:
    return Markup(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}" stroke-width="1"/>'
    ).format(
        coordinate(x), coordinate(y), coordinate(max(width, 0.8)), coordinate(height),
        _FILLS[place % len(_FILLS)], INK,
    )  # fmt: skip


def _parts_told(names: Sequence[str], bar: PartBar, unit: str) -> str:
    pairs = zip(names, bar.parts, strict=True)
    return ", ".join(f"{name} {number(value, 1)} {unit}" for name, value in pairs if value)
