"""Candidates and decisions between values of ours and those of the API."""

from collections.abc import Sequence

from itsm.candidates import ProblemCandidate
from itsm.decisions import Action, IncidentRef, ReviewDecision
from itsm.errors import TransitionError
from reports.text import clean
from review_app.acting import Done
from review_app.api.candidate_models import (
    Candidate,
    DecisionIn,
    DecisionOut,
    Made,
    MemberOut,
    Push,
)
from review_app.board import Board, statement_of
from review_app.identity.actors import Actor
from review_app.parts import ReviewParts
from review_app.queue import Entry
from review_app.suggesting import suggested
from review_app.views.queue_lines import flags_of
from review_app.wishes import DRAFT_FIELDS, Wish, lacks_of, reason_of
from review_app.wording import WITHHELD
from store.outbox_rows import Fate
from store.reviewed import MemberRow


def wish_of(given: DecisionIn) -> Wish:
    """What a script asks for.

    Raises:
        TransitionError: it lacks something; says what.
    """
    fields = given.record
    if fields is not None and (strange := sorted(fields.keys() - set(DRAFT_FIELDS))):
        raise TransitionError(f"record: no field {strange[0]!r}; there are {DRAFT_FIELDS}")
    wish = Wish(
        action=given.action,
        reason=reason_of(given.reason, given.rejected_as),
        rejected_as=given.rejected_as,
        others=tuple(dict.fromkeys(given.others)),
        until=given.until,
        until_new=given.until_new,
        statement=given.statement,
        refs=_refs(given.incidents),
        by=given.split_by,
        apart=tuple(given.apart),
        is_grouping_right=given.is_grouping_right,
        fields=None if fields is None else {"title": "", **fields},
        links=None if given.links is None else _refs(given.links),
        home=given.home,
        with_entry=given.with_entry,
    )
    lacks = dict(lacks_of(wish))
    if given.action is Action.WITHDRAW:
        lacks["action"] = "To take a decision back, POST to /decisions/ID/undo."
    if given.action is Action.REJECT and given.rejected_as is None:
        lacks["rejected_as"] = "Say why it is rejected."
    if lacks:
        raise TransitionError("; ".join(f"{name}: {text}" for name, text in lacks.items()))
    return wish


def _refs(texts: list[str]) -> tuple[IncidentRef, ...]:
    refs = []
    for text in texts:
        source, slash, number = text.partition("/")
        if not (source and slash and number):
            raise TransitionError(f"{text!r} is no incident; write SOURCE/NUMBER")
        refs.append(IncidentRef(source=source, number=number))
    return tuple(refs)


def listed(board: Board, entry: Entry, hidden: frozenset[str]) -> Candidate:
    """A candidate as lists show it."""
    item: ProblemCandidate = entry.candidate
    now, hours = board.now(item.candidate_id), item.avoidable_hours
    is_hidden = item.candidate_id in hidden
    advice = suggested(item, entry.n_members, now.of(item))
    return Candidate(
        candidate_id=item.candidate_id,
        rank=entry.rank,
        statement=WITHHELD if is_hidden else statement_of(item, now),
        decision=now.of(item).value,
        is_open=now.is_open(item),
        life=item.life.value,
        flags=[flag.word for flag in flags_of(entry, now)],
        n_members=entry.n_members,
        avoidable_hours=hours.value,
        avoidable_low=hours.low,
        avoidable_high=hours.high,
        confidence=item.score,
        service=entry.service,
        team=entry.team,
        sources=list(entry.sources),
        first_seen_at=item.first_seen_at,
        last_seen_at=item.last_seen_at,
        weekly_counts=list(item.weekly_counts),
        known_problems=list(item.known_problems),
        assignee=now.assignee,
        suggested=advice.action.value,
        suggested_why="" if is_hidden else advice.why,
    )


def member(parts: ReviewParts, who: Actor, row: MemberRow) -> MemberOut:
    """A member; of one that the token does not show, its fit alone."""
    if who.sight.hides(service=row.service, restricted=row.restricted):
        return MemberOut(
            source=row.source, number=None, score=row.score, title=None, opened_at=None, state=None
        )
    return MemberOut(
        source=row.source,
        number=row.number,
        score=row.score,
        title=clean(parts.redact(row.title, row.people), 500) if row.title else None,
        opened_at=row.opened_at,
        state=row.state,
    )


def decided(one: ReviewDecision, fates: Sequence[Fate] = ()) -> DecisionOut:
    """A decision with what became of its writes."""
    return DecisionOut(
        decision_id=one.decision_id,
        action=one.action.value,
        candidate_id=one.candidate_id,
        actor=one.actor,
        at=one.at,
        reason=one.reason,
        other=one.other,
        until=one.until,
        until_new=one.until_new,
        rejected_as=one.rejected_as.value if one.rejected_as else None,
        withdraws=one.withdraws,
        pushes=[_push(fate) for fate in fates if fate.intent.decision_id == one.decision_id],
    )


def made(done: Done) -> Made:
    """What came of a decision."""
    return Made(
        decisions=[decided(one) for one in done.decisions],
        n_writes=len(done.intents),
        entry=done.entry,
    )


def _push(fate: Fate) -> Push:
    intent = fate.intent
    return Push(
        action=intent.action.value,
        kind=intent.kind.value,
        source=intent.source,
        state=fate.state.value,
        number=fate.number,
        link=fate.link,
        said=fate.said,
    )
