"""Service health: what came in, what went out, and whether that is a signal."""

from dataclasses import replace

from itsm.figures import Figure
from reports.layout import SERVICE_HEALTH, plan_of
from reports.lookup import FigureSet
from reports.model import Opening, Section
from reports.numbers import number
from reports.sections.figures import figure_section
from reports.sections.tables import glance_table
from reports.words import ask_of, noun, plural, signal_clause


def service_health_section(figures: FigureSet) -> Section | None:
    """The section on service health, opening with the week's flow."""
    section = figure_section(SERVICE_HEALTH, figures)
    if section is None:
        return None
    table = glance_table(figures)
    section = replace(section, tables=((table,) if table else ()) + section.tables)
    opening = _flow(figures)
    return replace(section, opening=opening) if opening else section


def _flow(figures: FigureSet) -> Opening | None:
    opened, resolved, backlog = (_first(figures, p) for p in ("opened", "resolved", "backlog"))
    if opened is None or resolved is None:
        return None
    n, done = round(opened.value), round(resolved.value)
    happened = (
        f"{plural(n, 'incident')} {noun(n, 'was', 'were')} opened and "
        f"{number(done)} {noun(done, 'was', 'were')} resolved"
    )
    if backlog:
        happened += f", with {number(round(backlog.value))} open at the end of the week"
    own = [f for i in figures.ids if plan_of(i) is SERVICE_HEALTH for f in figures.totals(i)]
    own += [backlog] if backlog else []
    return Opening(sentence=f"{happened}; {signal_clause(own)}.", ask=ask_of(own))


def _first(figures: FigureSet, prefix: str) -> Figure | None:
    """The first count over everything whose id begins so."""
    found = (figures.total(i) for i in figures.ids if i.startswith(prefix))
    return next((figure for figure in found if figure and figure.unit == "count"), None)
