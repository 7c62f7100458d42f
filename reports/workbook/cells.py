"""The cells of a workbook: texts that never become formulas, true numbers, links inside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.language import spoken
from reports.model import Column
from reports.numbers import MINUS, NO_BREAK
from reports.tables_csv import neutral
from reports.text import printable
from reports.workbook.styles import Styles

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

ROW_PT = 15.0
"""The height of a row of one line, in points."""
MAX_CELL = 8_000
"""Letters of a cell; Excel keeps 32,767, and nobody reads so many."""
_NUMBER = re.compile(
    r"(-?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,6}))?([ \u00a0]?(?:%|h|min|days?|Tage?))?"
)
_UNITS = re.compile(r"[\"\\]")


@dataclass(frozen=True, slots=True)
class Number:
    """A number read back from how a pack writes it, and how a spreadsheet shows it the same."""

    value: float
    shown_as: str


def read_number(text: str) -> Number | None:
    """The number that a text is, with its unit as a part of its format; None for other texts."""
    plain = _without_marks(text.strip())
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return None
    sign, whole, part, unit = found.groups("")
    value = float(f"{sign}{whole.replace(',', '')}.{part or 0}")
    shown_as = "#,##0" + (f".{'0' * len(part)}" if part else "")
    if unit.strip() == "%":
        return Number(value / 100, shown_as + _UNITS.sub("", unit))
    return Number(value, shown_as + (f'"{unit}"' if unit else ""))


def _without_marks(text: str) -> str:
    """A number as English and computers write it."""
    plain = text.replace(MINUS, "-")
    if spoken().is_source:
        return plain
    symbols = spoken().locale.number_symbols["latn"]
    swap = {symbols["group"]: ",", symbols["decimal"]: "."}
    return "".join(swap.get(letter, letter) for letter in plain)


def safe(text: str) -> str:
    """A text as a cell may hold it: printable, and not endless."""
    kept = printable(text)
    return kept if len(kept) <= MAX_CELL else kept[: MAX_CELL - 1] + "…"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet that is written row by row."""

    sheet: "Worksheet"
    styles: Styles
    name: str

    def text(self, row: int, column: int, text: str, kind: str = "text") -> None:
        """A text; one that a spreadsheet could take for a formula is marked as a text."""
        kept = safe(text)
        is_quoted = neutral(kept) != kept
        self.sheet.write_string(row, column, kept, self.styles.get(kind, quoted=is_quoted))

    def title(self, text: str, contents: str, back: str) -> None:
        """The title of a sheet, and the way back to the contents below it."""
        self.sheet.set_row(0, 30)
        self.text(0, 0, text, "title")
        if back:
            self.link(1, 0, contents, back, "link_free")

    def number(self, row: int, column: int, text: str) -> None:
        """A number as a number, shown as the pack writes it; another text flush right."""
        found = read_number(text)
        if found is None:
            self.text(row, column, text, "number")
        else:
            self.sheet.write_number(
                row, column, found.value, self.styles.get("number", found.shown_as)
            )

    def link(self, row: int, column: int, place: str, text: str, kind: str = "link") -> None:
        """A link to a place of this workbook, such as 'Sheet'!A5."""
        kept = safe(text)[:250]
        is_quoted = neutral(kept) != kept
        style = self.styles.get(kind, quoted=is_quoted)
        self.sheet.write_url(row, column, f"internal:{place}", style, string=kept)

    def wide(self, row: int, text: str, kind: str, columns: int, letters: int) -> float:
        """A text over several columns; gives the height of its row in points."""
        kept = safe(text)
        style = self.styles.get(kind, quoted=neutral(kept) != kept)
        height = 1.35 * float(style.font_size) * lines_of(kept, letters)
        self.sheet.set_row(row, height)
        self.sheet.merge_range(row, 0, row, columns - 1, "", style)
        self.sheet.write_string(row, 0, kept, style)
        return height

    def high(self, row: int, cells: Sequence[str], widths: Sequence[int]) -> float:
        """Make a row as high as its fullest cell needs; gives the height in points."""
        pairs = zip(cells, widths, strict=False)
        lines = max((lines_of(cell, max(width - 3, 5)) for cell, width in pairs), default=1)
        if lines > 1:
            self.sheet.set_row(row, ROW_PT * lines)
        return ROW_PT * lines

    def head(self, row: int, columns: Sequence[Column], widths: Sequence[int]) -> float:
        """The head of a table, as high as its titles need; gives the height in points."""
        for place, column in enumerate(columns):
            self.text(row, place, column.title, "head_number" if column.is_number else "head")
        return self.high(row, [column.title for column in columns], widths)


def lines_of(text: str, letters: int) -> int:
    """How many lines a text takes where so many letters fit into one; at most twelve."""
    return min(max(1, -(-len(text) // letters)), 12)


def place_of(sheet: str, row: int, column: int = 0) -> str:
    """A cell as links name it."""
    letter = chr(ord("A") + column)
    return "'{}'!{}{}".format(sheet.replace("'", "''"), letter, row + 1)


def no_break_free(text: str) -> str:
    """A text whose blanks may all break."""
    return text.replace(NO_BREAK, " ")
