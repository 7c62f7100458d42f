"""The decisions that a pack asks for: on what, of whom, until when, and what waiting costs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote
from zoneinfo import ZoneInfo

from itsm.candidates import ProblemCandidate
from reports.language import _, known, n_
from reports.model import Ask
from reports.numbers import day, local_day
from reports.sections.candidate_card import (
    HORIZON,
    Titles,
    anchor_of,
    candidate_card,
    estimate_words,
    this_week,
)
from reports.sections.candidates import MAX_ASKS, open_questions
from reports.text import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who decides, until when, in whose zone, and where the page of one decision is.

    `page` is an address with {id} in it, or "" where the review pages have no address.
    """

    zone: ZoneInfo
    owner: str = "problem manager"
    due: date | None = None
    page: str = ""
    titles: Titles = field(default_factory=dict)


def asks(candidates: Sequence[ProblemCandidate], terms: Terms) -> tuple[Ask, ...]:
    """The decisions asked of the reader: at most three, dearest first."""
    asked = open_questions(candidates)[:MAX_ASKS]
    return tuple(_ask(item, rank, terms) for rank, item in enumerate(asked, 1))


def _ask(item: ProblemCandidate, rank: int, terms: Terms) -> Ask:
    members = n_("{n} incident", "{n} incidents", item.n_members)
    since = local_day(item.first_seen_at, terms.zone)
    cost = estimate_words(item.avoidable_hours)
    page = terms.page.replace("{id}", quote(item.candidate_id, safe=""))
    return Ask(
        title=clean(item.statement, 180),
        reason=_("{members} since {day}; {now}.", members=members, day=since, now=this_week(item)),
        cost=_("Left as it is: about {cost} in the next {horizon}.", cost=cost, horizon=_(HORIZON)),
        anchor=anchor_of(item),
        key=item.candidate_id,
        owner=known(terms.owner),
        due=day(terms.due) if terms.due else "",
        href=page or f"decision-{anchor_of(item)}.html",
        card=candidate_card(item, rank, terms.titles, terms.zone),
    )
