"""The page of one candidate: what it is, why it is one, who is in it, what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.figures import Direction, Figure, Unit
from reports.lookup import words
from reports.measures.signal import charted
from reports.model import ControlChart, Reason
from reports.numbers import local_day, number, week_name
from reports.sections.candidate_card import candidate_card, estimate_words
from reports.sections.figures import control_chart
from reports.text import clean
from reports.words import plural
from review_app.asked import Asked
from review_app.parts import ReviewParts
from review_app.queue import PER_PAGE as QUEUE_PAGE
from review_app.queue import Entry, Queues, chosen
from review_app.views.costs import Input, cost_inputs
from review_app.views.members import PER_PAGE as MEMBERS_PAGE
from review_app.views.members import MemberLists, member_lists, with_pages
from review_app.views.notes import quality_notes
from review_app.views.queue import anchor_of, run_of
from review_app.wording import CONFIDENCE, LIFE, MOVEMENT, WITHHELD
from store.reviewed import MemberTotals, PastWeek
from store.runs import MiningRun

MAX_PAST = 12
"""So many weeks of a candidate's past are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A headline of the page, with what it means."""

    title: str
    value: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateView:
    """One candidate as its page shows it."""

    candidate_id: str
    statement: str
    place: str
    tags: tuple[str, ...]
    facts: tuple[Fact, ...]
    chart: ControlChart | None
    reasons: tuple[Reason, ...]
    purity: tuple[str, ...]
    members: MemberLists
    inputs: tuple[Input, ...]
    estimate: str
    past: tuple[tuple[str, ...], ...]
    movement: str
    notes: tuple[str, ...]
    back: str
    before: str | None
    after: str | None


def candidate_view(
    parts: ReviewParts, queues: Queues, candidate_id: str, asked: Asked, page: int
) -> CandidateView | None:
    """What the page of a candidate shows; None where the week has no such candidate."""
    reads = parts.reviewing
    runs = reads.runs()
    run = run_of(runs, asked.week)
    queue = queues.of(run) if run else ()
    entry = next((e for e in queue if e.candidate.candidate_id == candidate_id), None)
    if run is None or entry is None:
        return None
    earlier = [other for other in runs if other.week < run.week]
    before = earlier[0] if earlier else None
    past = reads.past(candidate_id, earlier[:1])
    known = before.run_id if before and past else None
    lists, page = member_lists(parts, run.run_id, known, candidate_id, entry.n_members, page)
    totals = reads.totals(run.run_id, candidate_id)
    item = entry.candidate
    card = candidate_card(item, entry.rank, {}, parts.zone)
    is_withheld = bool(totals.n_restricted)
    found = chosen(queue, asked)
    return CandidateView(
        candidate_id=clean(candidate_id, 60),
        statement=WITHHELD if is_withheld else card.statement,
        place=f"Rank {number(entry.rank)} of {number(len(queue))}, {_week(run, parts)}",
        tags=(card.decision, card.life, card.movement),
        facts=_facts(entry, totals, parts),
        chart=_chart(item, run, parts),
        reasons=() if is_withheld else card.reasons,
        purity=card.purity,
        members=_linked(lists, entry, asked, page),
        inputs=cost_inputs(item.avoidable_hours, parts.cost, totals, parts.config),
        estimate=estimate_words(item.avoidable_hours),
        past=_past(parts, candidate_id, [run, *earlier][:MAX_PAST]),
        movement=_movement(parts, entry, run, before, past),
        notes=quality_notes(totals, reads.set_aside(), parts.config),
        back=_back(found, entry, asked),
        before=_beside(found, entry, asked, -1),
        after=_beside(found, entry, asked, 1),
    )


def _week(run: MiningRun, parts: ReviewParts) -> str:
    return week_name(ReportingWeek.parse(run.week, parts.zone.key))


