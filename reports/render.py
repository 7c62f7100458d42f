"""A pack as one self-contained HTML page: no scripts, nothing fetched from anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.chart_marks import told
from reports.charts import bar_chart_svg, control_chart_svg, sparkline_svg
from reports.fonts import font_faces
from reports.model import (
    BarChart,
    CandidateCard,
    Column,
    ControlChart,
    EvidenceList,
    Missing,
    Pack,
    Table,
)
from reports.numbers import number
from reports.sheets import screen_theme, sheet
from reports.text import printable
from reports.words import noun, plural

MAX_ON_PAGE = 60
"""Record numbers listed per figure on the web page."""
MAX_ON_PAPER = 8
"""Record numbers listed per figure in print."""
PER_TABLE = 7
"""Charts side by side in a table of weekly values."""
WHOLE_CELL = 24
"""A column of single words, such as record numbers, of at most so many letters is kept whole."""
SHORT_CELL = 16
"""A column whose cells are all at most so long is kept on one line."""
SHORT_WORD = 14
"""A column whose words are all at most so long is never broken inside a word."""


@dataclass(frozen=True, slots=True)
class _EvidenceLine:
    """A figure's records as the page lists them."""

    anchor: str
    title: str
    about: str
    count: str
    numbers: str


def render_html(pack: Pack, *, is_print: bool = False) -> str:
    """A pack as one HTML page.

    Args:
        pack: from `build_pack`.
        is_print: leaves out what paper cannot open, and adds the data behind the charts.

    Raises:
        RenderError: the typeface is not installed.
    """
    linked = {card.anchor for section in pack.sections for card in section.cards}
    evidence = [e for e in pack.evidence if not is_print or e.anchor in linked]
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
            evidence_sentence=_evidence_sentence(pack, is_print),
            data_tables=_data_tables(pack) if is_print else (),
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
        "chart_table": _chart_table,
        "bar_table": _bar_table,
        "counted": _counted,
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
    if is_print and _data_tables(pack):
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


def _chart_table(chart: ControlChart) -> Table:
    return Table(
        caption=f"Weekly values, {chart.unit}",
        columns=(Column(title="Week"), Column(title="Value", is_number=True)),
        rows=tuple(
            (week, _chart_value(chart, value))
            for week, value in zip(chart.weeks, chart.values, strict=True)
        ),
        note=_limits_note(chart),
    )


def _chart_value(chart: ControlChart, value: float | None) -> str:
    if value is None:
        return "–"
    return number(value * 100 if chart.is_share else value, chart.decimals)


def _limits_note(chart: ControlChart) -> str | None:
    marked = [f"{mark.key}: {told(mark, chart.weeks)}." for mark in chart.marks]
    if chart.lower is None or chart.centre is None or chart.upper is None:
        return " ".join(marked) or None
    mean, low, high = (_chart_value(chart, v) for v in (chart.centre, chart.lower, chart.upper))
    since = f" from {chart.weeks[chart.limits_from]} on" if chart.limits_from else ""
    return " ".join((f"Mean {mean}, limits {low} to {high} ({chart.unit}){since}.", *marked))


def _bar_table(chart: BarChart) -> Table:
    return Table(
        caption=f"{chart.measure} by {chart.group.lower()}",
        columns=(Column(title=chart.group), Column(title="Value", is_number=True)),
        rows=tuple(zip(chart.labels, chart.texts, strict=True)),
    )


def _data_tables(pack: Pack) -> tuple[Table, ...]:
    """The charts of each section side by side, one row per week, a few to a table."""
    charts = [chart for section in pack.sections for chart in section.charts]
    alike: dict[tuple[str, ...], list[ControlChart]] = {}
    for chart in charts:
        alike.setdefault(chart.weeks, []).append(chart)
    return tuple(
        _weeks_table(weeks, kept[start : start + PER_TABLE])
        for weeks, kept in alike.items()
        for start in range(0, len(kept), PER_TABLE)
    )


def _weeks_table(weeks: tuple[str, ...], charts: Sequence[ControlChart]) -> Table:
    heads = [f"{chart.title.partition(':')[0]} ({chart.unit})" for chart in charts]
    return Table(
        caption=f"Weekly values, {weeks[0]} to {weeks[-1]}",
        columns=(Column(title="Week"), *(Column(title=head, is_number=True) for head in heads)),
        rows=tuple(
            (week, *(_chart_value(chart, chart.values[i]) for chart in charts))
            for i, week in enumerate(weeks)
        ),
    )


def _evidence_line(item: EvidenceList, is_print: bool) -> _EvidenceLine:
    limit = MAX_ON_PAPER if is_print else MAX_ON_PAGE
    left = len(item.rows) - limit
    numbers = ", ".join(item.rows[:limit])
    if left > 0:
        numbers += f" and {number(left)} more; the full list is in evidence.csv"
    count = plural(len(item.rows), "record")
    about = f"{item.dimension}, {item.period}" if item.dimension else item.period
    return _EvidenceLine(
        item.anchor, item.title, f"{about}: {count}" if is_print else about, count, numbers
    )


def _evidence_sentence(pack: Pack, is_print: bool) -> str:
    n = len(pack.evidence)
    if not n:
        return "No figure of this pack was counted from records."
    parts = " Parts by team, priority and the like are in evidence.csv." if is_print else ""
    return f"{plural(n, 'figure')} {noun(n, 'opens', 'open')} to the records counted.{parts}"
