"""Tables that a section adds to its figures: risky changes, weeks ahead, services, sums."""

from collections.abc import Sequence

from itsm.figures import Figure
from reports.language import _
from reports.lookup import FigureSet, evidence_of, value_words
from reports.model import Column, Table
from reports.numbers import bare, number, percent, shown, span
from reports.sections.cards import beside_parts
from reports.text import clean

MAX_ROWS = 12
_RISK = "risk of "


def in_short(rows: Sequence[tuple[str, int]]) -> Table:
    """The counts that a section's sentences tell."""
    return Table(
        caption=_("In short"),
        columns=(Column(title=_("What")), Column(title=_("Count"), is_number=True)),
        rows=tuple((what, number(n)) for what, n in rows),
    )


def risk_table(figures: FigureSet) -> list[Table]:
    """The changes planned next, the riskiest first."""
    figure = figures.total("change_risk")
    if figure is None:
        return []
    risks = [
        (clean(key.removeprefix(_RISK), 40), value)
        for key, value in figure.companions.items()
        if key.startswith(_RISK)
    ]
    if not risks:
        return []
    risks.sort(key=lambda pair: (-pair[1], pair[0]))
    kept = risks[:MAX_ROWS]
    return [
        Table(
            caption=_("Changes planned next, the riskiest first"),
            columns=(Column(title=_("Change")), Column(title=_("Risk"), is_number=True)),
            rows=tuple((name, percent(number(value * 100, 1))) for name, value in kept),
            note=_("The risk is the share of alike past changes that did not end well."),
            anchors=(evidence_of(figure),) * len(kept),
        )
    ]


def ahead_table(figures: FigureSet) -> list[Table]:
    """The incidents expected in the coming weeks, over all and by team."""
    found = figures.total("workload_forecast")
    if found is None:
        return []
    tables = [_weeks_table(found)] if _weeks(found) else []
    for names, group in figures.slices("workload_forecast").items():
        if len(names) == 1:
            tables.append(_expected_by(names[0], group))
    return tables


def _weeks(figure: Figure) -> list[str]:
    return [key for key in figure.companions if f"{key}, low" in figure.companions]


def _weeks_table(figure: Figure) -> Table:
    beside = figure.companions
    return Table(
        caption=_("Incidents expected in the coming weeks"),
        columns=(
            Column(title=_("Week")),
            Column(title=_("Expected"), is_number=True),
            Column(title=_("In 4 of 5 cases"), is_number=True),
        ),
        rows=tuple(
            (
                week,
                bare(beside[week], figure.unit),
                span(beside[f"{week}, low"], beside[f"{week}, high"], figure.unit),
            )
            for week in _weeks(figure)
        ),
    )


def _expected_by(name: str, group: Sequence[Figure]) -> Table:
    kept = sorted(group, key=lambda f: (-f.value, f.dimensions[name]))[:MAX_ROWS]
    caption = _("Incidents expected next, by service")
    if name == "team":
        caption = _("Incidents expected next, by team")
    return Table(
        caption=caption,
        columns=(
            Column(title=_("Team") if name == "team" else _("Service")),
            Column(title=_("Expected"), is_number=True),
        ),
        rows=tuple((value_words(f.dimensions[name]), shown(f.value, f.unit)) for f in kept),
    )


def availability_table(figures: FigureSet) -> list[Table]:
    """The services that were not there all the time, and how many were."""
    parts = [f for group in figures.slices("availability").values() for f in group]
    if not parts:
        return []
    lost = [f for f in parts if f.companions.get("hours lost", 0.0) > 0]
    kept = sorted(lost, key=lambda f: (f.value, f.dimensions.get("service", "")))[:MAX_ROWS]
    whole = len(parts) - len(lost)
    return [
        Table(
            caption=_("Availability of services in their service hours"),
            columns=(
                Column(title=_("Service")),
                Column(title=_("Available"), is_number=True),
                Column(title=_("Hours lost"), is_number=True),
            ),
            rows=(
                *(
                    (
                        value_words(f.dimensions["service"]),
                        shown(f.value, f.unit),
                        number(f.companions["hours lost"], 1),
                    )
                    for f in kept
                ),
                (
                    _("Without an outage: {n} of {all}", n=number(whole), all=number(len(parts))),
                    percent(number(100, 1)),
                    number(0, 1),
                ),
            ),
            note=beside_parts(parts, figures),
            anchors=(*map(evidence_of, kept), None),
        )
    ]
