"""The map of hand-offs: which team hands to which, and where work waits. Teams, never persons."""

from collections.abc import Iterator, Sequence

from itsm.figures import Figure
from reports.language import _, n_
from reports.language import told as said
from reports.lookup import FigureSet, evidence_of, value_words
from reports.model import HandOffMap, HandOffPath
from reports.numbers import shown

FIGURE = "handoff_delay"
_ENDS = {"from", "to"}
_ALL = "total"
"""The companion that holds the hours of all hand-offs of a path."""


def hand_off_maps(figure_ids: Sequence[str], figures: FigureSet) -> Iterator[HandOffMap]:
    """The map of the hand-offs of a section, if it tells of paths between teams."""
    for figure_id in figure_ids:
        if figure_id != FIGURE:
            continue
        for names, group in figures.slices(figure_id).items():
            if set(names) == _ENDS:
                yield _map_of(group)


def _map_of(group: Sequence[Figure]) -> HandOffMap:
    first = group[0]
    longest = max(group, key=lambda figure: (_hours(figure), figure.n))
    return HandOffMap(
        figure_id=first.figure_id,
        title=_(
            "Most waiting lies between {giver} and {taker}: {hours} in {n}",
            giver=value_words(longest.dimensions["from"]),
            taker=value_words(longest.dimensions["to"]),
            hours=shown(_hours(longest), longest.unit),
            n=n_("{n} hand-off", "{n} hand-offs", longest.n),
        ),
        subtitle=f"{said(first.title)}, {first.period}",
        paths=tuple(map(_path, group)),
    )


def _path(figure: Figure) -> HandOffPath:
    return HandOffPath(
        giver=value_words(figure.dimensions["from"]),
        taker=value_words(figure.dimensions["to"]),
        hours=_hours(figure),
        text=shown(_hours(figure), figure.unit),
        n=figure.n,
        anchor=evidence_of(figure),
    )


def _hours(figure: Figure) -> float:
    """The hours that all hand-offs of a path waited; where that is not told, the median's many."""
    return figure.companions.get(_ALL, figure.value * figure.n)
