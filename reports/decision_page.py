"""A page with just one decision: what is asked, until when, and what a person needs to decide."""

from dataclasses import replace

from reports.charts import sparkline_svg
from reports.language import _, speaking
from reports.leaflet import Grid, Leaflet, Part, render_leaflet
from reports.model import Ask, CandidateCard, MemberLine, Pack
from reports.text import is_beside


def decision_pages(pack: Pack) -> tuple[tuple[str, str], ...]:
    """The pages of the decisions that a pack asks for, each by its file name.

    A decision that has a page in the review app has none here.
    """
    with speaking(pack.language):
        return tuple(
            (ask.href, render_leaflet(_leaflet(pack, ask)))
            for ask in pack.brief.asks
            if (ask.card or ask.facts) and is_beside(ask.href)
        )


def _leaflet(pack: Pack, ask: Ask) -> Leaflet:
    by, card = _("For: {owner}. Until: {due}.", owner=ask.owner, due=ask.due), ask.card
    page = Leaflet(
        language=pack.language,
        organisation=pack.organisation,
        title=ask.title,
        line=f"{_('Decision asked')} · {pack.period}",
        opening=(by, ask.cost),
        parts=(Part(title=_("What it is"), grid=Grid((_("What"), _("Value")), ask.facts)),),
    )
    if card is None:
        return page
    return replace(
        page,
        title=card.statement,
        parts=(_what(card), _why(card), _members(card)),
        notes=(*card.known_problems, *([card.text_note] if card.text_note else [])),
    )


def _what(card: CandidateCard) -> Part:
    return Part(
        title=_("What it is"),
        sentences=(card.spark_title,),
        chart=sparkline_svg(card.spark_title, card.weekly_counts) if card.weekly_counts else None,
        grid=Grid((_("What"), _("Value")), card.facts),
    )


def _why(card: CandidateCard) -> Part:
    rows = tuple((one.kind, one.text, one.weight) for one in card.reasons)
    weight = _("Weight")
    return Part(
        title=_("Why they are grouped"),
        sentences=card.purity,
        grid=Grid((_("Kind"), _("Evidence"), weight), rows, frozenset({weight})),
        empty=_("No evidence was handed over."),
    )


def _members(card: CandidateCard) -> Part:
    rows = tuple(_row(one) for one in (*card.closest, *card.edge))
    score = _("Score")
    return Part(
        title=_("Members, the closest first"),
        grid=Grid((_("Incident"), _("Source"), _("Title"), score), rows, frozenset({score})),
    )


def _row(line: MemberLine) -> tuple[str, ...]:
    return (line.number, line.source, line.title, line.score)
