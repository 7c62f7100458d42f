"""The register of continual improvement: entries and the states they go through."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from itsm.errors import TransitionError


class RegisterState(StrEnum):
    """Where an improvement stands."""

    NEW = "new"
    ACCEPTED = "accepted"
    ASSESS = "assess"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    REVIEW = "review"
    CLOSED = "closed"
    CANCELED = "canceled"


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
    _S.CLOSED: frozenset(),
    _S.CANCELED: frozenset(),
}
"""The states an entry may go to from each state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntry:
    """An improvement in the register.

    Impact, urgency, risk and effort run from 1 to 5; one that is not known stays None and is
    named as a gap.
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

    @property
    def gaps(self) -> tuple[str, ...]:
        """Which of the four demand values are not known."""
        names = ("impact", "urgency", "risk", "effort")
        return tuple(name for name in names if getattr(self, name) is None)

    @property
    def score(self) -> float | None:
        """(impact + urgency + risk) / effort, or None where one is not known."""
        if self.impact is None or self.urgency is None or self.risk is None or not self.effort:
            return None
        return (self.impact + self.urgency + self.risk) / self.effort


def check_transition(number: str, old: RegisterState, new: RegisterState) -> None:
    """See that an entry may go from one state to another.

    Raises:
        TransitionError: it may not; names the states it may go to.
    """
    if new not in TRANSITIONS[old]:
        allowed = ", ".join(sorted(TRANSITIONS[old])) or "none"
        raise TransitionError(f"{number}: {old} -> {new} is not allowed; allowed: {allowed}")
