"""Charts as inline SVG: deterministic, readable in black and white, with a text alternative.

Colours stand as attributes for print and are overridden by class in the page's style, for dark
mode. A signal is told by the shape of its mark (diamond, triangle, square), never by colour alone.
"""

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from reports.chart_marks import drawn, footroom, headroom, named, told
from reports.language import _, mark
from reports.model import BarChart, ControlChart
from reports.numbers import number, percent, week_short
from reports.svg import BAND, INK, MUTED, RULE, coordinate, horizontal, text_at, vertical
from reports.text import clean

ACCENT, WORSE, BETTER = "#0b5c8a", "#b23a12", "#0b5c8a"
FONT = "Source Sans Pro, DejaVu Sans, sans-serif"

_Scale = Callable[[float], float]

WIDTH, HEIGHT = 360.0, 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 312.0, 12.0, 164.0
_BAR_LEFT, _BAR_RIGHT, _BAR_STEP = 64.0, 296.0, 24.0
MAX_LABEL = 9
"""Letters that fit beside a bar; the table behind the chart has the whole label."""
_SPARK_WIDTH, _SPARK_HEIGHT = 180.0, 44.0

_TONE_COLOUR = {"worse": WORSE, "better": BETTER, "shift": INK}
_TONE_WORD = {
    "worse": mark("worse than usual (diamond)"),
    "better": mark("better than usual (triangle)"),
    "shift": mark("a shift (square)"),
    "normal": mark("within normal variation"),
    "unknown": mark("too few values to tell"),
}


def control_chart_svg(chart: ControlChart) -> Markup:
    """A weekly series with its mean, its natural limits, marked signals and known events."""
    known = [value for value in chart.values if value is not None]
    low, high = _span(chart, known)
    ticks = _ticks(low, high, 1.0 if chart.decimals == 0 else 0.0)
    low, high = min(low, ticks[0]), max(high, ticks[-1])
    n = max(len(chart.values) - 1, 1)
    xs = [_LEFT + 8 + (_RIGHT - _LEFT - 16) * i / n for i in range(len(chart.values))]
    top = max(_TOP, headroom(chart.marks, xs) + 5 if chart.marks else 0.0)

    def y(value: float) -> float:
        return _BOTTOM - (value - low) / (high - low) * (_BOTTOM - top)

    parts = [_limits(xs, chart, y), _grid(ticks, y, chart), drawn(chart.marks, xs, _BOTTOM)]
    parts += [_line(xs, chart.values, y), _marks(xs, chart, y), _week_labels(xs, chart.weeks)]
    parts.append(named(chart.marks, chart.weeks, _LEFT, HEIGHT + 9))
    height = HEIGHT + footroom(chart.marks)
    return _svg(chart.title, described(chart), WIDTH, height, "chart", Markup("").join(parts))


def bar_chart_svg(chart: BarChart) -> Markup:
    """Horizontal bars, one per group, each with its value."""
    top = max(chart.values, default=0.0) or 1.0
    height = _BAR_STEP * len(chart.values) + 6
    parts = [vertical(_BAR_LEFT, 0.0, height)]
    for i, (label, value, text) in enumerate(
        zip(chart.labels, chart.values, chart.texts, strict=True)
    ):
        y = 3 + _BAR_STEP * i
        width = (_BAR_RIGHT - _BAR_LEFT) * max(value, 0.0) / top
        parts.append(text_at(_BAR_LEFT - 6, y + 15, clean(label, MAX_LABEL), "end"))
        parts.append(
            Markup('<rect class="c-bar" x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
                coordinate(_BAR_LEFT),
                coordinate(y + 3),
                coordinate(width),
                coordinate(_BAR_STEP - 7),
                ACCENT,
            )
        )
        parts.append(text_at(_BAR_LEFT + width + 5, y + 15, text, "start", strong=True))
    groups = [f"{a}: {b}" for a, b in zip(chart.labels, chart.texts, strict=True)]
    what = _("Bars of {measure} by {group}.", measure=chart.measure, group=chart.group)
    said = f"{what} {'; '.join(groups)}."
    return _svg(chart.title, said, WIDTH, height, "chart", Markup("").join(parts))


