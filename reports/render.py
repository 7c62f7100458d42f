"""A pack as one self-contained HTML page: no scripts, nothing fetched from anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.chart_tables import bar_table, chart_table, data_tables
from reports.charts import bar_chart_svg, control_chart_svg, sparkline_svg
from reports.evidence import evidence_lists
from reports.fonts import font_faces
from reports.lookup import members_anchor
from reports.model import (
    CandidateCard,
    Column,
    EvidenceList,
    Missing,
    Pack,
    Table,
)
from reports.numbers import number
from reports.sheets import screen_theme, sheet
from reports.text import printable
from reports.words import noun, plural

MAX_ON_PAGE = 200
"""Record numbers listed per figure on the web page."""
MAX_ON_PAPER = 8
"""Record numbers listed per figure in print."""
WHOLE_CELL = 24
"""A column of single words, such as record numbers, of at most so many letters is kept whole."""
SHORT_CELL = 16
"""A column whose cells are all at most so long is kept on one line."""
SHORT_WORD = 14
"""A column whose words are all at most so long is never broken inside a word."""


@dataclass(frozen=True, slots=True)
class _Records:
    """A part of a figure's records: how many, the first ones, and how many are left."""

    count: str
    numbers: str
    left: str


@dataclass(frozen=True, slots=True)
class _EvidenceLine:
    """A figure's records as the page lists them."""

    anchor: str
    title: str
    about: str
    parts: tuple[_Records, ...]


def render_html(pack: Pack, *, is_print: bool = False, evidence_file: str = "evidence.csv") -> str:
    """A pack as one HTML page.

    Args:
        pack: from `build_pack`.
        is_print: leaves out what paper cannot open, and adds the data behind the charts.
        evidence_file: the name of the file beside the page that lists every record.

    Raises:
        RenderError: the typeface is not installed.
    """
    linked = {card.anchor for section in pack.sections for card in section.cards}
    evidence = [e for e in evidence_lists(pack) if not is_print or e.anchor in linked]
    return (
        _environment()
        .get_template("pack.html.j2")
        .render(
            pack=pack,
            is_print=is_print,
            style=_style(is_print),
            contents=_contents(pack, is_print),
            missing_sentence=_missing_sentence(pack.missing),
            missing_table=_missing_table(pack.missing),
            evidence=[_evidence_line(e, is_print) for e in evidence],
            openable=frozenset(e.anchor for e in evidence),
            evidence_file=evidence_file,
            evidence_sentence=_evidence_sentence(pack, is_print),
            data_tables=data_tables(pack) if is_print else (),
            run_table=_run_table(pack),
            has_marks=any(c.marks for s in pack.sections for c in s.charts),
            key_section=next((s.id for s in pack.sections if s.charts), None),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "control_chart": control_chart_svg,
        "bar_chart": bar_chart_svg,
        "spark": _spark,
        "chart_table": chart_table,
        "bar_table": bar_table,
        "counted": _counted,
        "members_anchor": members_anchor,
        "kinds": _kinds,
        "is_narrow": _is_narrow,
        "percent": _percent,
    }
    return environment


def _printable(value: object) -> object:
    """A last guard: whatever text reaches the page holds no control or hidden characters."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value)
    return value


def _style(is_print: bool) -> str:
    theme, paper = sheet("colours") if is_print else screen_theme(), sheet("print")
    rest = paper if is_print else f"{sheet('screen')}\n@media print {{\n{paper}\n}}"
    return f"{font_faces()}\n{theme}\n{sheet('pack')}\n{rest}"


def _contents(pack: Pack, is_print: bool) -> list[tuple[str, str]]:
    listed = [(section.id, section.title) for section in pack.sections]
    listed.append(("missing", "Missing from this pack"))
    if pack.definitions:
        listed.append(("definitions", "What each figure means"))
    if is_print and data_tables(pack):
        listed.append(("chart-data", "The data behind the charts"))
    return [
        *listed,
        ("evidence", "The records behind the figures"),
        ("run", "Sources, versions and run"),
    ]


def _spark(card: CandidateCard) -> Markup:
    return sparkline_svg(card.spark_title, card.weekly_counts)


def _counted(n: int) -> str:
    return plural(n, "record")


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


def _missing_sentence(missing: Sequence[Missing]) -> str:
    n = len(missing)
    if not n:
        return "Nothing is known to be missing."
    return (
        f"{plural(n, 'gap')} {noun(n, 'is', 'are')} known; "
        "nothing below is counted as zero, and nothing is estimated in its place."
    )


def _missing_table(missing: Sequence[Missing]) -> Table:
    return Table(
        caption="What is missing, why, and what would bring it",
        columns=(Column(title="Missing"), Column(title="Why"), Column(title="Remedy")),
        rows=tuple((item.what, item.why, item.remedy) for item in missing),
    )


def _run_table(pack: Pack) -> Table:
    made = f"{pack.made_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    head = (("Head of the journal", pack.journal_head),) if pack.journal_head else ()
    return Table(
        caption="Where this pack comes from",
        columns=(Column(title="What"), Column(title="Value")),
        rows=(*pack.provenance, ("Run", pack.run_id), ("Made", made), *head),
    )


def _evidence_line(item: EvidenceList, is_print: bool) -> _EvidenceLine:
    limit = MAX_ON_PAPER if is_print else MAX_ON_PAGE
    parts = [_records(item.rows, "record", limit)]
    if item.base_rows:
        parts.append(_records(item.base_rows, "record of the base", limit, "records of the base"))
    about = f"{item.dimension}, {item.period}" if item.dimension else item.period
    return _EvidenceLine(item.anchor, item.title, about, tuple(parts))


def _records(rows: Sequence[str], one: str, limit: int, many: str | None = None) -> _Records:
    left = len(rows) - limit
    return _Records(
        plural(len(rows), one, many),
        ", ".join(rows[:limit]),
        f"and {number(left)} more" if left > 0 else "",
    )


def _evidence_sentence(pack: Pack, is_print: bool) -> str:
    n = len(pack.evidence)
    if not n:
        return "No figure of this pack was counted from records."
    parts = " Parts by team, priority and the like are in evidence.csv." if is_print else ""
    return f"{plural(n, 'figure')} {noun(n, 'opens', 'open')} to the records counted.{parts}"
