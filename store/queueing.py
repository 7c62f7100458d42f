"""What a decision puts into the outbox, in its own transaction."""

from dataclasses import replace
from datetime import datetime
from itertools import count

from itsm.candidates import ProblemCandidate
from itsm.deciding import refs_of
from itsm.decisions import Action, IncidentRef, ReviewDecision
from itsm.push_planning import Draft, Homes, drafted, home_of, intents_of, problem_key
from itsm.pushing import Intent, IntentState, PushAction, PushKind
from store.push_runs import CANCELED, Undoer
from store.unit_of_work import UnitOfWork

_WRITING = frozenset({Action.ACCEPT, Action.LINK, Action.RESOLVE})


def draft_of(uow: UnitOfWork, candidate: ProblemCandidate, at: datetime) -> Draft:
    """The problem record that accepting a candidate would write."""
    return drafted(candidate, uow.outbox.linkable(refs_of(candidate)), at)


def queue(
    uow: UnitOfWork, homes: Homes, decision: ReviewDecision, draft: Draft | None = None
) -> tuple[Intent, ...]:
    """Put what a decision causes into the outbox; belongs into the decision's transaction.

    Args:
        uow: the transaction.
        homes: where problems are kept.
        decision: as it was appended.
        draft: what `draft_of` gave, as the reviewer changed it; without one, what it would give.

    Returns:
        The intents; none where nothing is written back, or where the decision asks for nothing.
    """
    if decision.action is Action.WITHDRAW:
        by = Undoer(actor=decision.actor, at=decision.at, reason=decision.reason)
        return uow.push_runs.withdraw(decision.withdraws or "", by).intents
    if not homes.able or decision.action not in _WRITING:
        return ()
    if draft is None:
        candidate = uow.mining.candidate(decision.run_id, decision.candidate_id)
        if candidate is None:
            return ()
        draft = draft_of(uow, candidate, decision.at)
    draft = replace(draft, home=_home_it_has(uow, decision.candidate_id) or draft.home)
    draft = replace(draft, attempt=_attempt(uow, decision, home_of(draft, homes)))
    intents = intents_of(decision, draft, homes)
    uow.outbox.append(intents)
    return intents


def links_of(uow: UnitOfWork, draft: Draft, refs: tuple[IncidentRef, ...]) -> Draft:
    """A draft that links other incidents than proposed."""
    return replace(draft, links=uow.outbox.linkable(refs))


def _home_it_has(uow: UnitOfWork, candidate_id: str) -> str:
    """The source that a problem of the candidate was, or will be, created in; "" if in none."""
    for fate in reversed(uow.outbox.fates(subject=candidate_id)):
        is_creation = fate.intent.action is PushAction.CREATE
        if is_creation and fate.state not in {IntentState.REFUSED, IntentState.UNDONE}:
            return fate.intent.source
    return ""


def _attempt(uow: UnitOfWork, decision: ReviewDecision, home: str) -> int:
    """How often the candidate has had a problem there that was taken back, and one more."""
    for attempt in count(1):
        key = problem_key(decision.candidate_id, attempt)
        known = uow.outbox.known(home, PushKind.PROBLEM, key)
        if known is None or known.remote.state != CANCELED:
            return attempt
    raise AssertionError("one attempt is always free")
