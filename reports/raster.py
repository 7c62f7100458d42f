"""Our charts as PNG, for mails: the same SVG painted dot by dot, the same bytes on every machine.

Mail programs show no SVG. This paints the few shapes that `reports.charts` and its neighbours draw
(lines, boxes, polygons, circles, texts), with the typeface of the packs, and nothing else of SVG.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from typing import TYPE_CHECKING

from itsm.errors import RenderError
from reports.fonts import font_bytes

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

Attributes = Mapping[str, str]

SCALE = 2
"""Dots of the picture for a unit of the drawing: sharp on screens with small dots."""
_FINE = 2
"""It is painted so much larger, and made smaller at the end: soft edges."""
_COLOURS = 48
_SHAPES = {"rect", "line", "polyline", "polygon", "circle", "text"}


def png(svg: str) -> bytes:
    """A chart as PNG on white.

    Args:
        svg: as `reports.charts` makes it.

    Raises:
        RenderError: the picture library or the typeface is not installed.
    """
    reader = _Reader()
    reader.feed(svg)
    reader.close()
    image = _painted(reader)
    kept = BytesIO()
    image.quantize(_COLOURS).save(kept, "PNG", optimize=True)
    return kept.getvalue()


class _Reader(HTMLParser):
    """The shapes of a drawing in their order, with the texts inside them."""

    def __init__(self) -> None:
        super().__init__()
        self.size = (0.0, 0.0)
        self.letter = 12.5
        self.shapes: list[tuple[str, dict[str, str], str]] = []
        self._in_text = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a shape; the drawing itself tells its size."""
        given = {name: value or "" for name, value in attrs}
        if tag == "svg":
            width, height = map(float, given["viewbox"].split()[2:])
            self.size, self.letter = (width, height), float(given["font-size"])
        elif tag in _SHAPES:
            self.shapes.append((tag, given, ""))
            self._in_text = tag == "text"

    def handle_data(self, data: str) -> None:
        """Add the words of a text."""
        if self._in_text:
            tag, given, text = self.shapes[-1]
            self.shapes[-1] = (tag, given, text + data)

    def handle_endtag(self, tag: str) -> None:
        """A text ends."""
        self._in_text = self._in_text and tag != "text"


def _painted(drawing: _Reader) -> "Image":
    try:
        from PIL import Image, ImageDraw
    except ModuleNotFoundError as error:
        raise RenderError("no pictures: pillow is not installed: pip install pillow") from error
    width, height = (round(side * SCALE) for side in drawing.size)
    fine = Image.new("RGB", (width * _FINE, height * _FINE), "#ffffff")
    painter = _Painter(ImageDraw.Draw(fine), drawing.letter)
    for tag, given, text in drawing.shapes:
        painter.paint(tag, given, text)
    return fine.resize((width, height), Image.Resampling.BOX)


class _Painter:
    """Paints shapes, in dots that are finer than those of the picture."""

    def __init__(self, draw: "ImageDraw", letter: float) -> None:
        self._draw, self._letter = draw, letter

    def paint(self, tag: str, given: Attributes, text: str) -> None:
        """One shape."""
        if tag == "text":
            self._text(given, text)
            return
        paint: Mapping[str, Callable[[Attributes], None]] = {
            "rect": self._rect,
            "line": self._line,
            "polyline": self._polyline,
            "polygon": self._polygon,
            "circle": self._circle,
        }
        paint[tag](given)

    def _rect(self, given: Attributes) -> None:
        x, y, width, height = (_dots(given[name]) for name in ("x", "y", "width", "height"))
        if width > 0 and height > 0:
            self._draw.rectangle((x, y, x + width - 1, y + height - 1), fill=_fill(given))

    def _line(self, given: Attributes) -> None:
        ends = [_dots(given[name]) for name in ("x1", "y1", "x2", "y2")]
        self._stroke([(ends[0], ends[1]), (ends[2], ends[3])], given)

    def _polyline(self, given: Attributes) -> None:
        self._stroke(_points(given), given)

    def _polygon(self, given: Attributes) -> None:
        corners = _points(given)
        self._draw.polygon(corners, fill=_fill(given))
        self._stroke([*corners, corners[0]], given)

    def _circle(self, given: Attributes) -> None:
        x, y, r = (_dots(given[name]) for name in ("cx", "cy", "r"))
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill=_fill(given))

    def _text(self, given: Attributes, text: str) -> None:
        is_strong = given.get("font-weight") == "600"
        anchor = {"start": "ls", "middle": "ms", "end": "rs"}[given.get("text-anchor", "start")]
        at = (_dots(given["x"]), _dots(given["y"]))
        font = _font("Semibold" if is_strong else "Regular", round(_dots(str(self._letter))))
        self._draw.text(at, text, fill=_fill(given), font=font, anchor=anchor)

    def _stroke(self, points: Sequence[tuple[float, float]], given: Attributes) -> None:
        if "stroke" not in given:
            return
        width = max(round(_dots(given.get("stroke-width", "1"))), 1)
        if pattern := given.get("stroke-dasharray"):
            self._dashed(points, given["stroke"], width, [_dots(d) for d in pattern.split()])
        else:
            self._draw.line(points, fill=given["stroke"], width=width, joint="curve")

    def _dashed(
        self,
        points: Sequence[tuple[float, float]],
        colour: str,
        width: int,
        pattern: Sequence[float],
    ) -> None:
        """A straight line in dashes, as all our dashed lines are: level or upright."""
        (x1, y1), (x2, y2) = points[0], points[-1]
        length = max(abs(x2 - x1), abs(y2 - y1))
        across, down = ((x2 - x1) / length, (y2 - y1) / length) if length else (0.0, 0.0)
        at = 0.0
        while at < length:
            end = min(at + pattern[0], length)
            dash = [(x1 + across * place, y1 + down * place) for place in (at, max(at, end - 1))]
            self._draw.line(dash, fill=colour, width=width)
            at += sum(pattern)


def _dots(value: str) -> float:
    return float(value) * SCALE * _FINE


def _points(given: Attributes) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in given["points"].split())
    return [(_dots(x), _dots(y)) for x, y in pairs]


def _fill(given: Attributes) -> str | None:
    colour = given.get("fill", "#000000")
    return None if colour == "none" else colour


@cache
def _font(name: str, dots: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(BytesIO(font_bytes(name)), dots, layout_engine=ImageFont.Layout.BASIC)
