"""What was just done, with the way to take it back."""

from collections.abc import Sequence
from dataclasses import dataclass

from itsm.decisions import Action, ReviewDecision
from itsm.pushing import IntentState
from reports.lookup import words
from reports.text import clean
from reports.words import plural
from review_app.board import Boards
from store.reviewing import Reviewing

MAX_IDS = 60
_PAST = {
    Action.ACCEPT: "Accepted",
    Action.LINK: "Linked",
    Action.DUPLICATE: "Merged as a duplicate",
    Action.MERGE: "Merged",
    Action.SPLIT: "Split",
    Action.PIN: "Pinned to",
    Action.REMOVE: "Removed incidents from",
    Action.REJECT: "Rejected",
    Action.SNOOZE: "Snoozed",
    Action.ACCEPT_RISK: "Risk accepted",
    Action.RESOLVE: "Resolved",
    Action.REOPEN: "Opened again",
    Action.RENAME: "Renamed",
    Action.ASSIGN: "Assigned",
    Action.ASK_VENDOR: "Question to the vendor kept",
    Action.OPEN_ENTRY: "Put into the register",
    Action.OPEN_KNOWLEDGE_TASK: "Knowledge task opened",
    Action.COMMENT: "Commented",
    Action.WITHDRAW: "Taken back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneView:
    """What was just done.

    Attributes:
        text: in a sentence.
        ids: the decisions, as an undo takes them.
        can_undo: whether they can be taken back.
        candidates: the candidates it was done to, with their addresses.
    """

    text: str
    ids: tuple[str, ...]
    can_undo: bool
    candidates: tuple[str, ...]


def done_view(boards: Boards, reads: Reviewing, given: str) -> DoneView | None:
    """What the decisions in an address did; None where there are none that are known."""
    names = [name for name in given.split(",")[:MAX_IDS] if name]
    decisions = boards.decisions(names)
    if not decisions:
        return None
    actions = {one.action for one in decisions}
    action = decisions[0].action if len(actions) == 1 else None
    on = list(dict.fromkeys(one.candidate_id for one in decisions))
    what = _PAST[action] if action is not None else "Done"
    which = clean(on[0], 60) if len(on) == 1 else plural(len(on), "candidate")
    ids = tuple(one.decision_id for one in decisions)
    return DoneView(
        text=f"{what}: {which}.{_caused(reads, ids)}{_opened(reads, decisions)}",
        ids=ids,
        can_undo=action is not Action.WITHDRAW,
        candidates=tuple(on),
    )


def past_words(action: Action) -> str:
    """What was done, in a word or two."""
    return _PAST.get(action, words(action))


def _caused(reads: Reviewing, ids: Sequence[str]) -> str:
    waiting = sum(counts.get(IntentState.WAITING, 0) for counts in reads.fate_counts(ids).values())
    return f" {plural(waiting, 'write')} for the next push." if waiting else ""


def _opened(reads: Reviewing, decisions: Sequence[ReviewDecision]) -> str:
    if decisions[0].action not in {Action.ACCEPT, Action.OPEN_ENTRY} or len(decisions) > 1:
        return ""
    entries = reads.entries_of(decisions[0].candidate_id)
    return f" In the register: {', '.join(clean(one, 60) for one in entries)}." if entries else ""
