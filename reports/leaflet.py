"""A short page on one question: a sentence that answers it, charts, and tables behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.fonts import font_faces
from reports.sheets import sheet
from reports.text import clean, printable

_MAX_CELL = 400


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its columns, rows of texts, and which columns hold numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the page; `empty` is said where the table has no row."""

    title: str
    sentences: tuple[str, ...] = ()
    chart: Markup | None = None
    grid: Grid | None = None
    empty: str = "None."


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaflet:
    """A page: whose it is, what it is about, what it answers, and its parts."""

    organisation: str
    title: str
    line: str
    opening: tuple[str, ...]
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = field(default_factory=tuple)
    language: str = "en"


def render_leaflet(page: Leaflet) -> str:
    """The page as one self-contained HTML file."""
    return _environment().get_template("leaflet.html.j2").render(page=page, style=_style())


def leaflet_lines(page: Leaflet) -> list[str]:
    """The page as plain text for a terminal."""
    lines = [page.title, page.line, "", *page.opening]
    for part in page.parts:
        lines += ["", part.title.upper(), *part.sentences]
        if part.grid is not None:
            lines += _grid_lines(part.grid) if part.grid.rows else [part.empty]
    return [*lines, *([""] if page.notes else []), *page.notes]


def _grid_lines(grid: Grid) -> list[str]:
    rows = [grid.columns, *(tuple(clean(cell, 60) for cell in row) for row in grid.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(grid.columns))]
    return ["  ".join(_padded(grid, row, widths)).rstrip() for row in rows]


def _padded(grid: Grid, row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if name in grid.numeric else cell.ljust(width)
        for name, cell, width in zip(grid.columns, row, widths, strict=True)
    ]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters["cell"] = lambda text: clean(text, _MAX_CELL)
    return environment


def _printable(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _style() -> Markup:
    return Markup("\n".join((font_faces(), sheet("colours"), sheet("leaflet"))))  # noqa: S704  # ours
