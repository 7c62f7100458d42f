"""What is missing from the pack: confessed, grouped by reason, with what would bring it."""

from collections.abc import Iterable, Sequence

from itsm.figures import NotAvailable
from reports.definitions import needs_of
from reports.language import _, n_
from reports.language import told as said
from reports.lookup import FigureSet, name_of
from reports.model import Missing
from reports.text import clean
from reports.words import listed, upper_first

NOTHING = "nothing to measure in this week"
"""How a figure begins to say that nothing of its kind happened: no gap of the source."""


def missing_list(given: Iterable[Missing], figures: FigureSet) -> tuple[Missing, ...]:
    """What was known to be missing, then every figure that cannot be had, one line per reason."""
    stated = said_missing(given)
    groups: dict[tuple[str, tuple[str, ...]], list[NotAvailable]] = {}
    for item in figures.unavailable:
        reason = NOTHING if item.reason.startswith(NOTHING) else clean(item.reason, 400)
        groups.setdefault((reason, item.sources), []).append(item)
    return (*stated, *(_group(reason, items) for (reason, _), items in groups.items()))


def said_missing(given: Iterable[Missing]) -> tuple[Missing, ...]:
    """What is known to be missing, in the language spoken."""
    return tuple(
        Missing(what=said(clean(m.what)), why=said(clean(m.why, 400)), remedy=said(clean(m.remedy)))
        for m in given
    )


def _group(reason: str, items: Sequence[NotAvailable]) -> Missing:
    names = _names(items)
    if reason == NOTHING:
        return Missing(
            what=upper_first("; ".join(names)),
            why=_("There was nothing to measure in the period."),
            remedy=_("None is needed."),
        )
    needs = sorted({need for item in items for need in needs_of(item.figure_id)})
    where = listed([clean(source, 60) for source in items[0].sources])
    because = said(reason)
    why = _("Not available: {reason}", reason=because)
    if where:
        why = _("Not available from {source}: {reason}", source=where, reason=because)
    remedy = n_("Provide what the figure needs.", "Provide what the figures need.", len(names))
    if needs:
        remedy = _("Needs {what}.", what=listed(needs))
    return Missing(what=upper_first("; ".join(names)), why=_sentence(why), remedy=remedy)


def _names(items: Sequence[NotAvailable]) -> list[str]:
    """The figures by title; several parts of one figure become a count."""
    by_title: dict[str, list[NotAvailable]] = {}
    for item in items:
        by_title.setdefault(item.title, []).append(item)
    return [
        name_of(parts[0])
        if len(parts) == 1
        else f"{said(title)} ({n_('{n} part', '{n} parts', len(parts))})"
        for title, parts in by_title.items()
    ]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "…", "!", "?")) else f"{text}."
