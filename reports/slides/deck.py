"""The slides of a pack: what is asked, what changed, and the figures that show a signal."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from itsm.errors import RenderError
from reports.heading import edition_of, heading, running_line
from reports.language import _, n_
from reports.model import Ask, ControlChart, Pack
from reports.slides.steady import steady
from reports.text import clean

if TYPE_CHECKING:
    from reports.slides.pages import Pages

MAX_CHARTS = 8
"""Charts of a deck; signals come first."""
_SIGNALS = ("worse", "shift", "better")


def render_slides(pack: Pack) -> bytes:
    """A pack as PowerPoint slides; the same pack gives the same bytes.

    Raises:
        RenderError: the library of slides is not installed.
    """
    pages = _pages(pack)
    _cover(pages, pack)
    _decisions(pages, pack.brief.asks)
    pages.columns(
        _("What changed, and what is missing"),
        ((_("What changed"), pack.brief.changes), (_("What is missing"), pack.brief.gaps)),
    )
    cards = pack.brief.cards or tuple(card for s in pack.sections for card in s.cards)
    pages.figures(_("The figures at a glance"), cards)
    charts = chosen(pack)
    for start in range(0, len(charts), 2):
        pages.charts(_chart_title(charts[start : start + 2]), charts[start : start + 2])
    pages.facts(_("Where this comes from"), _sources(pack))
    kept = BytesIO()
    pages.deck.save(kept)
    return steady(kept.getvalue(), pack.made_at)


def _pages(pack: Pack) -> "Pages":
    try:
        from reports.slides.pages import Pages
    except ModuleNotFoundError as error:
        raise RenderError(
            f"no slides: {error.name} is not installed: pip install {error.name}"
        ) from error
    return Pages(pack)


def chosen(pack: Pack) -> list[ControlChart]:
    """The charts of the deck: those of the brief, then signals, then others, each figure once."""
    charts = [
        *pack.brief.charts,
        *(chart for s in pack.sections for chart in s.charts),
    ]
    once = list({(chart.figure_id, chart.title): chart for chart in charts}.values())
    once.sort(key=lambda chart: chart.tone not in _SIGNALS)
    return once[:MAX_CHARTS]


def _cover(pages: "Pages", pack: Pack) -> None:
    brief = pack.brief
    said = [brief.headline, brief.programme]
    said += [f"“{c.text}” — {c.by}, {c.at}" for c in pack.comments if c.section_id == "brief"]
    pages.cover(
        heading(pack),
        running_line(pack),
        [line for line in said if line],
    )


def _decisions(pages: "Pages", asks: Sequence[Ask]) -> None:
    if not asks:
        pages.columns(_("No decision is asked"), ())
        return
    title = n_("{n} decision is asked", "{n} decisions are asked", len(asks))
    pages.decisions(title, asks)


def _chart_title(charts: Sequence[ControlChart]) -> str:
    signals = sum(chart.tone in _SIGNALS for chart in charts)
    if not signals:
        return _("Within normal variation")
    return _("Signals") if signals == len(charts) else _("A signal, and normal variation")


def _sources(pack: Pack) -> list[tuple[str, str]]:
    rows = [(name, clean(value, 160)) for name, value in pack.provenance]
    rows += [(_("Run"), pack.run_id)] if pack.run_id else []
    rows += [(_("Edition"), edition_of(pack))]
    rows += [(_("Checksum of the pack"), pack.checksum)] if pack.checksum else []
    return rows[:12]
