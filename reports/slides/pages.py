"""The kinds of slides of a deck: cover, decisions, columns of text, figures, charts, facts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pptx import Presentation
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Inches, Pt

from reports.heading import heading, running_line
from reports.language import _
from reports.model import Ask, Card, ControlChart, Pack
from reports.slides.charts import add_control_chart
from reports.slides.look import (
    ACCENT,
    BODY_HEIGHT,
    BODY_TOP,
    FONT,
    HEIGHT,
    INK,
    INNER,
    LEFT,
    MUTED,
    WIDTH,
    WORSE,
    box,
    rule,
    titled,
    underlined,
    written,
)
from reports.text import clean

if TYPE_CHECKING:
    from pptx.slide import Slide
    from pptx.table import _Cell

_TITLE_ONLY = 5
"""The layout of the library's own template that holds a title and nothing else."""
_GAP = Inches(0.45)
MAX_LINES = 9
MAX_ROWS = 10


class Pages:
    """A deck that is written slide by slide, each with the running line and its number."""

    def __init__(self, pack: Pack) -> None:
        self.deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = WIDTH, HEIGHT
        self._pack = pack
        core = self.deck.core_properties
        core.title = clean(f"{pack.organisation}: {heading(pack)}", 200)
        core.subject, core.author = clean(pack.period, 200), clean(pack.organisation, 200)
        core.last_modified_by, core.language = clean(pack.organisation, 200), pack.language
        core.created = core.modified = pack.made_at.replace(tzinfo=None)

    def _slide(self, title: str) -> "Slide":
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[_TITLE_ONLY])
        titled(slide, title)
        pack, number = self._pack, len(self.deck.slides)
        foot = box(slide, LEFT, Inches(7.05), INNER - Inches(1), Inches(0.3))
        running = f"{pack.organisation} · {running_line(pack)}"
        written(foot, clean(running, 160), size=11, colour=MUTED, first=True)
        at = box(slide, LEFT + INNER - Inches(1), Inches(7.05), Inches(1), Inches(0.3))
        written(at, f"{number}", size=11, colour=MUTED, first=True)
        at.paragraphs[0].alignment = PP_ALIGN.RIGHT
        return slide

    def cover(self, title: str, line: str, said: Sequence[str]) -> None:
        """The first slide: whose it is, of when, and the week in a sentence."""
        slide = self._slide(title)
        rule(slide, LEFT, Inches(1.15), Inches(0.9), ACCENT, 6)
        frame = box(slide, LEFT, Inches(1.5), INNER, Inches(5.2))
        written(frame, self._pack.organisation, size=18, bold=True, colour=ACCENT, first=True)
        written(frame, line, size=18, colour=MUTED)
        cutoff = _("Known up to {cutoff}", cutoff=self._pack.cutoff)
        written(frame, cutoff, size=14, colour=MUTED, space=28)
        for place, sentence in enumerate(said):
            written(frame, sentence, size=16 if place else 24, space=14)

    def decisions(self, title: str, asks: Sequence[Ask]) -> None:
        """The decisions side by side: what, why, who until when, and what waiting costs."""
        slide = self._slide(title)
        n = max(len(asks), 2)
        width = (INNER - _GAP * (n - 1)) // n
        for place, ask in enumerate(asks):
            left = LEFT + place * (width + _GAP)
            rule(slide, left, BODY_TOP, width, ACCENT, 4)
            frame = box(slide, left, BODY_TOP + Inches(0.15), width, BODY_HEIGHT)
            written(frame, clean(ask.title, 140), size=20, bold=True, first=True, space=10)
            if ask.reason:
                written(frame, ask.reason)
            owner = ", ".join(filter(None, (ask.owner, ask.due)))
            if owner:
                written(frame, owner, bold=True)
            written(frame, ask.cost, colour=MUTED)

    def columns(self, title: str, columns: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Lists of sentences side by side; one that is empty is left out."""
        filled = [(head, lines) for head, lines in columns if lines]
        slide = self._slide(title)
        if not filled:
            frame = box(slide, LEFT, BODY_TOP, INNER, Inches(1))
            written(frame, self._pack.brief.headline, size=20, first=True)
            return
        width = (INNER - _GAP * (len(filled) - 1)) // len(filled)
        for place, (head, lines) in enumerate(filled):
            left = LEFT + place * (width + _GAP)
            rule(slide, left, BODY_TOP, width, INK, 1.5)
            frame = box(slide, left, BODY_TOP + Inches(0.12), width, BODY_HEIGHT)
            written(frame, head, size=18, bold=True, first=True, space=8)
            for line in lines[:MAX_LINES]:
                written(frame, clean(line, 220), size=15 if len(lines) < 7 else 13, space=7)

    def figures(self, title: str, cards: Sequence[Card]) -> None:
        """Headline figures as a table; none where the pack tells none."""
        if not cards:
            return
        slide, shown = self._slide(title), cards[:MAX_ROWS]
        heads = (_("Figure"), _("Value"), _("What the chart says"), _("What to know of it"))
        n_rows = len(shown) + 1
        height = min(Pt(40) * n_rows, BODY_HEIGHT)  # room for two lines in each
        table = slide.shapes.add_table(n_rows, 4, LEFT, BODY_TOP, INNER, height).table
        for place, inches in enumerate((3.1, 1.3, 3.2, 4.53)):
            table.columns[place].width = Inches(inches)
        for place, head in enumerate(heads):
            _cell(table.cell(0, place), head, bold=True, is_number=place == 1)
        for row, card in enumerate(shown, 1):
            is_signal = card.tone in {"worse", "better", "shift"}
            colour = WORSE if card.tone == "worse" else INK
            _cell(table.cell(row, 0), card.title, bold=True)
            _cell(table.cell(row, 1), card.value, bold=True, is_number=True)
            _cell(table.cell(row, 2), card.verdict, bold=is_signal, colour=colour)
            _cell(table.cell(row, 3), "; ".join(card.facts[:2]), colour=MUTED)

    def charts(self, title: str, charts: Sequence[ControlChart]) -> None:
        """One or two control charts, each under its finding."""
        slide = self._slide(title)
        width = (INNER - _GAP) // 2 if len(charts) > 1 else INNER
        for place, chart in enumerate(charts):
            left = LEFT + place * (width + _GAP)
            rule(slide, left, Inches(1.25), width, INK, 1.5)
            frame = box(slide, left, Inches(1.35), width, Inches(1.0))
            written(frame, clean(chart.title, 130), size=17, bold=True, first=True, space=2)
            written(frame, clean(chart.subtitle, 130), size=13, colour=MUTED)
            add_control_chart(slide, chart, left, Inches(2.3), width, Inches(4.5))
        why = [f"{chart.title}: {chart.why}." for chart in charts if chart.why]
        if why:
            slide.notes_slide.notes_text_frame.text = clean(" ".join(why), 900)

    def facts(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values, such as run and versions."""
        slide = self._slide(title)
        table = slide.shapes.add_table(
            len(rows), 2, LEFT, BODY_TOP, INNER, Pt(26) * len(rows)
        ).table
        table.first_row = False
        table.columns[0].width, table.columns[1].width = Inches(3.5), Emu(INNER - Inches(3.5))
        for row, (name, value) in enumerate(rows):
            _cell(table.cell(row, 0), name, bold=True)
            _cell(table.cell(row, 1), value)


def _cell(
    cell: "_Cell", text: str, *, bold: bool = False, is_number: bool = False, colour: object = INK
) -> None:
    """Fill a cell of a table; plain background, so that print in black and white reads the same."""
    cell.fill.background()
    underlined(cell)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.margin_top = cell.margin_bottom = Pt(2)
    run = cell.text_frame.paragraphs[0].add_run()
    run.text = clean(text, 150)
    run.font.name, run.font.size, run.font.bold = FONT, Pt(12.5), bold
    run.font.color.rgb = colour
    if is_number:
        cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
