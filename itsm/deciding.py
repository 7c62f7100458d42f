"""Decisions made from the candidates they are about."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from itsm.candidates import ProblemCandidate
from itsm.decisions import (
    VERDICTS,
    Action,
    DecidedOn,
    IncidentRef,
    RejectedAs,
    ReviewDecision,
    identified,
)
from itsm.errors import TransitionError

CLEAR_SHARE = 0.6
"""A value stands for a candidate when at least this share of the members that have one agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """Who decides, when, why, and on which run."""

    actor: str
    at: datetime
    run_id: str
    reason: str = ""
    mining_version: str = ""


def refs_of(candidate: ProblemCandidate) -> tuple[IncidentRef, ...]:
    """The incidents of a candidate, in order."""
    return tuple(sorted(IncidentRef(source=m.source, number=m.number) for m in candidate.members))


def about(candidate: ProblemCandidate, mining_version: str = "") -> DecidedOn:
    """A candidate as a decision remembers it."""
    return DecidedOn(
        statement=candidate.statement,
        n_members=candidate.n_members,
        hours=candidate.avoidable_hours.value,
        last_seen_at=candidate.last_seen_at,
        terms=candidate.terms,
        fields={p.field: p.value for p in candidate.purity if p.share >= CLEAR_SHARE},
        mining_version=mining_version,
    )


def verdict(
    action: Action,
    candidate: ProblemCandidate,
    by: Reviewer,
    *,
    rejected_as: RejectedAs | None = None,
    given: ReviewDecision | None = None,
) -> ReviewDecision:
    """What becomes of a candidate; binds all its members.

    An acceptance and a link say that the grouping is right; a rejection says nothing of it unless
    it was rejected as a wrong group.

    Args:
        action: one of `VERDICTS`.
        candidate: as it was seen.
        by: who decides.
        rejected_as: why it is rejected.
        given: further values to take over, such as `until` or `other`.

    Raises:
        TransitionError: the action needs more than was given; says what.
    """
    if action not in VERDICTS:
        raise TransitionError(f"{action} says nothing of what becomes of a candidate")
    is_wrong = rejected_as is RejectedAs.WRONG_GROUP
    right = {Action.ACCEPT: True, Action.LINK: True, Action.REJECT: False if is_wrong else None}
    worth = {Action.ACCEPT: True, Action.LINK: True, Action.REJECT: None if is_wrong else False}
    base = given or bare(action, candidate, by)
    return identified(
        replace(
            base,
            action=action,
            parts=(refs_of(candidate),),
            about=about(candidate, by.mining_version),
            rejected_as=rejected_as,
            is_grouping_right=_first(base.is_grouping_right, right.get(action)),
            is_worth_problem=_first(base.is_worth_problem, worth.get(action)),
        )
    )


def merge(
    stays: ProblemCandidate,
    goes: ProblemCandidate,
    by: Reviewer,
    *,
    action: Action = Action.MERGE,
) -> ReviewDecision:
    """Two candidates are one; the first one's id stays. `DUPLICATE` does the same."""
    return identified(
        replace(
            bare(action, stays, by),
            parts=(refs_of(stays), refs_of(goes)),
            other=goes.candidate_id,
            is_grouping_right=True,
        )
    )


def split(
    candidate: ProblemCandidate, parts: Sequence[Collection[IncidentRef]], by: Reviewer
) -> ReviewDecision:
    """A candidate is several; what no part names goes with what it resembles most.

    Raises:
        TransitionError: fewer than two parts, an empty one, or an incident that is no member.
    """
    return _bound(Action.SPLIT, candidate, [sorted(part) for part in parts], by)


def remove(
    candidate: ProblemCandidate, refs: Collection[IncidentRef], by: Reviewer
) -> ReviewDecision:
    """Some members do not belong.

    Raises:
        TransitionError: nothing would go, nothing would stay, or an incident is no member.
    """
    rest = [ref for ref in refs_of(candidate) if ref not in refs]
    return _bound(Action.REMOVE, candidate, [rest, sorted(refs)], by)


def pin(candidate: ProblemCandidate, refs: Collection[IncidentRef], by: Reviewer) -> ReviewDecision:
    """Some incidents belong to a candidate, whatever the score says.

    Raises:
        TransitionError: no incident is given.
    """
    rest = [ref for ref in refs_of(candidate) if ref not in refs]
    decision = bare(Action.PIN, candidate, by)
    return identified(replace(decision, parts=(tuple(rest), tuple(sorted(refs)))))


def rename(candidate: ProblemCandidate, statement: str, by: Reviewer) -> ReviewDecision:
    """A candidate is called this from now on.

    Raises:
        TransitionError: the statement is empty.
    """
    return identified(
        replace(
            bare(Action.RENAME, candidate, by),
            parts=(refs_of(candidate),),
            about=about(candidate, by.mining_version),
            statement=" ".join(statement.split()),
        )
    )


def withdraw(decision: ReviewDecision, by: Reviewer) -> ReviewDecision:
    """Takes a decision back; both stay in the journal."""
    return identified(
        ReviewDecision(
            action=Action.WITHDRAW,
            candidate_id=decision.candidate_id,
            run_id=by.run_id,
            actor=by.actor,
            at=by.at,
            reason=by.reason,
            withdraws=decision.decision_id,
        )
    )


def bare(action: Action, candidate: ProblemCandidate, by: Reviewer) -> ReviewDecision:
    """A decision to fill in, for what `verdict` takes as `given`."""
    return ReviewDecision(
        action=action,
        candidate_id=candidate.candidate_id,
        run_id=by.run_id,
        actor=by.actor,
        at=by.at,
        reason=by.reason,
    )


def _bound(
    action: Action,
    candidate: ProblemCandidate,
    parts: Sequence[Sequence[IncidentRef]],
    by: Reviewer,
) -> ReviewDecision:
    strangers = {ref for part in parts for ref in part} - set(refs_of(candidate))
    if strangers:
        name = min(strangers)
        raise TransitionError(f"{name.source}/{name.number} is no member of the candidate")
    bound = replace(
        bare(action, candidate, by),
        parts=tuple(map(tuple, parts)),
        about=about(candidate, by.mining_version),
    )
    return identified(bound)


def _first(given: bool | None, usual: bool | None) -> bool | None:
    return usual if given is None else given
