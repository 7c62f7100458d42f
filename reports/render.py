"""A pack as one self-contained HTML page: no scripts, nothing fetched from anywhere."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from reports.alignment import tails
from reports.chart_tables import bar_table, chart_table, data_tables, map_table
from reports.charts import bar_chart_svg, control_chart_svg, sparkline_svg
from reports.evidence import evidence_lists
from reports.fonts import font_faces
from reports.hand_off_svg import hand_off_svg, left_out
from reports.heading import WATCH_LIST, edition_of, heading, running_line
from reports.language import _, n_, speaking
from reports.lookup import members_anchor
from reports.model import CandidateCard, Comment, Pack, Table
from reports.page_parts import (
    WHOLE,
    contents,
    evidence_line,
    evidence_sentence,
    missing_sentence,
    missing_table,
    run_table,
)
from reports.page_templates import environment
from reports.sheets import screen_theme, sheet
from reports.text import is_beside, is_web, printable

MAX_TEXT = 2_000
"""Letters of one text of a page; what is longer is cut."""
WHOLE_CELL = 24
"""A column of single words, such as record numbers, of at most so many letters is kept whole."""
SHORT_CELL = 16
"""A column whose cells are all at most so long is kept on one line."""
SHORT_WORD = 14
"""A column whose words are all at most so long is never broken inside a word."""


@dataclass(frozen=True, slots=True)
class _Aligned:
    """A column of numbers parted at the decimal mark, and the room of the second parts."""

    cells: tuple[tuple[str, str], ...]
    room: float


def render_html(pack: Pack, *, is_print: bool = False, evidence_file: str = "evidence.csv") -> str:
    """A pack as one HTML page, in its language.

    Args:
        pack: from `build_pack`.
        is_print: leaves out what paper cannot open, and adds the data behind the charts.
        evidence_file: the name of the file beside the page that lists every record.

    Raises:
        RenderError: the typeface is not installed.
        ConfigError: there is no catalogue of the pack's language.
    """
    with speaking(pack.language):
        page = _environment().get_template("pack.html.j2")
        return page.render(_told(pack, is_print, evidence_file))


def _told(pack: Pack, is_print: bool, evidence_file: str) -> dict[str, object]:
    """Everything the template says."""
    linked = {card.anchor for section in pack.sections for card in section.cards}
    is_cut = is_print and pack.kind not in WHOLE
    evidence = [e for e in evidence_lists(pack) if not is_cut or e.anchor in linked]
    charts = [c for s in pack.sections for c in s.charts]
    return {
        "pack": pack,
        "is_print": is_print,
        "is_week": "-W" in pack.week,
        "is_watch_list": pack.kind == WATCH_LIST,
        "heading": heading(pack),
        "edition": edition_of(pack),
        "running": running_line(pack),
        "style": _style(is_print),
        "comments": _comments(pack),
        "contents": contents(pack, is_print),
        "places": {card.anchor for section in pack.sections for card in section.candidates},
        "missing_sentence": missing_sentence(pack.missing),
        "missing_table": missing_table(pack.missing),
        "evidence": [evidence_line(e, is_cut) for e in evidence],
        "openable": frozenset(e.anchor for e in evidence),
        "evidence_file": evidence_file,
        "evidence_sentence": evidence_sentence(pack, is_cut, evidence_file),
        "data_tables": data_tables(pack) if is_print else (),
        "run_table": run_table(pack),
        "has_marks": any(chart.marks for chart in charts),
        "key_section": next((s.id for s in pack.sections if s.charts), None),
    }


def _comments(pack: Pack) -> Mapping[str, Sequence[Comment]]:
    """What people say, by the section they say it of."""
    found: dict[str, list[Comment]] = defaultdict(list)
    for comment in pack.comments:
        found[comment.section_id].append(comment)
    return found


@cache
def _environment() -> Environment:
    made = environment(page_text)
    made.filters |= {
        "control_chart": control_chart_svg,
        "bar_chart": bar_chart_svg,
        "hand_offs": hand_off_svg,
        "left_out": left_out,
        "spark": _spark,
        "chart_table": chart_table,
        "bar_table": bar_table,
        "map_table": map_table,
        "aligned": _aligned,
        "counted": _counted,
        "members_anchor": members_anchor,
        "kinds": _kinds,
        "is_narrow": _is_narrow,
        "is_link": is_link,
        "is_web": is_web,
        "percent": _percent,
    }
    return made


def page_text(value: object) -> object:
    """A last guard: text that reaches a page holds no control or hidden characters, and ends."""
    if isinstance(value, str) and not isinstance(value, Markup):
        kept = printable(value)
        return kept if len(kept) <= MAX_TEXT else f"{kept[:MAX_TEXT]}…"
    return value


def is_link(address: str) -> bool:
    """Whether a page may link to an address: on the web, or a page that lies beside it."""
    return is_web(address) or is_beside(address)


def _style(is_print: bool) -> str:
    theme, paper = sheet("colours") if is_print else screen_theme(), sheet("print")
    rest = paper if is_print else f"{sheet('screen')}\n@media print {{\n{paper}\n}}"
    return f"{font_faces()}\n{theme}\n{sheet('pack')}\n{rest}\n{_page_foot()}"


def _page_foot() -> str:
    """The number of a printed page, in the language spoken."""
    counted = _("Page {n} of {all}", n='" counter(page) "', all='" counter(pages) "')
    return f'@page {{ @bottom-right {{ content: "{counted}"; }} }}'


def _spark(card: CandidateCard) -> Markup:
    return sparkline_svg(card.spark_title, card.weekly_counts)


def _counted(n: int) -> str:
    return n_("{n} record", "{n} records", n)


def _aligned(table: Table) -> list[_Aligned | None]:
    """For each column of numbers whose decimals differ: how its cells are parted."""
    return [
        _parted([row[place] for row in table.rows]) if column.is_number else None
        for place, column in enumerate(table.columns)
    ]


def _parted(cells: Sequence[str]) -> _Aligned | None:
    parted, room = tails(cells)
    return _Aligned(parted, room) if parted else None


def _kinds(table: Table) -> tuple[str, ...]:
    """How the cells of each column are set: numbers, short values kept whole, or free text."""
    return tuple(
        "num" if column.is_number else _text_kind([row[i] for row in table.rows])
        for i, column in enumerate(table.columns)
    )


def _text_kind(cells: Sequence[str]) -> str:
    words = [word for cell in cells for word in cell.split()]
    is_code = len(words) <= len(cells) and max(map(len, cells), default=0) <= WHOLE_CELL
    if is_code or max(map(len, cells), default=0) <= SHORT_CELL:
        return "code"
    return "short" if max(map(len, words), default=0) <= SHORT_WORD else "text"


def _is_narrow(table: Table) -> bool:
    """Whether a table holds so little that it should not be stretched over the page."""
    widest = max((len(cell) for row in table.rows for cell in row), default=0)
    return len(table.columns) <= 3 and widest <= 32


def _percent(share: float) -> str:
    return f"{max(share, 0.01) * 100:.0f}"
