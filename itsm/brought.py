"""What the improvement programme has brought so far, in one line's worth of numbers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from itsm.budgeting import WorkCost
from itsm.candidates import Estimate
from itsm.programme import is_proven
from itsm.proof import ProofVerdict
from itsm.register import RegisterEntry, RegisterState

HOURS_A_DAY = 8.0
_STARTED = frozenset(
    {
        RegisterState.IN_PROGRESS,
        RegisterState.ON_HOLD,
        RegisterState.REVIEW,
        RegisterState.CLOSED,
        RegisterState.REGRESSED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A range: what is returned at least and at most, by the intervals of the proofs."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Decisions, proofs and return of the programme; a range is None where nothing is proven.

    Attributes:
        n_asked: decisions that were ever asked.
        n_taken: of these, those a person has taken.
        n_verified: improvements with a signed proof that holds.
        n_failed: improvements whose proof shows no effect, or that fell back, and that nothing has
            proven since.
        hours: returned, over the proofs that hold.
        hours_spent: days of work given for the entries that were begun, in hours.
        money: returned, over the proofs that hold.
        money_spent: what the same entries cost, work at the rate of the cost model included.
        currency: of the money.
    """

    n_asked: int
    n_taken: int
    n_verified: int = 0
    n_failed: int = 0
    hours: Between | None = None
    hours_spent: float = 0.0
    money: Between | None = None
    money_spent: float = 0.0
    currency: str = "EUR"


def brought(
    entries: Sequence[RegisterEntry],
    n_asked: int,
    n_taken: int,
    work: WorkCost,
    fell_back: Collection[str] = frozenset(),
) -> Brought:
    """What the programme has brought.

    Args:
        entries: the register.
        n_asked: decisions ever asked.
        n_taken: decisions taken.
        work: what work costs.
        fell_back: the numbers of entries that regressed at some time; one that was reopened since
            has no proof any more that would tell of it.
    """
    proven = [one.proof for one in entries if is_proven(one) and one.proof]
    worked = [one for one in entries if one.actual_start_on or one.state in _STARTED]
    days = sum(one.effort_days or 0.0 for one in worked)
    return Brought(
        n_asked=n_asked,
        n_taken=n_taken,
        n_verified=len(proven),
        n_failed=sum(_has_failed(one, fell_back) for one in entries),
        hours=_between([one.hours for one in proven if one.hours]),
        hours_spent=days * HOURS_A_DAY,
        money=_between([one.benefit for one in proven if one.benefit]),
        money_spent=sum(one.cost or 0.0 for one in worked) + days * work.rate_per_day,
        currency=work.currency,
    )


def _has_failed(entry: RegisterEntry, fell_back: Collection[str]) -> bool:
    """Whether an improvement was shown not to work, or works no more."""
    if entry.state is RegisterState.REGRESSED:
        return True
    if entry.number in fell_back and not is_proven(entry):
        return True
    verdict = entry.proof.verdict if entry.proof else None
    return verdict in (ProofVerdict.FAILED, ProofVerdict.REGRESSED)


def _between(parts: Sequence[Estimate]) -> Between | None:
    """The sum of ranges: every part at its least, every part at its most."""
    if not parts:
        return None
    return Between(low=sum(one.low for one in parts), high=sum(one.high for one in parts))
