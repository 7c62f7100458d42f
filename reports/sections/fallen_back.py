"""Improvements that fell back after they were verified: each asks for a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from itsm.candidates import Life, ProblemCandidate
from itsm.proof import ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from reports.language import _, known
from reports.model import Ask
from reports.numbers import day, number
from reports.sections.candidate_card import HORIZON, estimate_words
from reports.text import clean

MAX_BACK = 2
"""Of the decisions that a pack asks for, at most so many are about improvements that fell back."""
_DAYS, _YEAR = 90, 365
_CANDIDATES = "/candidates/{id}"
"""How the page of a decision is found in the review app; that of an entry lies beside it."""
_OVER = frozenset({Life.RESOLVED, Life.STALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who decides on improvements, until when, and where the pages of decisions are."""

    owner: str = "improvement manager"
    due: date | None = None
    page: str = ""


def regressed(entries: Sequence[RegisterEntry]) -> list[RegisterEntry]:
    """The entries whose benefit is gone again."""
    return [one for one in entries if one.state is RegisterState.REGRESSED]


def asked_of(
    entries: Sequence[RegisterEntry], candidates: Sequence[ProblemCandidate], terms: Asking
) -> tuple[Ask, ...]:
    """The decisions on improvements that fell back, those with most at stake first."""
    alive = {one.candidate_id: one for one in candidates if one.life not in _OVER}
    back = [(entry, _incidents_of(entry, alive)) for entry in regressed(entries)]
    back.sort(key=lambda pair: (-_hours(pair[1]), pair[0].number))
    return tuple(_ask(entry, again, terms) for entry, again in back[:MAX_BACK])


def answered_by(entries: Sequence[RegisterEntry]) -> frozenset[str]:
    """The candidates that such a decision is about, too: nobody is asked twice."""
    return frozenset(name for entry in regressed(entries) for name in _candidates_of(entry))


def _candidates_of(entry: RegisterEntry) -> tuple[str, ...]:
    named = entry.pattern.candidates if entry.pattern else ()
    return (*named, *([entry.origin_record] if entry.origin_record else []))


def _incidents_of(
    entry: RegisterEntry, alive: Mapping[str, ProblemCandidate]
) -> ProblemCandidate | None:
    """The candidate whose incidents come again, the dearest of them."""
    found = [alive[name] for name in _candidates_of(entry) if name in alive]
    return max(found, key=lambda one: (one.avoidable_hours.value, one.candidate_id), default=None)


def _hours(again: ProblemCandidate | None) -> float:
    return again.avoidable_hours.value if again else 0.0


def _ask(entry: RegisterEntry, again: ProblemCandidate | None, terms: Asking) -> Ask:
    title = _("Take up again or cancel: {title}", title=clean(entry.title, 120))
    cost = _cost(entry, again)
    reason = _reason(entry)
    return Ask(
        title=title,
        reason=reason,
        cost=cost,
        key=entry.number,
        owner=known(terms.owner),
        due=day(terms.due) if terms.due else "",
        href=_page(entry, terms.page),
        facts=tuple((name, told) for name, told in _facts(entry, reason) if told),
    )


def _page(entry: RegisterEntry, page: str) -> str:
    if _CANDIDATES in page:
        return page.replace(_CANDIDATES, f"/register/{quote(entry.number, safe='')}")
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in entry.number)
    return f"decision-entry-{kept.lower()}.html"


def _cost(entry: RegisterEntry, again: ProblemCandidate | None) -> str:
    """What waiting costs: what comes again, else what was promised, else that it is not known."""
    if again is not None:
        cost = estimate_words(again.avoidable_hours)
        return _(
            "Left as it is: about {cost} in the next {horizon}.", cost=cost, horizon=_(HORIZON)
        )
    if entry.value_per_year:
        value = number(entry.value_per_year * _DAYS / _YEAR)
        return _(
            "Left as it is: {value} of the promised benefit lost in the next {horizon}.",
            value=value,
            horizon=_(HORIZON),
        )
    if entry.cost_of_inaction:
        return _("Left as it is: {cost}", cost=clean(entry.cost_of_inaction, 120))
    return _("What waiting costs is not known.")


def _reason(entry: RegisterEntry) -> str:
    """When it was verified, and when it was measured again."""
    holds = entry.proof.holds if entry.proof else ()
    back = [hold.day for hold in holds if hold.verdict is ProofVerdict.REGRESSED]
    good = [hold.day for hold in holds if hold.verdict is ProofVerdict.VERIFIED]
    if good and back:
        return _(
            "It worked {good} days after it went live, and no longer does after {back}.",
            good=number(max(good)),
            back=number(min(back)),
        )
    return _("It was closed as a success, and works no more.")


def _facts(entry: RegisterEntry, reason: str) -> tuple[tuple[str, str], ...]:
    return (
        (_("Register entry"), clean(entry.number, 60)),
        (_("What it is"), clean(entry.description, 400)),
        (_("Service"), clean(entry.service or "", 80)),
        (_("Live since"), day(entry.live_at.date()) if entry.live_at else ""),
        (_("Closed on"), day(entry.closed_on) if entry.closed_on else ""),
        (_("What was measured"), reason),
    )