def sparkline_svg(title: str, counts: Sequence[int]) -> Markup:
    """Weekly counts as small columns, the newest one dark."""
    top = max(counts, default=0) or 1
    step = _SPARK_WIDTH / max(len(counts), 1)
    base = _SPARK_HEIGHT - 3
    parts = []
    for i, count in enumerate(counts):
        height = (base - 3) * count / top
        is_newest = i == len(counts) - 1
        parts.append(
            Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
                "c-newest" if is_newest else "c-past",
                coordinate(i * step + step * 0.12),
                coordinate(base - height),
                coordinate(step * 0.76),
                coordinate(height),
                INK if is_newest else "#778a99",
            )
        )
    parts.append(horizontal(base, 0.0, _SPARK_WIDTH, MUTED, "c-axis"))
    body = Markup("").join(parts)
    return _svg(title, f"{title}.", _SPARK_WIDTH, _SPARK_HEIGHT, "spark", body)


def _svg(
    title: str, description: str, width: float, height: float, css: str, body: Markup
) -> Markup:
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" viewBox="0 0 {} {}" role="img" '
        'font-family="{}" font-size="12.5"><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(
        css,
        coordinate(width),
        coordinate(height),
        FONT,
        clean(title),
        clean(description, 800),
        body,
    )


def _span(chart: ControlChart, known: Sequence[float]) -> tuple[float, float]:
    """The values the vertical axis covers; from 0 where that costs little."""
    marks = [*known, *(v for v in (chart.lower, chart.centre, chart.upper) if v is not None)]
    low, high = min(marks, default=0.0), max(marks, default=1.0)
    if low >= 0 and low < 0.4 * high:
        low = 0.0
    if high - low < 1e-9:
        low, high = (0.0, 2 * high) if high > 0 else (low - 1, high + 1)
    pad = (high - low) * 0.06
    low = low if low == 0 else low - pad
    return low, min(high + pad, 1.0) if chart.is_share and high <= 1 else high + pad


def _ticks(low: float, high: float, least: float) -> list[float]:
    """Round values inside a span, at most five, at least so far apart."""
    raw = (high - low) / 4
    scale = 10 ** math.floor(math.log10(raw))
    step = max(next(s * scale for s in (1, 2, 5, 10) if s * scale >= raw), least)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)] or [low, high]


def _grid(ticks: Sequence[float], y: _Scale, chart: ControlChart) -> Markup:
    factor = 100 if chart.is_share else 1
    step = (ticks[1] - ticks[0]) * factor if len(ticks) > 1 else 1.0
    decimals = 0 if step >= 1 else min(2, math.ceil(-math.log10(step) - 1e-9))
    suffix = "%" if chart.is_share else ""
    parts = []
    for tick in ticks:
        parts.append(horizontal(y(tick), _LEFT, _RIGHT, RULE, "c-grid"))
        parts.append(
            text_at(_LEFT - 5, y(tick) + 4, number(tick * factor, decimals) + suffix, "end")
        )
    return Markup("").join(parts)


def _limits(xs: Sequence[float], chart: ControlChart, y: _Scale) -> Markup:
    """The band of normal variation, its two edges and the mean, over the weeks they hold for."""
    if chart.lower is None or chart.centre is None or chart.upper is None:
        return Markup("")
    place = chart.limits_from
    left = (xs[place - 1] + xs[place]) / 2 if 0 < place < len(xs) else _LEFT
    top, bottom = y(chart.upper), y(chart.lower)
    band = Markup('<rect class="c-band" x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
        coordinate(left),
        coordinate(top),
        coordinate(_RIGHT - left),
        coordinate(max(bottom - top, 0.0)),
        BAND,
    )
    edges = [horizontal(at, left, _RIGHT, MUTED, "c-limit", dash="2 3") for at in (top, bottom)]
    centre = y(chart.centre)
    edges.append(horizontal(centre, left, _RIGHT, MUTED, "c-centre", dash="7 3"))
    return Markup("").join([band, *edges])


