"""What is missing from the pack: confessed, grouped by reason, with what would bring it."""

from collections.abc import Iterable, Sequence

from itsm.figures import NotAvailable
from reports.definitions import needs_of
from reports.lookup import FigureSet, name_of
from reports.model import Missing
from reports.text import clean
from reports.words import listed, noun, plural, upper_first


def missing_list(given: Iterable[Missing], figures: FigureSet) -> tuple[Missing, ...]:
    """What was known to be missing, then every figure that cannot be had, one line per reason."""
    known = [
        Missing(what=clean(m.what), why=clean(m.why, 400), remedy=clean(m.remedy)) for m in given
    ]
    groups: dict[tuple[str, tuple[str, ...]], list[NotAvailable]] = {}
    for item in figures.unavailable:
        groups.setdefault((clean(item.reason, 400), item.sources), []).append(item)
    return (*known, *(_group(reason, items) for (reason, _), items in groups.items()))


def _group(reason: str, items: Sequence[NotAvailable]) -> Missing:
    names = _names(items)
    needs = sorted({need for item in items for need in needs_of(item.figure_id)})
    where = listed([clean(source, 60) for source in items[0].sources])
    why = f"Not available from {where}: {reason}" if where else f"Not available: {reason}"
    if needs:
        remedy = f"Needs {listed(needs)}."
    else:
        remedy = f"Provide what the {noun(len(names), 'figure needs', 'figures need')}."
    return Missing(what=upper_first(listed(names)), why=_sentence(why), remedy=remedy)


def _names(items: Sequence[NotAvailable]) -> list[str]:
    """The figures by title; several parts of one figure become a count."""
    by_title: dict[str, list[NotAvailable]] = {}
    for item in items:
        by_title.setdefault(item.title, []).append(item)
    return [
        name_of(parts[0]) if len(parts) == 1 else f"{title} ({plural(len(parts), 'part')})"
        for title, parts in by_title.items()
    ]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "…", "!", "?")) else f"{text}."
