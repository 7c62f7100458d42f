"""What a reviewer decides about a candidate: appended, never changed, bound to its incidents.

A decision holds the incidents it was made on, so that it can be applied again when candidates are
formed anew; docs/decisions-memory.md says how.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from itsm.candidates import Decision
from itsm.codec import to_bytes
from itsm.errors import TransitionError


class Action(StrEnum):
    """What was done."""

    ACCEPT = "accept"
    LINK = "link"
    DUPLICATE = "duplicate"
    MERGE = "merge"
    SPLIT = "split"
    PIN = "pin"
    REMOVE = "remove"
    REJECT = "reject"
    SNOOZE = "snooze"
    ACCEPT_RISK = "accept_risk"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    RENAME = "rename"
    ASSIGN = "assign"
    ASK_VENDOR = "ask_vendor"
    OPEN_ENTRY = "open_entry"
    OPEN_KNOWLEDGE_TASK = "open_knowledge_task"
    COMMENT = "comment"
    WITHDRAW = "withdraw"


class RejectedAs(StrEnum):
    """Why a candidate is not worth a problem; only `WRONG_GROUP` speaks against the grouping."""

    NOT_A_PROBLEM = "not_a_problem"
    EXPECTED_DEMAND = "expected_demand"
    TRAINING = "training"
    NOISE = "noise"
    WRONG_GROUP = "wrong_group"


VERDICTS: Mapping[Action, Decision] = MappingProxyType(
    {
        Action.ACCEPT: Decision.ACCEPTED,
        Action.LINK: Decision.LINKED,
        Action.REJECT: Decision.REJECTED,
        Action.SNOOZE: Decision.SNOOZED,
        Action.ACCEPT_RISK: Decision.RISK_ACCEPTED,
        Action.RESOLVE: Decision.ACCEPTED,
        Action.REOPEN: Decision.UNDECIDED,
    }
)
"""The actions that say what becomes of a candidate; the newest of them counts."""

GATHERING = frozenset({Action.MERGE, Action.DUPLICATE, Action.PIN})
"""The actions after which incidents stay together."""

PARTING = frozenset({Action.SPLIT, Action.REMOVE})
"""The actions after which incidents stay apart."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class IncidentRef:
    """An incident by the key it had when it was decided on."""

    source: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedOn:
    """The candidate as it was when it was decided on.

    Attributes:
        statement: what it was called.
        n_members: how many incidents it had.
        hours: avoidable hours in 90 days.
        last_seen_at: when its newest incident was opened; what is opened later is new.
        terms: the terms most members shared, to know the pattern again without its incidents.
        fields: the values most members agreed on, by field.
        mining_version: which recipe had grouped it.
    """

    statement: str
    n_members: int
    hours: float
    last_seen_at: datetime
    terms: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    mining_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDecision:
    """One action of one person on one candidate.

    Attributes:
        action: what was done.
        candidate_id: on which candidate.
        run_id: in which mining run it was seen.
        actor: who did it.
        at: when.
        reason: why, in the person's words.
        parts: the incidents it binds. Verdicts: one part, all members. Merge and duplicate: the
            members of each candidate, the one that stays first. Split: one part for each new
            candidate. Pin: the members, then what is pinned. Remove: what stays, then what goes.
        about: the candidate as it was.
        other: the other candidate of a merge or duplicate; the problem of a link; whom it is
            assigned to; the vendor who is asked; whose task it is.
        is_grouping_right: whether the incidents belong together, where the person said so.
        is_worth_problem: whether it is worth a problem, where the person said so.
        rejected_as: why it was rejected.
        until: a snooze ends, a risk is reviewed, or a task is due on this day.
        until_new: a snooze ends when so many new incidents have come.
        statement: what a rename calls it from now on.
        withdraws: the decision that is taken back.
        decision_id: made from the rest by `identified`.
    """

    action: Action
    candidate_id: str
    run_id: str
    actor: str
    at: datetime
    reason: str = ""
    parts: tuple[tuple[IncidentRef, ...], ...] = ()
    about: DecidedOn | None = None
    other: str | None = None
    is_grouping_right: bool | None = None
    is_worth_problem: bool | None = None
    rejected_as: RejectedAs | None = None
    until: date | None = None
    until_new: int | None = None
    statement: str | None = None
    withdraws: str | None = None
    decision_id: str = ""

    @property
    def members(self) -> tuple[IncidentRef, ...]:
        """Every incident it binds."""
        return tuple(ref for part in self.parts for ref in part)


def identified(decision: ReviewDecision) -> ReviewDecision:
    """A decision with the id its content gives; the same decision sent twice has one id.

    Raises:
        TransitionError: it lacks what its action needs; says what.
    """
    if lack := _lack(decision):
        raise TransitionError(f"{decision.action} of {decision.candidate_id}: {lack}")
    parts = tuple(tuple(sorted(set(part))) for part in decision.parts)
    bare = replace(decision, parts=parts, decision_id="")
    return replace(bare, decision_id=f"D-{hashlib.sha256(to_bytes(bare)).hexdigest()[:12]}")


def _lack(decision: ReviewDecision) -> str:
    """What an action needs and does not have, "" where nothing is missing."""
    action, refs = decision.action, decision.members
    required = {
        "say by whom": bool(decision.actor.strip()),
        "say why": action not in {Action.REJECT, Action.ACCEPT_RISK} or bool(decision.reason),
        "name the incidents": action not in {*VERDICTS, *GATHERING, *PARTING} or bool(refs),
        "name the other candidate or problem": bool(decision.other)
        or action not in {Action.MERGE, Action.DUPLICATE, Action.LINK},
        "two parts are needed, none of them empty": action not in {*GATHERING, *PARTING}
        or (len(decision.parts) >= 2 and all(decision.parts)),
        "an incident can be in one part only": action not in PARTING or len(refs) == len(set(refs)),
        "say until when, or until how many new incidents": action is not Action.SNOOZE
        or decision.until is not None
        or (decision.until_new or 0) > 0,
        "say to whom": action is not Action.ASSIGN or bool(decision.other),
        "give a date for its review": action is not Action.ACCEPT_RISK or bool(decision.until),
        "say what it is called": action is not Action.RENAME or bool(decision.statement),
        "name the decision to take back": action is not Action.WITHDRAW or bool(decision.withdraws),
    }
    return next((lack for lack, is_there in required.items() if not is_there), "")
