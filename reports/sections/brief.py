"""The first page: decisions asked, what changed, what is missing."""

from collections.abc import Iterable, Sequence

from itsm.candidates import ProblemCandidate
from itsm.figures import Figure, Verdict
from itsm.quality import GateReport
from reports.language import _, n_
from reports.language import told as said
from reports.layout import HEADLINE_PREFIXES
from reports.lookup import FigureSet, evidence_of
from reports.model import Ask, Brief, Card, Missing
from reports.sections.candidates import movement_line
from reports.sections.cards import headline_card
from reports.sections.confession import Confessed, confession_line
from reports.text import clean
from reports.words import SIGNALS, signal_phrase, verdict_of

MAX_CARDS = 4
_URGENCY: tuple[Verdict | None, ...] = (
    Verdict.DETERIORATION,
    Verdict.SHIFT,
    Verdict.IMPROVEMENT,
)
MAX_CHANGES = 6
MAX_GAPS = 3
MAX_NAMES = 90
"""A list of names in the brief is at most so many letters long."""


def brief(
    figures: FigureSet,
    asked: Sequence[Ask],
    candidates: Sequence[ProblemCandidate] | None,
    checks: GateReport,
    missing: Sequence[Missing],
    gaps: Sequence[Confessed],
) -> Brief:
    """The brief on one page; `figures` are those of the edition's sections.

    `candidates` is None where the edition has no section on them.
    """
    signals = signals_of(figures)
    kept = signals[:MAX_CHANGES]
    return Brief(
        headline=headline(asked, signals, missing, has_figures=bool(figures.figures)),
        asks=tuple(asked),
        changes=_changes(signals, candidates, has_figures=bool(figures.figures)),
        change_anchors=tuple(map(evidence_of, kept)),
        gaps=tuple(_gaps(checks, missing, gaps)),
        cards=_cards(figures),
    )


def signals_of(figures: FigureSet) -> list[Figure]:
    """The headline figures whose chart says that the period differs: what got worse comes first."""
    found = [figure for figure_id in figures.ids for figure in figures.totals(figure_id)]
    signals = [figure for figure in found if verdict_of(figure) in SIGNALS]
    return sorted(signals, key=lambda figure: _URGENCY.index(verdict_of(figure)))


def headline(
    asked: Sequence[Ask],
    signals: Sequence[Figure],
    missing: Sequence[Missing],
    *,
    has_figures: bool,
) -> str:
    """The pack in one sentence."""
    first = _("No decision is asked")
    if asked:
        first = n_("{n} decision is asked", "{n} decisions are asked", len(asked))
    second = n_("{n} figure shows a signal", "{n} figures show a signal", len(signals))
    if not signals:
        second = _("no figure shows a signal")
        if not has_figures:
            second = _("no figure could be had")
    third = _("nothing is known to be missing")
    if missing:
        third = n_("{n} gap is named", "{n} gaps are named", len(missing))
    return _("{first}, {second}, and {third}.", first=first, second=second, third=third)


def _changes(
    signals: Sequence[Figure],
    candidates: Sequence[ProblemCandidate] | None,
    *,
    has_figures: bool,
) -> tuple[str, ...]:
    lines = [signal_phrase(figure) for figure in signals[:MAX_CHANGES]]
    left = len(signals) - len(lines)
    if left:
        lines.append(
            n_(
                "{n} more signal in the sections that follow.",
                "{n} more signals in the sections that follow.",
                left,
            )
        )
    moved = movement_line(candidates or ())
    lines += [moved] if moved else []
    if not has_figures:
        lines.insert(0, _("No figure could be had, so no change can be told."))
    nothing = _("No signal.") if candidates is None else _("No signal, and no candidate moved.")
    return tuple(lines) or (nothing,)


def _gaps(
    checks: GateReport, missing: Sequence[Missing], gaps: Sequence[Confessed]
) -> Iterable[str]:
    yield confession_line(gaps)
    for stop in checks.stops:
        yield _("A check stops the run: {stop}", stop=said(clean(stop, 160)))
    if n := len(checks.warnings):
        yield n_("The checks give {n} warning.", "The checks give {n} warnings.", n)
    room = max(MAX_GAPS - len(checks.stops) - bool(checks.warnings), 1)
    for item in missing[:room]:
        yield f"{_in_short(item.what)}: {clean(item.why, 110)}"
    if (left := len(missing) - room) > 0:
        yield n_(
            "{n} more gap under “Missing from this pack”.",
            "{n} more gaps under “Missing from this pack”.",
            left,
        )


def _in_short(names: str) -> str:
    """The first names of a long list, cut after a whole one."""
    if len(names) <= MAX_NAMES:
        return names
    head, mark, _rest = names[:MAX_NAMES].rpartition("; ")
    return _("{names} and others", names=head) if mark else clean(names, MAX_NAMES)


def _cards(figures: FigureSet) -> tuple[Card, ...]:
    totals = [one for one in (figures.total(i) for i in figures.ids) if one]
    found: dict[str, Figure] = {}
    for prefix in HEADLINE_PREFIXES:
        for figure in totals:
            if figure.figure_id.startswith(prefix) and prefix not in found:
                found[prefix] = figure
    return tuple(headline_card(figure, figures) for figure in list(found.values())[:MAX_CARDS])
