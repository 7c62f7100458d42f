"""The first screen of a candidate: what it costs, whether it lives, if it is known, what next."""

from dataclasses import dataclass

from itsm.candidates import CostModel, Life, ProblemCandidate
from itsm.decisions import Action
from reports.numbers import local_day, number
from reports.text import clean
from reports.words import noun, plural
from review_app.decided import Now
from review_app.parts import ReviewParts
from review_app.queue import Entry
from review_app.suggesting import suggested
from review_app.views.costs import hours_of_one, money_of_one
from review_app.wording import CONFIDENCE, LIFE
from store.reviewed import MemberTotals

ALIVE = {
    Life.EMERGING: "Yes, and young",
    Life.ACTIVE: "Yes",
    Life.RECURRED: "Yes, it is back",
    Life.QUIET: "Quiet",
    Life.STALE: "No, stale",
    Life.RESOLVED: "No, resolved",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A headline of the page, with what it means."""

    title: str
    value: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a reviewer might do, why, and the action that does it."""

    title: str
    why: str
    action: str
    other: str


def facts(entry: Entry, totals: MemberTotals, parts: ReviewParts) -> tuple[Fact, ...]:
    """What a reviewer asks first."""
    item = entry.candidate
    known = ", ".join(clean(problem, 40) for problem in item.known_problems[:3])
    first = local_day(item.first_seen_at, parts.zone)
    return (
        _cost(item, parts.cost, totals),
        Fact(
            title="Still alive?",
            value=ALIVE[item.life],
            note=f"last seen {local_day(item.last_seen_at, parts.zone)}; {_trend(item)}",
        ),
        Fact(
            title="Already known?",
            value=known or "No",
            note=_known_note(item) if known else "no incident names a problem",
        ),
        Fact(
            title="Incidents",
            value=number(entry.n_members),
            note=f"since {first}{_rate(item)}; {number(totals.n_open)} not resolved",
        ),
        Fact(title="Confidence", value=f"{number(item.score * 100)}%", note=CONFIDENCE),
    )


def advice(entry: Entry, now: Now, *, is_withheld: bool) -> Advice:
    """The suggested action with its reason, which may quote what is not shown to everybody."""
    found = suggested(entry.candidate, entry.n_members, now.of(entry.candidate))
    return Advice(
        title=clean(found.title, 80),
        why="" if is_withheld else clean(found.why, 300),
        action=ACTION_PATHS[found.action],
        other=clean(found.other, 80),
    )


ACTION_PATHS = {action: action.value.replace("_", "-") for action in Action}
"""The last part of the address of each action."""


def _cost(item: ProblemCandidate, cost: CostModel, totals: MemberTotals) -> Fact:
    hours = item.avoidable_hours
    decimals = 1 if hours.value < 10 else 0
    value, low, high = (number(v, decimals) for v in (hours.value, hours.low, hours.high))
    each = hours_of_one(cost, totals)
    rate = money_of_one(cost, totals) / each if each else 0.0
    least, most = (number(v * rate) for v in (hours.low, hours.high))
    assumed = ", from assumed costs" if hours.assumed else ""
    return Fact(
        title="Avoidable in 90 days",
        value=f"{low} to {high} hours",
        note=f"expected {value}; {clean(cost.currency, 8)} {least} to {most}{assumed}",
    )


def _trend(item: ProblemCandidate) -> str:
    """What the newest weeks look like, and when it is due next."""
    told = LIFE[item.life]
    if item.rhythm is None:
        return told
    if item.rhythm.pattern:
        told = clean(item.rhythm.pattern, 80)
    elif "too short" not in item.rhythm.trend:
        told = clean(item.rhythm.trend, 80)
    return told


def _known_note(item: ProblemCandidate) -> str:
    link = next((link for link in item.links if link.kind == "problem"), None)
    return clean(link.text, 120) if link else "problem its incidents name"


def _rate(item: ProblemCandidate) -> str:
    n = len(item.weekly_counts)
    if not n:
        return ""
    return f", {number(sum(item.weekly_counts) / n, 1)} a week over {plural(n, 'week')}"


def rank_words(entry: Entry, cost: CostModel, totals: MemberTotals) -> str:
    """Why it ranks where it does: repeats times what each costs, and how many cost more."""
    each = hours_of_one(cost, totals)
    repeats = entry.candidate.avoidable_hours.value / each if each else 0.0
    above = entry.rank - 1
    more = f"{plural(above, 'candidate')} {noun(above, 'costs', 'cost')} more" if above else ""
    return (
        f"Why it ranks here: {number(repeats, 1)} repeats expected in 90 days × {number(each, 1)} "
        f"hours each; {more or 'no candidate costs more'}."
    )
