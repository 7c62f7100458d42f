"""The page of one candidate: what it is, what next, why it is one, who is in it, what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from itsm.access import Sight
from itsm.clocks import ReportingWeek
from itsm.doubts import Doubts
from reports.model import ControlChart, Reason
from reports.numbers import number, week_name
from reports.sections.candidate_card import candidate_card, estimate_words
from reports.text import clean
from review_app.asked import Asked
from review_app.board import Board, Boards, statement_of
from review_app.parts import ReviewParts
from review_app.queue import PER_PAGE as QUEUE_PAGE
from review_app.queue import Entry
from review_app.views.around import Block, Records, around, linked_records
from review_app.views.costs import Input, cost_inputs
from review_app.views.done import DoneView, done_view
from review_app.views.first import Advice, Fact, advice, facts, rank_words
from review_app.views.lineage import Before, before_of, movement_words, past_weeks
from review_app.views.members import PER_PAGE as MEMBERS_PAGE
from review_app.views.members import MemberLists, Reader, member_lists, terms_by_member, with_pages
from review_app.views.notes import quality_notes
from review_app.views.queue_lines import Flag, anchor_of, flags_of, state_words
from review_app.views.story import Story, story_of
from review_app.views.timeline import timeline
from review_app.views.trust import (
    N_LOOKED_AT,
    SplitLine,
    descent_words,
    seam_words,
    split_lines,
    stability_words,
    trust_notes,
    without_words,
)
from review_app.visit import Visit
from review_app.wording import WITHHELD
from store.reviewed import MemberFact, MemberTotals
from store.runs import MiningRun

MAX_PAST = 12
"""So many weeks of a candidate's past are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadView:
    """The first screen of a candidate, and the way to the others."""

    statement: str
    place: str
    state: str
    assignee: str
    flags: tuple[Flag, ...]
    facts: tuple[Fact, ...]
    ranks: str
    advice: Advice
    back: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundsView:
    """Why its incidents are one group, what would part it, and how sure it is."""

    reasons: tuple[Reason, ...]
    purity: tuple[str, ...]
    splits: tuple[SplitLine, ...]
    seam: str
    without: tuple[str, ...]
    trust: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageView:
    """Where a candidate comes from."""

    past: tuple[tuple[str, ...], ...]
    movement: str
    descent: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateView:
    """One candidate as its page shows it."""

    head: HeadView
    lineage: LineageView
    grounds: GroundsView
    candidate_id: str
    chart: ControlChart | None
    members: MemberLists
    inputs: tuple[Input, ...]
    estimate: str
    around: tuple[Block, ...]
    story: Story
    notes: tuple[str, ...]
    base: str
    query: str
    done: DoneView | None
    can_decide: bool
    is_open: bool
    run_id: str
    seen: int


def candidate_view(
    parts: ReviewParts, boards: Boards, candidate_id: str, visit: Visit
) -> CandidateView | None:
    """What the page of a candidate shows somebody; None where they see no such candidate."""
    actor, asked, reads = visit.actor, visit.asked, parts.reviewing
    board = boards.of(actor, asked.week)
    run, entry = board.run, board.entry(candidate_id)
    if run is None or entry is None:
        return None
    item, before = entry.candidate, before_of(parts, board, run, entry)
    doubts, totals = reads.doubts(run.run_id, candidate_id), reads.totals(run.run_id, candidate_id)
    reader = Reader(parts=parts, sight=actor.sight, terms=terms_by_member(doubts))
    shown = (run.run_id, before.known, candidate_id, entry.n_members, visit.page)
    lists, page = member_lists(reader, *shown)
    is_withheld = bool(totals.n_restricted) and not actor.sight.restricted
    records = linked_records(parts, entry)
    return CandidateView(
        head=_head(parts, board, entry, visit, totals, is_withheld=is_withheld),
        grounds=_grounds(parts, run, entry, before, doubts, is_withheld=is_withheld),
        lineage=_lineage(parts, board, run, entry, before, is_withheld=is_withheld),
        candidate_id=clean(candidate_id, 60),
        chart=timeline(item, run, parts.zone.key, {} if is_withheld else records["change"]),
        members=_linked(lists, entry, asked, page),
        inputs=cost_inputs(item.avoidable_hours, parts.cost, totals, parts.config),
        estimate=estimate_words(item.avoidable_hours),
        around=_around(parts, board, entry, records, actor.sight, is_withheld=is_withheld),
        story=story_of(parts, board, candidate_id),
        notes=quality_notes(totals, reads.set_aside(), parts.config),
        base=Asked().of_candidate(candidate_id),
        query=asked.query,
        done=done_view(boards, reads, visit.done) if visit.done else None,
        can_decide=visit.can_decide and board.is_newest,
        is_open=board.now(candidate_id).is_open(item),
        run_id=run.run_id,
        seen=board.seen,
    )


