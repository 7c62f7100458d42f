"""Sections made of figures: headline cards, control charts, bars and tables."""

from collections.abc import Mapping, Sequence

from itsm.figures import Exactness, Figure, Unit
from reports.definitions import partner_of, title_of
from reports.layout import SectionPlan, plan_of, rank_in
from reports.lookup import FigureSet, name_of, natural_key, words
from reports.model import BarChart, Card, Column, ControlChart, Opening, Section, Table
from reports.numbers import bare, decimals_of, number, shown, unit_name
from reports.text import clean
from reports.words import (
    TONES,
    ask_of,
    exactness_words,
    finding,
    listed,
    lower_first,
    plural,
    signal_clause,
    step_words,
    upper_first,
    verdict_of,
    verdict_words,
)

MAX_ROWS = 12
"""A table of slices shows at most so many rows; the rest is in the evidence list."""
_SAME_UNIT = frozenset({"p10", "p90", "median", "mean", "oldest", "total", "max", "min"})
"""Companions in the unit of their figure; every other one is a count of records."""
_COMPANION_NAMES = {
    "p90": "90th percentile",
    "median": "median",
    "mean": "mean",
    "oldest": "oldest",
}


def figure_section(plan: SectionPlan, figures: FigureSet) -> Section | None:
    """A section of the figures that belong to a plan, or None where none can be had."""
    ids = [i for i in figures.ids if plan_of(i) is plan]
    ids.sort(key=lambda figure_id: rank_in(plan, figure_id))
    totals = [figure for i in ids for figure in figures.totals(i)]
    parts = [(i, names, group) for i in ids for names, group in figures.slices(i).items()]
    if not totals and not parts:
        return None
    bars = [part for part in parts if _is_ordered(part[2])]
    tables = [part for part in parts if part not in bars or _has_more(part[2])]
    return Section(
        id=plan.id,
        title=plan.title,
        opening=_opening(plan, totals, parts),
        cards=tuple(headline_card(figure, figures) for figure in totals),
        charts=tuple(control_chart(figure) for figure in totals if _has_chart(figure)),
        bars=tuple(bar_chart(names[0], group) for _, names, group in bars),
        tables=tuple(slice_table(names, group) for _, names, group in tables),
    )


def headline_card(figure: Figure, figures: FigureSet) -> Card:
    """A figure as a card: value, verdict, and what a reader needs to trust it."""
    verdict = verdict_of(figure)
    return Card(
        figure_id=figure.figure_id,
        title=name_of(figure),
        value=shown(figure.value, figure.unit),
        verdict=verdict_words(figure),
        tone=TONES[verdict] if verdict else "unknown",
        facts=_facts(figure),
        partner=_partner(figure, figures),
        note=clean(figure.note) or None,
        n_rows=len(figure.rows),
        anchor=evidence_anchor(figure) if figure.rows else None,
    )


def evidence_anchor(figure: Figure) -> str:
    """The anchor of a figure's list of records; unique in a pack."""
    part = "-".join([figure.figure_id, figure.period, *figure.dimensions.values()])
    return "rows-" + "".join(c if c.isascii() and c.isalnum() else "-" for c in part).lower()


def control_chart(figure: Figure) -> ControlChart:
    """A weekly series as a control chart."""
    series = figure.series
    assert series is not None
    limits = series.limits
    verdict = verdict_of(figure)
    causes = figure.signal.causes if figure.signal else ()
    n_weeks = sum(value is not None for value in series.values)
    return ControlChart(
        figure_id=figure.figure_id,
        title=finding(figure),
        subtitle=f"Per week, {unit_name(figure.unit)}; {plural(n_weeks, 'week')} with a value",
        unit=unit_name(figure.unit),
        weeks=series.weeks,
        values=series.values,
        decimals=decimals_of(figure.unit),
        is_share=figure.unit is Unit.SHARE,
        lower=limits.lower if limits else None,
        centre=limits.centre if limits else None,
        upper=limits.upper if limits else None,
        tone=TONES[verdict] if verdict else "unknown",
        why=upper_first(listed([str(cause) for cause in causes])) if causes else None,
    )


def bar_chart(name: str, group: Sequence[Figure]) -> BarChart:
    """Ordered groups, such as ages, as bars; the title names the largest."""
    group = sorted(group, key=lambda figure: natural_key(figure.dimensions[name]))
    first = group[0]
    whole = sum(figure.value for figure in group)
    top = max(group, key=lambda figure: figure.value)
    label = clean(top.dimensions[name], 40)
    if whole and first.unit is Unit.COUNT:
        title = (
            f"{first.title}: {number(top.value)} of {number(whole)} "
            f"({number(top.value / whole * 100, 1)}%) are in the group {label}"
        )
    else:
        title = f"{first.title}: the highest is {label} with {shown(top.value, top.unit)}"
    return BarChart(
        figure_id=first.figure_id,
        title=title,
        subtitle=f"{upper_first(unit_name(first.unit))} by {words(name)}, {first.period}",
        group=upper_first(words(name)),
        measure=first.title,
        labels=tuple(clean(figure.dimensions[name], 40) for figure in group),
        values=tuple(figure.value for figure in group),
        texts=tuple(shown(figure.value, figure.unit) for figure in group),
    )


