"""The map of hand-offs as inline SVG: givers down, takers across, squares by the hours waited.

Every team has a letter, so that no name has to be turned or cut; the size of a square says how
long, its number how many hours, so that it reads in black and white.
"""

import math
from collections.abc import Sequence

from markupsafe import Markup

from reports.charts import ACCENT, FONT
from reports.language import _
from reports.model import HandOffMap, HandOffPath
from reports.numbers import number
from reports.svg import INK, RULE, coordinate, horizontal, text_at, vertical
from reports.text import clean

MAX_TEAMS = 12
"""Teams drawn; the table behind the map has all paths."""
WIDTH = 720.0
_LEFT, _TOP, _ROW = 190.0, 44.0, 34.0
_MAX_CELL = 60.0
_MAX_NAME = 26
_LETTERS = "ABCDEFGHIJKL"


def hand_off_svg(drawn: HandOffMap) -> Markup:
    """Who hands to whom; the teams with the longest waits where there are many."""
    teams = _teams(drawn.paths)
    cell = min(_MAX_CELL, (WIDTH - _LEFT - 4) / max(len(teams), 1))
    width, height = _LEFT + cell * len(teams) + 4, _TOP + _ROW * len(teams) + 4
    kept = [path for path in drawn.paths if path.giver in teams and path.taker in teams]
    longest = max((path.hours for path in kept), default=0.0) or 1.0
    parts = [_grid(teams, cell, height)]
    parts += [_square(path, teams, cell, longest) for path in kept]
    body = Markup("").join(parts)
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart map" viewBox="0 0 {} {}" role="img" '
        'font-family="{}" font-size="13"><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(coordinate(width), coordinate(height), FONT, clean(drawn.title), _told(kept), body)


def left_out(drawn: HandOffMap) -> int:
    """How many teams the map has no room for."""
    return len(_weights(drawn.paths)) - len(_teams(drawn.paths))


def _weights(paths: Sequence[HandOffPath]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for path in paths:
        for team in (path.giver, path.taker):
            weights[team] = weights.get(team, 0.0) + path.hours
    return weights


def _teams(paths: Sequence[HandOffPath]) -> list[str]:
    weights = _weights(paths)
    return sorted(weights, key=lambda team: (-weights[team], team))[:MAX_TEAMS]


def _grid(teams: Sequence[str], cell: float, height: float) -> Markup:
    right = _LEFT + cell * len(teams)
    parts = [
        text_at(0, 16, _("From"), "start", True),
        text_at(_LEFT, 16, _("To"), "start", True),
        horizontal(_TOP - 4, 0, right, INK, "c-axis"),
    ]
    for place, team in enumerate(teams):
        y, x = _TOP + _ROW * place, _LEFT + cell * place
        parts += [
            text_at(0, y + 21, _LETTERS[place], "start", True),
            text_at(18, y + 21, clean(team, _MAX_NAME), "start"),
            text_at(x + cell / 2, _TOP - 11, _LETTERS[place], "middle", True),
            horizontal(y + _ROW - 2, 0, right, RULE, "c-grid"),
        ]
    parts.append(vertical(_LEFT - 6, _TOP - 4, height - 6))
    return Markup("").join(parts)


def _square(path: HandOffPath, teams: Sequence[str], cell: float, longest: float) -> Markup:
    """A square whose area is the hours, with their number beside it where it fits."""
    side = max(2.0, (_ROW - 10) * math.sqrt(max(path.hours, 0.0) / longest))
    x = _LEFT + cell * teams.index(path.taker) + 3
    middle = _TOP + _ROW * teams.index(path.giver) + (_ROW - 2) / 2
    square = Markup('<rect class="c-bar" x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
        *map(coordinate, (x, middle - side / 2, side, side)), ACCENT
    )
    told = number(path.hours)
    has_room = cell - side - 8 >= 7.5 * len(told)
    return square + (text_at(x + side + 4, middle + 5, told, "start") if has_room else Markup(""))


def _told(paths: Sequence[HandOffPath]) -> str:
    longest = sorted(paths, key=lambda path: -path.hours)[:5]
    said = "; ".join(f"{one.giver} → {one.taker}: {one.text}" for one in longest)
    return clean(_("Hours waited between teams, the longest: {paths}.", paths=said), 800)
