"""Sections made of figures: headline cards, control charts, bars and tables."""

from collections.abc import Sequence
from dataclasses import replace

from itsm.figures import Exactness, Figure, Unit
from reports.chart_marks import chart_marks
from reports.definitions import partner_of, title_of
from reports.layout import SectionPlan, plan_of, rank_in
from reports.lookup import FigureSet, evidence_of, name_of, natural_key, words
from reports.measures.targets import Judged
from reports.model import BarChart, Card, ControlChart, Opening, Section
from reports.numbers import MINUTE_H, decimals_of, number, shown, unit_name
from reports.sections.tables import (
    companion_words,
    has_chart,
    slice_table,
    told,
    usual_range,
)
from reports.text import clean
from reports.words import (
    TONES,
    ask_of,
    cause_words,
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


def figure_section(plan: SectionPlan, figures: FigureSet) -> Section | None:
    """A section of the figures that belong to a plan, or None where none can be had."""
    ids = [i for i in figures.ids if plan_of(i) is plan]
    ids.sort(key=lambda figure_id: rank_in(plan, figure_id))
    totals = [figure for i in ids for figure in figures.totals(i)]
    parts = [(i, names, group) for i in ids for names, group in figures.slices(i).items()]
    if not totals and not parts:
        return None
    ordered = [part for part in parts if _is_ordered(part[2])]
    others = [part for part in parts if part not in ordered or _has_more(part[2])]
    bars = [(i, bar_chart(names[0], group)) for i, names, group in ordered]
    tables = [(i, slice_table(names, group)) for i, names, group in others]
    lone = {i: _beside_parts(i, figures) for i in ids if not figures.totals(i)}
    return Section(
        id=plan.id,
        title=plan.title,
        opening=_opening(totals, parts),
        cards=tuple(headline_card(figure, figures) for figure in totals),
        charts=tuple(control_chart(figure) for figure in totals if has_chart(figure)),
        bars=tuple(
            replace(bar, subtitle="; ".join(filter(None, (bar.subtitle, lone.get(i)))))
            for i, bar in bars
        ),
        tables=tuple(
            replace(table, note=" ".join(filter(None, (table.note, lone.get(i)))) or None)
            for i, table in tables
        ),
    )


def _beside_parts(figure_id: str, figures: FigureSet) -> str | None:
    """The partner of a figure that is shown by its parts only, and so has no card to tell it."""
    group = next(iter(figures.slices(figure_id).values()), ())
    partner = _partner(group[0], figures) if group else None
    return f"Beside it: {partner}." if partner else None


def headline_card(figure: Figure, figures: FigureSet) -> Card:
    """A figure as a card: value, verdict, and what a reader needs to trust it."""
    verdict = verdict_of(figure)
    return Card(
        figure_id=figure.figure_id,
        title=name_of(figure),
        value=shown(figure.value, figure.unit),
        verdict=verdict_words(figure),
        tone=TONES[verdict] if verdict else "unknown",
        facts=(*_facts(figure), *(_target(one, figure.unit) for one in figures.targets(figure))),
        partner=_partner(figure, figures),
        note=clean(figure.note) or None,
        n_rows=len(figure.rows or figure.base_rows),
        anchor=evidence_of(figure),
    )


def control_chart(figure: Figure) -> ControlChart:
    """A weekly series as a control chart."""
    series = figure.series
    assert series is not None
    limits, factor = series.limits, 60 if _is_in_minutes(figure) else 1
    verdict = verdict_of(figure)
    causes = cause_words(figure)
    return ControlChart(
        figure_id=figure.figure_id,
        title=finding(figure),
        subtitle=_subtitle(figure),
        unit=unit_name(figure.unit) if factor == 1 else "minutes",
        weeks=series.weeks,
        values=tuple(None if value is None else value * factor for value in series.values),
        decimals=decimals_of(figure.unit) if factor == 1 else int(figure.value < MINUTE_H),
        is_share=figure.unit is Unit.SHARE,
        lower=limits.lower * factor if limits else None,
        centre=limits.centre * factor if limits else None,
        upper=limits.upper * factor if limits else None,
        tone=TONES[verdict] if verdict else "unknown",
        why=upper_first(causes) if causes else None,
        marks=chart_marks(series.weeks, series.events, series.steps),
        limits_from=series.weeks.index(series.limits_from)
        if series.limits_from in series.weeks
        else 0,
        anchor=evidence_of(figure),
    )


def _of_group(name: str, label: str) -> str:
    """What the members of a group have in common, in words."""
    return f"are {label} days old" if name == "age in days" else f"have {words(name)} {label}"


def _subtitle(figure: Figure) -> str:
    """The unit, and the usual range or how many weeks there are."""
    unit = f"Per week, {'minutes' if _is_in_minutes(figure) else unit_name(figure.unit)}"
    if figure.series and figure.series.limits:
        return f"{unit}; usual range {usual_range(figure)}"
    known = [v for v in figure.series.values if v is not None] if figure.series else []
    return f"{unit}; {plural(len(known), 'week')} with a value"


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
            f"({number(top.value / whole * 100, 1)}%) {_of_group(name, label)}"
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
        anchors=tuple(map(evidence_of, group)),
    )


