"""How a sheet falls onto paper: so small that all columns fit, and no chart over two pages."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reports.workbook.charts import GAP, WIDTH

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_PAPER_WIDTH, _PAPER_HEIGHT = 600.0, 440.0
"""What a landscape A4 page surely holds between its margins, in points; fonts differ in width."""
_POINTS_PER_PIXEL = 0.75
_TWO_CHARTS = (2 * WIDTH + GAP + 10) * _POINTS_PER_PIXEL


@dataclass(slots=True)
class Paper:
    """The pages a sheet is printed on: how full the newest is, and before which rows they end."""

    widths: tuple[int, ...]
    used: float = 60.0
    breaks: list[int] = field(default_factory=list)

    @property
    def scale(self) -> int:
        """How large the sheet is printed, in percent, so that all its columns are on one page."""
        drawn = sum(7 * width + 5 for width in self.widths) * _POINTS_PER_PIXEL
        return max(10, min(100, int(100 * _PAPER_WIDTH / max(drawn, _TWO_CHARTS))))

    def room(self, row: int, needed: float) -> None:
        """End the page before a row where too little of it is left, in points."""
        if self.used + needed > _PAPER_HEIGHT * 100 / self.scale:
            self.breaks.append(row)
            self.used = 0.0

    def set_up(self, sheet: "Worksheet") -> None:
        """Have a sheet printed so; a scale of its own, as spreadsheets leave breaks out else."""
        sheet.set_print_scale(self.scale)
        sheet.set_h_pagebreaks(self.breaks)
