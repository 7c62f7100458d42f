"""Sections made of figures: headline cards, control charts, bars and tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from itsm.figures import Figure
from reports.definitions import is_headline_measure
from reports.language import _
from reports.language import told as said
from reports.layout import SectionPlan, plan_of, rank_in
from reports.lookup import FigureSet, evidence_of, name_of
from reports.model import BarChart, Column, Section, Table
from reports.numbers import number, shown
from reports.sections.cards import beside_parts, headline_card, left_out_words, partner_words
from reports.sections.drawn import bar_chart, control_chart
from reports.sections.hand_off_map import hand_off_maps
from reports.sections.openings import opening_of
from reports.sections.tables import beside_words, exactness_note, has_chart, slice_table
from reports.text import clean
from reports.words import listed, upper_first, verdict_words

__all__ = ["control_chart", "figure_section", "figures_of"]

FURTHER_ROWS = 8
"""A table of the parts of a further figure shows at most so many rows."""
_UNTOLD = frozenset({"availability", "workload_forecast", "arrivals_by_hour"})
"""Figures whose parts are told by a table of their own section, or are too many to tell."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A figure cut by some dimensions: its id, their names, its parts."""

    figure_id: str
    names: tuple[str, ...]
    group: tuple[Figure, ...]


def figure_section(plan: SectionPlan, figures: FigureSet) -> Section:
    """The section of the figures that belong to a plan; it says so where none can be had."""
    ids = [i for i in figures.ids if plan_of(i) is plan]
    ids.sort(key=lambda figure_id: rank_in(plan, figure_id))
    first = [i for i in ids if is_headline_measure(i)]
    totals = [figure for i in first for figure in figures.totals(i)]
    further = [figure for i in ids if i not in first for figure in figures.totals(i)]
    bars, tables = _drawn_parts(ids, figures)
    more = [further_table(further, figures)] if further else []
    return Section(
        id=plan.id,
        number=plan.number,
        title=_(plan.title),
        opening=opening_of(plan, ids, figures),
        cards=tuple(headline_card(figure, figures) for figure in totals),
        charts=tuple(control_chart(figure) for figure in totals if has_chart(figure)),
        bars=tuple(bars),
        maps=tuple(hand_off_maps(ids, figures)),
        tables=(*more, *tables),
        notes=tuple(_notes(ids, further, figures)),
    )


def figures_of(plan: SectionPlan, figures: FigureSet) -> list[Figure]:
    """The figures of a section that stand for the whole."""
    return [f for i in figures.ids if plan_of(i) is plan for f in figures.totals(i)]


def further_table(further: Sequence[Figure], figures: FigureSet) -> Table:
    """The figures of a section that have no card, one a line, each with its partner."""
    return Table(
        caption=_("Also measured"),
        columns=(
            Column(title=_("Figure")),
            Column(title=_("Value"), is_number=True),
            Column(title=_("Records (n)"), is_number=True),
            Column(title=_("Beside it")),
            Column(title=_("What the chart says")),
        ),
        rows=tuple(
            (
                name_of(figure) + exactness_note(figure),
                shown(figure.value, figure.unit),
                number(figure.n),
                _beside(figure, figures),
                verdict_words(figure),
            )
            for figure in further
        ),
        anchors=tuple(map(evidence_of, further)),
    )


def _notes(ids: Sequence[str], further: Sequence[Figure], figures: FigureSet) -> Iterator[str]:
    """What has to be known of figures without a card, equal notes once, and what they leave out."""
    alone = [i for i in ids if not figures.totals(i)]
    parts = [group for i in alone for group in figures.slices(i).values()]
    told: dict[str, list[str]] = {}
    for figure in (*further, *(figure for group in parts for figure in group)):
        for note in (said(clean(figure.note)), _left_out(figure)):
            if note:
                told.setdefault(note, []).append(name_of(figure))
    for note, names in told.items():
        yield f"{listed(list(dict.fromkeys(names)))}: {note}"


def _left_out(figure: Figure) -> str:
    left_out = left_out_words(figure)
    return _("Left out: {what}", what=left_out) if left_out else ""


def _beside(figure: Figure, figures: FigureSet) -> str:
    """The partner of a figure, then what else stands beside it."""
    both = filter(None, (partner_words(figure, figures), beside_words(figure)))
    return upper_first("; ".join(both)) or "–"


def _drawn_parts(ids: Sequence[str], figures: FigureSet) -> tuple[list[BarChart], list[Table]]:
    """The parts of figures: bars of ordered ones, tables of what bars do not tell."""
    parts = [part for part in _parts(ids, figures) if part.figure_id not in _UNTOLD]
    bars, tables = [], []
    for part in parts:
        lone = None if figures.totals(part.figure_id) else beside_parts(part.group, figures)
        is_bars, is_nothing = _is_ordered(part.group), not any(one.value for one in part.group)
        if is_bars and is_nothing and figures.totals(part.figure_id):
            continue
        if is_bars and not is_nothing:
            bar = bar_chart(part.names[0], part.group)
            bars.append(replace(bar, subtitle=". ".join(filter(None, (bar.subtitle, lone)))))
        if not is_bars or is_nothing or any(figure.companions for figure in part.group):
            is_first = is_headline_measure(part.figure_id)
            table = slice_table(part.names, part.group, *(() if is_first else (FURTHER_ROWS,)))
            note = " ".join(filter(None, (table.note, lone))) or None
            tables.append(replace(table, note=note))
    return bars, tables


def _parts(ids: Sequence[str], figures: FigureSet) -> Iterator[_Part]:
    for figure_id in ids:
        for names, group in figures.slices(figure_id).items():
            yield _Part(figure_id, names, group)


def _is_ordered(group: Sequence[Figure]) -> bool:
    """Whether a single dimension names ranges, such as ages, that have an order of their own."""
    names = {tuple(figure.dimensions) for figure in group}
    if len(names) != 1 or len(next(iter(names))) != 1 or len(group) < 3:
        return False
    labels = [next(iter(figure.dimensions.values())) for figure in group]
    return any(label.strip().startswith(("<", ">")) for label in labels)