def slice_table(names: Sequence[str], group: Sequence[Figure]) -> Table:
    """The parts of a figure as a table, the largest first where there are many."""
    first = group[0]
    kept = sorted(group, key=lambda f: [natural_key(f.dimensions[name]) for name in names])
    note = None
    if len(kept) > MAX_ROWS:
        kept = sorted(kept, key=lambda f: (-f.value if _is_total(f) else -f.n))[:MAX_ROWS]
        note = f"The {MAX_ROWS} largest of {plural(len(group), 'row')}; all are in evidence.csv."
    companions = list(dict.fromkeys(key for figure in kept for key in figure.companions))
    columns = [Column(title=upper_first(words(name))) for name in names]
    columns.append(Column(title=upper_first(unit_name(first.unit)), is_number=True))
    columns += [Column(title=_companion_name(key), is_number=True) for key in companions]
    columns.append(Column(title="Records (n)", is_number=True))
    return Table(
        caption=f"{first.title} by {listed([words(n) for n in names])}, {first.period}"
        + _exactness_note(first),
        columns=tuple(columns),
        rows=tuple(_row(figure, names, companions) for figure in kept),
        note=note,
    )


def glance_table(figures: FigureSet) -> Table | None:
    """Every charted figure in one table: the value, its usual range, what the chart says."""
    charted = [f for i in figures.ids for f in figures.totals(i) if _has_chart(f)]
    if not charted:
        return None
    charted.sort(key=lambda figure: not TONES_FIRST.get(_tone(figure), False))
    return Table(
        caption="Signal or normal variation: every figure with a weekly series",
        columns=(
            Column(title="Figure"),
            Column(title="This week", is_number=True),
            Column(title="Usual range", is_number=True),
            Column(title="What the chart says"),
        ),
        rows=tuple(
            (name_of(f), shown(f.value, f.unit), _range(f), verdict_words(f)) for f in charted
        ),
        note="The usual range is the mean of the weeks shown, plus and minus 2.66 times the mean "
        "step from week to week. Only a signal is called better or worse.",
    )


TONES_FIRST: Mapping[str, bool] = {"worse": True, "better": True, "shift": True}


def _tone(figure: Figure) -> str:
    verdict = verdict_of(figure)
    return TONES[verdict] if verdict else "unknown"


def _range(figure: Figure) -> str:
    limits = figure.series.limits if figure.series else None
    if limits is None:
        return "not known yet"
    floor = max(limits.lower, 0.0) if figure.unit is not Unit.POINTS else limits.lower
    ceiling = min(limits.upper, 1.0) if figure.unit is Unit.SHARE else limits.upper
    return f"{bare(floor, figure.unit)} to {shown(ceiling, figure.unit)}"


def _row(figure: Figure, names: Sequence[str], companions: Sequence[str]) -> tuple[str, ...]:
    cells = [clean(figure.dimensions[name], 60) for name in names]
    cells.append(bare(figure.value, figure.unit))
    for key in companions:
        value = figure.companions.get(key)
        cells.append("" if value is None else _companion_value(key, value, figure.unit, bare))
    return (*cells, number(figure.n))


def _opening(
    plan: SectionPlan,
    totals: Sequence[Figure],
    parts: Sequence[tuple[str, tuple[str, ...], tuple[Figure, ...]]],
) -> Opening:
    final = [figure for figure in totals if figure.exactness is not Exactness.PRELIMINARY]
    said = final[:2] or list(totals[:2])
    if not said:
        group = parts[0][2]
        rows = plural(len(group), "row")
        return Opening(sentence=f"{group[0].title} is shown in {rows}; there is no weekly series.")
    happened = listed([f"{lower_first(name_of(f))} stood at {shown(f.value, f.unit)}" for f in said])
    return Opening(
        sentence=f"{upper_first(happened)}; {signal_clause(totals)}.", ask=ask_of(totals)
    )


def _facts(figure: Figure) -> tuple[str, ...]:
    facts = [f"n = {number(figure.n)}, {figure.period}, {exactness_words(figure.exactness)}"]
    step = step_words(figure)
    if step:
        facts.append(upper_first(step))
    if figure.companions:
        facts.append(
            upper_first(
                ", ".join(
                    f"{_companion_name(key)} {_companion_value(key, value, figure.unit, shown)}"
                    for key, value in figure.companions.items()
                )
            )
        )
    if figure.interval:
        low, high = (shown(bound, figure.unit) for bound in figure.interval)
        facts.append(f"95% interval {low} to {high}")
    left_out = [f"{number(n)} {words(reason)}" for reason, n in figure.excluded.items() if n]
    if left_out:
        facts.append(f"Left out: {listed(left_out)}")
    return tuple(facts)


def _partner(figure: Figure, figures: FigureSet) -> str | None:
    partner = partner_of(figure.figure_id)
    if partner is None:
        return None
    beside = figures.total(partner)
    if beside:
        return f"{name_of(beside)} {shown(beside.value, beside.unit)}"
    gone = figures.missing(partner)
    return f"{gone.title if gone else title_of(partner)} not available"


def _companion_name(key: str) -> str:
    return _COMPANION_NAMES.get(key, words(key))


def _companion_value(key: str, value: float, unit: Unit, write: object) -> str:
    if key not in _SAME_UNIT:
        return number(value)
    return shown(value, unit) if write is shown else bare(value, unit)


def _exactness_note(figure: Figure) -> str:
    return "" if figure.exactness is Exactness.EXACT else f" ({figure.exactness})"


def _has_chart(figure: Figure) -> bool:
    known = [value for value in figure.series.values if value is not None] if figure.series else []
    return len(known) >= 2


def _is_total(figure: Figure) -> bool:
    return figure.unit is Unit.COUNT


def _is_ordered(group: Sequence[Figure]) -> bool:
    """Whether a single dimension names ranges, such as ages, that have an order of their own."""
    names = {tuple(figure.dimensions) for figure in group}
    if len(names) != 1 or len(next(iter(names))) != 1 or len(group) < 3:
        return False
    labels = [next(iter(figure.dimensions.values())) for figure in group]
    return any(label.strip().startswith(("<", ">")) for label in labels)


def _has_more(group: Sequence[Figure]) -> bool:
    return any(figure.companions for figure in group)
