"""Ratios with their intervals as inline SVG: below 1 is better; 1 is marked."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.numbers import number
from reports.svg import INK, coordinate, text_at, vertical
from reports.text import clean

WIDTH, ROW = 460.0, 34.0
_LEFT, _RIGHT, _TOP = 96.0, 444.0, 14.0
_STEPS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A ratio with its 95 % interval, and what it is of."""

    label: str
    ratio: float
    low: float
    high: float


def intervals_svg(title: str, intervals: Sequence[Interval]) -> Markup:
    """Each interval as a line with a dot, over a scale from 0."""
    finite = [end for one in intervals for end in (one.high, one.ratio) if math.isfinite(end)]
    top = next((step for step in _STEPS if step >= max([1.2, *finite]) * 0.999), _STEPS[-1])
    if top < 2:
        top = 2.0
    height = _TOP + ROW * len(intervals) + 26
    base = _TOP + ROW * len(intervals)

    def x(value: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * min(max(value, 0.0), top) / top

    rows = [_row(one, _TOP + ROW * (n + 0.5), x) for n, one in enumerate(intervals)]
    ticks = [
        text_at(x(value), base + 18, number(value, 1), "middle", strong=value == 1)
        for value in (0.0, 1.0, top)
    ]
    one_line = vertical(x(1.0), _TOP, base + 4, dash="4 3")
    told = "; ".join(_told(one) for one in intervals)
    return Markup(
        '<svg class="intervals" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "<title>{}</title>{}</svg>"
    ).format(
        coordinate(WIDTH),
        coordinate(height),
        f"{clean(title, 120)}: {told}",
        clean(title, 120),
        Markup("").join([one_line, *rows, *ticks]),
    )


def _row(one: Interval, y: float, x: Callable[[float], float]) -> Markup:
    label = text_at(_LEFT - 10, y + 5, clean(one.label, 14), "end")
    line = Markup(
        '<line class="c-line" x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="2"/>'
    ).format(coordinate(x(one.low)), coordinate(x(one.high)), coordinate(y), coordinate(y), INK)
    dot = Markup('<circle class="c-dot" cx="{}" cy="{}" r="5" fill="{}"/>').format(
        coordinate(x(one.ratio)), coordinate(y), INK
    )
    return label + line + dot


def _told(one: Interval) -> str:
    return f"{one.label} {number(one.ratio, 2)} ({number(one.low, 2)} to {number(one.high, 2)})"
