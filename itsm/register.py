"""The register of continual improvement: entries and the states they go through."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from itsm.errors import TransitionError
from itsm.proof import Baseline, MemberPattern, Proof, ProofVerdict
from itsm.register_parts import (
    Answer,
    ClosureCode,
    Dimension,
    EntryApproval,
    EntryTask,
    Mirror,
    Signature,
    Size,
    TaskStatus,
)


class RegisterState(StrEnum):
    """Where an improvement stands.

    `REGRESSED`: it was closed, and its measure has fallen back outside its limits.
    """

    NEW = "new"
    ACCEPTED = "accepted"
    ASSESS = "assess"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    REVIEW = "review"
    CLOSED = "closed"
    CANCELED = "canceled"
    REGRESSED = "regressed"


class Origin(StrEnum):
    """Where an entry came from."""

    MINED_CANDIDATE = "mined_candidate"
    PROBLEM = "problem"
    POST_INCIDENT_REVIEW = "post_incident_review"
    SURVEY = "survey"
    AUDIT = "audit"
    DEMAND = "demand"
    VENDOR_REVIEW = "vendor_review"
    MANUAL = "manual"


_S = RegisterState
TRANSITIONS: dict[RegisterState, frozenset[RegisterState]] = {
    _S.NEW: frozenset({_S.ACCEPTED, _S.CANCELED}),
    _S.ACCEPTED: frozenset({_S.ASSESS, _S.CANCELED}),
    _S.ASSESS: frozenset({_S.APPROVED, _S.CANCELED}),
    _S.APPROVED: frozenset({_S.IN_PROGRESS, _S.ASSESS, _S.CANCELED}),
    _S.IN_PROGRESS: frozenset({_S.ON_HOLD, _S.REVIEW, _S.ASSESS, _S.CANCELED}),
    _S.ON_HOLD: frozenset({_S.IN_PROGRESS, _S.CANCELED}),
    _S.REVIEW: frozenset({_S.CLOSED, _S.ASSESS, _S.CANCELED}),
    _S.CLOSED: frozenset({_S.REGRESSED}),
    _S.CANCELED: frozenset(),
    _S.REGRESSED: frozenset({_S.ASSESS, _S.CANCELED}),
}
"""The states an entry may go to from each state; `itsm.register_rules` says who may, and when."""

ENDED = frozenset({RegisterState.CLOSED, RegisterState.CANCELED})
"""Nothing more is done; a regression may open a closed entry again."""

DEMAND_VALUES = ("impact", "urgency", "risk", "effort")
"""What every request carries, 1 to 5, or is named as a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntry:
    """An improvement in the register.

    Impact, urgency, risk and effort run from 1 to 5; one that is not known stays None and is
    named as a gap. People are named as the settings name them. Money is in the configured currency.

    Attributes:
        number: what people call it; never changes.
        origin: where it came from; `origin_record` is the record there.
        evidence_hash: of the evidence it rests on; `evidence` are references to read it by.
        raised_by: the proposer, who never approves it.
        process: the process it improves, where it is no service.
        cost_of_inaction: what it costs to do nothing, in words.
        is_regulatory: a law, an auditor or a contract asks for it.
        blocks_critical: a critical process stands still without it.
        timescale: how long it takes, in words.
        value_per_year: what it is expected to be worth, in money.
        scored: the score by the weights of `weights_version`, see `itsm.demand`.
        measure_id: the figure it is measured by, with the version of its formula.
        promised: the share of the rate that is left, as it was promised (0.6: 40 % fewer).
        guards: the figures that must not get worse.
        pattern: the incidents it is meant to prevent.
        live_at: when it went live.
        baseline: what was before, frozen when it went live.
        proof: what was measured of it; `signature` is that of the person who verified it.
        waiver: why it may be closed as successful without a proof.
        round: of approval; going back to Assess opens the next one.
        version: counts the changes, for whoever changes it after looking.
    """

    number: str
    title: str
    description: str
    origin: Origin
    origin_record: str | None
    evidence_hash: str | None
    raised_at: datetime
    raised_by: str
    state: RegisterState = RegisterState.NEW
    service: str | None = None
    justification: str | None = None
    expected_benefit: str | None = None
    impact: int | None = None
    urgency: int | None = None
    risk: int | None = None
    effort: int | None = None
    measure_id: str | None = None
    base_value: float | None = None
    coordinator: str | None = None
    next_review_on: date | None = None
    not_yet_reason: str | None = None
    evidence: tuple[str, ...] = ()
    process: str | None = None
    dimension: Dimension | None = None
    cost_of_inaction: str | None = None
    is_regulatory: bool = False
    blocks_critical: bool = False
    size: Size | None = None
    cost: float | None = None
    effort_days: float | None = None
    timescale: str | None = None
    value_per_year: float | None = None
    scored: float | None = None
    weights_version: str = ""
    measure_version: int | None = None
    target: float | None = None
    promised: float | None = None
    measure_review_on: date | None = None
    guards: tuple[str, ...] = ()
    pattern: MemberPattern | None = None
    manager: str | None = None
    approvers: tuple[str, ...] = ()
    stakeholders: tuple[str, ...] = ()
    required_by: date | None = None
    planned_start_on: date | None = None
    planned_end_on: date | None = None
    actual_start_on: date | None = None
    actual_end_on: date | None = None
    state_since_at: datetime | None = None
    on_hold_reason: str | None = None
    tasks: tuple[EntryTask, ...] = ()
    percent_given: int | None = None
    round: int = 1
    approvals: tuple[EntryApproval, ...] = ()
    closure_code: ClosureCode | None = None
    outcome: str | None = None
    notes: str | None = None
    closed_on: date | None = None
    waiver: Signature | None = None
    live_at: datetime | None = None
    baseline: Baseline | None = None
    proof: Proof | None = None
    signature: Signature | None = None
    mirrors: tuple[Mirror, ...] = ()
    version: int = 1

    @property
    def gaps(self) -> tuple[str, ...]:
        """Which of the four demand values are not known."""
        return tuple(name for name in DEMAND_VALUES if getattr(self, name) is None)

    @property
    def score(self) -> float | None:
        """The score it was given, else (impact + urgency + risk) / effort; None with gaps."""
        if self.impact is None or self.urgency is None or self.risk is None or not self.effort:
            return None
        if self.weights_version:
            return self.scored
        return (self.impact + self.urgency + self.risk) / self.effort

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done or decided."""
        return self.state not in ENDED

    @property
    def percent(self) -> int | None:
        """How much is done: the share of tasks done or dropped, else what was given."""
        if self.state is RegisterState.CLOSED:
            return 100
        if not self.tasks:
            return self.percent_given
        n_done = sum(task.status is not TaskStatus.OPEN for task in self.tasks)
        return 100 * n_done // len(self.tasks)

    @property
    def owner(self) -> str | None:
        """Who answers for it: the coordinator."""
        return self.coordinator

    @property
    def answers(self) -> tuple[EntryApproval, ...]:
        """What approvers said in this round, the newest answer of each."""
        newest = {one.approver: one for one in self.approvals if one.round == self.round}
        return tuple(newest.values())

    @property
    def is_approved(self) -> bool:
        """Whether this round has its approvals: of all named approvers, else of one, no refusal."""
        said = {one.approver: one.answer for one in self.answers}
        if Answer.REFUSED in said.values() or not said:
            return False
        return set(self.approvers) <= said.keys()

    @property
    def has_verified_benefit(self) -> bool:
        """Whether a proof shows its benefit, and a person has signed that."""
        return (
            self.proof is not None
            and self.proof.verdict is ProofVerdict.VERIFIED
            and self.signature is not None
        )


def check_transition(number: str, old: RegisterState, new: RegisterState) -> None:
    """See that an entry may go from one state to another.

    Raises:
        TransitionError: it may not; names the states it may go to.
    """
    if new not in TRANSITIONS[old]:
        allowed = ", ".join(sorted(TRANSITIONS[old])) or "none"
        raise TransitionError(f"{number}: {old} -> {new} is not allowed; allowed: {allowed}")