def _grounds(
    parts: ReviewParts,
    run: MiningRun,
    entry: Entry,
    before: Before,
    doubts: Doubts | None,
    *,
    is_withheld: bool,
) -> GroundsView:
    """Why they are grouped; where a text may quote a restricted record, in numbers alone."""
    item = entry.candidate
    card = candidate_card(item, entry.rank, {}, parts.zone)
    n_before = before.past.n_members if before.past else None
    told = trust_notes(item, entry.n_members, n_before, before.n_left)
    facts_: tuple[MemberFact, ...] = ()
    if not is_withheld:
        facts_ = parts.reviewing.facts(run.run_id, item.candidate_id, N_LOOKED_AT)
    return GroundsView(
        reasons=() if is_withheld else card.reasons,
        purity=card.purity,
        splits=split_lines(facts_),
        seam="" if is_withheld else seam_words(doubts),
        without=() if is_withheld else without_words(doubts),
        trust=(*told, stability_words(doubts)),
    )


def _lineage(
    parts: ReviewParts,
    board: Board,
    run: MiningRun,
    entry: Entry,
    before: Before,
    *,
    is_withheld: bool,
) -> LineageView:
    past = past_weeks(parts, entry.candidate.candidate_id, _runs_up_to(board, run))
    descent = () if is_withheld else descent_words(entry.candidate)
    return LineageView(past=past, movement=movement_words(entry, before), descent=descent)


def _head(
    parts: ReviewParts,
    board: Board,
    entry: Entry,
    visit: Visit,
    totals: MemberTotals,
    *,
    is_withheld: bool,
) -> HeadView:
    """What the first screen shows of a candidate."""
    assert board.run is not None, "a candidate has a run"
    item, run, asked = entry.candidate, board.run, visit.asked
    now, found = board.now(item.candidate_id), board.found(asked)
    return HeadView(
        statement=WITHHELD if is_withheld else clean(statement_of(item, now), 220),
        place=f"Rank {number(entry.rank)} of {number(len(board.queue))}, {_week(run, parts)}",
        state=state_words(entry, now),
        assignee=clean(now.assignee, 60),
        flags=flags_of(entry, now),
        facts=facts(entry, totals, parts),
        ranks=rank_words(entry, parts.cost, totals),
        advice=advice(entry, now, is_withheld=is_withheld),
        back=_back(found, entry, asked),
        before=_beside(found, entry, asked, -1),
        after=_beside(found, entry, asked, 1),
    )


def _around(
    parts: ReviewParts,
    board: Board,
    entry: Entry,
    records: Records,
    sight: Sight,
    *,
    is_withheld: bool,
) -> tuple[Block, ...]:
    """What stands around it; where a text may quote a restricted record, the impact alone."""
    assert board.run is not None, "a candidate has a run"
    impact = parts.reviewing.impact(board.run.run_id, entry.candidate.candidate_id)
    blocks = around(parts, board, entry, impact, records, sight)
    return tuple(one for one in blocks if one.id in {"impact", "handoffs"} or not is_withheld)


def _week(run: MiningRun, parts: ReviewParts) -> str:
    return week_name(ReportingWeek.parse(run.week, parts.zone.key))


def _runs_up_to(board: Board, run: MiningRun) -> list[MiningRun]:
    return [other for other in board.runs if other.week <= run.week][:MAX_PAST]


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
