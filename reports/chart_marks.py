"""Known events and improvements in a control chart: drawn above it, and named below it.

Told apart by shape, so that print in black and white is enough: an event is a bar over its weeks
between dotted lines, an improvement a solid line where its limits begin.
"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from reports.language import _
from reports.model import ChartMark
from reports.numbers import week_short
from reports.svg import INK, coordinate, horizontal, text_at, vertical
from reports.text import clean

TIER = 17.0
"""Height of one row of letters above a chart."""
LINE = 15.0
"""Height of one name below a chart."""
MAX_MARKS = 8
MAX_TIERS = 4
MAX_NAME = 34
_APART = 11.0
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

Names = Mapping[str, tuple[str, ...]]


def chart_marks(weeks: Sequence[str], events: Names, steps: Names) -> tuple[ChartMark, ...]:
    """What is marked in a chart, oldest first, each with a letter.

    Args:
        weeks: of the chart.
        events: names of known events by week; one over several weeks is one mark.
        steps: improvements by the week they went live in.
    """
    found = [(first, last, name, False) for name, first, last in _runs(weeks, events)]
    for place, week in enumerate(weeks):
        found += [(place, place, name, True) for name in steps.get(week, ())]
    kept = sorted(found, key=lambda one: (one[0], -one[1], one[2]))[-MAX_MARKS:]
    return tuple(
        ChartMark(key=_LETTERS[i], name=clean(name, MAX_NAME), first=a, last=b, is_step=is_step)
        for i, (a, b, name, is_step) in enumerate(kept)
    )


def _runs(weeks: Sequence[str], events: Names) -> list[tuple[str, int, int]]:
    """Each event with its first and last week, once for every unbroken run of weeks."""
    runs: list[tuple[str, int, int]] = []
    going: dict[str, int] = {}
    for place, week in enumerate([*weeks, ""]):
        now = events.get(week, ())
        for name in [name for name in going if name not in now]:
            runs.append((name, going.pop(name), place - 1))
        for name in now:
            going.setdefault(name, place)
    return runs


def tiers(marks: Sequence[ChartMark], xs: Sequence[float]) -> list[int]:
    """The row of each mark's letter, so that no two lie on each other."""
    ends: list[float] = []
    rows = []
    for mark in marks:
        left = min(xs[mark.first], _middle(mark, xs) - _APART / 2)
        right = max(xs[mark.last], _middle(mark, xs) + _APART / 2)
        row = next((row for row, end in enumerate(ends) if end < left), len(ends))
        row = min(row, MAX_TIERS - 1)
        ends[row : row + 1] = [right]
        rows.append(row)
    return rows


def _middle(mark: ChartMark, xs: Sequence[float]) -> float:
    return (xs[mark.first] + xs[mark.last]) / 2


def headroom(marks: Sequence[ChartMark], xs: Sequence[float]) -> float:
    """What the marks take above a chart."""
    return TIER * (max(tiers(marks, xs), default=-1) + 1)


def footroom(marks: Sequence[ChartMark]) -> float:
    """What the names take below a chart."""
    return LINE * len(marks)


def drawn(marks: Sequence[ChartMark], xs: Sequence[float], bottom: float) -> Markup:
    """The marks above and over a chart whose weeks lie at `xs`, down to its foot."""
    parts = []
    for mark, row in zip(marks, tiers(marks, xs), strict=True):
        draw = _step if mark.is_step else _event
        parts.append(draw(mark, xs, TIER * row, bottom))
    return Markup("").join(parts)


def _event(mark: ChartMark, xs: Sequence[float], top: float, bottom: float) -> Markup:
    left, right = xs[mark.first], xs[mark.last]
    bar = Markup('<rect class="c-event" x="{}" y="{}" width="{}" height="3" fill="{}"/>').format(
        coordinate(left - 3), coordinate(top + 12), coordinate(right - left + 6), INK
    )
    edges = [vertical(x, top + 15, bottom, "c-event-edge", "1 3") for x in sorted({left, right})]
    return Markup("").join(
        [text_at((left + right) / 2, top + 10, mark.key, "middle", True), bar, *edges]
    )


def _step(mark: ChartMark, xs: Sequence[float], top: float, bottom: float) -> Markup:
    half = (xs[1] - xs[0]) / 2 if len(xs) > 1 else 0.0
    x = xs[mark.first] - half
    line = vertical(x, top + 13, bottom, "c-step")
    foot = horizontal(top + 13, x, x + 7, INK, "c-step")
    return Markup("").join([text_at(x + 1, top + 10, mark.key, "start", True), line, foot])


def named(marks: Sequence[ChartMark], weeks: Sequence[str], x: float, y: float) -> Markup:
    """The names of the marks, one below the other."""
    return Markup("").join(
        text_at(x, y + LINE * i, f"{mark.key}  {told(mark, weeks)}", "start")
        for i, mark in enumerate(marks)
    )


def told(mark: ChartMark, weeks: Sequence[str]) -> str:
    """A mark in words: what it is, and which weeks it is about."""
    first, last = week_short(weeks[mark.first]), week_short(weeks[mark.last])
    if mark.is_step:
        return _("improvement {name} live from {first}", name=mark.name, first=first)
    if last == first:
        return f"{mark.name}, {first}"
    return _("{name}, {first} to {last}", name=mark.name, first=first, last=last)