def _line(xs: Sequence[float], values: Sequence[float | None], y: _Scale) -> Markup:
    """The series; a week without a value breaks the line."""
    runs: list[list[str]] = [[]]
    for x, value in zip(xs, values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{coordinate(x)},{coordinate(y(value))}")
    return Markup("").join(
        Markup(
            '<polyline class="c-line" points="{}" fill="none" stroke="{}" stroke-width="1.6"/>'
        ).format(" ".join(run), ACCENT)
        for run in runs
        if len(run) > 1
    )


def _marks(xs: Sequence[float], chart: ControlChart, y: _Scale) -> Markup:
    parts = []
    for i, (x, value) in enumerate(zip(xs, chart.values, strict=True)):
        if value is None:
            continue
        is_out = i >= chart.limits_from and _is_outside(chart, value)
        if i == len(xs) - 1:
            parts.append(_newest(x, y(value), chart, value))
        elif is_out:
            parts.append(_mark(x, y(value), "earlier", 4.0))
        else:
            parts.append(
                Markup('<circle class="c-dot" cx="{}" cy="{}" r="2" fill="{}"/>').format(
                    coordinate(x), coordinate(y(value)), ACCENT
                )
            )
    return Markup("").join(parts)


def _newest(x: float, y: float, chart: ControlChart, value: float) -> Markup:
    """The value of the period itself; a period without one has no mark and no label."""
    text = text_at(x + 9, y + 4, _value_text(chart, value), "start", True)
    return _mark(x, y, chart.tone, 5.0) + text


def _is_outside(chart: ControlChart, value: float) -> bool:
    if chart.lower is None or chart.upper is None or chart.upper <= chart.lower:
        return False
    return value > chart.upper or value < chart.lower


def _value_text(chart: ControlChart, value: float) -> str:
    scaled = value * 100 if chart.is_share else value
    text = number(scaled, chart.decimals)
    return percent(text) if chart.is_share else text


def _mark(x: float, y: float, tone: str, r: float) -> Markup:
    """The mark of a point: its shape says what it is, also without colour."""
    corners = {
        "worse": ((0, -r), (r, 0), (0, r), (-r, 0)),
        "earlier": ((0, -r), (r, 0), (0, r), (-r, 0)),
        "better": ((0, -r), (r, r * 0.8), (-r, r * 0.8)),
        "shift": ((-r, -r), (r, -r), (r, r), (-r, r)),
    }.get(tone)
    colour = _TONE_COLOUR.get(tone, ACCENT)
    if corners is None:
        return Markup('<circle class="c-last" cx="{}" cy="{}" r="4" fill="{}"/>').format(
            coordinate(x), coordinate(y), colour
        )
    points = " ".join(f"{coordinate(x + dx)},{coordinate(y + dy)}" for dx, dy in corners)
    fill = "#ffffff" if tone == "earlier" else colour
    return Markup(
        '<polygon class="c-{}" points="{}" fill="{}" stroke="{}" stroke-width="1.5"/>'
    ).format(tone, points, fill, colour)


def _week_labels(xs: Sequence[float], weeks: Sequence[str]) -> Markup:
    if not weeks:
        return Markup("")
    places = sorted({0, (len(weeks) - 1) // 2, len(weeks) - 1})
    parts = [horizontal(_BOTTOM, _LEFT, _RIGHT, INK, "c-axis")]
    for i in places:
        is_whole = i == 0 or weeks[i][:4] != weeks[0][:4]
        label = weeks[i] if is_whole else week_short(weeks[i])
        anchor = "start" if i == 0 else "end" if i == len(weeks) - 1 else "middle"
        x = _LEFT if i == 0 else xs[i] + 8 if i == len(weeks) - 1 else xs[i]
        parts.append(text_at(x, _BOTTOM + 16, label, anchor))
    return Markup("").join(parts)


def described(chart: ControlChart) -> str:
    """A control chart in words, for those who do not see it."""
    tone = _(_TONE_WORD.get(chart.tone, _TONE_WORD["unknown"]))
    said = [_("Control chart of {title}; {tone}.", title=chart.title, tone=tone)]
    if chart.weeks:
        said.append(_("From {first} to {last}.", first=chart.weeks[0], last=chart.weeks[-1]))
    if chart.centre is not None and chart.lower is not None and chart.upper is not None:
        mean, low, high = (_value_text(chart, v) for v in (chart.centre, chart.lower, chart.upper))
        said.append(_("Mean {mean}, limits {low} to {high}.", mean=mean, low=low, high=high))
        if chart.limits_from:
            said.append(_("The limits hold from {week} on.", week=chart.weeks[chart.limits_from]))
    said += [_("Marked: {what}.", what=told(one, chart.weeks)) for one in chart.marks]
    return " ".join(said)