def _facts(entry: Entry, totals: MemberTotals, parts: ReviewParts) -> tuple[Fact, ...]:
    """What a reviewer asks first: what it costs, how many, whether it lives, whether known."""
    item = entry.candidate
    first, last = (local_day(at, parts.zone) for at in (item.first_seen_at, item.last_seen_at))
    hours = item.avoidable_hours
    decimals = 1 if hours.value < 10 else 0
    value, low, high = (number(v, decimals) for v in (hours.value, hours.low, hours.high))
    known = ", ".join(clean(problem, 40) for problem in item.known_problems[:3])
    newest = item.weekly_counts[-1] if item.weekly_counts else 0
    return (
        Fact(
            title="Avoidable in 90 days",
            value=f"{value} hours",
            note=f"{low} to {high}{', from assumed costs' if hours.assumed else ''}",
        ),
        Fact(
            title="Incidents",
            value=number(entry.n_members),
            note=f"{number(newest)} in this week; {number(totals.n_open)} not resolved",
        ),
        Fact(title="Last seen", value=last, note=f"{words(item.life)}: {LIFE[item.life]}"),
        Fact(
            title="Already known",
            value=known or "No",
            note="problem its incidents name" if known else "no incident names a problem",
        ),
        Fact(title="Confidence", value=f"{number(item.score * 100)}%", note=CONFIDENCE),
        Fact(title="First seen", value=first, note=_rate(item)),
    )


def _rate(item: ProblemCandidate) -> str:
    n = len(item.weekly_counts)
    return f"{number(sum(item.weekly_counts) / n, 1)} a week over {plural(n, 'week')}" if n else ""


def _chart(item: ProblemCandidate, run: MiningRun, parts: ReviewParts) -> ControlChart | None:
    """The weekly counts as a control chart; None where there are none."""
    n = len(item.weekly_counts)
    if not n:
        return None
    weeks = [week.label for week in ReportingWeek.parse(run.week, parts.zone.key).last(n)]
    values = [float(count) for count in item.weekly_counts]
    series, signal = charted(weeks, values, Unit.COUNT, Direction.DOWN)
    return control_chart(
        Figure(
            figure_id="candidate_weekly_incidents",
            version=1,
            title="Incidents per week",
            unit=Unit.COUNT,
            period=run.week,
            value=values[-1],
            n=int(sum(values)),
            series=series,
            signal=signal,
        )
    )


def _linked(lists: MemberLists, entry: Entry, asked: Asked, page: int) -> MemberLists:
    """The members with the addresses of their other pages."""
    here = asked.of_candidate(entry.candidate.candidate_id)
    start = here + ("&" if "?" in here else "?")
    last = -(-entry.n_members // MEMBERS_PAGE)
    return with_pages(
        lists,
        before=f"{start}members={page - 1}#members" if page > 1 else None,
        after=f"{start}members={page + 1}#members" if page < last else None,
    )


def _past(
    parts: ReviewParts, candidate_id: str, runs: Sequence[MiningRun]
) -> tuple[tuple[str, ...], ...]:
    """The candidate in this run and those before: week, incidents, hours, life, movement."""
    return tuple(
        (
            week_name(ReportingWeek.parse(week.week, parts.zone.key)),
            number(week.n_members),
            number(week.avoidable, 1),
            words(week.life),
            words(week.movement),
            words(week.decision),
        )
        for week in parts.reviewing.past(candidate_id, runs)
    )


def _movement(
    parts: ReviewParts,
    entry: Entry,
    run: MiningRun,
    before: MiningRun | None,
    past: Sequence[PastWeek],
) -> str:
    """What happened to it since the run before, in a sentence."""
    item = entry.candidate
    if before is None:
        return "This is the first week that was mined, so everything in it is new."
    said = f"{words(item.movement).capitalize()}: {MOVEMENT[item.movement]}"
    if not past:
        return f"{said}."
    n_left = parts.reviewing.n_left(item.candidate_id, run.run_id, before.run_id)
    n_new = entry.n_members - (past[0].n_members - n_left)
    return f"{said}; {plural(n_new, 'incident')} came in, {number(n_left)} left."


def _back(found: Sequence[Entry], entry: Entry, asked: Asked) -> str:
    """The queue it was opened from, on the page where it stands."""
    anchor = anchor_of(entry.candidate.candidate_id)
    if entry not in found:
        return f"{asked.without_filters().address}#{anchor}"
    return f"{asked.on_page(found.index(entry) // QUEUE_PAGE + 1).address}#{anchor}"


def _beside(found: Sequence[Entry], entry: Entry, asked: Asked, step: int) -> str | None:
    """The address of the candidate before or after it in the queue it was opened from."""
    pairs = pairwise(found) if step > 0 else ((b, a) for a, b in pairwise(found))
    other = next((b for a, b in pairs if a is entry), None)
    return asked.of_candidate(other.candidate.candidate_id) if other else None
