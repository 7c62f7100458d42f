"""The first page: decisions asked, what changed, what is missing."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from itsm.candidates import ProblemCandidate
from itsm.figures import Figure
from itsm.quality import GateReport, QuarantineCount
from reports.layout import HEADLINE_PREFIXES
from reports.lookup import FigureSet
from reports.model import Ask, Brief, Card, Missing
from reports.sections.candidates import asks, movement_line
from reports.sections.figures import headline_card
from reports.sections.quality import n_set_aside
from reports.text import clean
from reports.words import SIGNALS, noun, plural, signal_phrase, verdict_of

MAX_CARDS = 4
MAX_CHANGES = 6
MAX_GAPS = 5
MAX_NAMES = 90
"""A list of names in the brief is at most so many letters long."""


def brief(
    figures: FigureSet,
    candidates: Sequence[ProblemCandidate],
    checks: GateReport,
    quarantine: Sequence[QuarantineCount],
    missing: Sequence[Missing],
    zone: ZoneInfo,
) -> Brief:
    """The brief on one page."""
    asked = asks(candidates, zone)
    headline = [figure for figure_id in figures.ids for figure in figures.totals(figure_id)]
    signals = [figure for figure in headline if verdict_of(figure) in SIGNALS]
    return Brief(
        headline=_headline(asked, signals, missing, has_figures=bool(figures.figures)),
        asks=asked,
        changes=_changes(signals, candidates, has_figures=bool(figures.figures)),
        gaps=_gaps(checks, quarantine, missing),
        cards=_cards(figures),
    )


def _totals(figures: FigureSet) -> list[Figure]:
    found = (figures.total(figure_id) for figure_id in figures.ids)
    return [figure for figure in found if figure]


def _headline(
    asked: Sequence[Ask],
    signals: Sequence[Figure],
    missing: Sequence[Missing],
    *,
    has_figures: bool,
) -> str:
    decisions = plural(len(asked), "decision") if asked else "No decision"
    first = f"{decisions} {noun(len(asked) or 1, 'is', 'are')} asked"
    second = f"{plural(len(signals), 'figure')} {noun(len(signals), 'shows', 'show')} a signal"
    if not signals:
        second = "no figure shows a signal" if has_figures else "no figure could be had"
    third = plural(len(missing), "gap") if missing else "nothing"
    return f"{first}, {second}, and {third} {noun(len(missing) or 1, 'is', 'are')} " + (
        "named below." if missing else "known to be missing."
    )


def _changes(
    signals: Sequence[Figure], candidates: Sequence[ProblemCandidate], *, has_figures: bool
) -> tuple[str, ...]:
    lines = [signal_phrase(figure) for figure in signals[:MAX_CHANGES]]
    left = len(signals) - len(lines)
    lines += [f"{plural(left, 'more signal')} in the sections that follow."] if left else []
    moved = movement_line(candidates)
    lines += [moved] if moved else []
    if not has_figures:
        lines.insert(0, "No figure could be had, so no change can be told.")
    return tuple(lines) or ("No signal, and no candidate moved.",)


def _gaps(
    checks: GateReport, quarantine: Sequence[QuarantineCount], missing: Sequence[Missing]
) -> tuple[str, ...]:
    lines = [f"A check stops the run: {clean(stop, 160)}" for stop in checks.stops]
    aside = n_set_aside(quarantine)
    if aside:
        lines.append(f"{plural(aside, 'record')} {noun(aside, 'is', 'are')} set aside.")
    if checks.warnings:
        lines.append(f"The checks give {plural(len(checks.warnings), 'warning')}.")
    room = max(MAX_GAPS - len(lines), 1)
    lines += [f"{_in_short(item.what)}: {clean(item.why, 110)}" for item in missing[:room]]
    left = len(missing) - room
    if left > 0:
        lines.append(f"{plural(left, 'more gap')} under “Missing from this pack”.")
    return tuple(lines) or ("Nothing is known to be missing.",)


def _in_short(names: str) -> str:
    """The first names of a long list, cut after a whole one."""
    if len(names) <= MAX_NAMES:
        return names
    head, comma, _ = names[:MAX_NAMES].rpartition(", ")
    return f"{head} and others" if comma else clean(names, MAX_NAMES)


def _cards(figures: FigureSet) -> tuple[Card, ...]:
    found: dict[str, Figure] = {}
    for prefix in HEADLINE_PREFIXES:
        for figure in _totals(figures):
            if figure.figure_id.startswith(prefix) and prefix not in found:
                found[prefix] = figure
    return tuple(headline_card(figure, figures) for figure in list(found.values())[:MAX_CARDS])
