"""How the cells of a workbook look: one typeface, few colours, borders that survive print."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

FONT = "Calibri"
INK, MUTED, RULE, ACCENT, WORSE, BAND = (
    "#16232E", "#52606B", "#C9D1D7", "#0B5C8A", "#B23A12", "#E9EEF2",
)  # fmt: skip
_BASE = {"font_name": FONT, "font_size": 11, "font_color": INK, "valign": "top"}
_WRAP: dict[str, object] = {"text_wrap": True}
_RULED = {"bottom": 1, "bottom_color": RULE, "align": "left", "indent": 1}
_LINK = {"font_color": ACCENT, "underline": 1}

_KINDS: dict[str, dict[str, object]] = {
    "title": {"font_size": 20, "bold": True},
    "line": {"font_color": MUTED},
    "opening": {"font_size": 13, **_WRAP},
    "ask": {"bold": True, **_WRAP},
    "heading": {"font_size": 14, "bold": True, "top": 2, "top_color": INK},
    "caption": {"bold": True},
    "head": {
        "bold": True, "valign": "bottom", "bottom": 1, "bottom_color": INK, "align": "left",
        "indent": 1, **_WRAP,
    },
    "head_number": {
        "bold": True, "valign": "bottom", "bottom": 1, "bottom_color": INK, "align": "right",
        "indent": 1, **_WRAP,
    },
    "text": {**_WRAP, **_RULED},
    "strong": {"bold": True, **_WRAP, **_RULED},
    "free": _WRAP,
    "note": {"font_color": MUTED, "italic": True, **_WRAP},
    "quote": {"italic": True, "left": 5, "left_color": ACCENT, "indent": 1, **_WRAP},
    "number": {**_RULED, "align": "right"},
    "worse": {"bold": True, "font_color": WORSE, **_WRAP, **_RULED},
    "better": {"bold": True, "font_color": ACCENT, **_WRAP, **_RULED},
    "shift": {"bold": True, **_WRAP, **_RULED},
    "normal": {"font_color": MUTED, **_WRAP, **_RULED},
    "link": {**_LINK, **_WRAP, **_RULED},
    "link_free": _LINK,
    "row": {"align": "left", "indent": 1},
}  # fmt: skip


@dataclass(slots=True)
class Styles:
    """The cell formats of one workbook, each made when it is first needed."""

    book: "Workbook"
    _made: dict[tuple[str, str, bool], "Format"] = field(default_factory=dict)

    def get(self, kind: str, number: str = "", *, quoted: bool = False) -> "Format":
        """The format of a kind of cell.

        Args:
            kind: of the list above.
            number: how its number is written, in the notation of spreadsheets.
            quoted: keep what stands in it a text, also when somebody edits the cell.
        """
        key = (kind, number, quoted)
        if key not in self._made:
            given = {**_BASE, **_KINDS[kind], **({"num_format": number} if number else {})}
            made = self.book.add_format(given)
            if quoted:
                made.set_quote_prefix()
            self._made[key] = made
        return self._made[key]