def _is_in_minutes(figure: Figure) -> bool:
    """Whether every week of a series of hours is below one hour."""
    known = [v for v in figure.series.values if v is not None] if figure.series else []
    limit = figure.series.limits.upper if figure.series and figure.series.limits else 0.0
    return figure.unit is Unit.HOURS and max([*known, limit], default=1.0) < 1


def _opening(
    totals: Sequence[Figure],
    parts: Sequence[tuple[str, tuple[str, ...], tuple[Figure, ...]]],
) -> Opening:
    final = [figure for figure in totals if figure.exactness is not Exactness.PRELIMINARY]
    said = final[:2] or list(totals[:2])
    if not said:
        group = parts[0][2]
        rows = plural(len(group), "row")
        return Opening(sentence=f"{group[0].title} is shown in {rows}; there is no weekly series.")
    happened = listed(
        [f"{lower_first(name_of(f))} stood at {shown(f.value, f.unit)}" for f in said]
    )
    return Opening(
        sentence=f"{upper_first(happened)}; {signal_clause(totals)}.", ask=ask_of(totals)
    )


def _facts(figure: Figure) -> tuple[str, ...]:
    facts = [f"n = {number(figure.n)}, {figure.period}, {exactness_words(figure.exactness)}"]
    step = step_words(figure)
    if step:
        facts.append(upper_first(step))
    others = [companion_words(key, v, figure.unit) for key, v in told(figure).items()]
    if others:
        facts.append(upper_first(", ".join(others)))
    if figure.interval:
        low, high = (shown(bound, figure.unit) for bound in figure.interval)
        facts.append(f"95% interval {low} to {high}")
    left_out = [f"{words(reason)} ({number(n)})" for reason, n in figure.excluded.items() if n]
    if left_out:
        facts.append(f"Left out: {', '.join(left_out)}")
    return tuple(facts)


def _target(judged: Judged, unit: Unit) -> str:
    """A target and whether it is met, as a fact of a card."""
    target = judged.target
    where = f" of {clean(target.service, 60)}" if target.service else ""
    value = "" if judged.value is None else f", now {shown(judged.value, unit)}"
    return f"Target{where} {shown(target.value, unit)}{value}. {clean(judged.sentence())}"


def _partner(figure: Figure, figures: FigureSet) -> str | None:
    partner = partner_of(figure.figure_id)
    if partner is None:
        return None
    other = figures.total(partner)
    if other:
        return f"{name_of(other)}: {shown(other.value, other.unit)}"
    gone = figures.missing(partner)
    return f"{gone.title if gone else title_of(partner)} not available"


def _is_ordered(group: Sequence[Figure]) -> bool:
    """Whether a single dimension names ranges, such as ages, that have an order of their own."""
    names = {tuple(figure.dimensions) for figure in group}
    if len(names) != 1 or len(next(iter(names))) != 1 or len(group) < 3:
        return False
    labels = [next(iter(figure.dimensions.values())) for figure in group]
    return any(label.strip().startswith(("<", ">")) for label in labels)


def _has_more(group: Sequence[Figure]) -> bool:
    return any(figure.companions for figure in group)
