"""How slides look: one grid, one typeface, few colours, told as English Metric Units and points."""

from typing import TYPE_CHECKING

from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Emu, Inches, Pt

from reports.text import clean

if TYPE_CHECKING:
    from pptx.slide import Slide
    from pptx.table import _Cell
    from pptx.text.text import TextFrame

FONT = "Calibri"
INK, MUTED, RULE = (RGBColor.from_string(code) for code in ("16232E", "52606B", "C9D1D7"))
ACCENT, WORSE = (RGBColor.from_string(code) for code in ("0B5C8A", "B23A12"))
WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
LEFT, TOP, INNER = Inches(0.6), Inches(0.45), Inches(12.13)
BODY_TOP, BODY_HEIGHT = Inches(1.55), Inches(5.2)
MAX_TEXT = 420
"""Letters of one paragraph of a slide."""


def titled(slide: "Slide", text: str) -> None:
    """Fill the title of a slide; long ones are set smaller."""
    shape = slide.shapes.title
    assert shape is not None, "the layout has a title"
    shape.left, shape.top, shape.width, shape.height = LEFT, TOP, INNER, Inches(1.0)
    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    frame.auto_size = MSO_AUTO_SIZE.NONE
    said = clean(text, 160)
    written(frame, said, size=28 if len(said) < 70 else 22, bold=True, first=True)
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    frame.margin_left = 0


def box(slide: "Slide", left: int, top: int, width: int, height: int) -> "TextFrame":
    """An empty frame for text that wraps."""
    frame = slide.shapes.add_textbox(Emu(left), Emu(top), Emu(width), Emu(height)).text_frame
    frame.word_wrap = True
    for side in ("margin_left", "margin_right", "margin_top", "margin_bottom"):
        setattr(frame, side, 0)
    return frame


def written(
    frame: "TextFrame",
    text: str,
    *,
    size: float = 16,
    bold: bool = False,
    colour: RGBColor = INK,
    first: bool = False,
    space: float = 6,
) -> None:
    """A paragraph of plain text in a frame."""
    paragraph = frame.paragraphs[0] if first else frame.add_paragraph()
    paragraph.space_after = Pt(space)
    run = paragraph.add_run()
    run.text = clean(text, MAX_TEXT)
    run.font.name, run.font.size, run.font.bold = FONT, Pt(size), bold
    run.font.color.rgb = colour


def underlined(cell: "_Cell", colour: str = "C9D1D7") -> None:
    """A thin line above and below a cell of a table; the library can only fill one."""
    properties = cell._tc.get_or_add_tcPr()
    for side in ("a:lnB", "a:lnT"):
        line, fill, shade = map(OxmlElement, (side, "a:solidFill", "a:srgbClr"))
        line.set("w", "9525")
        shade.set("val", colour)
        fill.append(shade)
        line.append(fill)
        properties.insert(0, line)


def rule(slide: "Slide", left: int, top: int, width: int, colour: RGBColor, thick: float) -> None:
    """A level line, as thick as told in points."""
    line = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Emu(left), Emu(top), Emu(width), Pt(thick))
    line.fill.solid()
    line.fill.fore_color.rgb = colour
    line.line.fill.background()
    line._element.remove(line._element.find(qn("p:style")))  # it would cast a shadow
