"""Figures that are drawn: control charts, and bars of ordered groups."""

from collections.abc import Sequence

from itsm.figures import Figure, Unit
from reports.chart_marks import chart_marks
from reports.language import _, n_
from reports.language import told as said
from reports.lookup import evidence_of, natural_key, words
from reports.model import BarChart, ControlChart
from reports.numbers import MINUTE_H, decimals_of, number, percent, shown, unit_name
from reports.sections.tables import (
    usual_range,
)
from reports.text import clean
from reports.words import (
    TONES,
    cause_words,
    finding,
    upper_first,
    verdict_of,
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
        unit=unit_name(figure.unit) if factor == 1 else _("minutes"),
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
    if name == "age in days":
        return _("are {label} days old", label=label)
    return _("have {name} {label}", name=words(name), label=label)


def _subtitle(figure: Figure) -> str:
    """The unit, and the usual range or how many periods there are."""
    unit = _("minutes") if _is_in_minutes(figure) else unit_name(figure.unit)
    per = per_period(figure.period, unit)
    if figure.series and figure.series.limits:
        return _("{per}; usual range {range}", per=per, range=usual_range(figure))
    values = [v for v in figure.series.values if v is not None] if figure.series else []
    return f"{per}; {n_('{n} value so far', '{n} values so far', len(values))}"


def per_period(label: str, unit: str) -> str:
    """The unit of a series, with what one value stands for, as the label of a period tells it."""
    if "-W" in label:
        return _("Per week, {unit}", unit=unit)
    if "-Q" in label:
        return _("Per quarter, {unit}", unit=unit)
    return _("Per month, {unit}", unit=unit)


def bar_chart(name: str, group: Sequence[Figure]) -> BarChart:
    """Ordered groups, such as ages, as bars; the title names the largest."""
    group = sorted(group, key=lambda figure: natural_key(figure.dimensions[name]))
    first = group[0]
    whole = sum(figure.value for figure in group)
    top = max(group, key=lambda figure: figure.value)
    label = clean(top.dimensions[name], 40)
    if whole and first.unit is Unit.COUNT:
        title = _(
            "{title}: {n} of {all} ({share}) {what}",
            title=said(first.title),
            n=number(top.value),
            all=number(whole),
            share=percent(number(top.value / whole * 100, 1)),
            what=_of_group(name, label),
        )
    else:
        title = _(
            "{title}: the highest is {label} with {value}",
            title=said(first.title),
            label=label,
            value=shown(top.value, top.unit),
        )
    return BarChart(
        figure_id=first.figure_id,
        title=title,
        subtitle=_(
            "{unit} by {parts}, {period}",
            unit=upper_first(unit_name(first.unit)),
            parts=words(name),
            period=first.period,
        ),
        group=upper_first(words(name)),
        measure=said(first.title),
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
