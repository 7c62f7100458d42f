"""The executive edition: a brief that is read on a phone in a minute, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace

from itsm.brought import Between, Brought
from itsm.figures import Figure, Unit
from reports.language import _, n_
from reports.lookup import FigureSet, evidence_of
from reports.model import Ask, Brief, Missing
from reports.numbers import number, span
from reports.sections.brief import headline, signals_of
from reports.sections.confession import Confessed, confession_line
from reports.sections.drawn import control_chart
from reports.sections.tables import has_chart
from reports.text import clean
from reports.words import finding

MAX_WORDS = 250
"""The body of the executive edition has at most so many words."""
SPARE_WORDS = 12
"""Kept for the line that says how many signals are told elsewhere."""
MAX_ASKS = 3
MAX_CHANGES = 3
TITLE = 90
"""What is decided on is told in at most so many letters."""


def executive_brief(
    figures: FigureSet,
    asked: Sequence[Ask],
    missing: Sequence[Missing],
    gaps: Sequence[Confessed],
    programme: Brought | None,
) -> Brief:
    """The brief of the executive edition; in a quiet week it is three lines."""
    signals = signals_of(figures)
    shown = signals[:MAX_CHANGES]
    found = Brief(
        headline=headline(asked, signals, missing, has_figures=bool(figures.figures)),
        asks=tuple(_short(ask) for ask in asked[:MAX_ASKS]),
        changes=tuple(f"{finding(figure)}." for figure in shown),
        change_anchors=tuple(map(evidence_of, shown)),
        gaps=(confession_line(gaps),),
        cards=(),
        charts=tuple(control_chart(figure) for figure in shown if has_chart(figure)),
        programme=programme_line(programme),
        is_short=True,
    )
    return _counted(_within_words(found), signals, missing, has_figures=bool(figures.figures))


def _counted(
    brief: Brief, signals: Sequence[Figure], missing: Sequence[Missing], *, has_figures: bool
) -> Brief:
    """The brief with its first line told of what it still holds, and what it leaves to others."""
    first = headline(brief.asks, signals, missing, has_figures=has_figures)
    left = len(signals) - len(brief.changes)
    more = n_(
        "{n} more signal is in the full edition.",
        "{n} more signals are in the full edition.",
        left,
    )
    changes = (*brief.changes, more) if left else brief.changes
    return replace(brief, headline=first, changes=changes)


def programme_line(told: Brought | None) -> str:
    """What the programme has brought so far, as ranges."""
    if told is None:
        return _("What the programme has brought is not known yet.")
    parts = [
        n_("{n} decision asked", "{n} decisions asked", told.n_asked)
        + ", "
        + _("{n} taken", n=number(told.n_taken)),
        n_("{n} improvement verified", "{n} improvements verified", told.n_verified)
        + ", "
        + _("{n} failed", n=number(told.n_failed)),
    ]
    if told.hours is None and told.money is None:
        parts.append(_("no benefit proven yet"))
    if told.hours is not None:
        spent = number(told.hours_spent)
        back = span(told.hours.low, told.hours.high, Unit.COUNT)
        parts.append(_("{back} hours returned for {spent} spent", back=back, spent=spent))
    if told.money is not None:
        parts.append(_money(told.money, told))
    return _("So far: {parts}.", parts="; ".join(parts))


def _money(back: Between, told: Brought) -> str:
    return _(
        "{back} {currency} returned for {spent} spent",
        back=span(back.low, back.high, Unit.MONEY),
        currency=told.currency,
        spent=number(told.money_spent),
    )


def body(brief: Brief) -> tuple[str, ...]:
    """The lines of a brief as a reader gets them, top to bottom."""
    asked = [
        line
        for ask in brief.asks
        for line in (ask.title, ask.reason, ask.cost, ask.owner, ask.due)
        if line
    ]
    return tuple(
        filter(None, (brief.headline, *asked, *brief.changes, brief.programme, *brief.gaps))
    )


def n_words(brief: Brief) -> int:
    """How many words the lines of a brief have."""
    return sum(len(line.split()) for line in body(brief))


def _short(ask: Ask) -> Ask:
    return replace(ask, title=clean(ask.title, TITLE), reason="", anchor=None)


def _within_words(brief: Brief) -> Brief:
    """The brief, with its last changes left out for as long as it has too many words."""
    while n_words(brief) > MAX_WORDS - SPARE_WORDS and brief.changes:
        brief = replace(brief, changes=brief.changes[:-1], change_anchors=brief.change_anchors[:-1])
    while n_words(brief) > MAX_WORDS - SPARE_WORDS and brief.asks:
        brief = replace(brief, asks=brief.asks[:-1])
    return brief
